"""The map's tools as people use them: by pointer on a desk, by finger on a phone, by keyboard alone."""

from __future__ import annotations

import gzip
import re

import pytest
from browser_kit import DESKTOP, PHONE, OpenPage
from geodesy_kit import area_of, length_of
from pyproj import Transformer
from tools_kit import OPEN, SETTLED, click_at, shown, use

FIRST_VIEW = 600_000
"""Bytes, compressed, that a first visit may load of the page's own files."""


def number(text: str) -> float:
    """Return the number that a text begins with."""
    return float(text.split(" ", maxsplit=1)[0].replace(",", ""))


def test_a_first_visit_loads_little_and_no_tool_before_it_is_used(open_page: OpenPage, gateway: str):
    page = shown(open_page, f"{gateway}/")
    files = {url for url in page.requested if "/portal/" in url}
    sizes = {url: len(gzip.compress(page.page.request.get(url).body())) for url in files}
    assert sum(sizes.values()) < FIRST_VIEW, sorted(sizes.items(), key=lambda each: -each[1])[:5]
    for name in ("measure.mjs", "geographiclib-geodesic.mjs", "going.mjs", "picture.mjs", "ol.mjs"):
        assert not [url for url in files if url.endswith(name)]
    assert not page.complaints


def test_the_coordinates_are_the_pointers_else_the_centres_in_three_forms(open_page: OpenPage, gateway: str):
    page = shown(open_page, f"{gateway}/#map=7/39.9/116.4")
    readout = page.page.locator(".readout")
    assert readout.inner_text().replace("\n", " ") == "中心 116.400000°E, 39.900000°N"
    box = page.page.locator("#map").bounding_box()
    assert box is not None
    page.page.mouse.move(box["x"] + 300, box["y"] + 200)
    lon, lat = page.page.evaluate("window.tianlake.map.unproject([300, 200]).toArray()")
    assert readout.inner_text().replace("\n", " ") == f"指针 {lon:.6f}°E, {lat:.6f}°N"
    readout.focus()
    page.page.keyboard.press("Enter")
    degrees, minutes, seconds = re.findall(r"(\d+)°(\d\d)′(\d\d\.\d\d)″E", readout.inner_text())[0]
    assert int(degrees) + int(minutes) / 60 + float(seconds) / 3600 == pytest.approx(lon, abs=3e-6)
    page.page.keyboard.press("Enter")
    zone = round(lon / 3)
    x, y = Transformer.from_crs("EPSG:4490", f"EPSG:{4513 + zone - 25}").transform(lat, lon)
    assert f"CM {3 * zone}°E, x={x:.2f}, y={y:.2f}" in readout.inner_text()
    assert f"{zone} 带（EPSG:{4513 + zone - 25}）" in readout.inner_text()
    assert not page.complaints


def test_a_distance_grows_while_it_is_drawn_and_is_the_geodesic(open_page: OpenPage, gateway: str):
    page = shown(open_page, f"{gateway}/")
    use(page, "distance")
    amount = page.page.locator(".measured")
    path = [click_at(page, 87, 43), click_at(page, 104, 36)]
    assert number(amount.inner_text()) == pytest.approx(length_of(path) / 1000, abs=0.1)
    at = page.page.evaluate("window.tianlake.map.project([106, 29])")
    page.page.hover("#map canvas", position=at)
    live = number(amount.inner_text())
    assert live > length_of(path) / 1000 + 500, "the pointer's place counts already"
    path.append(click_at(page, 106, 29))
    whole = length_of(path)
    assert number(amount.inner_text()) == pytest.approx(whole / 1000, abs=0.1)
    assert "最后一段" in page.page.inner_text(".tool-panel")
    page.until("window.tianlake.map.queryRenderedFeatures({ layers: ['measure/line'] }).length")
    assert page.page.locator(".maplibregl-popup").count() == 0, "no click tells of features meanwhile"
    page.page.select_option(".tool-panel select", "nmi")
    assert number(amount.inner_text()) == pytest.approx(whole / 1852, abs=0.1)
    assert amount.inner_text().endswith("海里")
    page.picture("portal-measure")
    page.page.click("text=撤销一点")
    assert number(amount.inner_text()) == pytest.approx(length_of(path[:2]) / 1852, abs=0.1)
    page.page.click("text=清除")
    assert number(amount.inner_text()) == 0
    page.page.click(".tool-close")
    assert page.page.evaluate("window.tianlake.map.getLayer('measure/line') === undefined")
    click_at(page, 85, 40.7)
    assert "新疆维吾尔自治区" in page.page.inner_text(".maplibregl-popup"), "clicks tell of features again"
    assert not page.complaints


def test_an_area_is_measured_by_keyboard_alone_on_a_phone(open_page: OpenPage, gateway: str):
    page = shown(open_page, f"{gateway}/#map=8/39.9/116.4", PHONE, locale="en-GB")
    keyboard = page.page.keyboard
    page.page.focus(".tool-area")
    keyboard.press("Enter")
    page.until(OPEN)
    ring = []
    page.page.focus("#map canvas")
    for arrow in ("ArrowUp", "ArrowRight", "ArrowDown"):
        keyboard.press(arrow)
        page.page.wait_for_timeout(100)
        page.until(SETTLED)
        ring.append(page.page.evaluate("window.tianlake.map.getCenter().toArray()"))
        keyboard.press("Enter")
    area, perimeter = area_of(ring)
    said = page.page.inner_text(".tool-panel")
    assert number(page.page.inner_text(".measured")) == pytest.approx(area / 1e6, rel=1e-3)
    assert "km²" in said
    assert number(re.findall(r"perimeter ([\d,.]+ km)", said)[0]) == pytest.approx(perimeter / 1000, abs=0.1)
    assert "km²" in page.page.inner_text(".tool-panel [role=status]"), "a screen reader is told after each point"
    page.until("window.tianlake.map.queryRenderedFeatures({ layers: ['measure/area'] }).length")
    page.picture("portal-measure-phone")
    assert not page.complaints
    assert page.violations() == []
    keyboard.press("Backspace")
    assert number(page.page.inner_text(".measured")) == 0
    keyboard.press("Escape")
    assert page.page.evaluate("document.activeElement.className") == "tool-area", "the focus is where it came from"


def test_a_boundary_that_crosses_itself_has_no_area(open_page: OpenPage, gateway: str):
    page = shown(open_page, f"{gateway}/")
    use(page, "area")
    for place in ((85, 30), (100, 40), (100, 30), (85, 40)):
        click_at(page, *place)
    assert "边界自相交" in page.page.inner_text(".tool-panel")


def test_one_goes_to_coordinates_as_they_are_written(open_page: OpenPage, gateway: str):
    page = shown(open_page, f"{gateway}/")
    use(page, "goTo")
    assert page.page.evaluate("document.activeElement.id") == "go-field"
    page.page.keyboard.type("东经116度75分，北纬39度54分25秒")
    page.page.keyboard.press("Enter")
    assert page.page.inner_text("#go-said") == "分 75 应小于 60"
    assert page.page.get_attribute("#go-field", "aria-invalid") == "true"
    page.page.fill("#go-field", "东经116度23分28秒，北纬39度54分25秒")
    page.page.keyboard.press("Enter")
    assert page.page.inner_text("#go-said") == "已定位：116.391111°E, 39.906944°N"
    page.page.wait_for_timeout(100)
    page.until(SETTLED)
    assert page.page.evaluate("window.tianlake.map.getCenter().toArray()") == pytest.approx(
        [116.391111, 39.906944], abs=1e-5
    )
    assert page.page.get_attribute(".mark", "aria-label") == "116.391111°E, 39.906944°N"
    assert "mark=116.39111,39.90694" in page.page.url
    page.picture("portal-go-to")
    assert not page.complaints
    assert page.violations() == []


def test_an_address_brings_back_view_layers_language_and_mark(open_page: OpenPage, gateway: str):
    address = "#map=6.5/38.2/114.6&layers=n156000000-seats&lang=en&mark=114.51,38.04,石家庄 <b>&x=kept"
    page = shown(open_page, f"{gateway}/{address}")
    assert page.page.evaluate("window.tianlake.map.getCenter().toArray()") == pytest.approx([114.6, 38.2])
    assert page.page.evaluate("window.tianlake.map.getZoom()") == pytest.approx(6.5)
    assert page.drawn("seats/.*/point$")
    assert not page.drawn("divisions/")
    assert [box.is_checked() for box in (page.page.locator("#show-seats"), page.page.locator("#show-divisions"))] == [
        True,
        False,
    ]
    assert page.page.get_attribute("html", "lang") == "en"
    assert page.page.inner_text(".mark-label") == "石家庄 <b>", "text, never markup"
    page.page.click("#language")
    page.page.check("#show-divisions")
    page.page.focus("#map canvas")
    page.page.keyboard.press("ArrowRight")
    page.page.wait_for_timeout(100)
    page.until(SETTLED)
    lon = page.page.evaluate("window.tianlake.map.getCenter().lng")
    assert lon > 114.7
    url = page.page.url
    assert f"#map=6.5/38.2/{round(lon, 5):g}"[:20] in url
    assert (
        "layers=n156000000-divisions,n156000000-seats" in url or "layers=n156000000-seats,n156000000-divisions" in url
    )
    assert "lang=zh" in url
    assert "x=kept" in url, "a part that others own"
    again = shown(open_page, url)
    assert again.page.evaluate("window.tianlake.map.getCenter().lng") == pytest.approx(lon, abs=1e-5)
    assert again.drawn("divisions/.*")
    again.page.evaluate("location.hash = '#map=9/31.2/121.5&mark=121.5,31.2,上海'")
    again.until("Math.abs(window.tianlake.map.getCenter().lng - 121.5) < 0.001")
    assert again.page.inner_text(".mark-label") == "上海"
    assert not again.complaints


def test_the_link_is_copied_with_code_that_embeds_the_map(open_page: OpenPage, gateway: str):
    page = shown(open_page, f"{gateway}/#map=5/35/110", permissions=["clipboard-read", "clipboard-write"])
    use(page, "link")
    copied = []
    for place in range(3):
        page.page.click(f".tool-panel .copy >> nth={place}")
        page.until("document.getElementById('announcement').textContent === '已复制'")
        copied.append(page.page.evaluate("navigator.clipboard.readText()"))
    assert copied[0] == page.page.url
    assert f'src="{gateway}/?embed=1#map=5/35/110&amp;layers=' in copied[1]
    assert f'<tianlake-map src="{gateway}/" center="110.00000,35.00000" zoom="5.00" lang="zh">' in copied[2]
    assert page.violations() == []


@pytest.mark.parametrize(("size", "locale"), [(DESKTOP, "en-GB"), (PHONE, "zh-CN")], ids=["desktop-en", "phone-zh"])
def test_every_tool_is_accessible_and_fits(open_page: OpenPage, gateway: str, size: tuple[int, int], locale: str):
    page = shown(open_page, f"{gateway}/", size, locale=locale)
    for tool in ("distance", "area", "goTo", "link"):
        use(page, tool)
        page.picture(f"portal-tool-{tool}-{size[0]}")
        assert page.violations() == [], tool
        assert page.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        panel, board = page.page.locator(".tool-panel").bounding_box(), page.page.locator("#map").bounding_box()
        assert panel is not None
        assert board is not None
        assert panel["y"] + panel["height"] <= board["y"] + board["height"]
