"""The snippets of a product's page: each is run as it stands by the program it is for, from another site."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pyogrio
import pytest
import rasterio
from browser_kit import BrowserPage, pages
from demo_kit import Demo
from playwright.sync_api import Browser
from snippet_kit import Site, address_in, colours, run_python, site, snippets_of

from tianlake.lake.duck import connect

PLACES = "n156131000-places"
"""Points, open to all, whose tiles begin at level 7."""
DIVISIONS = "n156000000-divisions"
CLIMATE = "n156130000-climate"
"""A raster that needs a key."""
TERRAIN = "n156000000-terrain"
CHANGES = "n156000000-division-changes"
"""A table without geometry."""

Shown = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def key(served: Demo) -> str:
    return served.run("keys", "issue", "--name", "张三", "--kind", "person", "--accept-terms").stdout.strip()


@pytest.fixture(scope="module")
def shown(served: Demo, browser: Browser, key: str) -> Shown:
    """Product → program → what its page shows; that of the climate with a visitor's key."""
    with pages(browser) as make:
        found = {name: snippets_of(make(), served, name) for name in (PLACES, DIVISIONS, TERRAIN, CHANGES)}
        found[CLIMATE] = snippets_of(make(), served, CLIMATE, key)
    return found


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


def test_a_product_has_the_snippets_of_what_it_really_has(shown: Shown):
    everything = {"maplibre", "openlayers", "leaflet", "cesium", "qgis", "duckdb", "python", "stac"}
    assert shown[PLACES].keys() == everything
    assert shown[CLIMATE].keys() == everything - {"duckdb"}, "no table"
    assert shown[CHANGES].keys() == {"duckdb", "python", "stac"}, "nothing to be drawn"


def test_every_snippet_that_needs_the_key_has_the_visitors_and_no_other_has_one(shown: Shown, key: str):
    assert [program for program, code in shown[CLIMATE].items() if key not in code] == []
    assert not [
        code for name in (PLACES, DIVISIONS, TERRAIN, CHANGES) for code in shown[name].values() if "tk=" in code
    ]


@pytest.mark.parametrize(
    ("product", "layer", "name"), [(PLACES, "places", "std_name"), (DIVISIONS, "province", "name")]
)
def test_maplibre_draws_vector_tiles(
    browser_page: BrowserPage, other: Site, shown: Shown, product: str, layer: str, name: str
):
    other.run(browser_page, "maplibre", shown[product]["maplibre"])
    browser_page.until("map.loaded() && map.areTilesLoaded()")
    drawn = browser_page.page.evaluate(
        "layer => map.queryRenderedFeatures({ layers: [layer] }).map(({ properties }) => properties)", layer
    )
    assert len(drawn) > 10
    assert any(each.get(name) for each in drawn)
    assert not browser_page.complaints


def test_maplibre_draws_a_raster_with_the_key(browser_page: BrowserPage, other: Site, shown: Shown, key: str):
    other.run(browser_page, "maplibre", shown[CLIMATE]["maplibre"])
    browser_page.until("map.loaded() && map.areTilesLoaded()")
    assert colours(browser_page) > 3
    assert "tileSize: 256" in shown[CLIMATE]["maplibre"], "at 512 its tiles would be blurred"
    assert not [url for url in browser_page.requested if key in url], "it goes in a header"
    assert not browser_page.complaints


def test_maplibre_stands_the_ground_up(browser_page: BrowserPage, other: Site, shown: Shown):
    other.run(browser_page, "maplibre", shown[TERRAIN]["maplibre"])
    browser_page.until("map.loaded() && map.areTilesLoaded()")
    assert browser_page.until("map.queryTerrainElevation([86.9, 28.0])") > 1000, "metres, in the Himalaya"
    assert not browser_page.complaints


def test_openlayers_draws_vector_tiles(browser_page: BrowserPage, other: Site, shown: Shown):
    other.run(browser_page, "openlayers", shown[PLACES]["openlayers"])
    script = """() => map.getLayers().item(0).getFeaturesInExtent(map.getView().calculateExtent()).length"""
    browser_page.until(f"({script})() > 10")
    names = browser_page.page.evaluate(
        "map.getLayers().item(0).getFeaturesInExtent(map.getView().calculateExtent()).map((f) => f.get('std_name'))"
    )
    assert any(names)
    assert not browser_page.complaints


def test_openlayers_draws_a_raster_with_the_key(browser_page: BrowserPage, other: Site, shown: Shown):
    other.run(browser_page, "openlayers", shown[CLIMATE]["openlayers"])
    browser_page.page.evaluate("new Promise((done) => { map.once('rendercomplete', done); map.render(); })")
    assert colours(browser_page) > 3
    assert not browser_page.complaints


def test_leaflet_draws_a_raster_with_the_key_and_features(browser_page: BrowserPage, other: Site, shown: Shown):
    other.run(browser_page, "leaflet", shown[CLIMATE]["leaflet"])
    browser_page.until("document.querySelectorAll('img.leaflet-tile-loaded').length > 0")
    browser_page.until("[...document.querySelectorAll('img.leaflet-tile')].every((each) => each.complete)")
    assert colours(browser_page) > 3
    other.run(browser_page, "leaflet", shown[PLACES]["leaflet"])
    browser_page.until("document.querySelectorAll('path.leaflet-interactive').length > 100")
    assert not browser_page.complaints


def test_cesium_is_given_addresses_that_answer(shown: Shown, key: str):
    """Cesium asks for tiles as its provider fills the template, and for a document; both with the header."""
    code = shown[CLIMATE]["cesium"]
    template = address_in(code, "{z}")
    level, column, row = 5, 26, 12
    tile = template.replace("{z}", str(level)).replace("{x}", str(column)).replace("{y}", str(row))
    assert f'headers: {{ "X-Api-Key": "{key}" }}' in code
    with urllib.request.urlopen(urllib.request.Request(tile, headers={"X-Api-Key": key})) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.read(4) == b"\x89PNG"
    with urllib.request.urlopen(address_in(shown[PLACES]["cesium"], "items")) as answer:
        assert b'"FeatureCollection"' in answer.read()


def test_gdal_opens_what_qgis_is_given(shown: Shown):
    pyogrio.set_gdal_config_options({"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"})
    assert "places" in pyogrio.list_layers(shown[PLACES]["qgis"])[:, 0]
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"), rasterio.open(shown[CLIMATE]["qgis"]) as raster:
        assert raster.crs.to_epsg() == 4490


def test_duckdb_reads_rows(shown: Shown):
    for product in (PLACES, DIVISIONS, CHANGES):
        with connect() as connection:
            assert len(connection.execute(shown[product]["duckdb"]).fetchall()) == 10


def test_python_reads_rows_and_pixels(shown: Shown, tmp_path: Path):
    assert "rows x 24 columns" in run_python(shown[PLACES]["python"], tmp_path)
    assert re.search(r"'count': 1", run_python(shown[CLIMATE]["python"], tmp_path))
    assert run_python(shown[CHANGES]["python"], tmp_path).count("\n") > 4


def test_pystac_client_finds_the_files(shown: Shown, tmp_path: Path):
    said = run_python(shown[PLACES]["stac"], tmp_path)
    assert re.search(r"^data application/vnd.apache.parquet http\S+/places.parquet$", said, re.MULTILINE)


def test_a_wrong_key_in_the_snippet_is_refused(shown: Shown, key: str):
    with pytest.raises(rasterio.errors.RasterioIOError, match="403"):
        rasterio.open(shown[CLIMATE]["qgis"].replace(key, "z" * 32)).close()
