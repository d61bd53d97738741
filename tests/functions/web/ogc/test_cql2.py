"""CQL2 (21-065r2) as filters: what they find, compared with the evaluation of the package `cql2`, which has no SQL."""

from __future__ import annotations

import json
import re
from typing import Any

import cql2
import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st
from kit import examples
from ogc_kit import CODE
from shapely.geometry import box, shape

from tianlake.functions.web.ogc.cql2_sql import Compiler
from tianlake.functions.web.ogc.crs import LON_LAT
from tianlake.functions.web.ogc.tables import feature_tables

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


class Features(list[dict[str, Any]]):
    """All places, which hypothesis need not write down."""

    def __repr__(self) -> str:
        return f"{len(self)} features"


@pytest.fixture(scope="module")
def everything(api):
    return Features(api.items(limit=1000).document["features"])


@pytest.fixture(scope="module")
def compiler(api):
    [table] = [each for each in feature_tables(api.releases.of(CODE)) if each.release.product == "places"]
    return Compiler(table, LON_LAT, api.engine.ask)


SQUARE = "POLYGON((114.05 38.05,114.25 38.05,114.25 38.15,114.05 38.15,114.05 38.05))"

EXAMPLES = {
    "rank = 3 AND height > 40": lambda i: i % 7 == 3 and i % 13 and i / 4 > 40,
    "rank <> 3 AND rank <= 4": lambda i: i % 7 != 3 and i % 7 <= 4,
    "NOT (rank = 3 OR rank = 4)": lambda i: i % 7 not in {3, 4},
    "height IS NULL": lambda i: i % 13 == 0,
    "height IS NOT NULL AND open = true": lambda i: i % 13 and i % 2 == 0,
    "rank BETWEEN 2 AND 3": lambda i: i % 7 in {2, 3},
    "rank NOT BETWEEN 2 AND 3": lambda i: i % 7 not in {2, 3},
    "rank IN (1, 5)": lambda i: i % 7 in {1, 5},
    "std_name LIKE '廊坊市1_'": lambda i: i in {11, 16} and i % 11,
    "std_name LIKE 'x\\_y\\%z%'": lambda i: i % 5 == 4 and i % 11,
    "std_name = 'o''hara3'": lambda i: i == 3,
    "CASEI(std_name) LIKE casei('BAODING%')": lambda i: i % 5 == 2 and i % 11,
    "CASEI(std_name) = CASEI('BaoDing2')": lambda i: i == 2,
    "updated_at >= DATE('2026-06-01') AND updated_at < '2026-06-05'": lambda i: i % 5 and 151 <= i <= 154,
    "DATE('2026-01-02') = updated_at": lambda i: i == 1,
    "seen BETWEEN TIMESTAMP('2026-01-01T01:00:00Z') AND TIMESTAMP('2026-01-01T10:00:00+08:00')": lambda i: i in {1, 2},
    "3 < rank": lambda i: i % 7 > 3,
    "rank = odd": lambda i: i < 7 and i != 3,
    '"odd ""name" = 7': lambda i: i == 7,
    "S_INTERSECTS(geometry, POINT(114.5 38.1))": lambda i: i == 25,
    "S_INTERSECTS(geometry, BBOX(114.45,38.05,114.55,38.25))": lambda i: i in {25, 45},
    f"S_WITHIN(geometry, {SQUARE})": lambda i: i in {21, 22},
    f"S_CONTAINS({SQUARE}, geometry)": lambda i: i in {21, 22},
    "NOT S_DISJOINT(geometry, MULTIPOINT((114.5 38.1),(114.6 38.1)))": lambda i: i in {25, 26},
    "S_TOUCHES(geometry, LINESTRING(114.5 38.1, 114.6 38.1))": lambda i: i in {25, 26},
    "S_EQUALS(geometry, POINT(114.5 38.1)) OR S_CROSSES(geometry, POINT(0 0))": lambda i: i == 25,
    "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(114.5 38.1),POINT(114.6 38.1)))": lambda i: i in {25, 26},
    "S_EQUALS(geometry, geometry) AND rank = 3": lambda i: i % 7 == 3,
    "true": lambda i: i >= 0,
    "false": lambda i: i < 0,
}  # fmt: skip


@pytest.mark.parametrize("text", EXAMPLES)
def test_a_filter_finds_what_it_says(api, text):
    wanted = [f"p-{number:04}" for number in range(200) if EXAMPLES[text](number)]
    assert api.items(filter=text, limit=1000).ids == wanted
    tree = json.dumps(cql2.parse_text(text).to_json())
    assert api.items(filter=tree, filter_lang="cql2-json", limit=1000).ids == wanted


def test_filters_parameters_and_boxes_hold_together(api):
    said = api.items(filter="rank > 2", open="true", bbox="114,38,115,38.1", datetime="2026-01-01/..", limit=1000)
    assert said.ids == [f"p-{i:04}" for i in range(40) if i % 7 > 2 and i % 2 == 0 and i % 20 <= 10]


def test_geometries_of_a_filter_are_in_its_crs(api):
    swapped = "S_INTERSECTS(geometry, POLYGON((38.05 114.45,38.05 114.85,38.45 114.85,38.45 114.45,38.05 114.45)))"
    wanted = api.items(bbox="114.45,38.05,114.85,38.45", limit=1000).ids
    assert len(wanted) == 16
    assert api.items(filter=swapped, filter_crs=f"{EPSG}4490", limit=1000).ids == wanted
    assert api.items(filter=swapped, limit=1000).status == 400, "no latitude of 114 degrees"
    metres = "S_INTERSECTS(geometry, BBOX(12740116,4592021,12784643,4648724))"
    assert api.items(filter=metres, filter_crs=f"{EPSG}3857", limit=1000).ids == wanted


def test_boxes_of_filters_cross_the_antimeridian(api):
    across = "BBOX(179.5,0,-179.5,20)"
    assert api.items("areas", filter=f"S_INTERSECTS(geometry,{across})").ids == [0, 1]
    assert api.items("areas", filter=f"S_DISJOINT(geometry,{across})").ids == [2]
    assert api.items("areas", filter="S_WITHIN(geometry,BBOX(178,0,-178,20))").ids == [0, 1]


REFUSED = {
    "nothing = 1": "has no property nothing",
    "list = 1": "has no property list",
    "geometry = 1": "has no property geometry",
    "rank = 'x'": "compares integer with string",
    "std_name > 1": "compares string with number",
    "open < true": "compares true and false",
    "rank LIKE '1%'": "compares integer with string",
    "rank LIKE 1": "LIKE",
    "std_name LIKE 'x\\'": "ends in",
    "std_name BETWEEN 'a' AND 'b'": "BETWEEN",
    "CASEI(rank) = 'x'": "CASEI",
    "foo(rank) = 1": "has a property or a value here",
    "rank + 1 = 2": "has a property or a value here",
    "rank": "has a condition here",
    "rank = NULL": "has a property or a value here",
    "T_AFTER(updated_at, DATE('2026-01-01'))": "has no t_after",
    "updated_at > DATE('2026-99-01')": "is like 2026-11-27",
    "updated_at > TIMESTAMP('2026-01-01T00:00:00Z')": "compares date with date-time",
    "seen > 'yesterday'": "is like 2026-11-27T08:00:00Z",
    "S_INTERSECTS(rank, POINT(1 2))": "has geometry and a geometry",
    "S_INTERSECTS(geometry, POLYGON((0 0,1 1,0 1)))": "not valid",
    "S_INTERSECTS(geometry, POLYGON((0 0,2 2,0 2,2 0,0 0)))": "not valid",
    "S_INTERSECTS(geometry, BBOX(1,5,2,3))": "lower values first",
    "rank = 1; DROP TABLE x": "is no valid cql2-text",
    "rank = 1 UNION SELECT 1": "is no valid cql2-text",
    "": "is no valid cql2-text",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_is_refused_with_the_rule(api, text):
    said = api.items(filter=text)
    assert (said.status, said.document["field"]) == (400, "filter")
    assert REFUSED[text] in said.document["rule"]["en"]


def test_other_languages_are_refused(api):
    assert api.items(filter="rank=1", filter_lang="cql-text").document["field"] == "filter-lang"
    assert api.items(filter="rank=1", filter_lang="cql2-json").status == 400


# What the other evaluation and ours are asked alike.

TEXTS = st.sampled_from(
    ["廊坊市1", "Baoding2", "o'hara3", "'; DROP TABLE lake; --", '"', "x_y%z4", "", "%", "?", "\\\\"]
)
WORDS = TEXTS | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)
NUMBERS = st.integers(-2, 210) | st.floats(-10, 60).map(lambda each: round(each, 2) + 0.0)
"""Without -0.0, which the other evaluation takes for another number than 0 in lists."""
PATTERNS = st.text(st.sampled_from("ao'hraB1234%_廊市"), min_size=1, max_size=5)


def call(op: str, *args: object) -> dict[str, object]:
    return {"op": op, "args": list(args)}


def named(*names: str) -> st.SearchStrategy[dict[str, str]]:
    return st.sampled_from(names).map(lambda name: {"property": name})


COMPARISONS = st.sampled_from(["=", "<>", "<", ">", "<=", ">="])
LEAVES = (
    st.builds(call, COMPARISONS, named("rank", "height"), NUMBERS)
    | st.builds(call, COMPARISONS, named("std_name", "place_id"), WORDS)
    | st.builds(call, st.sampled_from(["=", "<>"]), named("open"), st.booleans())
    | st.builds(call, st.just("between"), named("rank", "height"), NUMBERS, NUMBERS)
    | st.builds(call, st.just("in"), named("rank", "height"), st.lists(NUMBERS, min_size=1, max_size=4))
    | st.builds(call, st.just("in"), named("std_name"), st.lists(WORDS, min_size=1, max_size=4))
    | st.builds(call, st.just("like"), named("std_name"), PATTERNS)
    | st.builds(call, st.just("isNull"), named("std_name", "height", "rank"))
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(call, st.sampled_from(["and", "or"]), inner, inner) | st.builds(call, st.just("not"), inner)
    ),
    max_leaves=6,
)
OURS = re.compile(
    r'lake\."(?:odd ""name|rank|height|std_name|place_id|open)"|\?|NOT|AND|OR|IN|LIKE|ESCAPE \'\\\''
    r"|IS NULL|<=|>=|<>|[<>=(), ]|true|false"
)


def verdict(filter_: cql2.Expr, feature: dict[str, object]) -> bool | None:
    """Return what the other evaluation says; None where it does not: of a value that is not there."""
    try:
        return bool(filter_.matches(feature))
    except Exception as error:
        if "reduce" not in str(error):
            raise
        return None


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TREES)
def test_any_filter_finds_what_another_evaluation_finds(api, everything, compiler, tree):
    note(json.dumps(tree))
    parsed = cql2.parse_json(json.dumps(tree))
    found = set(api.items(filter=json.dumps(tree), filter_lang="cql2-json", limit=1000).ids)
    told = {each["id"]: verdict(parsed, each) for each in everything}
    assert {each for each in told if told[each]} <= found <= {each for each in told if told[each] is not False}
    assert sum(each is not None for each in told.values()) > 100, "most are told"
    piece = compiler.condition(parsed.to_json())
    assert OURS.sub("", piece.text) == "", "nothing of the filter is in the SQL"
    assert piece.text.count("?") == len(piece.parameters)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(*(st.floats(113.5, 116.5), st.floats(37.5, 39.5)) * 3))
def test_any_triangle_finds_what_shapely_finds(api, everything, numbers):
    note(str(numbers))
    ring = [list(numbers[:2]), list(numbers[2:4]), list(numbers[4:]), list(numbers[:2])]
    triangle = shape({"type": "Polygon", "coordinates": [ring]})
    assume(triangle.is_valid and triangle.area > 1e-6)
    tree = call("s_intersects", {"property": "geometry"}, {"type": "Polygon", "coordinates": [ring]})
    said = api.items(filter=json.dumps(tree), filter_lang="cql2-json", limit=1000)
    assert said.ids == [each["id"] for each in everything if shape(each["geometry"]).intersects(triangle)]
    assert set(said.ids) <= set(api.items(bbox=",".join(map(str, box(*triangle.bounds).bounds)), limit=1000).ids)
