"""The audit trail: appended to by many at once, in one chain that each entry seals."""

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from lake_kit import desk, sealed
from trail_kit import trail

from tianlake.lake.errors import LakeError
from tianlake.lake.publishing import publish, rollback, withdraw
from tianlake.lake.store import DirectoryStore
from tianlake.lake.trail import Act, Trail

CODE = "156130000"


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "lake")


def acts(store):
    return [(entry.kind, entry.subject) for entry in trail(store, CODE).entries()]


def test_entries_are_signed_lines_that_openssl_style_readers_can_check(store, tmp_path):
    own = trail(store, CODE)
    own.record(Act("key.issue", "tk 1a2b", "clerk", {"purpose": "测试"}))
    files = sorted((tmp_path / "lake/private/audit").rglob("*.txt"))
    previous = "0" * 64
    for number, file in enumerate(files, 1):
        magic, header, signature = file.read_bytes().splitlines(keepends=True)
        said = json.loads(header)
        assert (magic, said["seq"], said["previous"]) == (b"tianlake-act 1\n", number, previous)
        raw = base64.b64decode(json.loads(files[0].read_bytes().splitlines()[1])["details"]["key"].partition(":")[2])
        Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(signature), magic + header)
        previous = hashlib.sha256(file.read_bytes()).hexdigest()
    assert acts(store) == [("trail.begin", CODE), ("key.issue", "tk 1a2b")]


def test_writers_at_the_same_moment_lose_no_entry(store):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: trail(store, CODE).record(Act("key.issue", f"key {n}")), range(40)))
    entries = list(trail(store, CODE).entries())
    assert [entry.seq for entry in entries] == list(range(1, 42))
    assert {entry.subject for entry in entries[1:]} == {f"key {n}" for n in range(40)}


@pytest.mark.parametrize("hint", [b"", b"{}", b'{"seq": 1}', b'{"seq": 900}', b'{"seq": "x"}'])
def test_a_wrong_hint_of_the_end_costs_time_and_no_entry(store, hint):
    for n in range(4):
        trail(store, CODE).record(Act("key.issue", f"key {n}"))
    store.put("private/audit/end.json", hint, media_type="application/json")
    assert trail(store, CODE).record(Act("key.revoke", "key 3")).seq == 6


def test_time_in_a_trail_never_goes_back(store):
    late = replace(trail(store, CODE), clock=lambda: 1_800_000_000.0)
    early = replace(late, clock=lambda: 1_700_000_000.0)
    assert late.record(Act("key.issue", "a")).at == early.record(Act("key.issue", "b")).at == "2027-01-15T08:00:00Z"


def test_nothing_is_done_without_a_key_that_signs_it(store, tmp_path):
    place = desk(store)
    publish(place, sealed(tmp_path, "first"))
    keyless = replace(place, trail=Trail(store, place.node.code, None))
    with pytest.raises(LakeError, match=r"signing/156130000.key: missing"):
        withdraw(keyless, "places", "reason")
    assert store.head("collections/places/collection.json")


def test_publishing_acts_are_on_record_before_they_are_done(store, tmp_path):
    place = desk(store)
    first, second = sealed(tmp_path, "first"), sealed(tmp_path, "second", "2026-11-02T00:00:00Z")
    for release in (first, second, second):
        publish(place, release)
    rollback(place, "places")
    withdraw(place, "places", "a reason")
    one, two = (f"places/{each.manifest.release}" for each in (first, second))
    assert acts(store)[1:] == [("publish", one), ("publish", two), ("rollback", one), ("withdraw", "places")]
    entry = list(trail(store, CODE).entries())[1]
    assert len(entry.details["manifest_sha256"]) == 64
    assert list(trail(store, CODE).entries())[-1].details["reason"] == "a reason"


def test_an_entry_in_the_place_of_another_is_refused(store):
    own = trail(store, CODE)
    for n in range(2):
        own.record(Act("key.issue", f"key {n}"))
    body = store.get("private/audit/0000000/0000000002.txt")[1]
    store.put("private/audit/0000000/0000000003.txt", body, media_type="text/plain")
    with pytest.raises(LakeError, match="is number 2 in the place of 3"):
        own.record(Act("key.issue", "c"))
