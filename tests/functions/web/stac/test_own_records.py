"""A node without children, and without a public address: its own records, published by publishing itself."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import asset_kit
import pyarrow.parquet as pq
import pystac
import pytest
from gateway_kit import NODE
from stac_api_kit import open_api, wait_until
from stac_kit import NODE as CARD
from stac_kit import Assets, desk, send

from tianlake.lake import keys
from tianlake.lake.publishing import withdraw
from tianlake.lake.words import Bounds

BASE = f"http://lake.test/{NODE}/"


@pytest.fixture(scope="module")
def assets(tmp_path_factory):
    home = tmp_path_factory.mktemp("assets")
    (home / "scenes").mkdir()
    west, south, east, north = asset_kit.HEBEI.as_list()
    middle = (west + east) / 2
    halves = (Bounds(west, south, middle, north), Bounds(middle, south, east, north))
    parts = [asset_kit.cog(home / "scenes", f"part-{n}", half) for n, half in enumerate(halves)]
    return Assets(home, (), (), (*parts, asset_kit.thumbnail(home / "scenes")))


@pytest.fixture
def candidate(assets):
    card = asset_kit.card("scenes", "raster", product_class="imagery", producers=())
    return replace(asset_kit.candidate(card, assets.scenes), node=NODE)


@pytest.fixture(params=[False, True], ids=["in-place", "copied"])
def opened(request, assets, candidate, tmp_path):
    assert CARD.settings.url is None
    root = tmp_path / "lake"
    send(desk(root / NODE), candidate, assets)
    api = open_api(root, tmp_path / "cache", copying=request.param, codes=[NODE])
    yield api, root
    api.desk.close()


def test_it_has_a_stac_api_over_what_it_publishes_itself(opened):
    api, root = opened
    assert not (root / NODE / keys.INDEX).exists()
    collections = api.ask("/collections")
    assert collections.ids == [f"n{NODE}-scenes"]
    found = collections.document["collections"][0]
    pystac.Collection.from_dict(found)
    canonical = [each["href"] for each in found["links"] if each["rel"] == "canonical"]
    assert canonical == [f"{BASE}collections/scenes/collection.json"]
    page = api.ask("/search", limit=1)
    assert page.document["numberMatched"] == 2
    pages = [each.ids for each in api.pages(page)]
    assert [len(each) for each in pages] == [1, 1]
    item = pystac.Item.from_dict(page.document["features"][0])
    key = item.assets["data"].href.removeprefix(BASE)
    assert (root / NODE / key).is_file(), "relative addresses are those of the node's own files"
    body = (root / NODE / key).read_bytes()
    assert item.assets["data"].extra_fields["file:checksum"] == f"1220{hashlib.sha256(body).hexdigest()}"
    assert {each["rel"] for each in page.document["features"][0]["links"]} == {"self", "root", "parent", "collection"}


def test_what_is_withdrawn_is_no_longer_found_nor_on_pages_that_were_begun(opened):
    api, root = opened
    page = api.ask("/search", limit=1)
    withdraw(desk(root / NODE), "scenes", "a test")

    def gone():
        api.clock[0] += 3
        return api.ask("/search").document["numberMatched"] == 0 and api.ask("/collections").ids == []

    wait_until(gone)
    assert api.follow(page.link("next")).document["code"] == "page-gone"


def test_no_copy_of_its_own_index_stays_once_something_was_withdrawn(opened, assets, candidate, tmp_path):
    api, root = opened
    assert api.ask("/search").status == 200
    api.tidy()
    before = {each.name for each in (tmp_path / "cache" / NODE).glob("*.*")}
    assert any(name.endswith(".parquet") for name in before)
    at = desk(root / NODE)
    send(at, replace(candidate, built="2026-12-01T00:00:00Z"), assets)
    api.tidy()
    assert {each.name for each in (tmp_path / "cache" / NODE).glob("*.*")} >= before, "it was replaced, not withdrawn"
    withdraw(at, "scenes", "a test")
    api.tidy()
    wait_until(lambda: not list((tmp_path / "cache" / NODE).glob("*.*")))
    assert api.ask("/search").document["features"] == []


def test_its_index_comes_by_collection(opened):
    _api, root = opened
    rows = pq.read_table(root / NODE / keys.ITEMS, columns=["collection", "id"]).to_pylist()
    assert rows == sorted(rows, key=lambda each: each["collection"])
