"""The guide for map developers: each of its snippets is run as it stands, and draws or reads the layer it names."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import rasterio
from browser_kit import BrowserPage
from gateway_kit import KEY, NODE
from issue_kit import issue
from kit import REPO
from layers_kit import colour, lake, pixels
from server_kit import running, write

from tianlake.functions.gateway.places import locate
from tianlake.functions.gateway.wmts_requests import Capabilities, LayerTile
from tianlake.lake.matrix_sets import MATRIX_SETS
from tianlake.portal import portal_files

GUIDE = (REPO / "docs/map-developers.md").read_text("utf-8")
MODULES = REPO / "portal/node_modules"
LIBRARIES = {
    "leaflet": ("leaflet/dist/leaflet.js", "leaflet.chinatmsproviders/src/leaflet.ChineseTmsProviders.js"),
    "openlayers": ("ol/dist/ol.js",),
    "maplibre": (),
}
PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>guide</title>
<link rel="stylesheet" href="vendor/maplibre-gl.css"><link rel="stylesheet" href="leaflet.css">
<style>body {{ margin: 0 }} #map {{ width: 512px; height: 512px; background: #000 }}</style><div id="map"></div>
{scripts}<script type="module" src="{name}.mjs"></script>"""
SETTING = f"""import * as maplibregl from "./vendor/maplibre-gl.mjs";
maplibregl.setWorkerUrl(new URL("vendor/maplibre-gl-worker.mjs", import.meta.url).href);
const HOST = `${{location.origin}}/{NODE}`, TK = "{KEY}";
"""

INSIDE = 316
"""A pixel of the map, from the left and from the top, within the tile that its centre lies in, off the white square."""


def snippet(language: str, name: str = "") -> str:
    """Return the block of the guide in a language that starts with a comment of that name."""
    found = re.search(rf"```{language}\n{name and f'// {name}'}(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    base = tmp_path_factory.mktemp("workspace")
    objects, _tiles = lake(base)
    objects |= {
        file.name: file.body for file in portal_files() if "/vendor/" in file.name or file.name.endswith(".ico")
    }
    objects["portal/leaflet.css"] = (MODULES / "leaflet/dist/leaflet.css").read_bytes()
    for name, paths in LIBRARIES.items():
        files = {path.rpartition("/")[2]: (MODULES / path).read_bytes() for path in paths}
        objects |= {f"portal/{file}": body for file, body in files.items()}
        scripts = "".join(f'<script src="{file}"></script>' for file in files)
        objects[f"portal/{name}.html"] = PAGE.format(scripts=scripts, name=name).encode()
        objects[f"portal/{name}.mjs"] = (SETTING + snippet("js", name)).encode()
    write(base / "lake" / NODE, objects)
    issue(base)
    with running(base, [NODE]) as server:
        yield server.url


@pytest.mark.parametrize(
    ("name", "spot"), [("leaflet", (4, 13, 6)), ("openlayers", (4, 13, 2)), ("maplibre", (4, 13, 6))]
)
def test_a_snippet_for_a_page_draws_the_layer(url: str, browser_page: BrowserPage, name: str, spot: Any) -> None:
    browser_page.page.goto(f"{url}/portal/{name}.html")
    deadline = time.monotonic() + 30
    while True:
        drawn = pixels(browser_page.page.screenshot())[:, INSIDE, INSIDE]
        if np.abs(drawn - colour(*spot)).max() < 12:
            break
        assert time.monotonic() < deadline, f"{name} shows {drawn}; the page said: {browser_page.complaints}"
        browser_page.page.wait_for_timeout(200)
    browser_page.picture(f"guide-{name}")
    assert browser_page.complaints == []
    assert browser_page.outside == []
    tiles = [each for each in browser_page.requested if "img_" in each]
    assert tiles
    assert all(f"/{NODE}/" in each and f"tk={KEY}" in each for each in tiles)


def test_the_snippet_for_python_reads_the_layer(url, tmp_path):
    names: dict[str, Any] = {"HOST": f"{url}/{NODE}", "TK": KEY}
    with rasterio.Env(GDAL_DEFAULT_WMS_CACHE_PATH=str(tmp_path)):
        exec(compile(snippet("python"), "docs/map-developers.md", "exec"), names)
    assert names["pixels"].shape == (3, 256, 512)
    # 116.25° E, 37.5° N lies within tile 4/13/2 of `c`, of 22.5° from 112.5° E and 45° N
    assert np.abs(names["pixels"][:, 128, 320].astype(int) - colour(4, 13, 2)).max() < 12


def target(address: str) -> Any:
    path, _, query = address.replace("…", "").partition("?")
    return locate(path.encode(), (), query.encode()).target


def test_every_address_of_the_guide_means_what_it_says():
    sample = {r"{w\|c}": "c", "{layer}": "img", "{z}": "4", "{y}": "2", "{x}": "13", "{png,jpg,webp,mvt}": "jpg"}
    rows = re.findall(r"^\| `(/[^`]+)`", GUIDE, re.MULTILINE)
    meant = [target(re.sub("|".join(map(re.escape, sample)), lambda found: sample[found[0]], row)) for row in rows]
    assert [type(each) for each in meant] == [
        LayerTile,
        *[Capabilities] * 2,
        LayerTile,
        Capabilities,
        LayerTile,
        Capabilities,
    ]
    tiles = [each for each in meant if isinstance(each, LayerTile)]
    assert {(each.layer, each.letter, each.z, each.x, each.y) for each in tiles} == {("img", "c", 4, 13, 2)}


@pytest.mark.parametrize("letter", ["w", "c"])
def test_the_table_of_levels_is_that_of_the_matrix_sets(letter):
    matrix_set = MATRIX_SETS[letter]
    for matrix in matrix_set.document()["tileMatrices"]:
        zoom = int(matrix["id"])
        assert matrix["scaleDenominator"] == pytest.approx(559_082_264.029 / 2**zoom, rel=1e-11)
        metres = matrix["cellSize"] * matrix_set.metres_per_unit
        assert metres == pytest.approx(156_543.034 / 2**zoom, rel=1e-8)
        assert (matrix["matrixWidth"], matrix["matrixHeight"]) == (
            2**zoom,
            2**zoom if letter == "w" else 2 ** (zoom - 1),
        )


def test_every_layer_of_todays_clients_is_on_the_page():
    for layer in ("vec", "cva", "img", "cia", "ter", "cta", "ibo", "terrain-rgb"):
        assert f"`{layer}`" in GUIDE
