"""Registering, terms and tokens: who may do what, and what is said to whom."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace

import pytest
from bureau_kit import NOW, PERSON, TERMS, Bureau, header, told

from tianlake.functions.admission.records import KeyRecord
from tianlake.lake.plain import Text
from tianlake.lake.quotas import Limit


@pytest.fixture
def bureau(tmp_path):
    return Bureau(tmp_path)


def test_whoever_registers_is_shown_a_token_once_and_the_store_has_its_hash_alone(bureau, tmp_path):
    reply = bureau.ask("POST", "/accounts", PERSON)
    token, account = told(reply)["token"], told(reply)["account"]
    assert (reply.status, header(reply, "location"), header(reply, "cache-control")) == (
        201,
        "/accounts/me",
        "no-store",
    )
    assert (account["tier"], account["state"], account["created"]) == ("personal", "active", "2026-11-27T02:00:00Z")
    assert bureau.store.account(account["id"]).token == hashlib.sha256(token.encode()).hexdigest()
    bureau.store.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert token.encode() not in kept


@pytest.mark.parametrize(
    ("kind", "tier"),
    [
        ("person", "personal"),
        ("company", "professional"),
        ("government", "professional"),
        ("education", "professional"),
    ],
)
def test_the_tier_follows_from_the_kind_by_the_policy(bureau, kind, tier):
    reply = bureau.ask("POST", "/accounts", PERSON | {"kind": kind, "organisation": "示例公司"})
    assert told(reply)["account"]["tier"] == tier


def test_a_kind_that_the_policy_leaves_out_cannot_register_by_itself(bureau):
    reply = bureau.ask("POST", "/accounts", PERSON | {"kind": "node", "organisation": "河北省测绘院"})
    assert (reply.status, told(reply)["code"]) == (403, "kind-not-open")
    assert not list(bureau.store.accounts())


@pytest.mark.parametrize(
    ("change", "field", "en", "zh"),
    [
        ({"name": " "}, "name", "must have 1 to 100 characters", "长度须为 1 至 100 个字符"),
        ({"name": 7}, "name", "must be a text", "须为文本"),
        ({"name": "a\u202eb"}, "name", "holds characters that cannot be shown", "含有不可显示的字符"),
        ({"name": "\ud800"}, "name", "holds characters that cannot be shown", "含有不可显示的字符"),
        ({"name": "x" * 101}, "name", "must have 1 to 100 characters", "长度"),
        ({"kind": "robot"}, "kind", "must be one of: person, company", "须为其中之一：person"),
        ({"kind": ["person"]}, "kind", "must be one of", "须为其中之一"),
        ({"kind": "company"}, "organisation", "must have 1 to 200 characters", "长度"),
        ({"email": "lilei"}, "email", "is not an e-mail address", "不是电子邮件地址"),
        ({"email": "a@b.cn, c@d.cn"}, "email", "is not an e-mail address", "不是电子邮件地址"),
        ({"email": "a" * 250 + "@b.cn"}, "email", "must have 1 to 254 characters", "长度"),
        ({"purpose": "x"}, "purpose", "must have 4 to 1000 characters", "长度"),
        ({"e-mail": "a@b.cn"}, "e-mail", "there is no such field; there are: name, organisation", "没有此字段"),
    ],
)
def test_a_wrong_field_is_named_in_one_line_in_both_languages(bureau, change, field, en, zh):
    reply = bureau.ask("POST", "/accounts", PERSON | change)
    document = told(reply)
    assert (reply.status, document["code"], document["field"]) == (400, "form-wrong", field)
    assert header(reply, "content-type") == "application/problem+json"
    assert en in document["rule"]["en"]
    assert zh in document["rule"]["zh"]
    assert "\n" not in document["rule"]["en"] + document["rule"]["zh"]
    assert not list(bureau.store.accounts())


def test_texts_are_kept_in_one_spelling(bureau):
    reply = bureau.ask("POST", "/accounts", PERSON | {"name": "  Lei\u0301\u3000 Li\n", "email": "雷@例子.中国"})
    assert told(reply)["account"]["name"] == "Le\u00ed Li"
    assert told(reply)["account"]["email"] == "雷@例子.中国"


def test_an_address_is_shown_to_its_owner_and_logged_nowhere(bureau, caplog):
    caplog.set_level(logging.DEBUG)
    token = bureau.register()
    made = bureau.key(token)
    bureau.ask("GET", "/accounts/me", token="t" + "0" * 40)
    mine = bureau.ask("GET", "/accounts/me", token=token)
    assert told(mine)["email"] == PERSON["email"]
    for secret in (PERSON["email"], token, made["key"], PERSON["name"], "203.0.113.7"):
        assert secret not in caplog.text
    assert told(mine)["id"] in caplog.text, "what was done is on record by the account's id"


def test_acceptance_is_on_record_with_version_time_and_hash_of_the_text(bureau):
    token = told(bureau.ask("POST", "/accounts", PERSON))["token"]
    before = told(bureau.ask("GET", "/accounts/me", token=token))["terms"]
    assert (before["due"], before["current"], before["accepted"]) == (True, "2026-11-01", [])
    reply = bureau.ask("POST", "/accounts/me/terms", {"version": "2026-11-01"}, token)
    wanted = {"version": "2026-11-01", "sha256": TERMS.sha256, "at": "2026-11-27T02:00:00Z"}
    assert told(reply)["terms"]["accepted"] == [wanted]
    bureau.now += 60
    again = bureau.ask("POST", "/accounts/me/terms", {"version": "2026-11-01"}, token)
    assert told(again)["terms"]["accepted"] == [wanted], "the first time counts"


def test_terms_that_do_not_hold_cannot_be_accepted(bureau):
    token = bureau.register()
    reply = bureau.ask("POST", "/accounts/me/terms", {"version": "2025-01-01"}, token)
    assert (reply.status, told(reply)["code"]) == (409, "terms-changed")
    assert "2026-11-01" in told(reply)["rule"]["en"]
    refused = bureau.ask("POST", "/accounts", PERSON | {"terms": "2025-01-01"})
    assert (refused.status, told(refused)["code"]) == (409, "terms-changed")


def test_new_terms_ask_again_and_until_then_no_key_is_made(bureau):
    token = bureau.register()
    old = bureau.key(token)
    bureau.terms = replace(TERMS, version="2026-11-20", text=Text("乙", "Be fair, too"))
    refused = bureau.ask("POST", "/accounts/me/keys", {"kind": "any"}, token)
    assert (refused.status, told(refused)["code"]) == (403, "terms-not-accepted")
    assert "2026-11-20" in told(refused)["rule"]["en"]
    rotating = bureau.ask("POST", f"/accounts/me/keys/{old['id']}/rotate", token=token)
    assert told(rotating)["code"] == "terms-not-accepted"
    shown = told(bureau.ask("GET", "/accounts/me", token=token))["terms"]
    assert (shown["due"], shown["keys_end"]) == (True, "2026-12-19T16:00:00Z"), "30 days of grace, 00:00 in China"
    bureau.ask("POST", "/accounts/me/terms", {"version": "2026-11-20"}, token)
    bureau.key(token)
    record: KeyRecord | None = bureau.store.find(hashlib.sha256(old["key"].encode()).hexdigest())
    assert record is not None
    assert record.terms == "2026-11-20", "keys that were there before have it, too"


def test_another_token_ends_the_old_one_at_once(bureau):
    token = bureau.register()
    reply = bureau.ask("POST", "/accounts/me/token", token=token)
    other = told(reply)["token"]
    assert bureau.ask("GET", "/accounts/me", token=token).status == 401
    assert bureau.ask("GET", "/accounts/me", token=other).status == 200


@pytest.mark.parametrize("shown", ["", "t" + "0" * 40, "t0", "x" * 200, "t" + "\u00e9" * 40])
def test_without_the_right_token_nothing_is_told_or_done(bureau, shown):
    token = bureau.register()
    for method, path in [
        ("GET", "/accounts/me"),
        ("POST", "/accounts/me/terms"),
        ("GET", "/accounts/me/keys"),
        ("POST", "/accounts/me/keys"),
        ("DELETE", "/accounts/me/keys/k1"),
        ("POST", "/accounts/me/keys/k1/rotate"),
        ("POST", "/accounts/me/token"),
        ("POST", "/accounts/me/links"),
        ("GET", "/accounts/snapshot"),
        ("GET", "/usage"),
    ]:
        reply = bureau.ask(method, path, token=shown)
        assert reply.status == 401, (method, path)
        assert header(reply, "www-authenticate") == 'Bearer realm="tianlake"'
    assert bureau.ask("GET", "/accounts/me", token=token).status == 200


def test_a_suspended_account_may_look_and_make_no_key(bureau):
    token = bureau.register()
    bureau.key(token)
    account = next(bureau.store.accounts())
    bureau.store.replace_account(account, replace(account, state="suspended"))
    assert told(bureau.ask("GET", "/accounts/me", token=token))["state"] == "suspended"
    assert told(bureau.ask("GET", "/accounts/me/keys", token=token))["keys"][0]["state"] == "suspended"
    refused = bureau.ask("POST", "/accounts/me/keys", {"kind": "any"}, token)
    assert (refused.status, told(refused)["code"]) == (403, "account-suspended")


def test_wrong_tokens_of_one_subnet_come_to_an_end_and_others_are_not_met(bureau):
    bureau.policy = replace(bureau.policy, guesses=Limit(100, 1, 5, 1))
    token = bureau.register()
    bureau.now += 60
    statuses = [bureau.ask("GET", "/accounts/me", token="t" + "0" * 40).status for _ in range(8)]
    assert statuses == [401] * 5 + [429] * 3
    blocked = bureau.ask("GET", "/accounts/me", token="t" + "0" * 40)
    assert told(blocked)["code"] == "too-many-guesses"
    wait = int(header(blocked, "retry-after") or 0)
    assert wait >= 1
    assert bureau.ask("GET", "/accounts/me", token=token, client="198.51.100.1").status == 200
    bureau.now += wait
    assert bureau.ask("GET", "/accounts/me", token=token).status == 200, "the wait that was told is enough"


def test_registrations_of_one_subnet_come_to_an_end_over_all_workers(bureau, tmp_path):
    bureau.policy = replace(bureau.policy, guesses=Limit(100, 1, 40, 20))
    workers = [bureau, Bureau(tmp_path, policy=bureau.policy)]
    statuses = [workers[n % 2].ask("POST", "/accounts", PERSON).status for n in range(6)]
    assert statuses.count(201) == 2, "20 units each, 40 at once"
    assert set(statuses) == {201, 429}
    for worker in workers:
        worker.now += 86_400
    statuses = [workers[n % 2].ask("POST", "/accounts", PERSON).status for n in range(6)]
    assert statuses.count(201) == 2


def test_a_wrong_form_costs_nothing(bureau):
    bureau.policy = replace(bureau.policy, guesses=Limit(100, 1, 20, 20))
    for _ in range(50):
        assert bureau.ask("POST", "/accounts", PERSON | {"email": "x"}).status == 400
    assert bureau.ask("POST", "/accounts", PERSON).status == 201


def test_what_is_counted_of_a_subnet_is_stored_under_no_address(bureau, tmp_path):
    bureau.ask("POST", "/accounts", PERSON)
    bureau.store.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"203.0.113" not in kept
    assert bureau.now == NOW
