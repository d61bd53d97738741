"""Base maps: the ground of every map here, drawn by their own style, under all products and without their names."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from browser_kit import DESKTOP, WINDOW, BrowserPage, OpenPage
from portal_kit import StaticHost, cut_tiles

USUAL = WINDOW
LAND_SHADE = """() => {
    const { map } = window.tianlake;
    return map.getStyle().layers.filter(({ id }) => id.endsWith("divisions/province/area"))
        .map(({ id }) => map.getPaintProperty(id, "fill-opacity"));
}"""
ORDER = "window.tianlake.map.getStyle().layers.map(({ id }) => id)"


def test_a_name_that_a_product_writes_is_not_written_by_the_base_map_too(open_page: OpenPage, gateway: str):
    page = open_page(DESKTOP)
    page.open(f"{gateway}/")
    written = Counter(each["name"] for each in page.drawn("/province/names$"))
    twice = {each["name"] for each in page.drawn("^n156000000-basemap/.*name")} & written.keys()
    assert len(written) > 20
    assert not twice
    page.page.uncheck("#show-divisions")
    page.until_named("^n156000000-basemap/.*name", "西藏自治区", "台湾省")  # once the product is hidden


def test_the_base_map_lies_below_areas_lines_and_names_of_products(browser_page: BrowserPage, gateway: str):
    browser_page.open(f"{gateway}/")
    order: list[str] = browser_page.page.evaluate(ORDER)
    ground = [place for place, layer in enumerate(order) if layer.startswith("n156000000-basemap/")]
    assert ground
    kinds = {
        "area": ("fill", "n156000000-divisions/province/area"),
        "line": ("line", "n156000000-divisions/province/edge"),
        "name": ("symbol", "n156000000-divisions/names/province/names"),
    }
    for drawn_as, product in kinds.values():
        of_kind = "id => window.tianlake.map.getLayer(id).type"
        own = [place for place in ground if browser_page.page.evaluate(of_kind, order[place]) == drawn_as]
        assert own
        assert max(own) < order.index(product), drawn_as


def test_over_a_base_map_divisions_do_not_cover_it_and_still_tell_of_themselves(
    browser_page: BrowserPage, gateway: str
):
    browser_page.open(f"{gateway}/")
    assert browser_page.page.evaluate(LAND_SHADE) == [0]
    point = browser_page.page.evaluate("window.tianlake.map.project([85, 40.7])")
    browser_page.page.click("#map canvas", position=point)
    captions = browser_page.page.locator(".maplibregl-popup caption").all_inner_texts()
    assert [caption.split(" ")[0] for caption in captions] == ["全国行政区划"], (
        "nor is the base map told of beside them"
    )
    browser_page.page.uncheck("#show-basemap")
    assert browser_page.page.evaluate(LAND_SHADE) == [1]
    assert not browser_page.complaints


def test_the_base_map_of_another_node_lies_below_this_ones_products(open_page: OpenPage, gateway: str):
    page = open_page()
    page.open(f"{gateway}/156130000/")
    assert "山西省" in {each["name"] for each in page.drawn("^ground/.*area")}, "what lies around Hebei"
    assert "廊坊市" in {each["name"] for each in page.drawn("divisions/city/area$")}
    assert page.page.inner_text(".credits").count("底图：天地图") == 1
    page.picture("portal-ground")
    page.page.uncheck("#show-ground")
    page.until("window.tianlake.map.loaded()")
    assert not page.drawn("^ground/")
    assert "底图：天地图" not in page.page.inner_text(".credits")
    page.page.check("#show-ground")
    page.until("window.tianlake.map.queryRenderedFeatures().some(({ source }) => source.startsWith('ground/'))")
    assert not page.complaints
    assert not page.outside


def test_without_that_base_map_the_page_is_whole(open_page: OpenPage, host: StaticHost):
    node = json.loads(host.read("/node.json") or b"")
    host.overlay["/node.json"] = json.dumps(node | {"basemap": "../156990000/tiles/basemap/style.json"}).encode()
    catalog = json.loads(host.read("/catalog.json") or b"")
    catalog["links"] = [link for link in catalog["links"] if "/basemap/" not in link["href"]]
    host.overlay["/catalog.json"] = json.dumps(catalog).encode()
    page = open_page((900, 600))
    page.open(f"{host.url}/portal/index.html")
    assert "/156990000/tiles/basemap/style.json" in host.missing
    assert page.page.is_hidden("#ground-line")
    assert page.page.is_hidden("#map-message")
    assert page.drawn("divisions/province/area$")
    assert [each for each in page.complaints if "404" not in each] == []  # the browser tells of every 404 itself


def test_a_base_map_at_another_host_is_not_asked_for(open_page: OpenPage, host: StaticHost):
    host.change("/node.json", '"basemap": null', '"basemap": "https://other.example/style.json"')
    catalog = json.loads(host.read("/catalog.json") or b"")
    catalog["links"] = [link for link in catalog["links"] if "/basemap/" not in link["href"]]
    host.overlay["/catalog.json"] = json.dumps(catalog).encode()
    page = open_page((900, 600))
    page.open(f"{host.url}/portal/index.html")
    assert not page.complaints, "the page's policy would refuse it, and the browser complain"


def test_lines_that_their_layers_name_puts_below_the_nation_are_not_drawn_as_the_nations(
    open_page: OpenPage, host: StaticHost, tmp_path: Path
):
    """Unlike 境界线, a line of `province-line` says nothing in a `level`."""
    version = json.loads(host.read("/collections/seats/collection.json") or b"")["version"]
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "LineString", "coordinates": [[80, 30], [110, 45]]},
    }
    for layer in ("province-line", "boundary"):
        archive = cut_tiles(feature, tmp_path / f"{layer}.pmtiles", layer)
        host.overlay[f"/releases/seats/{version}/seats.pmtiles"] = archive.read_bytes()
        page = open_page((900, 600))
        page.open(f"{host.url}/portal/index.html")
        as_nations = page.drawn(f"^n156000000-seats/{layer}/boundary$")
        assert bool(as_nations) == (layer == "boundary")
        assert bool(page.drawn(f"^n156000000-seats/{layer}/line$")) == (layer == "province-line")
