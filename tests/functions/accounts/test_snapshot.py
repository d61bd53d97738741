"""Snapshots of keys: signed, checked on load, never older than the one before, and useful however old."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from bureau_kit import NOW, Bureau, told
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import examples

from tianlake.functions.accounts.conditions import Conditions
from tianlake.functions.accounts.desk import AccountDesk, taken_over
from tianlake.functions.accounts.forms import Registration
from tianlake.functions.accounts.records import IssuedKey
from tianlake.functions.accounts.service import AccountService
from tianlake.functions.accounts.snapshot import public_key, read_snapshot, write_snapshot
from tianlake.functions.accounts.snapshot_keys import SnapshotKeys, install
from tianlake.functions.admission.records import KeyRecord, digest
from tianlake.lake import keys
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.quotas import DEFAULT_POLICY
from tianlake.lake.store import DirectoryStore

SEED = b"s" * 32
ISSUER = public_key(SEED)


def issued(number: int, **other: Any) -> IssuedKey:
    record = KeyRecord(digest(f"key {number}"), f"k{number}", f"a{number % 3}", "personal", "any", terms="2026-11-01")
    return IssuedKey(replace(record, **other), "", "2026-11-01T00:00:00Z")


KEYS = [
    *(issued(n) for n in range(50)),
    issued(50, kind="browser", hosts=("a.cn", "*.b.cn")),
    issued(51, kind="server", networks=("203.0.113.0/24", "2001:db8::/32")),
    issued(52, expires=NOW + 0.5, companion=digest("sk")),
    issued(53, state="suspended", tier="professional"),
]


def written(now: float = NOW, found: list[IssuedKey] = KEYS, seed: bytes = SEED) -> bytes:
    return write_snapshot(found, "156000000", seed, now)


def test_every_key_is_found_with_all_that_admission_needs():
    snapshot = read_snapshot(written(), ISSUER, name="x")
    assert (snapshot.issuer, snapshot.issued, snapshot.count) == ("156000000", NOW, len(KEYS))
    for key in KEYS:
        assert snapshot.find(key.record.digest) == key.record
    assert sorted(snapshot, key=lambda each: each.digest) == sorted((k.record for k in KEYS), key=lambda k: k.digest)


@settings(max_examples=examples(200))
@given(st.text(max_size=70) | st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_no_other_key_is_found(text):
    assert read_snapshot(written(), ISSUER, name="x").find(text) is None


def test_an_empty_snapshot_holds_no_key():
    assert read_snapshot(written(found=[]), ISSUER, name="x").find(digest("key 1")) is None


def test_a_snapshot_holds_hashes_alone_and_the_signature_is_of_rfc_8032(tmp_path):
    bureau = Bureau(tmp_path)
    made = bureau.key(bureau.register(), with_sk=True, label="我的")
    data = write_snapshot(bureau.store.keys(), "156000000", SEED, NOW)
    for secret in (made["key"], made["sk"], "我的", "lilei@example.cn", "李 雷"):
        assert secret.encode() not in data
    magic, header, signature, _body = data.split(b"\n", 3)
    verifier = Ed25519PublicKey.from_public_bytes(base64.b64decode(ISSUER.removeprefix("ed25519:")))
    verifier.verify(base64.b64decode(signature), magic + b"\n" + header + b"\n")
    with pytest.raises(InvalidSignature):
        verifier.verify(base64.b64decode(signature), magic + b"\n" + header)
    assert json.loads(header)["sha256"] == hashlib.sha256(_body).hexdigest()


@settings(max_examples=examples(300))
@given(data=st.data())
def test_no_byte_of_a_snapshot_can_be_changed(data):
    whole = written()
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda each: each != whole[place]))
    with pytest.raises(LakeError) as caught:
        read_snapshot(whole[:place] + bytes([other]) + whole[place + 1 :], ISSUER, name="x")
    assert "\n" not in str(caught.value)


@settings(max_examples=examples(100))
@given(st.integers(0, len(written()) - 1))
def test_a_snapshot_that_was_cut_short_is_seen(length):
    with pytest.raises(LakeError):
        read_snapshot(written()[:length], ISSUER, name="x")


def test_a_snapshot_of_somebody_else_is_refused():
    with pytest.raises(LakeError, match="the signature is not that of issuer_key"):
        read_snapshot(written(seed=b"x" * 32), ISSUER, name="x")


def test_a_revoked_key_is_told_of_for_a_month():
    gone = replace(issued(1, state="revoked"), revoked="2026-11-01T00:00:00Z")
    long_gone = replace(issued(2, state="revoked"), revoked="2026-10-01T00:00:00Z")
    expired = issued(3, expires=NOW - 31 * 86_400)
    snapshot = read_snapshot(written(found=[gone, long_gone, expired]), ISSUER, name="x")
    assert [record.id for record in snapshot] == ["k1"]
    assert next(iter(snapshot)).state == "revoked"


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "lake")


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


def test_an_older_snapshot_is_not_installed(store):
    install(store, written(NOW), ISSUER, NOW, name="x")
    with pytest.raises(LakeError, match="older than the installed one"):
        install(store, written(NOW - 1, []), ISSUER, NOW, name="x")
    assert install(store, written(NOW), ISSUER, NOW, name="x")[1] is False
    assert install(store, written(NOW + 1, []), ISSUER, NOW + 1, name="x")[1] is True
    assert read_snapshot(store.get(keys.KEYS_SNAPSHOT)[1], ISSUER, name="x").count == 0


def test_one_of_another_issuer_or_of_the_future_is_not_installed(store):
    with pytest.raises(LakeError, match="the signature is not that"):
        install(store, written(seed=b"x" * 32), ISSUER, NOW, name="x")
    with pytest.raises(LakeError, match="ahead of this machine's clock"):
        install(store, written(NOW + 7200), ISSUER, NOW, name="x")
    assert not list(store.list())


def test_a_spoilt_one_makes_room_for_a_good_one(store):
    store.put(keys.KEYS_SNAPSHOT, b"spoilt", media_type="text/plain")
    assert install(store, written(), ISSUER, NOW, name="x")[1] is True


def test_a_server_takes_over_a_newer_snapshot_within_half_a_minute(store):
    clock = Clock()
    found = SnapshotKeys(store, ISSUER, clock)
    with pytest.raises(StoreError, match="tianlake keys sync"):
        found.find(digest("key 1"))
    install(store, written(), ISSUER, NOW, name="x")
    clock.now += 30
    assert found.find(digest("key 1")) == KEYS[1].record
    install(store, written(NOW + 31, KEYS[2:]), ISSUER, NOW + 31, name="x")
    assert found.find(digest("key 1")) == KEYS[1].record
    clock.now += 30
    assert found.find(digest("key 1")) is None
    assert found.find(digest("key 2")) == KEYS[2].record


@pytest.mark.parametrize("bad", [b"spoilt", written(seed=b"x" * 32), written(NOW - 60, []), written()[:-1]])
def test_the_last_good_snapshot_stays_when_a_bad_or_older_one_lies_there(store, bad, caplog):
    clock = Clock()
    install(store, written(), ISSUER, NOW, name="x")
    found = SnapshotKeys(store, ISSUER, clock)
    found.find(digest("key 1"))
    store.put(keys.KEYS_SNAPSHOT, bad, media_type="text/plain")
    for _ in range(3):
        clock.now += 30
        assert found.find(digest("key 1")) == KEYS[1].record
    assert caplog.text.count("that of 2026-11-27T02:00:00Z is used on") == 1, "it is complained of once"


def test_a_bucket_that_fails_leaves_the_snapshot_in_use(store, monkeypatch):
    clock = Clock()
    install(store, written(), ISSUER, NOW, name="x")
    found = SnapshotKeys(store, ISSUER, clock)
    found.find(digest("key 1"))

    def broken(_key):
        raise StoreError("no network")

    monkeypatch.setattr(store, "head", broken)
    clock.now += 3600
    assert found.find(digest("key 1")) == KEYS[1].record


def test_a_stale_snapshot_keeps_working_and_says_its_age(store, tmp_path, caplog):
    clock = Clock()
    install(store, written(), ISSUER, NOW, name="x")
    found = SnapshotKeys(store, ISSUER, clock)
    here = Bureau(tmp_path)
    conditions = Conditions(DEFAULT_POLICY, None)
    here.desk = AccountDesk(taken_over(here.store, found, lambda: conditions, "156130000", None))
    clock.now = here.now = NOW + 3 * 86_400
    assert found.find(digest("key 1")) is not None
    assert "72 hours ago" in caplog.text
    key = "k" * 32
    install(store, written(NOW + 60, [issued(1, digest=digest(key))]), ISSUER, NOW + 60, name="x")
    clock.now += 30
    usage = told(here.ask("GET", "/usage", query=f"tk={key}"))
    assert usage["keys"] == {
        "from": "snapshot",
        "issuer": "156000000",
        "issued": "2026-11-27T02:01:00Z",
        "age_s": 3 * 86_400 - 60,
    }


def test_nodes_take_the_snapshot_by_their_token_and_nobody_else_does(tmp_path):
    bureau = Bureau(tmp_path)
    person = bureau.register()
    made = bureau.key(person)
    refused = bureau.ask("GET", "/accounts/snapshot", token=person)
    assert (refused.status, told(refused)["code"]) == (403, "nodes-only")
    service = AccountService(bureau.store, lambda: Conditions(DEFAULT_POLICY, None))
    node = service.enrol(Registration("河北", "河北省", "node", "a@b.cn", "取密钥快照"), "professional", NOW)
    reply = bureau.ask("GET", "/accounts/snapshot", token=node.token)
    assert reply.status == 200
    issuer_key = public_key(bureau.store.secret("snapshot-signing"))
    assert read_snapshot(reply.body, issuer_key, name="x").find(digest(made["key"])) is not None
    bureau.ask("DELETE", f"/accounts/me/keys/{made['id']}", token=person)
    bureau.now += 0.001
    newer = read_snapshot(bureau.ask("GET", "/accounts/snapshot", token=node.token).body, issuer_key, name="x")
    found = newer.find(digest(made["key"]))
    assert found is not None
    assert found.state == "revoked", "a snapshot is as new as the call for it"
    statuses = [bureau.ask("GET", "/accounts/snapshot", token=node.token).status for _ in range(20)]
    assert (statuses[0], statuses[-1]) == (200, 429), "making one reads every key"
    service.change(node.account, suspended=True)
    bureau.now += 60
    assert bureau.ask("GET", "/accounts/snapshot", token=node.token).status == 403
