"""Layers of the map: every product with its legend and source, in an order, in three dimensions, told by a click."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from browser_kit import WINDOW, BrowserPage, OpenPage, pages
from every_class_kit import NODE as CITY
from kit import REPO
from langfang_kit import CityLake
from playwright.sync_api import Browser
from portal_kit import CLASSES, NATION, run_node, static_host
from rio_tiler.colormap import cmap
from tools_kit import click_at

USUAL = WINDOW
STATIC = REPO / "portal/tianlake/portal/static"
LAYER = ".layer[data-layer$='{}']"
SETTLED = "window.tianlake.map.loaded() && !window.tianlake.map.isMoving()"


def listed(page: BrowserPage) -> BrowserPage:
    """Open the list of layers."""
    page.page.click(".tool-layers")
    page.page.wait_for_selector(".layers .layer")
    return page


@pytest.fixture(scope="module")
def layers(browser: Browser, city_gateway: str) -> Iterator[BrowserPage]:
    """The city's page with the list of layers open; tests that use it leave it as it is."""
    with pages(browser, USUAL) as make:
        page = make()
        page.open(f"{city_gateway}/")
        yield listed(page)


def test_everything_on_the_map_stands_in_the_list_with_the_base_map_below(layers: BrowserPage):
    ids = layers.page.locator(".layers .layer").evaluate_all("rows => rows.map(({ dataset }) => dataset.layer)")
    assert set(ids[:-1]) == {f"n156131000-{name}" for name in ("divisions", "relief", "scenes", "snow")}
    assert ids[-1] == "ground"
    ground = layers.page.locator(LAYER.format("ground"))
    assert "境界线" in ground.inner_text()
    assert "底图：天地图" in ground.inner_text()
    assert ground.locator(".layer-move").count() == 0, "a base map stays below all products"


def test_what_is_seen_has_a_legend_its_source_and_says_whether_it_has_a_number(layers: BrowserPage):
    shown = layers.page.locator(LAYER.format("divisions"))
    assert shown.locator(".legend li").all_inner_texts() == ["行政区"]
    text = shown.locator(".layer-more").inner_text()
    assert "来源：测试数据 Test data" in text
    assert "无审图号" in text
    assert (shown.locator("a").get_attribute("href") or "").endswith("/portal/product.html?id=n156131000-divisions")
    assert layers.page.locator(LAYER.format("snow")).locator(".layer-more").is_hidden()


def test_amounts_have_a_ramp_with_their_unit_and_terrain_says_what_its_shade_is(open_page: OpenPage, city_gateway: str):
    page = open_page(locale="en-GB")
    page.open(f"{city_gateway}/")
    listed(page)
    for name in ("snow", "relief"):
        page.page.check(f"{LAYER.format(name)} input[type=checkbox]")
        assert page.page.is_checked(f"#show-{name}"), "the card follows"
    marks = page.page.locator(f"{LAYER.format('snow')} .ramp-marks span")
    marks.first.filter(has_text="cm").wait_for()
    low, _middle, high = marks.all_inner_texts()
    assert low.endswith(" cm")
    assert float(low.split()[0].replace(",", "")) < float(high.split()[0].replace(",", ""))
    assert "slopes" in page.page.inner_text(LAYER.format("relief"))
    page.picture("layers-1440-en")
    assert not page.complaints
    assert page.violations() == []


def test_the_order_of_layers_is_the_visitors(open_page: OpenPage, city_gateway: str):
    page = open_page()
    page.open(f"{city_gateway}/")
    listed(page)
    above = """() => {
        const ids = window.tianlake.map.getStyle().layers.map(({ id }) => id);
        const of = (part) => ids.indexOf(`n156131000-${part}`);
        return [of("divisions/divisions/area") > of("snow/raster"), of("divisions/divisions/edge") > of("snow/raster")];
    }"""
    assert page.page.evaluate(above) == [False, True], "areas lie below pictures, lines above"
    rows = page.page.locator(".layers .layer")
    place = rows.evaluate_all("rows => rows.findIndex(({ dataset }) => dataset.layer.endsWith('divisions'))")
    for _step in range(place):
        page.page.locator(LAYER.format("divisions")).locator(".layer-move").first.press("Enter")
    assert page.page.evaluate(above) == [True, True]
    assert rows.first.get_attribute("data-layer") == "n156131000-divisions"
    assert page.page.evaluate("document.activeElement.ariaLabel").startswith("下移"), "the focus stays with the layer"
    assert "第 1 层" in page.page.inner_text(".tool-panel [role=status]")
    assert not page.complaints


def test_opacity_is_of_areas_lines_and_names_alike(open_page: OpenPage, city_gateway: str):
    page = open_page()
    page.open(f"{city_gateway}/")
    listed(page)
    page.page.locator(LAYER.format("divisions")).locator("input[type=range]").fill("50")
    paint = """() => ["area/fill-opacity", "edge/line-opacity"].map((each) => {
        const [part, name] = each.split("/");
        return window.tianlake.map.getPaintProperty(`n156131000-divisions/divisions/${part}`, name);
    })"""
    assert page.page.evaluate(paint) == [0.11, 0.5], "half of what they are drawn with"
    ground = page.page.locator(LAYER.format("ground"))
    ground.locator("input[type=checkbox]").uncheck()
    assert not page.page.is_checked("#show-ground"), "the shelf follows"
    page.until(SETTLED)
    assert not page.drawn("^ground/")


def test_what_a_map_cannot_draw_is_shown_by_its_extent_and_led_to(open_page: OpenPage, city_gateway: str):
    page = open_page()
    page.open(f"{city_gateway}/")
    listed(page)
    tiles, cloud = (page.page.locator(f"[data-extent$='{name}']") for name in ("buildings", "hill"))
    assert "3D Tiles 1.0，3 个内容文件（b3dm, glb）" in tiles.inner_text()
    assert "1,200 个点，EPSG:4548" in cloud.inner_text()
    for link in [*tiles.locator("a").all()[:1], *cloud.locator("a").all()[:1]]:
        assert page.page.request.head(link.get_attribute("href") or "").ok
    page.page.check("#extent-buildings")
    page.until("window.tianlake.map.getZoom() > 12")
    page.until(SETTLED)
    assert page.drawn("^n156131000-buildings/extent/")
    page.page.uncheck("#extent-buildings")
    assert not page.drawn("^n156131000-buildings/extent/")


def even_place(raster: Path, least: float, most: float) -> tuple[float, float, float, float] | None:
    """Return longitude, latitude, and the lowest and highest value around the most even place between two values."""
    with rasterio.open(raster) as opened:
        around = np.lib.stride_tricks.sliding_window_view(opened.read(1).astype(float), (3, 3))
        lows, highs = around.min(axis=(2, 3)), around.max(axis=(2, 3))
        uneven = np.where((lows >= least) & (highs <= most), highs - lows, np.inf)
        row, column = (int(each) for each in np.unravel_index(np.argmin(uneven), uneven.shape))
        lon, lat = opened.xy(row + 1, column + 1)
        found = np.isfinite(uneven[row, column])
    return (lon, lat, float(lows[row, column]), float(highs[row, column])) if found else None


def told_at(page: BrowserPage, lon: float, lat: float, label: str) -> str:
    """Click a place; return what stands beside a label on the first page of the popup that has it."""
    if (close := page.page.locator(".maplibregl-popup-close-button")).count():
        close.click()  # what it told before may lie over the place
    click_at(page, lon, lat)
    row = page.page.locator(".maplibregl-popup tr").filter(has_text=label)
    turn = page.page.locator(".feature-turning button").last
    page.page.locator(".maplibregl-popup tr").first.wait_for()
    for _page in range(3):
        if row.count() == 0 and turn.is_visible():
            turn.click()
    return row.locator("td").first.inner_text()


def test_a_click_tells_the_height_and_about_which_amount_a_colour_stands_for(
    open_page: OpenPage, city: CityLake, city_gateway: str
):
    page = open_page()
    page.open(f"{city_gateway}/#map=6/39.5/116.5&layers=n156131000-relief,n156131000-snow")
    place = even_place(city.file("relief", "relief.tif"), 500, 9000)
    assert place, "there are mountains"
    lon, lat, low, high = place
    told = told_at(page, lon, lat, "高程")
    assert low - 1 <= float(told.removesuffix(" 米").replace(",", "")) <= high + 1
    place = even_place(city.file("snow", "snow.tif"), 500, 9000)
    assert place
    lon, lat, low, high = place
    told = told_at(page, lon, lat, "由颜色推算")
    assert 0.95 * low <= float(told.removeprefix("约 ").removesuffix(" cm").replace(",", "")) <= 1.05 * high
    assert not page.complaints


def test_a_click_tells_the_class_that_a_colour_stands_for(open_page: OpenPage, lake: Path, gateway: str):
    page = open_page()
    page.open(f"{gateway}/#map=5/39.5/116.5&layers=n156000000-climate")
    raster = next((lake / NATION / "releases/climate").glob("*/climate.tif"))
    inner = {each.title.zh: even_place(raster, each.value, each.value) for each in CLASSES}
    told = {title: told_at(page, *place[:2], "类别") for title, place in inner.items() if place}
    assert len(told) > 1
    assert all(title == said for title, said in told.items()), told
    assert not page.complaints


VIEW = """(({ map }) => [map.getCenter().lng, map.getCenter().lat, map.getZoom(), map.getBearing(), map.getPitch()])(
    window.tianlake)"""


def test_terrain_stands_as_the_address_says_lies_down_and_stands_up_again(open_page: OpenPage, city_gateway: str):
    # drawn by software, one frame of terrain takes seconds where cores are shared: little of it, and no motion
    page = open_page((900, 420), reduced_motion="reduce")
    page.open(f"{city_gateway}/#map=9/40/115.5/30/55&terrain=2.5")
    page.until("window.tianlake.map.getTerrain()?.exaggeration === 2.5")
    page.until("window.tianlake.map.queryTerrainElevation([115.5, 40]) > 300")
    page.until(SETTLED)
    assert page.page.evaluate(VIEW) == pytest.approx([115.5, 40, 9, 30, 55], abs=0.01)
    assert "/30.0/55.0&" in page.page.url
    assert page.page.get_attribute("#raise", "aria-pressed") == "true"
    page.picture("layers-terrain-900")
    listed(page)
    page.page.check("#live-shade")
    page.until("window.tianlake.map.getLayer('n156131000-relief/shade')")
    assert page.page.input_value(".relief-controls input[type=range]") == "2.5"
    page.page.keyboard.press("Escape")
    page.page.click("#raise")
    page.until("window.tianlake.map.getTerrain() === null && window.tianlake.map.getPitch() === 0")
    page.until("!location.hash.includes('terrain') && location.hash.split('&')[0].split('/').length === 3")
    page.page.click("#raise")
    page.until("window.tianlake.map.getPitch() > 50 && location.hash.includes('/60.0&')")
    assert page.page.evaluate("window.tianlake.map.getTerrain()") == {
        "source": "n156131000-relief/heights",
        "exaggeration": 2.5,
    }
    assert page.page.url.endswith("&terrain=2.5")
    page.page.evaluate("location.hash = location.hash.replace('terrain=2.5', 'terrain=1')")
    page.until("window.tianlake.map.getTerrain()?.exaggeration === 1")
    page.page.evaluate("location.hash = location.hash.replace('terrain=1', 'terrain=high')")
    page.until("window.tianlake.map.getTerrain() === null")
    assert not page.complaints
    assert page.violations() == []


def test_the_number_of_the_base_map_stands_with_those_of_products(open_page: OpenPage, city: CityLake):
    number = "审图号：GS(2026)4321号"
    release = next((city.root / NATION / "releases/basemap").iterdir())
    style = json.loads((release / "styles/default.json").read_text("utf-8"))
    with static_host(city.root) as host:
        for source in style["sources"].values():
            source["url"] = f"pmtiles://{host.url}/{NATION}/releases/basemap/{release.name}/basemap.pmtiles"
            source["attribution"] = f"底图 · {number}"
        host.overlay[f"/{NATION}/tiles/basemap/style.json"] = json.dumps(style).encode()
        page = open_page((1000, 600))
        page.open(f"{host.url}/{CITY}/portal/index.html")
        assert page.page.inner_text(".numbers") == number
        listed(page)
        ground = page.page.locator(LAYER.format("ground"))
        assert number in ground.inner_text()
        ground.locator("input[type=checkbox]").first.uncheck()
        assert page.page.locator(".numbers").is_hidden(), "what is not drawn shows no number"
        assert not page.complaints


def run_ramps(script: str, tmp_path: Any) -> Any:
    """Run lines of JavaScript with the module of ramps; return what they print as JSON."""
    file = tmp_path / "run.mjs"
    file.write_text(f'import * as ramps from "{(STATIC / "layers/ramps.mjs").as_uri()}";\n{script}', "utf-8")
    done = run_node("node", file, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_colours_of_amounts_are_the_builds_and_lead_back_to_amounts(tmp_path: Any):
    colors = cmap.get("viridis")
    ramp = '{ name: "viridis", low: -50, high: 205 }'
    script = f"console.log(JSON.stringify(ramps.stopsOf({ramp})));"
    assert run_ramps(script, tmp_path) == ["#{:02x}{:02x}{:02x}".format(*colors[i][:3]) for i in range(0, 256, 17)]
    pixels = json.dumps([np.asarray(colors[i])[:3].tolist() for i in range(256)])
    found = run_ramps(f"console.log(JSON.stringify({pixels}.map((each) => ramps.amountOf({ramp}, each))));", tmp_path)
    assert max(abs(value - (i - 50)) for i, value in enumerate(found)) < 3, "to a hundredth of the ramp"
    strange = run_ramps(f"console.log(JSON.stringify(ramps.amountOf({ramp}, [255, 0, 0])));", tmp_path)
    assert strange is None, "a colour that is not of the ramp stands for no amount"
