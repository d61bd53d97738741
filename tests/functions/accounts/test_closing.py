"""Somebody leaves: nothing tells who it was, no key works, and nothing that was saved before brings them back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from accounts_kit import Kind, a_key, an_account, an_ask, in_file
from bureau_kit import NOW, TERMS, Bureau, told
from trail_kit import Notes

from tianlake.functions.accounts.conditions import Conditions
from tianlake.functions.accounts.desk import AccountDesk, own_accounts
from tianlake.functions.accounts.dump import Ended, bring_back, ended_by, write_dump
from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.records import Holding
from tianlake.functions.accounts.service import AccountService
from tianlake.functions.admission.records import digest
from tianlake.functions.calls import CallError
from tianlake.lake.errors import LakeError

PERSONAL = ("李 雷", "lilei@example.cn", "毕业设计", "我的网站", "203.0.113.0/24")


def service(bureau: Bureau, store: AccountStore, notes: Notes | None = None) -> AccountService:
    return AccountService(store, lambda: Conditions(bureau.policy, bureau.terms), notes)


def test_an_owner_closes_the_account_and_is_forgotten(tmp_path: Path, kind: Kind) -> None:
    store = kind.store()
    bureau, notes = Bureau(tmp_path, given=store), Notes()
    bureau.desk = AccountDesk(own_accounts(store, lambda: Conditions(bureau.policy, bureau.terms), "156000000", notes))
    token = bureau.register()
    key = bureau.key(token, kind="server", networks=["203.0.113.0/24"], label="我的网站", with_sk=True)
    answer = bureau.ask("DELETE", "/accounts/me", token=token)
    left = told(answer)
    assert (answer.status, left["state"], left["email"]) == (200, "closed", "")
    assert [each["version"] for each in left["terms"]["accepted"]] == [TERMS.version], "what was agreed to stays"
    assert bureau.ask("GET", "/accounts/me", token=token).status == 401
    found = kind.store().find(digest(key["key"]))
    assert found is not None
    assert (found.state, found.networks, found.companion) == ("revoked", (), None)
    write_dump(store, tmp_path / "all.jsonl")
    kept = (tmp_path / "all.jsonl").read_text("utf-8")
    assert not [each for each in PERSONAL if each in kept]
    assert [(act.kind, act.details.get("what")) for act in notes.acts[-2:]] == [
        ("key.revoke", None),
        ("account.change", "closed"),
    ]
    acts = len(notes.acts)
    account = store.account(left["id"])
    operator = service(bureau, store, notes)
    assert operator.close(account, NOW + 60) == account
    assert len(notes.acts) == acts, "again is no act"
    with pytest.raises(CallError, match="closed for good"):
        operator.change(account, suspended=False)
    with pytest.raises(CallError, match="closed for good"):
        operator.replace_token(account)
    bureau.desk.close(NOW)


def test_the_file_itself_holds_no_name_any_more(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path, given=in_file(tmp_path / "a.sqlite").store())
    token = bureau.register()
    bureau.key(token, label="我的网站")
    bureau.store.close()
    assert b"lilei@example.cn" in (tmp_path / "a.sqlite").read_bytes()
    assert bureau.ask("DELETE", "/accounts/me", token=token).status == 200
    bureau.desk.close(NOW)
    bureau.store.close()
    files = [each for each in tmp_path.iterdir() if each.name.startswith("a.sqlite")]
    assert not [each for each in PERSONAL for file in files if each.encode() in file.read_bytes()]


def fill(store: AccountStore) -> None:
    for number in (1, 2, 3):
        store.add_account(an_account(number))
        store.add_key(a_key(an_account(number), 1, expires=1.5e9 + number, companion=digest("sk")))
    store.take(an_ask(), NOW)
    store.secret("snapshot-signing")


def test_accounts_of_any_store_come_back_in_any_other_byte_by_byte(tmp_path: Path, kind: Kind) -> None:
    store, file = kind.store(), tmp_path / "saved.jsonl"
    fill(store)
    assert write_dump(store, file) == 3
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [row[0] for row in rows] == ["tianlake-accounts", *["key"] * 3, *["account"] * 3, "holding", "secret"]
    other, again = in_file(tmp_path / "other.sqlite").store(), tmp_path / "again.jsonl"
    first = bring_back(file, other, Ended())
    assert (first.accounts, first.keys, first.there, first.ended) == (3, 3, 0, 0)
    assert (write_dump(other, again), again.read_bytes()) == (3, file.read_bytes())
    assert list(other.accounts()) == list(store.accounts())
    assert list(other.keys()) == list(store.keys())
    second = bring_back(again, store, Ended())  # nor is anything twice in the store it came from
    assert (second.accounts, second.keys, second.there) == (0, 0, 6)
    write_dump(store, again)
    assert again.read_bytes() == file.read_bytes()


def test_what_is_lost_comes_back_into_each_store_and_what_is_there_stays(tmp_path: Path, kind: Kind) -> None:
    source, file = in_file(tmp_path / "source.sqlite").store(), tmp_path / "saved.jsonl"
    fill(source)
    source.bring_holding(Holding("a1", "tile", 20261126, 7, 0.25))
    write_dump(source, file)
    store = kind.store()
    now = an_account(1, state="suspended", token=digest("newer"))
    store.add_account(now)
    store.bring_secret("snapshot-signing", b"s" * 32)
    bring_back(file, store, Ended())
    assert store.account(now.id) == now
    assert store.secret("snapshot-signing") == b"s" * 32
    assert Holding("a1", "tile", 20261126, 7, 0.25) in list(store.holdings())
    store.bring_holding(Holding("a1", "tile", 20261126, 1, 0.25))
    assert Holding("a1", "tile", 20261126, 7, 0.25) in list(store.holdings()), "what is there stays"
    assert [account.id for account in store.accounts()] == [an_account(number).id for number in (1, 2, 3)]
    found = store.find(a_key(now, 1).record.digest)
    assert found is not None
    assert found.state == "suspended", "by its account, as it is today"


def test_what_ended_since_comes_back_ended(tmp_path: Path) -> None:
    source, file = in_file(tmp_path / "source.sqlite").store(), tmp_path / "saved.jsonl"
    fill(source)
    write_dump(source, file)
    closed, locked, suspended = (an_account(number).id for number in (1, 2, 3))
    key = next(iter(source.keys(locked))).record.id
    ended = Ended({closed: "2026-11-28T00:00:00Z"}, {key: "2026-11-28T01:00:00Z"}, {suspended}, {locked})
    store = in_file(tmp_path / "other.sqlite").store()
    assert bring_back(file, store, ended).ended == 6, "three accounts; the keys of one, and all by that id"
    one, two, three = store.accounts()
    assert (one.state, one.name, one.email, one.closed) == ("closed", "", "", "2026-11-28T00:00:00Z")
    assert two.token != an_account(2).token
    assert three.state == "suspended"
    assert {each.record.id: each.record.state for each in store.keys(locked)} == {key: "revoked"}
    again = tmp_path / "again.jsonl"
    write_dump(store, again)
    assert ended_by(again).closed == {closed: "2026-11-28T00:00:00Z"}
    assert ended_by(again).suspended == {suspended}


def test_another_file_is_told_in_one_line(tmp_path: Path) -> None:
    store = in_file(tmp_path / "a.sqlite").store()
    for text, rule in (("", "no form that is known"), ('["tianlake-accounts",1]\n{', "no JSON")):
        (tmp_path / "x").write_text(text)
        with pytest.raises(LakeError, match=rule):
            bring_back(tmp_path / "x", store, Ended())
    assert not (tmp_path / "a.sqlite").exists()
