"""OpenLayers in Chromium draws `c` tiles at the right place, its grid made from our document of the matrix set."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import rasterio
from browser_kit import BrowserPage
from gateway_kit import CARD, NODE, RELEASE_1, pointer, release
from kit import REPO
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from server_kit import running, write

from tianlake.build.job import Job
from tianlake.build.raster.build import build_raster
from tianlake.lake.matrix_sets import MATRIX_SETS
from tianlake.lake.recipes import Raster, RasterClass, Recipe, Source, Tiles
from tianlake.lake.records import dump_json
from tianlake.lake.releases import TileFacts
from tianlake.lake.words import Text

OPENLAYERS = REPO / "portal/node_modules/ol/dist/ol.js"
SIDE = 512
"""Pixels of the map on a side."""

CORNER = (103.4, 31.7)
"""Degrees: south and east of it the raster is red, elsewhere dark."""

RED, DARK = (255, 40, 0), (40, 40, 40)
HIGHEST = 7

PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>c</title>
<style>body { margin: 0; background: #fff } #map { width: 512px; height: 512px }</style>
<div id="map"></div><script src="ol.js"></script><script src="map.js"></script>"""

SCRIPT = """
const json = async (url) => (await fetch(url)).json();
(async () => {
  const tiles = await json("/tiles/places/c.json");
  const set = await json(tiles.links[0].href);
  const latitudeFirst = set.orderedAxes[0] === "Lat";
  const degrees = new ol.proj.Projection({
    code: "EPSG:4490", units: "degrees", axisOrientation: latitudeFirst ? "neu" : "enu", extent: [-180, -90, 180, 90],
  });
  ol.proj.addProjection(degrees);
  const matrices = set.tileMatrices.filter(({ id }) => id >= tiles.minzoom && id <= tiles.maxzoom);
  const grid = new ol.tilegrid.WMTS({
    extent: tiles.bounds,
    origins: matrices.map(({ pointOfOrigin: [a, b] }) => (latitudeFirst ? [b, a] : [a, b])),
    resolutions: matrices.map(({ cellSize }) => cellSize),
    matrixIds: matrices.map(({ id }) => id),
    sizes: matrices.map(({ matrixWidth, matrixHeight }) => [matrixWidth, matrixHeight]),
    tileSizes: matrices.map(({ tileWidth, tileHeight }) => [tileWidth, tileHeight]),
  });
  const source = new ol.source.TileImage({
    projection: degrees, tileGrid: grid, interpolate: false, transition: 0, wrapX: false,
    tileUrlFunction: ([z, x, y]) =>
      tiles.tiles[0].replace("{z}", grid.getMatrixId(z)).replace("{x}", x).replace("{y}", y),
  });
  const view = new ol.View({ projection: degrees, resolutions: grid.getResolutions(), center: [0, 0], resolution: 1 });
  const map = new ol.Map({ target: "map", controls: [], layers: [new ol.layer.Tile({ source })], view });
  window.levels = matrices.map(({ id }) => Number(id));
  window.show = (level, center, place) => new Promise((done) => {
    view.setResolution(matrices[levels.indexOf(level)].cellSize);
    view.setCenter(center);
    map.once("rendercomplete", () => done(map.getPixelFromCoordinate(place)));
    map.render();
  });
  window.ready = true;
})();
"""


@dataclass(frozen=True)
class Served:
    url: str
    facts: TileFacts


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A raster of 80° × 60° with one sharp corner, built and served."""
    base = tmp_path_factory.mktemp("workspace")
    row, col = np.mgrid[0:1200, 0:1600]
    south_east = (row >= round((60 - CORNER[1]) / 0.05)) & (col >= round((CORNER[0] - 60) / 0.05))
    profile: dict[str, Any] = {"driver": "GTiff", "width": 1600, "height": 1200, "count": 1, "dtype": "uint8"}
    with rasterio.open(
        base / "corner.tif", "w", crs="EPSG:4490", transform=from_origin(60, 60, 0.05, 0.05), **profile
    ) as source:
        source.write(np.where(south_east, 2, 1).astype(np.uint8), 1)
    classes = (
        RasterClass(1, Text("暗", "dark"), "#{:02x}{:02x}{:02x}".format(*DARK)),
        RasterClass(2, Text("红", "red"), "#{:02x}{:02x}{:02x}".format(*RED)),
    )
    recipe = Recipe(
        CARD, (Source("corner.tif"),), tiles=Tiles(max_zoom=HIGHEST), raster=Raster(categorical=True, classes=classes)
    )
    out, scratch = base / "out", base / "scratch"
    out.mkdir()
    scratch.mkdir()
    built = build_raster(Job(recipe, NODE, base, out, scratch))
    facts = {each.name: each.facts for each in built.assets if isinstance(each.facts, TileFacts)}
    files = {name: (out / name).read_bytes() for name in facts}
    objects = release(RELEASE_1, files, tiles=facts) | pointer(RELEASE_1)
    objects |= {f"tms/{each.id}.json": dump_json(each.document()) for each in MATRIX_SETS.values()}
    objects |= {"portal/c.html": PAGE.encode(), "portal/map.js": SCRIPT.encode()}
    objects |= {"portal/favicon.ico": b"", "portal/ol.js": OPENLAYERS.read_bytes()}
    write(base / "lake" / NODE, objects)
    with running(base, [NODE]) as server:
        yield Served(server.url, facts["places-c.pmtiles"])


def pixels(png: bytes) -> Any:
    with warnings.catch_warnings(), MemoryFile(png) as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open() as image:
            return image.read()[:3, :SIDE, :SIDE].astype(int)


def test_a_corner_lies_within_a_pixel_of_its_place_at_every_level(served: Served, browser_page: BrowserPage) -> None:
    page = browser_page.page
    page.goto(f"{served.url}/portal/c.html")
    browser_page.until("window.ready")
    levels = page.evaluate("levels")
    assert levels == list(range(1, HIGHEST + 1)) == list(range(served.facts.min_zoom, served.facts.max_zoom + 1))
    lon, lat = CORNER
    for level in levels:
        degrees = 360 / 256 / 2**level
        center = (lon + 17.3 * degrees, lat - 9.6 * degrees)  # the corner lies where no symmetry hides a mistake
        said = page.evaluate("([level, center, place]) => show(level, center, place)", [level, center, CORNER])
        computed = (SIDE / 2 + (lon - center[0]) / degrees, SIDE / 2 - (lat - center[1]) / degrees)
        assert said == pytest.approx(computed, abs=0.01), level
        drawn = pixels(page.screenshot())
        red = np.abs(drawn - np.reshape(RED, (3, 1, 1))).max(axis=0) < 60
        dark = np.abs(drawn - np.reshape(DARK, (3, 1, 1))).max(axis=0) < 60
        assert red.sum() > 400, level
        assert dark.sum() > 400, level
        rows, cols = np.nonzero(red)
        assert cols.min() == pytest.approx(computed[0], abs=1), level
        assert rows.min() == pytest.approx(computed[1], abs=1), level
        browser_page.picture(f"openlayers-c-{level}")
    assert browser_page.complaints == []
    assert browser_page.outside == []
    tiles = [url for url in browser_page.requested if f"/tiles/places/{RELEASE_1}/c/" in url]
    assert {int(url.split("/")[-3]) for url in tiles} == set(levels)
