"""How much of a table of 200,000 places is read over HTTP: row groups that cannot hold an answer are skipped."""

from __future__ import annotations

import json
from typing import Any

import pytest
from counting_kit import counting
from ogc_kit import CODE, NODE, Api, card, released, table

from tianlake.functions.web.desk import WebDesk
from tianlake.functions.web.start import routes
from tianlake.lake.current import CurrentReleases, NodeObjects
from tianlake.lake.engine import Engine
from tianlake.lake.store import DirectoryStore

MANY = """
SELECT printf('p-%06d', i) AS place_id, md5(i::VARCHAR) AS std_name, i AS rank, hash(i) % 1000 AS noise,
  DATE '2026-01-01' AS updated_at, ST_Point(114 + (i % 500) * 0.01, 36 + (i // 500) * 0.01) AS geometry
FROM range(200000) t(i)"""
"""500 to the row of latitude: each row group of 20,480 rows is a band of 0.41 degrees."""

BOX = "POLYGON((115 38.2,115.1 38.2,115.1 38.3,115 38.3,115 38.2))"
"""Within one of the bands."""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    base = tmp_path_factory.mktemp("many")
    (base / "places").mkdir()
    assets = (table(base / "places", "places", MANY, "place_id"),)
    released(base / "lake", base / "places", card("places"), assets, NODE)
    with counting(base / "lake") as server:
        store = DirectoryStore(base / "lake" / CODE)
        nodes = [NodeObjects(CODE, store, f"{server.url}/{CODE}/")]
        yield server, CurrentReleases(nodes)


def cost(served, **query: Any) -> tuple[int, list[str]]:
    """Return bytes that went over the wire, for an engine that has read nothing yet, and the ids."""
    server, releases = served
    engine = Engine()
    said = Api(WebDesk(releases, engine, routes()), releases, engine).items(**query)
    assert said.status == 200, said.document
    return server.taken(), said.ids


@pytest.fixture(scope="module")
def whole(served):
    """Bytes of a question that no row group can be skipped for: by a value that lies anywhere."""
    taken, _ids = cost(served, noise=1, limit=10_000)
    return taken


@pytest.fixture(scope="module")
def exact(served):
    """Bytes that the exact predicate alone costs: every geometry, though no more than those."""
    server, releases = served
    [release] = releases.of(CODE)
    url = release.url(release.table.name)
    Engine().ask(f"SELECT 1 FROM read_parquet(?) WHERE ST_Within(geometry, ST_GeomFromText('{BOX}'))", [url])
    taken: int = server.taken()
    return taken


def box(**more: object) -> dict[str, Any]:
    return {"filter": json.dumps(more), "filter_lang": "cql2-json", "limit": 1000}


POLYGON = {"type": "Polygon", "coordinates": [[[115, 38.2], [115.1, 38.2], [115.1, 38.3], [115, 38.3], [115, 38.2]]]}
WITHIN = {"op": "s_intersects", "args": [{"property": "geometry"}, POLYGON]}

FEW = {
    "bbox": {"bbox": "115,38.2,115.1,38.3", "limit": 1000},
    "bbox by latitude first": {
        "bbox": "38.2,115,38.3,115.1",
        "bbox_crs": "http://www.opengis.net/def/crs/EPSG/0/4490",
        "limit": 1000,
    },
    "filter": {"filter": f"S_INTERSECTS(geometry,{BOX})", "limit": 1000},
    "filter among others": {"filter": f"rank >= 0 AND (S_INTERSECTS(geometry,{BOX}))", "limit": 1000},
    "filter as JSON": box(**WITHIN),
}


@pytest.mark.parametrize("name", FEW)
def test_a_small_area_costs_a_small_part(served, whole, exact, name):
    taken, ids = cost(served, **FEW[name])
    assert len(ids) == 121
    assert taken < whole / 4, (taken, whole)
    # Boxes are asked first: this is not what DuckDB would do of itself.
    taken, _ids = cost(served, **FEW[name], properties="")
    assert taken < exact / 1.5, (taken, exact)


def test_ids_and_numbers_are_looked_up_where_they_can_be(served, whole):
    for query in ({"place_id": "p-123456"}, {"rank": 123456}, {"filter": "rank = 123456"}, {"filter": "rank > 199998"}):
        taken, ids = cost(served, **query)
        assert len(ids) == 1
        assert taken < whole / 4, (query, taken, whole)


def test_one_feature_costs_a_small_part(served, whole):
    server, releases = served
    engine = Engine()
    api = Api(WebDesk(releases, engine, routes()), releases, engine)
    said = api.ask(f"/collections/n{CODE}-places/items/p-123456")
    assert said.document["properties"]["rank"] == 123456
    assert server.taken() < whole / 4


def test_the_last_page_does_not_cost_all_pages_before(served, whole):
    taken, ids = cost(served, offset=199_995)
    assert ids == [f"p-{number}" for number in range(199_995, 200_000)]
    assert taken < whole / 4, (taken, whole)
