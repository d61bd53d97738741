"""Answers of the search against an evaluator that shares no code with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stac_plain as plain
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LONGITUDES = st.one_of(st.floats(108, 122), st.floats(-180, 180), st.sampled_from([-180.0, 180.0, 179.5, -179.5]))
LATITUDES = st.floats(28, 45)
BEGIN = datetime(2019, 12, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 1130 * 86_400).map(lambda each: (BEGIN + timedelta(seconds=each)).isoformat())
KEYS = st.sampled_from(["datetime", "gsd", "eo:cloud_cover", "mission", "id", "collection", "title"])


@st.composite
def boxes(draw):
    south, north = sorted((draw(LATITUDES), draw(LATITUDES)))
    return [draw(LONGITUDES), south, draw(LONGITUDES), north]


@st.composite
def spans(draw):
    start, end = sorted((draw(MOMENTS), draw(MOMENTS)))
    return draw(st.sampled_from([start, f"{start}/{end}", f"../{end}", f"{start}/..", f"/{end}", f"{start}/"]))


def prop(name):
    return {"property": name}


LEAVES = st.one_of(
    st.builds(
        lambda op, name, value: {"op": op, "args": [prop(name), value]},
        st.sampled_from(["=", "<>", "<", ">", "<=", ">="]),
        st.sampled_from(["gsd", "eo:cloud_cover"]),
        st.integers(0, 100),
    ),
    st.builds(
        lambda op, value: {"op": op, "args": [prop("datetime"), {"timestamp": value}]},
        st.sampled_from(["<", ">=", "="]),
        MOMENTS,
    ),
    st.builds(
        lambda value: {"op": "like", "args": [prop("mission"), value]}, st.sampled_from(["gf%", "%", "zy__", "x"])
    ),
    st.builds(
        lambda low, high: {"op": "between", "args": [prop("eo:cloud_cover"), low, high]}, *[st.integers(0, 99)] * 2
    ),
    st.just({"op": "in", "args": [prop("mission"), ["gf-1", "O'Hara %_"]]}),
    st.builds(lambda name: {"op": "isNull", "args": [prop(name)]}, st.sampled_from(["mission", "datetime", "created"])),
)


def joined(inner):
    """Return filters that join or turn others."""
    several = st.lists(inner, min_size=2, max_size=3)
    both = st.builds(lambda op, args: {"op": op, "args": args}, st.sampled_from(["and", "or"]), several)
    return both | inner.map(lambda only: {"op": "not", "args": [only]})


FILTERS = st.recursive(LEAVES, joined, max_leaves=5)
QUESTIONS = st.fixed_dictionaries(
    {
        "bbox": st.none() | boxes(),
        "span": st.none() | spans(),
        "tree": st.none() | FILTERS,
        "keys": st.lists(st.tuples(KEYS, st.booleans()), max_size=2, unique_by=lambda each: each[0]),
        "limit": st.integers(7, 90),
    }
)


@pytest.fixture(scope="module")
def places(api):
    """Return the place of each Item in the index, as the API itself has them without an order."""
    return {identity: place for place, identity in enumerate(api.ask("/search", limit=1000).ids)}


def asked(question: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a search."""
    order = [{"field": name, "direction": "desc" if falls else "asc"} for name, falls in question["keys"]]
    told = {"bbox": question["bbox"], "datetime": question["span"], "filter": question["tree"], "sortby": order or None}
    return {"limit": question["limit"]} | {name: value for name, value in told.items() if value is not None}


def expected(question: dict[str, Any], items: list[Any], places: dict[str, int]) -> list[str]:
    """Return the ids that plain Python finds, in order."""
    tests = [
        lambda each: question["bbox"] is None or plain.in_box(each, *question["bbox"]),
        lambda each: question["span"] is None or plain.in_time(each, question["span"]),
        lambda each: question["tree"] is None or plain.holds(each, question["tree"]),
    ]
    found = [each for each in items if all(test(each) for test in tests)]
    return [each["id"] for each in plain.ordered(found, question["keys"], places)]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=QUESTIONS)
def test_a_search_finds_what_plain_python_finds_in_the_same_order(api, items, places, question):
    wanted = expected(question, items, places)
    pages = list(api.pages(api.post(asked(question))))
    assert [page.status for page in pages] == [200] * len(pages)
    assert [identity for page in pages for identity in page.ids] == wanted
    assert {page.document["numberMatched"] for page in pages} == {len(wanted)}
    assert all(page.document["numberReturned"] == len(page.ids) for page in pages)
    if len(pages) > 1:
        backwards = list(api.pages(pages[-1], "prev"))
        assert [page.ids for page in backwards] == [page.ids for page in reversed(pages)]
