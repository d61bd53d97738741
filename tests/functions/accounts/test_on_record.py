"""What is done to accounts and keys over HTTP is on record before it is done, and holds nothing that is a secret."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from bureau_kit import Bureau, told
from trail_kit import Notes, seed_of

from tianlake.functions.accounts.conditions import Conditions
from tianlake.functions.accounts.desk import AccountDesk, own_accounts
from tianlake.lake.errors import StoreError
from tianlake.lake.store import DirectoryStore
from tianlake.lake.trail import Act, Journal, Trail
from tianlake.lake.trail.pending import Waiting, seal
from tianlake.lake.trail.verify import Wanted, verify_trail

CODE = "156000000"


def bureau(folder: Path, journal: Journal) -> Bureau:
    """Return a bureau that keeps a journal."""
    made = Bureau(folder)
    made.desk = AccountDesk(own_accounts(made.store, lambda: Conditions(made.policy, made.terms), CODE, journal))
    return made


def test_a_life_of_an_account_is_on_record_by_ids_alone(tmp_path: Path) -> None:
    notes = Notes()
    here = bureau(tmp_path, notes)
    token = here.register()
    key = here.key(token, label="我的网站")
    new = told(here.ask("POST", f"/accounts/me/keys/{key['id']}/rotate", {"overlap_hours": 2}, token))
    here.ask("DELETE", f"/accounts/me/keys/{new['id']}", None, token)
    other = told(here.ask("POST", "/accounts/me/token", {}, token))["token"]
    account = told(here.ask("GET", "/accounts/me", None, other))["id"]
    assert [(act.kind, act.subject, act.details.get("what")) for act in notes.acts] == [
        ("account.change", account, "registered"),
        ("key.issue", key["id"], None),
        ("key.issue", new["id"], None),
        ("key.revoke", key["id"], None),
        ("key.revoke", new["id"], None),
        ("account.change", account, "another management token"),
    ]
    assert {act.by for act in notes.acts} == {account}
    text = json.dumps([[act.kind, act.subject, act.by, dict(act.details)] for act in notes.acts], ensure_ascii=False)
    for secret in (token, other, key["key"], new["key"], "李 雷", "lilei@example.cn", "毕业设计", "我的网站"):
        assert secret not in text


class Broken:
    """A journal that cannot be written to."""

    def record(self, act: Act) -> None:
        raise StoreError("the bucket does not answer")


def test_nothing_is_done_that_cannot_be_put_on_record(tmp_path: Path) -> None:
    here = bureau(tmp_path, Broken())
    form = {"name": "李雷", "kind": "person", "email": "l@example.cn", "purpose": "毕业设计", "terms": "2026-11-01"}
    assert here.terms is not None
    reply = here.ask("POST", "/accounts", form | {"terms": here.terms.version})
    assert reply.status == 503
    assert list(here.store.accounts()) == []


def test_what_a_server_put_down_is_sealed_by_whoever_has_the_key(tmp_path: Path) -> None:
    lake = DirectoryStore(tmp_path / "lake")
    here = bureau(tmp_path, Waiting(lake, CODE))
    for _ in range(3):
        here.register()
    assert not list(lake.list("private/audit/0"))
    trail = Trail(lake, CODE, seed_of(CODE))
    assert seal(trail) == 3
    (entry,) = [each for each in trail.entries() if each.kind == "trail.seal"]
    assert sorted(act["subject"] for act in entry.details["acts"]) == sorted(each.id for each in here.store.accounts())


NO_ACTS = [b"", b"{", b"[]", b'{"id": "x"}', b"x" * 100_000]
FORGED = {"id": "1", "at": "2026-11-27T12:00:00Z", "kind": "publish", "subject": "x/y", "by": "node", "details": {}}
ISSUED = FORGED | {"kind": "key.issue"}
NO_TEXT = json.dumps(ISSUED | {"subject": "\ud800"}).encode()
NO_NUMBER = json.dumps(ISSUED | {"details": {"n": float("nan")}}).encode()
NO_DETAILS = json.dumps(ISSUED | {"details": 0}).encode()
NO_WORD = json.dumps(FORGED | {"kind": ["key.issue"]}).encode()
DEEP = NO_DETAILS.replace(b": 0}", b": " + b"[" * 20_000 + b"]" * 20_000 + b"}")
LONG = FORGED | {"kind": "key.issue", "details": {"note": "x" * 60_000}}


@pytest.mark.parametrize(
    "body",
    [*NO_ACTS, NO_TEXT, NO_NUMBER, NO_WORD, NO_DETAILS, DEEP, json.dumps(FORGED).encode(), json.dumps(LONG).encode()],
    ids=lambda body: f"{body[:10]!r} of {len(body)} B",
)
def test_what_is_no_act_of_a_server_stays_and_keeps_no_others_waiting(tmp_path: Path, body: bytes) -> None:
    lake = DirectoryStore(tmp_path)
    lake.put("private/audit/pending/20200101T000000Z-0.json", body, media_type="application/json")
    Waiting(lake, CODE).record(Act("account.change", "a1", "a1"))
    trail = Trail(lake, CODE, seed_of(CODE))
    assert seal(trail) == 1
    assert [info.key for info in lake.list("private/audit/pending/")] == [
        "private/audit/pending/20200101T000000Z-0.json"
    ]
    assert [each.rule for each in verify_trail(lake, Wanted(CODE), time.time()).findings] == ["pending"]
