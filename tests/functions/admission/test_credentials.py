"""Where keys may stand, and that none is left in what is cached or logged."""

from __future__ import annotations

from time import process_time
from urllib.parse import parse_qsl, quote

import pytest
from admission_kit import KEYS
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tianlake.functions.admission.credentials import NOTHING, presented, well_formed, without_credentials
from tianlake.functions.admission.records import KEY_LENGTH, Asked, Demand, new_key
from tianlake.functions.admission.requests import Request

PLAIN, PRO = KEYS["plain"], KEYS["pro"]
CASED = st.sampled_from(["tk", "TK", "Tk", "tK"])


@pytest.mark.parametrize(
    ("query", "headers", "credential", "ambiguous"),
    [
        ("", {}, None, None),
        ("tk=a", {}, "a", None),
        ("tk=", {}, None, None),
        ("tk", {}, None, None),
        ("x=1&TK=a&y", {}, "a", None),
        ("tk=&tk=a", {}, "a", None),
        ("tk=a&tk=a", {}, "a", None),
        ("tk=%61", {}, "a", None),
        ("tk=a&TK=b", {}, "a", "tk"),
        ("tk=a&tk=A", {}, "a", "tk"),
        ("tk=a", {"x-api-key": "a"}, "a", None),
        ("tk=a", {"x-api-key": "b"}, "a", "x-api-key"),
        ("tk=a", {"authorization": "Bearer b"}, "a", None),
        ("", {"x-api-key": "a", "authorization": "Bearer b"}, "a", None),
        ("", {"x-api-key": " a "}, "a", None),
        ("", {"x-api-key": "a, a"}, "a", None),
        ("", {"x-api-key": "a, b"}, "a", "x-api-key"),
        ("", {"x-api-key": ", "}, None, None),
        ("", {"authorization": "Bearer a"}, "a", None),
        ("", {"authorization": "  BEARER   a  "}, "a", None),
        ("", {"authorization": "Basic dTpw"}, None, None),
        ("", {"authorization": "Bearer"}, None, None),
        ("", {"authorization": "Bearer "}, None, None),
        ("token=a&tks=b&atk=c", {}, None, None),
        ("sk=x", {}, None, None),
    ],
)
def test_which_key_counts(query, headers, credential, ambiguous):
    shown = presented(query, headers)
    assert (shown.credential, shown.ambiguous) == (credential, ambiguous)


def test_a_header_full_of_spaces_costs_no_time():
    began = process_time()
    shown = presented("", {"authorization": f"Bearer a{' ' * 40_000}b"})
    assert process_time() - began < 1, "servers take headers of hundreds of kilobytes, and one thread answers all"
    assert shown.credential is not None
    assert not well_formed(shown.credential)


def test_no_text_of_a_request_shows_its_key():
    request = Request("/a", f"tk={PLAIN}", {"x-api-key": PLAIN}, "198.51.100.7")
    assert PLAIN not in repr(request)


def test_the_second_secret_is_found_in_any_case():
    assert presented("Sk=one&tk=a", {}).companion == "one"
    assert presented("sk=one&SK=two", {}).ambiguous == "sk"


def test_nothing_sent_is_nothing():
    assert presented("service=WMTS&tilematrix=1", {"accept": "image/*"}) == NOTHING


def test_a_link_whose_members_come_twice_is_wrong_and_not_chosen_from():
    link = presented("expires=1&expires=2&key=k&signature=s", {}, "/data/a/b").link
    assert link is not None
    assert (link.path, link.expires, link.key, link.signature) == ("/data/a/b", "", "k", "s")


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("", ""),
        ("tk=a", ""),
        ("a=1&tk=x&b=%e4%bd%a0+&TK=y&c", "a=1&b=%e4%bd%a0+&c"),
        ("%74k=x&a=%2F%2f", "a=%2F%2f"),
        ("sK=x&b=2", "b=2"),
        ("&&tk=x&", "&&"),
        ("expires=1&key=2", "expires=1&key=2"),
        ("expires=1&key=2&signature=3&a=4", "a=4"),
        ("t%6B", ""),
    ],
)
def test_what_is_left_of_a_query(query, left):
    assert without_credentials(query) == left


MEMBERS = st.lists(
    st.one_of(
        st.tuples(CASED, st.just(PLAIN)),
        st.tuples(st.sampled_from(["%74k", "t%6b", "%54%4B", "sk", "%73k", "signature"]), st.just(PLAIN)),
        st.tuples(st.text("abtks%=+ 4B6", max_size=4), st.text("az09%+;/?", max_size=6)),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(MEMBERS)
@example([("tk", PLAIN)])
def test_stripping_never_leaves_a_key(members):
    query = "&".join(f"{name}={value}" for name, value in members)
    left = without_credentials(query)
    shown = presented(left, {})
    assert (shown.credential, shown.companion, shown.ambiguous, shown.link) == (None, None, None, None)
    assert PLAIN not in left
    # An independent reader of queries finds none either.
    assert not {"tk", "sk", "signature"} & {name.lower() for name, _value in parse_qsl(left, keep_blank_values=True)}


@settings(deadline=None)
@given(st.text(max_size=60), CASED)
def test_stripping_changes_no_other_byte(text, name):
    others = quote(text, safe="=&%+;,/")
    if presented(others, {}) != NOTHING:
        return
    kept = without_credentials(others)
    assert without_credentials(f"{others}&{name}={PLAIN}") == kept
    left = iter(others.split("&"))
    assert not kept or all(member in left for member in kept.split("&")), "what is left is in its old order"


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_query_and_header_is_read(text):
    presented(text, {"authorization": text, "x-api-key": text}, text)
    without_credentials(text)


def test_keys_look_like_keys():
    assert all(well_formed(new_key()) and len(new_key()) == KEY_LENGTH for _ in range(100))
    for wrong in ("", "a" * 31, "a" * 33, "a" * 31 + "-", "a" * 31 + "é", "a" * 31 + "\n", "a" * 31 + "٣"):
        assert not well_formed(wrong), wrong


def test_no_representation_tells_a_key():
    shown = presented(f"tk={PLAIN}&sk={PRO}&signature={PRO}", {})
    asked = Asked(Demand("tile"), "key", "192.0.2.1", shown.credential, shown.companion, link=shown.link)
    for text in (repr(shown), repr(asked)):
        assert PLAIN not in text
        assert PRO not in text
