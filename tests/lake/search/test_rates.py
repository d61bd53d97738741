"""The benchmark of searching, on a few thousand made-up names: how often the first hit is right."""

from __future__ import annotations

import sys
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest
from kit import REPO

sys.path.insert(0, str(REPO / "benchmarks"))

from search_data import make_features
from search_queries import Rate, make_queries

from tianlake.build.search.write import write_index
from tianlake.lake.duck import connect
from tianlake.lake.engine import Engine
from tianlake.lake.search.names import find
from tianlake.lake.search.wanted import Wanted

ROWS, QUERIES = 3_000, 210
LEAST = {"exact": 95, "wrong": 90, "sounds": 90, "missing": 90, "pinyin": 90, "alias": 95}
"""Percent."""


@pytest.fixture(scope="module")
def shares(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rates")
    with connect(threads=1) as connection:
        make_features(connection, None, ROWS)
        write_index(connection, "features", "place", folder)
        queries = make_queries(connection, QUERIES)
    release: Any = SimpleNamespace(
        code="156130000", product="places", holds=lambda _: True, url=lambda name: f"{folder}/{name}"
    )
    engine = Engine()
    rates: defaultdict[str, Rate] = defaultdict(Rate)
    for query in queries:
        found = find(Wanted(query.text), (release,), engine.ask)
        rates[query.kind] = rates[query.kind].plus(query, found.hits[0].name if found.hits else None)
    return {kind: rate.share for kind, rate in rates.items()}


@pytest.mark.parametrize("kind", LEAST)
def test_the_first_hit_is_right_as_often_as_was_promised(kind, shares):
    assert shares[kind] >= LEAST[kind]
