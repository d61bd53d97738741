"""Account calls as such: bodies, methods, preflights, usage, the description. No outcome is a crash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from bureau_kit import NOW, PERSON, Bureau, header, told
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from kit import examples

from tianlake.functions.accounts import answers
from tianlake.functions.accounts.calls import BODY_BYTES, is_call
from tianlake.functions.accounts.conditions import Conditions
from tianlake.functions.accounts.desk import AccountDesk, own_accounts
from tianlake.functions.accounts.openapi import document
from tianlake.functions.admission.leases import Ask
from tianlake.functions.problems import Problem
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import DEFAULT_POLICY, Limit


@pytest.fixture
def bureau(tmp_path):
    return Bureau(tmp_path)


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"1", b'"a"', b"null", b"\xff", b'{"a":NaN}', b'{"a":1,"a":2}', b"[" * 60_000, b'{"a":' * 10_000],
)
def test_a_body_that_is_no_json_object_is_refused(bureau, body):
    reply = bureau.ask("POST", "/accounts", body)
    assert (reply.status, told(reply)["code"]) == (400, "body-wrong")


def test_a_body_is_bounded(bureau):
    reply = bureau.ask("POST", "/accounts", b'{"name":"' + b"x" * BODY_BYTES + b'"}')
    assert (reply.status, told(reply)["code"]) == (413, "body-too-large")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=gbk"]
)
def test_a_form_of_another_media_type_is_refused(bureau, kind):
    """A page of another site can send these without asking first; JSON it cannot."""
    reply = bureau.ask("POST", "/accounts", PERSON, headers={"content-type": kind})
    assert (reply.status, told(reply)["code"]) == (415, "media-type")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON;charset=UTF-8"])
def test_json_is_json_however_it_is_spelt(bureau, kind):
    assert bureau.ask("POST", "/accounts", PERSON, headers={"content-type": kind}).status == 201


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/accounts", "OPTIONS, POST"),
        ("/accounts/me/keys", "GET, HEAD, OPTIONS, POST"),
        ("/accounts/me/keys/k1", "DELETE, OPTIONS"),
        ("/usage", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_page_may_ask_beforehand_what_it_may_send(bureau, path, allowed):
    reply = bureau.ask("OPTIONS", path)
    assert (reply.status, header(reply, "access-control-allow-methods")) == (204, allowed)
    assert header(reply, "access-control-allow-headers") == "authorization, content-type, x-api-key"
    refused = bureau.ask("PUT", path)
    assert (refused.status, header(refused, "allow")) == (405, allowed)


@pytest.mark.parametrize(
    "path", ["/accounts/", "/accounts/you", "/accounts/me/keys//rotate", "/accounts/me/keys/", "/usage/"]
)
def test_nothing_else_is_there(bureau, path):
    assert bureau.ask("GET", path).status == 404


def test_which_paths_are_account_calls():
    assert all(map(is_call, ("/accounts", "/accounts/me", "/usage", "/accounts/x")))
    assert not any(map(is_call, ("/accountsx", "/usages", "/", "/catalog.json", "/156130000/usage")))


def test_usage_tells_what_was_taken_of_the_day_by_token_and_by_key(bureau):
    token = bureau.register()
    made = bureau.key(token)
    account = told(bureau.ask("GET", "/accounts/me", token=token))["id"]
    limit = bureau.policy.tiers["personal"].limits["tile"]
    for _ in range(81):
        bureau.store.take(Ask(account, "tile", limit, 100, 100), bureau.now)
        bureau.now += 1.1
    by_token = told(bureau.ask("GET", "/usage", token=token))
    assert by_token["meters"]["tile"] == {"used": 8100, "limit": 10_000, "remaining": 1900, "warning": True}
    assert by_token["meters"]["search"] == {"used": 0, "limit": 2000, "remaining": 2000, "warning": False}
    assert (by_token["warning"], by_token["tier"], by_token["reach"]) == (True, "personal", "key")
    assert (by_token["resets"], by_token["keys"]) == ("2026-11-27T16:00:00Z", {"from": "accounts"})
    for sent in (
        {"query": f"tk={made['key']}"},
        {"headers": {"x-api-key": made["key"]}},
        {"headers": {"authorization": f"Bearer {made['key']}"}},
    ):
        assert told(bureau.ask("GET", "/usage", **sent)) == by_token
    assert PERSON["email"] not in json.dumps(by_token)
    bureau.now = NOW + 86_400
    assert told(bureau.ask("GET", "/usage", token=token))["meters"]["tile"]["used"] == 0


def test_usage_by_a_wrong_key_is_counted_as_a_guess(bureau):
    bureau.policy = replace(bureau.policy, guesses=Limit(100, 1, 3, 1))
    statuses = [bureau.ask("GET", "/usage", query="tk=" + "0" * 32).status for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]


def test_a_node_that_issues_no_keys_says_where_they_are_issued(bureau):
    made = bureau.key(bureau.register())
    own = own_accounts(bureau.store, lambda: Conditions(DEFAULT_POLICY, None), "156130000")
    bureau.desk = AccountDesk(replace(own, accounts=None, issuer="https://map.example"))
    refused = bureau.ask("POST", "/accounts", PERSON)
    assert (refused.status, told(refused)["code"]) == (404, "accounts-elsewhere")
    assert "https://map.example" in told(refused)["rule"]["en"]
    assert bureau.ask("GET", "/usage", query=f"tk={made['key']}").status == 200


def test_a_store_that_fails_is_told_without_its_words(bureau, monkeypatch, caplog):
    def broken(*_arguments):
        raise StoreError("the disk of /srv/x is full")

    monkeypatch.setattr(bureau.store, "account_by_token", broken)
    reply = bureau.ask("GET", "/accounts/me", token="t" + "0" * 40)
    assert (reply.status, told(reply)["code"], header(reply, "retry-after")) == (503, "store-unavailable", "2")
    assert b"/srv/x" not in reply.body
    assert "/srv/x" in caplog.text


def test_calls_of_one_account_come_to_an_end_whoever_makes_them(bureau):
    token = bureau.register()
    statuses = [bureau.ask("GET", "/accounts/me", token=token).status for _ in range(70)]
    assert 58 <= statuses.count(200) <= 60
    assert set(statuses[60:]) == {429}
    bureau.now += 60
    assert bureau.ask("GET", "/accounts/me", token=token).status == 200


def test_the_description_names_every_call_and_no_other(bureau):
    described = {
        (path.replace("{key_id}", "*"), method.upper())
        for path, item in document()["paths"].items()
        for method in item
        if method != "parameters"
    }
    answered = {(path, method) for path, methods in bureau.desk.paths.items() for method in methods}
    assert described | {("/accounts/openapi.json", "GET")} == answered
    assert json.loads(bureau.ask("GET", "/accounts/openapi.json").body) == document()


def test_every_code_of_an_answer_is_in_the_catalog():
    members = {each for each in vars(answers).values() if isinstance(each, Problem)}
    assert members == set(answers.CATALOG)


def check(reply, path, method):
    """Hold an answer to the description: a status it names, a body of the schema it names."""
    operation = document()["paths"][path][method.lower()]
    told_of = operation["responses"][str(reply.status)]
    (kind, content), *others = told_of["content"].items()
    assert (header(reply, "content-type"), others) == (kind, [])
    schema = {**content["schema"], "components": document()["components"]}
    Draft202012Validator(schema, validate_formats=True).validate(told(reply))


def test_answers_are_as_described(bureau):
    registered = bureau.ask("POST", "/accounts", PERSON)
    check(registered, "/accounts", "POST")
    token = told(registered)["token"]
    check(bureau.ask("POST", "/accounts/me/keys", {"kind": "any"}, token), "/accounts/me/keys", "POST")
    check(bureau.ask("POST", "/accounts/me/terms", {"version": "2026-11-01"}, token), "/accounts/me/terms", "POST")
    made = bureau.ask("POST", "/accounts/me/keys", {"kind": "any", "with_sk": True, "expires": "2027-01-01"}, token)
    check(made, "/accounts/me/keys", "POST")
    link = bureau.ask("POST", "/accounts/me/links", {"path": "/tiles/places.pmtiles"}, token)
    check(link, "/accounts/me/links", "POST")
    path = f"/accounts/me/keys/{told(made)['id']}"
    check(bureau.ask("POST", f"{path}/rotate", token=token), "/accounts/me/keys/{key_id}/rotate", "POST")
    check(bureau.ask("DELETE", path, token=token), "/accounts/me/keys/{key_id}", "DELETE")
    check(bureau.ask("DELETE", "/accounts/me/keys/k", token=token), "/accounts/me/keys/{key_id}", "DELETE")
    for read in ("/accounts/me", "/accounts/me/keys", "/usage"):
        check(bureau.ask("GET", read, token=token), read, "GET")
    check(bureau.ask("GET", "/accounts/snapshot", token=token), "/accounts/snapshot", "GET")
    check(bureau.ask("POST", "/accounts/me/token", token=token), "/accounts/me/token", "POST")
    check(bureau.ask("GET", "/usage"), "/usage", "GET")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "name",
    "kind",
    "email",
    "purpose",
    "terms",
    "hosts",
    "networks",
    "expires",
    "label",
    "path",
    "seconds",
    "key",
]
FORMS = st.dictionaries(st.sampled_from([*FIELDS, "version", "overlap_hours", "with_sk"]), JSON, max_size=6)
CALLS = [("POST", f"/accounts{rest}") for rest in ("", "/me/terms", "/me/keys", "/me/links", "/me/keys/k/rotate")]


@settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=st.sampled_from(CALLS), form=FORMS | st.binary(max_size=40), query=st.text(max_size=20))
def test_whatever_is_sent_is_answered_and_never_with_a_fault_of_ours(bureau, call, form, query):
    bureau.now += 100
    token = next(iter(getattr(bureau, "tokens", [])), None) or bureau.register()
    bureau.tokens = [token]
    body = form if isinstance(form, bytes) else json.dumps(form).encode()
    reply = bureau.ask(*call, body, token, query=query)
    assert 200 <= reply.status < 500
    assert told(reply)


def test_a_token_counts_in_its_header_alone_and_two_keys_are_none(bureau):
    token = bureau.register()
    first, second = bureau.key(token)["key"], bureau.key(token)["key"]
    assert bureau.ask("GET", "/usage", query=f"tk={token}").status == 401, "addresses end up in logs"
    assert bureau.ask("GET", "/usage", query=f"tk={first}&tk={second}").status == 401
    assert bureau.ask("GET", "/usage", query=f"tk={first}&tk={first}").status == 200


def test_a_digest_is_no_key(bureau):
    made = bureau.key(bureau.register())
    stolen = hashlib.sha256(made["key"].encode()).hexdigest()
    assert bureau.ask("GET", "/usage", query=f"tk={stolen}").status == 401
