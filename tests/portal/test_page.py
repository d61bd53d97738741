"""The page as people meet it: in Chromium, on a desk and on a phone, in both languages."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

import pytest
import rasterio
from browser_kit import DESKTOP, PHONE, WINDOW, BrowserPage, OpenPage, pages
from kit import REPO
from playwright.sync_api import Browser
from portal_kit import StaticHost, run_node
from rasterio.errors import NotGeoreferencedWarning

USUAL = WINDOW
MODULES = REPO / "portal/node_modules"


@pytest.fixture(scope="module")
def national(browser: Browser, gateway: str) -> Iterator[BrowserPage]:
    """The national node's page, drawn; tests that use it leave it as it is."""
    with pages(browser) as make:
        page = make(DESKTOP)
        page.open(f"{gateway}/")
        yield page


@pytest.mark.parametrize(("path", "area"), [("/", "黑龙江省"), ("/156130000/", "廊坊市")], ids=["root", "node"])
def test_the_page_works_wherever_the_gateway_serves_it(browser_page: BrowserPage, gateway: str, path: str, area: str):
    browser_page.open(gateway + path)
    assert area in {each["name"] for each in browser_page.drawn("/area$")}
    assert area in {each["name"] for each in browser_page.drawn("/names$")}
    assert not browser_page.complaints
    assert not browser_page.outside


def test_the_page_works_on_a_host_of_plain_files(browser_page: BrowserPage, host: StaticHost):
    browser_page.open(f"{host.url}/portal/index.html")
    assert browser_page.drawn("/area$")
    assert not browser_page.complaints
    assert not host.missing, "nothing may be asked for on trial, the favicon included"


@pytest.mark.parametrize(
    ("path", "size", "locale"),
    [
        ("/", DESKTOP, "zh-CN"),
        ("/", PHONE, "en-GB"),
        ("/156130000/", DESKTOP, "en-GB"),
        ("/156130000/", PHONE, "zh-CN"),
    ],
    ids=["nation-desktop-zh", "nation-phone-en", "hebei-desktop-en", "hebei-phone-zh"],
)
def test_every_size_and_language_is_accessible(
    open_page: OpenPage, gateway: str, path: str, size: tuple[int, int], locale: str
):
    page = open_page(size, locale)
    page.open(gateway + path)
    page.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.picture(f"portal{path.replace('/', '-')}{size[0]}-{locale}")
    assert not page.complaints
    assert page.violations() == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= size[0], "the page must not scroll sideways"


def test_the_archives_are_read_directly_by_ranges(national: BrowserPage):
    archives = [url for url in national.requested if url.endswith(".pmtiles")]
    assert {url.split("/releases/")[1].split("/")[0] for url in archives} == {
        "divisions",
        "seats",
        "climate",
        "basemap",
    }
    assert not [url for url in national.requested if "/tiles/" in url]


def test_all_of_china_is_in_view_with_the_dashes_in_the_south(national: BrowserPage):
    west, south, east, north = national.page.evaluate("window.tianlake.map.getBounds().toArray().flat()")
    assert west < 73.5
    assert south < 3.4
    assert east > 135.1
    assert north > 53.6
    assert east - west < 120, "and not much else"
    southernmost = national.page.evaluate(
        """() => {
            const lines = { layers: ["n156000000-divisions/boundary/boundary"] };
            const drawn = window.tianlake.map.queryRenderedFeatures(lines).map(({ geometry }) => geometry.coordinates);
            return Math.min(...drawn.flat(Infinity).filter((_, place) => place % 2));
        }"""
    )
    assert southernmost < 3.9


def test_china_stands_in_the_middle_of_a_map_that_is_wide_and_low(open_page: OpenPage, gateway: str):
    page = open_page((844, 390))
    page.open(f"{gateway}/")
    middle = page.page.evaluate("window.tianlake.map.getCenter().lng")
    assert abs(middle - (73.5 + 135.1) / 2) < 2
    assert page.page.evaluate("window.tianlake.map.getCanvas().clientHeight") >= 320
    assert "台湾省" in {each["name"] for each in page.drawn("/province/names$")}


def test_only_lines_of_the_nation_are_drawn_as_such(national: BrowserPage):
    nation = national.drawn("/boundary$")
    lower = national.drawn("/boundary-lower$")
    assert {each["level"] for each in nation} == {"national"}
    assert {each["level"] for each in lower} == {"provincial"}


def test_every_area_is_named_once(national: BrowserPage):
    names = Counter(each["name"] for each in national.drawn("/province/names$"))
    assert len(names) > 20
    assert set(names.values()) == {1}


def test_the_style_is_valid_by_the_specifications_own_validator(national: BrowserPage, tmp_path):
    style = tmp_path / "style.json"
    style.write_text(json.dumps(national.page.evaluate("window.tianlake.map.getStyle()")), encoding="utf-8")
    validator = MODULES / "@maplibre/maplibre-gl-style-spec/dist/gl-style-validate.mjs"
    done = run_node("node", validator, style, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_head_names_the_node_and_says_it_is_a_demo(national: BrowserPage):
    text = national.page.inner_text
    assert text("h1") == "国家地理信息公共服务平台"
    assert text("#short-name") == "天地图"
    assert text("#notice") == "演示数据 Demo"
    assert national.page.title() == "天地图 · 国家地理信息公共服务平台"


def test_children_and_parents_lead_to_each_other(browser_page: BrowserPage, gateway: str):
    browser_page.page.goto(f"{gateway}/")
    browser_page.page.click("#tree-links >> text=天地图·河北")
    browser_page.until("document.querySelector('h1').textContent === '河北省地理信息公共服务平台'")
    browser_page.page.click("#tree-links >> text=天地图")
    browser_page.until("document.querySelector('h1').textContent === '国家地理信息公共服务平台'")
    assert browser_page.page.url.partition("#")[0] == f"{gateway}/156000000/"


def test_a_card_tells_licence_version_class_and_addresses(national: BrowserPage):
    card = national.page.locator("#product-divisions")
    text = card.inner_text()
    for said in ("全国行政区划", "Divisions of China", "地理实体", "今天更新", "MIT", "不具有审图号"):
        assert said in text
    assert re.search(r"\b\d{8}T\d{6}Z-[0-9a-f]{8}\b", text)
    links = card.locator("ul.files a").evaluate_all("links => links.map((link) => [link.textContent, link.href])")
    assert [title for title, _href in links] == ["GeoParquet", "PMTiles", "质量报告 Quality", "STAC", "TileJSON"]
    for _title, href in links:
        answer = national.page.request.head(href)
        assert answer.ok, href


def test_the_attribution_of_everything_drawn_stands_on_the_map(national: BrowserPage):
    text = national.page.inner_text(".credits")
    assert "驻地坐标：cpca" in text
    assert "行政区划：天地图" in text


def test_a_raster_is_shown_on_demand_with_legend_and_opacity(browser_page: BrowserPage, gateway: str):
    browser_page.open(f"{gateway}/")
    card = browser_page.page.locator("#product-climate")
    assert card.locator(".legend li").all_inner_texts() == ["干旱", "温带", "冷温", "极地"]
    assert card.locator(".legend .swatch").first.evaluate("each => each.style.backgroundColor") == "rgb(233, 180, 76)"
    assert not browser_page.page.is_checked("#show-climate"), "it would hide what lies below"
    browser_page.page.check("#show-climate")
    card.locator("input[type=range]").fill("100")
    card.get_by_text("缩放至范围").click()
    browser_page.until("window.tianlake.map.loaded() && !window.tianlake.map.isMoving()")
    path = browser_page.picture("portal-raster")
    with pytest.warns(NotGeoreferencedWarning), rasterio.open(path) as picture:
        red, green, blue = picture.read([1, 2, 3])
    assert ((red == 233) & (green == 180) & (blue == 76)).sum() > 10_000, "the colour of 干旱"
    assert "Köppen-Geiger" in browser_page.page.inner_text(".credits")


def test_products_stand_in_the_order_of_article_8(national: BrowserPage):
    assert national.page.locator(".card h3").all_inner_texts() == ["全国行政区划", "行政区驻地", "全国底图", "气候类型"]


def test_a_product_is_hidden_and_shown_by_its_box(browser_page: BrowserPage, gateway: str):
    browser_page.open(f"{gateway}/")
    assert browser_page.drawn("seats/.*/point$")
    browser_page.page.uncheck("#show-seats")
    browser_page.until("window.tianlake.map.loaded()")
    assert not browser_page.drawn("seats/")
    assert "cpca" not in browser_page.page.inner_text(".credits")
    browser_page.page.check("#show-seats")
    browser_page.until("window.tianlake.map.queryRenderedFeatures({ layers: ['n156000000-seats/seats/point'] }).length")


def test_a_click_on_the_map_tells_the_attributes(browser_page: BrowserPage, gateway: str):
    browser_page.open(f"{gateway}/")
    point = browser_page.page.evaluate("window.tianlake.map.project([85, 40.7])")
    browser_page.page.click("#map canvas", position=point)
    rows = browser_page.page.locator(".maplibregl-popup tr")
    rows.filter(has_text="名称 name").wait_for()
    assert {"名称 name\t新疆维吾尔自治区", "code\t156650000"} <= set(rows.all_inner_texts())


def test_each_click_tells_of_its_own_place_and_one_on_nothing_closes(open_page: OpenPage, gateway: str):
    page = open_page(DESKTOP)
    page.open(f"{gateway}/")
    popup = page.page.locator(".maplibregl-popup")
    # each further away than the popup before it is wide
    for place, name in (([85, 40.7], "新疆维吾尔自治区"), ([128, 47], "黑龙江省"), ([88, 31.5], "西藏自治区")):
        point = page.page.evaluate(f"window.tianlake.map.project({place})")
        page.page.click("#map canvas", position=point)
        popup.locator("tr").filter(has_text=name).first.wait_for()
        assert popup.locator("caption").count() == 1
    page.page.click("#map canvas", position={"x": 40, "y": 200})
    assert popup.count() == 0


def test_the_language_is_the_browsers_until_somebody_chooses(open_page: OpenPage, gateway: str):
    page = open_page(locale="de-DE")
    page.page.goto(f"{gateway}/156130000/")
    page.until("document.querySelector('.card')")
    assert page.page.get_attribute("html", "lang") == "en"
    assert "Data products" in page.page.inner_text("#products-heading")
    page.page.click("#language")
    assert page.page.get_attribute("html", "lang") == "zh-CN"
    assert "数据产品" in page.page.inner_text("#products-heading")
    page.page.reload()
    page.until("document.querySelector('.card')")
    assert page.page.get_attribute("html", "lang") == "zh-CN"


def test_the_keyboard_reaches_everything(browser_page: BrowserPage, gateway: str):
    browser_page.open(f"{gateway}/156130000/")
    reached: list[tuple[str, bool]] = []
    while not reached or reached[-1][0] != "BODY":
        browser_page.page.keyboard.press("Tab")
        reached.append(
            browser_page.page.evaluate(
                """() => {
                    const it = document.activeElement;
                    const { outlineStyle, outlineWidth } = getComputedStyle(it);
                    const seen = outlineStyle !== "none" && parseFloat(outlineWidth) > 1;
                    return [it.id || it.className || it.tagName, seen];
                }"""
            )
        )
    assert reached[0][0] == "skip"
    names = " ".join(name for name, _seen in reached)
    for wanted in ("language", "maplibregl-canvas", "maplibregl-ctrl-zoom-in", "show-divisions", "SUMMARY"):
        assert wanted in names
    assert [name for name, seen in reached[:-1] if not seen] == [], "focus must be seen"
