"""What refused and admitted clients are told: bodies, header fields, links; and never a key."""

from __future__ import annotations

import json
import string
from dataclasses import replace

import pytest
from admission_kit import KEYS, NOON, RECORDS, RULES, SECRET, SK, Accounts, door_of, let_in, policy_with, refused
from hypothesis import given, settings
from hypothesis import strategies as st

from tianlake.functions.admission.admit import Rules, grace_end, stand
from tianlake.functions.admission.answers import Refusal, redacted
from tianlake.functions.admission.leases import window_end
from tianlake.functions.admission.links import signed, wrong_with
from tianlake.functions.admission.records import Asked, Demand, digest
from tianlake.functions.admission.refusals import CATALOG, KEY_MALFORMED, KEY_MISSING, KEY_UNKNOWN
from tianlake.functions.admission.requests import Request, asked_for, ranged_size
from tianlake.lake.quotas import DEFAULT_POLICY

TILE = Demand("tile", "roads")
ASKED = Asked(TILE, "key", "198.51.100.7", credential=KEYS["plain"])


@pytest.mark.parametrize("reason", CATALOG, ids=lambda reason: reason.code)
def test_a_refusal_says_what_why_and_what_to_do(reason):
    body = json.loads(Refusal(reason, {"checked": "x"}).body(base="/156130000/"))
    assert (body["status"], body["code"], body["type"]) == (
        reason.status,
        reason.code,
        f"urn:tianlake:problem:{reason.code}",
    )
    for text in (body["message"], body["resolve"]):
        assert any("\u4e00" <= each <= "\u9fff" for each in text["zh"])
        assert text["en"].isascii()
        assert text["en"].endswith(".")
    assert body["hint"].startswith("/156130000/")
    assert body["seen"] == {"checked": "x"}
    assert set(json.loads(Refusal(reason).body(strict=True))) <= {"code", "msg", "message", "resolve"}


def test_codes_are_stable_words():
    codes = [reason.code for reason in CATALOG]
    assert len(set(codes)) == len(codes)
    assert all(set(code) <= set(string.ascii_lowercase + "-") for code in codes)


def test_todays_bodies_are_todays_bodies():
    """As observed (tianditu.md §1.3)."""
    assert json.loads(Refusal(KEY_UNKNOWN).body(strict=True)) == {
        "code": 301001,
        "msg": "非法key",
        "resolve": "请到API控制台重新申请Key",
    }
    assert json.loads(Refusal(KEY_MALFORMED).body(strict=True)) == {
        "code": 308011,
        "message": "请求参数非法长度或不合规",
    }


def test_a_401_names_the_scheme_and_nothing_is_cached():
    headers = dict(Refusal(KEY_MISSING).headers)
    assert headers == {"cache-control": "no-store", "www-authenticate": 'Bearer realm="tianlake"'}


TEXTS = st.text(max_size=40)


@settings(deadline=None)
@given(TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(RECORDS))
def test_no_refusal_holds_what_was_sent_as_a_key(query, referer, host, companion, record):
    secret = KEYS["nobody"]
    headers = {
        "referer": f"https://{secret}{referer}/",
        "origin": f"https://{host}.{secret.upper()}",
        "x-api-key": secret,
        "authorization": f"Bearer {secret}",
        "user-agent": secret,
    }
    request = Request(f"/data/{secret}", f"sk={companion}{secret}&{query}", headers, f"10.0.0.1{secret}")
    asked = asked_for(request, TILE, "key")
    for key in (None, replace(record, kind="browser", companion=None), replace(record, kind="server", companion=None)):
        answer = stand(asked, key, NOON, RULES)
        if isinstance(answer, Refusal):
            for body in (answer.body(), answer.body(strict=True)):
                assert secret not in body.decode().lower()
            assert secret not in str(answer.headers).lower()


def test_long_values_are_cut():
    seen = redacted({"referer": "a" * 5_000, "size": 7, "origin": None}, "")
    assert (len(str(seen["referer"])), seen["size"], seen["origin"]) == (101, 7, None)


def test_quota_headers_of_an_admitted_request():
    headers = dict(let_in(door_of(Accounts()), ASKED).headers)
    assert headers == {
        "ratelimit-limit": "10000",
        "ratelimit-remaining": "9999",
        "ratelimit-reset": "43200",
        "ratelimit-policy": "10000;w=86400, 100;w=1;burst=600",
    }
    assert window_end(NOON) - NOON == 43_200


def test_a_warning_from_four_fifths_on():
    policy = policy_with("tile", per_day=100)
    door = door_of(Accounts(), replace(RULES, policy=policy))
    told = [dict(let_in(door, ASKED).headers).get("tianlake-quota-warning") for _ in range(100)]
    assert told[:79] == [None] * 79
    assert (told[79], told[99]) == ("80% of 100 tile used today", "100% of 100 tile used today")


def test_the_meter_with_the_least_left_is_told():
    policy = policy_with("bytes", per_day=1_000_000)
    door = door_of(Accounts(), replace(RULES, policy=policy))
    asked = replace(ASKED, demand=Demand("data", "places"), access="open", size=900_000)
    headers = dict(let_in(door, asked).headers)
    assert (headers["ratelimit-limit"], headers["ratelimit-remaining"]) == ("1000000", "100000")
    assert headers["tianlake-quota-warning"] == "90% of 1000000 bytes used today"


def test_slow_limits_are_whole_units_in_whole_seconds():
    policy = policy_with("tile", per_second=0.25, burst=1)
    door = door_of(Accounts(), replace(RULES, policy=policy))
    assert dict(let_in(door, ASKED).headers)["ratelimit-policy"] == "10000;w=86400, 1;w=4;burst=1"
    headers = dict(refused(door, ASKED).headers)
    assert (headers["retry-after"], headers["ratelimit-remaining"]) == ("4", "0")


def test_documents_say_nothing_of_quotas():
    assert let_in(door_of(Accounts()), Asked(Demand(None), "open", "192.0.2.1")).headers == []


def test_earlier_terms_hold_for_the_grace_and_the_answer_says_so():
    asked = replace(ASKED, credential=KEYS["old"])
    headers = dict(let_in(door_of(Accounts()), asked).headers)
    assert headers["tianlake-terms"] == 'accept "2026-11-27" before 2026-12-27'
    end = grace_end("2026-11-27", 30)
    (old,) = (each for each in RECORDS if each.id == "old")
    assert not isinstance(stand(asked, old, end - 1, RULES), Refusal)
    assert getattr(stand(asked, old, end, RULES), "code", None) == "terms-not-accepted"
    assert not isinstance(stand(asked, old, end, replace(RULES, grace_days=31)), Refusal)
    assert not isinstance(stand(asked, old, end, Rules(DEFAULT_POLICY)), Refusal), "a node without terms asks for none"
    newer = replace(old, terms="2026-12-01")
    assert getattr(stand(asked, newer, NOON, RULES), "notice", "") is None
    for accepted, holds in (("9", "10"), ("v9", "v10"), ("2026-9-30", "2026-11-01")):
        stale = stand(asked, replace(old, terms=accepted), NOON, replace(RULES, terms=holds, grace_days=0))
        assert getattr(stale, "code", None) == "terms-not-accepted", "such versions do not say which is newer"
    assert grace_end("second edition", 30) == grace_end("2026-13-01", 30) == 0


PATHS = st.text(string.ascii_letters + string.digits + "/-._~%", max_size=30).map(lambda rest: f"/data/{rest}")


@settings(deadline=None)
@given(PATHS, PATHS, st.integers(1, 10**11), st.binary(min_size=32, max_size=32))
def test_a_link_opens_its_path_with_its_secret_until_it_expires(path, other, expires, secret):
    key = digest("k")
    request = Request(path, signed(secret, path, key, expires), {}, "")
    link = asked_for(request, Demand("data")).link
    assert link is not None
    assert wrong_with(link, secret, expires - 0.1) is None
    wrongs = [
        (link, secret, expires, "link-expired"),
        (link, SECRET, expires - 1, "link-wrong"),
        (link, None, expires - 1, "link-wrong"),
        (replace(link, path=path + other), secret, expires - 1, "link-wrong"),
        (replace(link, expires=str(expires + 1)), secret, expires - 1, "link-wrong"),
        (replace(link, expires=f"0{expires}"), secret, expires - 1, "link-wrong"),
        (replace(link, key=digest("l")), secret, expires - 1, "link-wrong"),
        (replace(link, signature=link.signature[:-1]), secret, expires - 1, "link-wrong"),
        (replace(link, signature="é"), secret, expires - 1, "link-wrong"),
        (replace(link, signature=""), secret, expires - 1, "link-wrong"),
    ]
    for each, with_secret, now, code in wrongs:
        found = wrong_with(each, with_secret, now)
        assert found is not None
        assert found[0].code == code


def test_a_link_needs_no_page_and_no_second_secret():
    path = "/data/places/places.parquet"
    for name in ("page", "server", "second"):
        query = signed(SECRET, path, digest(KEYS[name]), int(NOON) + 1)
        asked = asked_for(Request(path, query, {}, "198.51.100.7"), Demand("data", "places", bulk=True), "open")
        assert let_in(door_of(Accounts()), asked).account == f"a{name}"
        assert SK not in query


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("bytes=0-16383", 16_384),
        ("bytes=5-5", 1),
        (" bytes = 0-1 ", None),
        ("bytes=0-", None),
        ("bytes=-5", None),
        ("bytes=0-1,3-4", None),
        ("bytes=5-4", None),
        ("items=0-1", None),
        (None, None),
    ],
)
def test_bytes_that_a_range_asks_for(header, size):
    sent = {} if header is None else {"range": header}
    assert ranged_size(sent) == size
    assert ranged_size(sent | {"if-range": '"an-etag"'}) is None, "the whole may come"
