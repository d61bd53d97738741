"""What strangers send: it is refused in one line, and never becomes SQL."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

QUOTES = "'; DROP TABLE items; --"


def token(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


def nested(depth):
    tree = {"op": "isNull", "args": [{"property": "id"}]}
    for _ in range(depth):
        tree = {"op": "not", "args": [tree]}
    return tree


REFUSED = [
    {"limit": 0},
    {"limit": -1},
    {"limit": "ten"},
    {"limit": "1" * 5000 + "x"},
    {"bbox": "1,2,3"},
    {"bbox": "1,2,x,4"},
    {"bbox": "nan,2,3,4"},
    {"bbox": "0,50,10,40"},
    {"bbox": "0,95,10,99"},
    {"datetime": "2020-01-01"},
    {"datetime": "2020-13-01T00:00:00Z"},
    {"datetime": "../.."},
    {"datetime": "2021-01-01T00:00:00Z/2020-01-01T00:00:00Z"},
    {"intersects": "{}"},
    {"intersects": "[1"},
    {"intersects": json.dumps({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]})},
    {"intersects": "[" * 30_000},
    {"intersects": json.dumps({"type": "Point", "coordinates": [1, 2]}), "bbox": "1,2,3,4"},
    {"intersects": json.dumps({"type": "Point", "coordinates": [10**400, 1]})},
    {"fields": "-"},
    {"fields": "id,+"},
    {"ids": ",".join(map(str, range(1001)))},
    {"sortby": "nothing"},
    {"sortby": QUOTES},
    {"sortby": ",".join(["id"] * 9)},
    {"fields": ",".join(f"a{number}" for number in range(101))},
    {"filter": QUOTES},
    {"filter": "nothing = 1"},
    {"filter": "(" * 500 + "id = 'x'" + ")" * 500},
    {"filter": "NOT " * 500 + "id = 'x'"},
    {"filter": "id = 'x'" + " OR id = 'x'" * 1000},
    {"filter": "id = 'x'", "filter-lang": "sql"},
    {"filter": "id = 'x'", "filter-crs": "http://www.opengis.net/def/crs/EPSG/0/4490"},
    {"filter": json.dumps(nested(60)), "filter-lang": "cql2-json"},
    {"token": "x"},
    {"token": token(1)},
    {"token": token("0" * 16, "0" * 12, 1, 1, [], 0)},
    {"token": token("../../private/", "0" * 12, 1, 1, [], 0)},
    {"token": "A" * 5000},
    {"query": "{}"},
    {"unknown": "1"},
]


@pytest.mark.parametrize("query", REFUSED, ids=lambda query: str(query)[:60])
def test_what_is_wrong_is_said_in_one_line_in_both_languages(plain_api, query):
    said = plain_api.ask("/search", **query)
    assert (said.status, said.headers["content-type"]) == (400, "application/problem+json")
    assert said.body.count(b"\n") == 1
    assert len(said.body) < 4000
    told = said.document
    assert told["code"] == "parameter-wrong"
    assert told["rule"]["zh"]
    assert told["rule"]["en"]
    assert told["field"] in query or told["field"] == "filter"


POSTED = [
    b"[]",
    b"{",
    b'{"limit": Infinity}',
    b'{"limit": 1e400}',
    b'{"limit": true}',
    b'{"bbox": "1,2,3,4"}',
    b'{"bbox": [1, 2, 3, null]}',
    b'{"bbox": [1e999, 2, 3, 4]}',
    b'{"ids": [1]}',
    b'{"ids": {"a": 1}}',
    b'{"sortby": "id"}',
    b'{"sortby": [{"field": "id", "direction": "up"}]}',
    b'{"sortby": [{"field": ["id"]}]}',
    b'{"fields": ["id"]}',
    b'{"fields": {"include": "id"}}',
    b'{"filter": "id = 1"}',
    b'{"filter": {"op": "=", "args": [{"property": "id"}]}}',
    b'{"filter": {"op": "like", "args": [{"property": "gsd"}, "x"]}}',
    b'{"filter": {"op": "between", "args": [1, [2, 3], 4]}}',
    b'{"intersects": {"type": "Point", "coordinates": ["x", 1]}}',
    b'{"intersects": {"type": "Point", "coordinates": []}}',
    b'{"datetime": 2020}',
    b'{"ids": ["\\ud800"]}',
    b'{"fields": {"include": ["\\ud800"]}}',
    b'{"sortby": [{"field": "\\udfff"}]}',
    b'{"\\ud800": 1}',
    b'{"bbox": [1' + b"0" * 400 + b", 1, 2, 3]}",
    b'{"fields": {"include": [""]}}',
    b'{"token": 1}',
    b'{"merge": true}',
    b"\xff\xfe",
    b'{"filter": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
]


@pytest.mark.parametrize("body", POSTED, ids=lambda body: body[:40].decode("latin-1"))
def test_bodies_that_are_wrong_are_refused(plain_api, body):
    said = plain_api.post(body)
    assert (said.status, said.document["code"]) == (400, "parameter-wrong"), said.body


def test_a_body_that_is_too_large_is_refused_and_an_empty_one_asks_for_everything(plain_api, items):
    assert plain_api.post(b'{"ids": ["' + b"x" * 70_000 + b'"]}').status == 413
    assert plain_api.post(b"").document["numberMatched"] == len(items)


def test_sql_in_values_finds_nothing_and_harms_nothing(plain_api, items):
    for query in (
        {"ids": QUOTES},
        {"collections": QUOTES},
        {"filter": f"title = '{QUOTES.replace(chr(39), chr(39) * 2)}'"},
        {"filter": "mission LIKE '%''%' AND mission <> 'O''Hara %_'"},
    ):
        assert plain_api.ask("/search", **query).document["numberMatched"] == 0, query
    for path in (f"/collections/{QUOTES}", f"/collections/n156130000-imagery/items/{QUOTES}", "/search/x", "/x"):
        assert plain_api.get(path).status == 404, path
    assert plain_api.ask("/collections", q=QUOTES).document["numberMatched"] == 0
    assert plain_api.ask("/search").document["numberMatched"] == len(items)


def test_a_token_that_is_made_up_finds_rows_of_the_question_at_most(plain_api, items):
    onward = plain_api.ask("/search", limit=5, sortby="datetime").link("next")["href"]
    sent = onward.partition("token=")[2]
    digest, asked, row, matched, _keys, _back = json.loads(base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4)))
    for keys in (["x"], [QUOTES], [None], ["99999-01-01"]):
        said = plain_api.ask("/search", limit=5, sortby="datetime", token=token(digest, asked, row, matched, keys, 0))
        assert said.status == 200, keys
        assert set(said.ids) <= {each["id"] for each in items}
    for wrong in (
        (digest, asked, -1, matched, ["x"], 0),
        (digest, asked, row, matched, ["x", "y"], 0),
        (digest, "0" * 12, row, matched, ["x"], 0),
        (digest, asked, 10**30, matched, ["x"], 0),
        (digest, asked, row, matched, ["\ud800"], 0),
    ):
        assert plain_api.ask("/search", limit=5, sortby="datetime", token=token(*wrong)).status == 400, wrong
    other = plain_api.ask("/search", limit=5, sortby="datetime", bbox="1,2,3,4", token=sent)
    assert (other.status, other.document["field"]) == (400, "token")


def test_great_limits_give_as_much_as_there_may_be(plain_api, items):
    for limit in (1000, 10**9, 10**30):
        assert len(plain_api.ask("/search", limit=limit).ids) == min(1000, len(items))


def test_methods_that_are_not_served_say_which_are(plain_api):
    for path in ("/collections", "/conformance", "/collections/n156130000-imagery/items"):
        said = plain_api.post({}, path)
        assert (said.status, said.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert plain_api.ask("/search", headers={"accept": "text/html"}).document["code"] == "not-acceptable"


@settings(max_examples=80, deadline=None)
@given(
    path=st.sampled_from(["/search", "/collections", "/collections/n156130000-imagery/items", "/queryables"]),
    query=st.dictionaries(
        st.sampled_from(["bbox", "datetime", "limit", "filter", "sortby", "fields", "ids", "q", "token", "intersects"]),
        st.text(max_size=30),
        max_size=3,
    ),
)
def test_nothing_that_is_sent_is_a_fault_of_ours(plain_api, path, query):
    assert plain_api.ask(path, **query).status in {200, 400, 410}
