"""MapLibre and pmtiles.js in Chromium draw what needs a key, on a page of another origin."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from browser_kit import BrowserPage
from gateway_kit import CARD, KEY, NODE, RELEASE_1, TILES, pointer, release
from issue_kit import issue
from kit import REPO
from server_kit import running, write

from tianlake.lake.releases import TileLayer
from tianlake.lake.words import Bounds
from tianlake.portal import portal_files

ELSEWHERE = "0123456789zyxwvu" * 2
"""A key that is bound to the pages of another site."""

WRONG = "z" * 32

PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>keyed</title>
<style>body { margin: 0 } #map { width: 800px; height: 600px }</style>
<div id="map"></div><script src="pmtiles.js"></script><script type="module" src="keyed.mjs"></script>"""

SCRIPT = """
import { Map, addProtocol, setWorkerUrl } from "./vendor/maplibre-gl.mjs";
const { FetchSource, PMTiles, Protocol } = window.pmtiles;
setWorkerUrl(new URL("vendor/maplibre-gl-worker.mjs", import.meta.url).href);
const { way, data, key } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const protocol = new Protocol();
addProtocol("pmtiles", protocol.tile);
const archive = `${data}/tiles/places.pmtiles`;
let source;
if (way === "archive, key in the address") source = { url: `pmtiles://${archive}?tk=${key}` };
if (way === "archive, key in a header") {
  protocol.add(new PMTiles(new FetchSource(archive, new Headers({ "X-Api-Key": key }))));
  source = { url: `pmtiles://${archive}` };
}
const tiles = [`${data}/tiles/places/{z}/{x}/{y}.mvt?tk=${key}`];
if (way === "tiles, key in the address") source = { tiles, maxzoom: 7 };
if (way === "TileJSON, key in its address") source = { url: `${data}/tiles/places.json?tk=${key}` };
if (way === "tiles, key in a header") source = { url: `${data}/tiles/places.json` };
const headers = { Authorization: `Bearer ${key}` };
const sent = (url) => way === "tiles, key in a header" && url.includes("/tiles/");
const transformRequest = (url) => sent(url) ? { url, headers } : { url };
const area = { id: "area", type: "fill", source: "own", "source-layer": "province", paint: { "fill-color": "#36c" } };
window.errors = [];
const map = new Map({
  container: "map", center: [110, 36], zoom: 3, fadeDuration: 0, transformRequest,
  style: { version: 8, sources: { own: { type: "vector", ...source } }, layers: [area] },
});
map.on("error", ({ error }) => window.errors.push({ message: error.message, status: error.status ?? null }));
map.on("idle", () => { window.drawn = map; });
window.why = async () => (await fetch(`${archive}?tk=${key}`)).json();
"""


@dataclass(frozen=True)
class Served:
    page: str
    data: str

    def open(self, browser_page: BrowserPage, way: str, key: str) -> None:
        told = json.dumps({"way": way, "data": self.data, "key": key})
        browser_page.page.goto(f"{self.page}/portal/keyed.html#{told}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, provinces: Any) -> Any:
    """Give the page and the data from two servers: two origins."""
    pages, base = tmp_path_factory.mktemp("pages"), tmp_path_factory.mktemp("data")
    files = {file.name: file.body for file in portal_files() if "/vendor/" in file.name or file.name.endswith(".ico")}
    library = REPO / "portal/node_modules/pmtiles/dist/pmtiles.js"  # ours leaves out what sends headers
    files["portal/pmtiles.js"] = library.read_bytes()
    page = {"portal/keyed.html": PAGE.encode(), "portal/keyed.mjs": SCRIPT.encode()}
    write(pages / "lake" / NODE, files | page)
    facts = replace(
        TILES, max_zoom=7, bounds=Bounds(73, 3, 136, 54), layers=(TileLayer("province", "polygon", ("name",), 0, 7),)
    )
    made = release(
        RELEASE_1,
        {"places.pmtiles": provinces.read_bytes()},
        card=replace(CARD, access="key"),
        tiles={"places.pmtiles": facts},
    )
    write(base / "lake" / NODE, made | pointer(RELEASE_1))
    issue(base, kind="browser", hosts=("127.0.0.1",))
    issue(base, ELSEWHERE, number=2, kind="browser", hosts=("example.org",))
    with running(pages, [NODE]) as here, running(base, [NODE]) as there:
        yield Served(here.url, there.url)


@pytest.mark.parametrize(
    "way",
    [
        "archive, key in the address",
        "archive, key in a header",
        "tiles, key in the address",
        "TileJSON, key in its address",
        "tiles, key in a header",
    ],
)
def test_a_map_is_drawn_with_a_key(served: Served, browser_page: BrowserPage, way: str) -> None:
    served.open(browser_page, way, KEY)
    browser_page.until("window.drawn?.queryRenderedFeatures().length")
    names = browser_page.page.evaluate("drawn.queryRenderedFeatures().map(({ properties }) => properties.name)")
    assert {"河北省", "陕西省"} <= set(names)
    assert browser_page.complaints == []
    assert browser_page.page.evaluate("errors") == []


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [(WRONG, 403, "key-unknown"), (ELSEWHERE, 403, "page-not-bound"), ("", 401, "key-missing")],
)
def test_a_page_learns_why_its_map_stays_empty(
    served: Served, browser_page: BrowserPage, key: str, status: int, code: str
) -> None:
    served.open(browser_page, "tiles, key in the address", key)
    browser_page.until("window.errors?.length")
    assert browser_page.page.evaluate("errors[0].status") == status
    why = browser_page.page.evaluate("why()")
    assert (why["code"], why["status"]) == (code, status)
    assert why["resolve"]["zh"]
    assert not [each for each in browser_page.complaints if "CORS" in each], "errors are readable across origins"
