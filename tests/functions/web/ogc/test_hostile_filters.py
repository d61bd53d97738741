"""Filters that mean harm are refused with the rule, quickly, and the process lives on."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit import examples
from ogc_kit import CODE

from tianlake.functions.web.ogc.cql2_tree import DEEPEST, LONGEST


def nested(depth: int) -> object:
    tree: object = {"op": "=", "args": [{"property": "rank"}, 1]}
    for _ in range(depth):
        tree = {"op": "not", "args": [tree]}
    return tree


DEEP = {
    "brackets": "(" * 4000 + "rank=1" + ")" * 4000,
    "no closing": "(" * 8000,
    "not": "NOT " * 2000 + "rank=1",
    "not in brackets": "NOT (" * 1000 + "rank=1" + ")" * 1000,
    "signs": "rank=" + "-" * 8000 + "1",
    "spaced signs": "rank=" + "- " * 4000 + "1",
    "functions": "CASEI(" * 1000 + "std_name" + ")" * 1000 + "='x'",
    "in quotes": "std_name = '" + "(" * 100 + "'",
    "in": "rank" + " IN (1)" * 1100,
}


@pytest.mark.parametrize("name", DEEP)
def test_depth_is_bounded_before_anything_reads_the_text(api, name):
    began = time.process_time()
    said = api.items(filter=DEEP[name])
    assert (said.status, said.document["field"]) == (400, "filter")
    assert f"at most {DEEPEST} deep" in said.document["rule"]["en"]
    assert time.process_time() - began < 2
    assert api.items(limit=1).status == 200


def test_depth_of_json_is_bounded_too(api):
    assert api.items(filter=json.dumps(nested(9)), filter_lang="cql2-json", limit=1).status == 200
    for depth in (DEEPEST, 150):
        assert api.items(filter=json.dumps(nested(depth)), filter_lang="cql2-json").status == 400
    arrays = '{"op":"in","args":[{"property":"rank"},' + "[" * 3000 + "]" * 3000 + "]}"
    assert api.items(filter=arrays, filter_lang="cql2-json").status == 400


def test_what_is_within_bounds_is_understood(api):
    assert api.items(filter="(" * DEEPEST + "rank=1" + ")" * DEEPEST, limit=1).status == 200
    many = " OR ".join(f"rank={number}" for number in range(600))
    assert len(many) < LONGEST
    assert api.items(filter=many, limit=1000).document["numberReturned"] == 200
    listed = ",".join(["1"] * 3000)
    assert api.items(filter=f"rank IN ({listed})", limit=1000).document["numberReturned"] == 29


def test_length_is_bounded(api):
    said = api.items(filter="rank=1 OR " * 1000 + "rank=1")
    assert said.document["rule"]["en"] == f"has at most {LONGEST} characters"


ODD = [
    '{"op":"=","args":[{"property":"rank"},1e400]}',
    '{"op":"=","args":[{"property":"rank"},' + "9" * 400 + "]}",
    '{"op":"=","args":[{"property":"std_name"},"\\u0000"]}',
    '{"op":"=","args":[{"property":"std_name"},"\\ud800"]}',
    '{"op":"=","args":"x"}',
    '{"op":"and","args":[]}',
    '{"op":"in","args":[{"property":"rank"},[]]}',
    '{"op":"in","args":[{"property":"rank"},{"property":"rank"}]}',
    '{"op":"not","args":[]}',
    '{"op":"casei","args":[{"property":"std_name"}]}',
    '{"op":"=","args":[{"op":"casei","args":[]},"x"]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[1]}]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[1,2,3,4]}]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2,3]}]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2,"x",4]}]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"GeometryCollection","geometries":[]}]}',
    '{"op":"t_during","args":[{"property":"updated_at"},{"interval":["..",".."]}]}',
    '{"op":"=","args":[{"property":"updated_at"},{"date":"-0001-01-01"}]}',
    *("null", "[]", "1", '"x"', "{}", '{"op":1}', "{", "\x00", '{"property":"open"}'),
]


@pytest.mark.parametrize("text", ODD)
def test_odd_json_is_an_error_of_the_client_or_finds_nothing(api, text):
    said = api.items(filter=text, filter_lang="cql2-json")
    assert said.status == 400 or said.ids == [], said.body


SNIPPETS = st.sampled_from(
    [
        *("rank", "std_name", "geometry", "=", "<", "(", ")", "'", '"', ",", " AND ", " OR ", "NOT ", " LIKE ", " IN "),
        *("1", "'x'", "CASEI(", "S_INTERSECTS(", "POINT(1 2)", "BBOX(1,2,3,4)", "DATE('2026-01-01')", " IS NULL"),
        *("--", ";", "/*", "DROP TABLE", "lake.", "?", "$1", "read_csv('/etc/passwd')", " BETWEEN ", "%", "\\"),
    ]
)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SNIPPETS | st.text(max_size=4), max_size=10).map("".join), st.sampled_from(["cql2-text", "cql2-json"]))
def test_no_text_breaks_it(api, text, language):
    said = api.items(filter=text, filter_lang=language, limit=1)
    assert said.status in {200, 400}, said.body


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["bbox", "datetime", "crs", "sortby", "rank", "offset", "limit"]), st.text(max_size=9)
    )
)
def test_no_parameter_breaks_it(api, query):
    assert api.items(**query).status in {200, 400}
    assert api.ask(f"/collections/n{CODE}-areas/items/{'/'.join(query.values())}").status in {200, 404}
