"""OpenLayers and Leaflet in Chromium draw the layers of today's clients after changing only the host.

Each tile is a picture of its own colour with a white square in its north-western corner, so that where a client puts it
can be seen to the pixel.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from browser_kit import BrowserPage
from gateway_kit import KEY, NODE
from issue_kit import issue
from kit import REPO
from layers_kit import colour, corner, covered, lake, pixels
from server_kit import running, write

from tianlake.lake.matrix_sets import MATRIX_SETS

MODULES = REPO / "portal/node_modules"
SIDE = 512
"""Pixels of the map on a side."""

SPOT = (115.3, 39.2)
"""Degrees: what is looked at."""

OPENLAYERS = """<!DOCTYPE html><meta charset="utf-8"><title>wmts</title>
<style>body { margin: 0 } #map { width: 512px; height: 512px; background: #000 }</style>
<div id="map"></div><script src="ol.js"></script><script src="wmts.js"></script>"""

OPENLAYERS_SCRIPT = """
ol.proj.addProjection(new ol.proj.Projection({
  code: "EPSG:4490", units: "degrees", axisOrientation: "neu", extent: [-180, -90, 180, 90],
}));
window.show = async ({ url, layer, matrixSet, encoding, level, center }) => {
  const text = await (await fetch(url)).text();
  const capabilities = new ol.format.WMTSCapabilities().read(text);
  const options = ol.source.WMTS.optionsFromCapabilities(
    capabilities, { layer, matrixSet, requestEncoding: encoding });
  const source = new ol.source.WMTS({ ...options, interpolate: false, transition: 0, wrapX: false });
  const grid = options.tileGrid;
  const resolution = grid.getResolution(grid.getMatrixIds().indexOf(String(level)));
  document.getElementById("map").replaceChildren();
  const resolutions = grid.getResolutions();
  const view = new ol.View({ projection: options.projection, center, resolution, resolutions, multiWorld: true });
  const map = new ol.Map({ target: "map", controls: [], layers: [new ol.layer.Tile({ source })], view });
  await new Promise((done) => map.once("rendercomplete", done));
  return { projection: options.projection.getCode(), levels: grid.getMatrixIds(), encoding: options.requestEncoding };
};
window.ready = true;
"""

LEAFLET = """<!DOCTYPE html><meta charset="utf-8"><title>leaflet</title><link rel="stylesheet" href="leaflet.css">
<style>body { margin: 0 } #map { width: 512px; height: 512px; background: #000 }</style>
<div id="map"></div>
<script src="leaflet.js"></script><script src="providers.js"></script><script src="map.js"></script>"""

LEAFLET_SCRIPT = """
const { providers } = L.TileLayer.ChinaProvider;
const ours = JSON.stringify(providers.TianDiTu).replaceAll("//t{s}.tianditu.gov.cn", location.origin);
providers.TianDiTu = JSON.parse(ours);
const map = L.map("map", { fadeAnimation: false, zoomAnimation: false, zoomControl: false, attributionControl: false });
window.show = ({ type, level, center, key }) => new Promise((done) => {
  map.eachLayer((layer) => map.removeLayer(layer));
  map.setView([center[1], center[0]], level, { animate: false });
  L.tileLayer.chinaProvider(type, { key, maxZoom: 18 }).once("load", () => setTimeout(done, 100)).addTo(map);
});
window.ready = true;
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    base = tmp_path_factory.mktemp("workspace")
    objects, _tiles = lake(base)
    objects |= {
        "portal/favicon.ico": b"",
        "portal/wmts.html": OPENLAYERS.encode(),
        "portal/wmts.js": OPENLAYERS_SCRIPT.encode(),
        "portal/ol.js": (MODULES / "ol/dist/ol.js").read_bytes(),
        "portal/leaflet.html": LEAFLET.encode(),
        "portal/map.js": LEAFLET_SCRIPT.encode(),
        "portal/leaflet.js": (MODULES / "leaflet/dist/leaflet.js").read_bytes(),
        "portal/leaflet.css": (MODULES / "leaflet/dist/leaflet.css").read_bytes(),
        "portal/providers.js": (MODULES / "leaflet.chinatmsproviders/src/leaflet.ChineseTmsProviders.js").read_bytes(),
    }
    write(base / "lake" / NODE, objects)
    issue(base)
    with running(base, [NODE]) as server:
        yield server.url


def tile_at(letter: str, level: int) -> tuple[int, int]:
    """Return the tile that `SPOT` lies in."""
    [inside] = [spot for spot in covered(MATRIX_SETS[letter], level) if contains(letter, level, spot)]
    return inside


def contains(letter: str, level: int, spot: tuple[int, int]) -> bool:
    west, north = corner(letter, level, *spot)
    east, south = corner(letter, level, spot[0] + 1, spot[1] + 1)
    return west <= SPOT[0] < east and south < SPOT[1] <= north


def assert_drawn(drawn: Any, place: tuple[float, float], wanted: tuple[int, int, int]) -> None:
    """Assert that a tile's corner lies at a pixel: white within it, no white before it, its colour beyond."""
    column, row = (round(each) for each in place)
    assert np.abs(drawn[:, row + 4, column + 4] - 255).max() < 30
    assert np.abs(drawn[:, row + 28, column + 28] - 255).max() < 30
    assert np.abs(drawn[:, row + 100, column + 100] - wanted).max() < 30
    assert np.abs(drawn[:, row + 100, column + 4] - wanted).max() < 30
    assert np.abs(drawn[:, row + 4, column - 4] - 255).max() > 60
    assert np.abs(drawn[:, row - 4, column + 4] - 255).max() > 60


@pytest.mark.parametrize("encoding", ["KVP", "REST"])
@pytest.mark.parametrize(
    ("address", "layer", "letter"),
    [("img_w/wmts", "img", "w"), ("img_c/wmts", "img", "c"), ("wmts", "vec", "c"), ("vec_w/esri/wmts", "vec", "w")],
)
def test_openlayers_draws_from_capabilities(served, browser_page: BrowserPage, address, layer, letter, encoding):
    page = browser_page.page
    page.goto(f"{served}/portal/wmts.html")
    browser_page.until("window.ready")
    matrix_set = MATRIX_SETS[letter]
    for level in (1, 2, 4):
        spot = tile_at(letter, level)
        tile = matrix_set.span / 2**level
        west, north = matrix_set.left + spot[0] * tile, matrix_set.top - spot[1] * tile
        center = [west + 90 * tile / 256, north - 50 * tile / 256]
        asked = {"url": f"/{address}?SERVICE=WMTS&REQUEST=GetCapabilities&tk={KEY}", "layer": layer}
        asked |= {"matrixSet": letter, "encoding": encoding, "level": level, "center": center}
        said = page.evaluate("(asked) => show(asked)", asked)
        assert said == {"projection": f"EPSG:{matrix_set.epsg}", "levels": ["1", "2", "3", "4"], "encoding": encoding}
        assert_drawn(pixels(page.screenshot()), (SIDE / 2 - 90, SIDE / 2 - 50), colour(level, *spot))
    browser_page.picture(f"openlayers-wmts-{layer}-{letter}-{encoding}")
    assert browser_page.complaints == []
    tiles = [url for url in browser_page.requested if "/portal/" not in url and "GetCapabilities" not in url]
    assert len(tiles) > 4
    assert all(f"tk={KEY}" in url for url in tiles)
    assert all(("TileMatrix=" in url) == (encoding == "KVP") for url in tiles)


@pytest.mark.parametrize(("kind", "archive"), [("TianDiTu.Normal.Map", "vec_w"), ("TianDiTu.Satellite.Map", "img_w")])
def test_leaflet_with_china_provider_draws_after_changing_only_the_host(served, browser_page, kind, archive):
    page = browser_page.page
    page.goto(f"{served}/portal/leaflet.html")
    browser_page.until("window.ready")
    for level in (2, 4):
        spot = tile_at("w", level)
        asked = {"type": kind, "level": level, "center": list(SPOT), "key": KEY}
        page.evaluate("(asked) => show(asked)", asked)
        west, north = corner("w", level, *spot)
        place = page.evaluate(
            "([x, y]) => { const { x: a, y: b } = map.latLngToContainerPoint([y, x]); return [a, b]; }", [west, north]
        )
        assert_drawn(pixels(page.screenshot()), place, colour(level, *spot))
    browser_page.picture(f"leaflet-{archive}")
    assert browser_page.complaints == []
    assert browser_page.outside == []
    tiles = [url for url in browser_page.requested if "/DataServer?" in url]
    assert all(f"T={archive}&X=" in url and url.endswith(f"tk={KEY}") for url in tiles)
    assert len(tiles) > 4
