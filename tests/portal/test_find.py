"""Finding places on the map: names with suggestions, addresses, kinds, divisions, and what a point is called."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow.parquet as pq
import pytest
from browser_kit import DESKTOP, PHONE, BrowserPage, OpenPage, pages
from demo_kit import Demo
from playwright.sync_api import Browser
from portal_kit import StaticHost

NATION = "/"
CITY = "/156131000/"
LANGFANG = (115.9, 38.4, 117.4, 40.2)
"""Around the city, degrees."""


@pytest.fixture(scope="module")
def key(served: Demo) -> str:
    return served.run("keys", "issue", "--name", "张三", "--kind", "person", "--accept-terms").stdout.strip()


def _open(page: BrowserPage, served: Demo, path: str, key: str | None) -> BrowserPage:
    if key is not None:
        page.page.add_init_script(f"sessionStorage.setItem('tianlake.tk', {json.dumps(key)})")
    page.open(served.url(path))
    page.until("document.querySelector('#place-text')")
    return page


@pytest.fixture(scope="module")
def city(served: Demo, browser: Browser, key: str) -> Iterator[BrowserPage]:
    """The map of Langfang with a visitor's key."""
    with pages(browser) as make:
        yield _open(make(), served, CITY, key)


def _type(page: BrowserPage, text: str) -> None:
    page.page.fill("#place-text", "")
    page.page.type("#place-text", text)


@pytest.mark.parametrize(("size", "locale"), [(DESKTOP, "zh-CN"), (PHONE, "en-GB")], ids=["desktop-zh", "phone-en"])
def test_the_search_is_accessible(served: Demo, open_page: OpenPage, key: str, size: tuple[int, int], locale: str):
    page = _open(open_page(size, locale), served, CITY, key)
    _type(page, "廊坊")
    page.until("document.querySelectorAll('#place-list [role=option]').length > 0")
    page.picture(f"find-{size[0]}-{locale}")
    assert page.violations() == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("text", ["廊坊北站", "langfang"], ids=["chinese", "pinyin"])
def test_names_are_suggested_while_typing_and_chosen_by_keyboard(city: BrowserPage, text: str):
    city.page.evaluate("document.activeElement.blur()")
    _type(city, text)
    city.until("document.querySelectorAll('#place-list [role=option]').length > 0")
    field = city.page.locator("#place-text")
    assert field.get_attribute("aria-expanded") == "true"
    city.page.keyboard.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    assert active
    assert city.page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    name = city.page.evaluate("id => document.getElementById(id).firstChild.textContent", active)
    city.page.keyboard.press("Enter")
    assert field.input_value() == name
    assert field.get_attribute("aria-expanded") == "false"
    drawn = "window.tianlake.map.queryRenderedFeatures({ layers: ['found-places'] })"
    city.until(f"{drawn}.some((each) => each.properties.name === {json.dumps(name)})")  # not what was found before


def test_escape_closes_the_suggestions_and_then_clears_the_field(city: BrowserPage):
    _type(city, "廊坊")
    city.until("document.querySelectorAll('#place-list [role=option]').length > 0")
    city.page.keyboard.press("Escape")
    assert city.page.locator("#place-list").is_hidden()
    assert city.page.input_value("#place-text") == "廊坊"
    city.page.keyboard.press("Escape")
    assert city.page.input_value("#place-text") == ""


def test_what_is_found_is_in_the_list_and_on_the_map_and_a_click_goes_there(city: BrowserPage):
    city.page.fill("#place-text", "廊坊北站")
    city.page.keyboard.press("Enter")
    city.until("document.querySelector('.place-results li')?.textContent.includes('廊坊北站')")
    city.page.click(".place-results li button")
    city.until("!window.tianlake.map.isMoving() && window.tianlake.map.getZoom() >= 14.9")
    lon, lat = city.page.evaluate("window.tianlake.map.getCenter().toArray()")
    west, south, east, north = LANGFANG
    assert west < lon < east
    assert south < lat < north
    assert not city.complaints


def test_the_name_of_a_division_leads_to_its_area(served: Demo, open_page: OpenPage, key: str):
    page = _open(open_page(), served, NATION, key)
    page.page.fill("#place-text", "廊坊市")
    page.page.keyboard.press("Enter")
    page.until("!window.tianlake.map.isMoving() && window.tianlake.map.getZoom() > 6")
    west, south, east, north = page.page.evaluate("window.tianlake.map.getBounds().toArray().flat()")
    assert west < 116.7 < east
    assert south < 39.5 < north


def test_divisions_unfold_and_restrict_the_search(served: Demo, open_page: OpenPage, key: str):
    page = _open(open_page(), served, NATION, key)
    page.page.click(".division-tree summary")
    page.page.get_by_label("河北省的下级").click()
    page.page.get_by_label("廊坊市的下级").click()
    page.page.get_by_role("button", name="广阳区", exact=True).wait_for()
    page.page.get_by_role("button", name="廊坊市", exact=True).click()
    assert "只在廊坊市内查找" in page.page.inner_text("#place-within")
    page.until("!window.tianlake.map.isMoving() && window.tianlake.map.getZoom() > 6")
    page.page.fill("#place-text", "公园")
    with page.page.expect_request(lambda request: "/v2/search" in request.url and "156131000" in request.url):
        page.page.keyboard.press("Enter")
    page.page.get_by_text("不限区划").click()
    assert page.page.inner_text("#place-within") == ""
    assert not page.complaints


def test_a_kind_is_looked_for_in_the_view(served: Demo, city: BrowserPage):
    city.page.evaluate("window.tianlake.map.jumpTo({ center: [116.7, 39.52], zoom: 11 })")
    city.page.click("text=按分类查找")
    kinds = _kinds(served)
    city.page.locator("#place-kind").wait_for()
    offered = city.page.locator("#place-kind option").all_inner_texts()
    assert sorted(offered) == sorted(kinds), "all that there are, and no others"
    city.page.select_option("#place-kind", "bus_stop")
    city.page.click(".place-more form button")
    stops = json.dumps(sorted(kinds["bus_stop"]))
    found = "window.tianlake.map.queryRenderedFeatures({ layers: ['found-places'] })"
    city.until(f"(found => found.length > 0 && found.every((each) => {stops}.includes(each.properties.name)))({found})")


def _kinds(demo: Demo) -> dict[str, set[str]]:
    """Return the kinds that the city's places have in its own table, each with the names of those places."""
    version = json.loads((demo.lake / "156131000/collections/places/collection.json").read_bytes())["version"]
    table = pq.read_table(
        demo.lake / f"156131000/releases/places/{version}/places.parquet", columns=["type", "std_name"]
    )
    found: dict[str, set[str]] = {}
    for row in table.to_pylist():
        if row["type"]:
            found.setdefault(row["type"], set()).add(row["std_name"])
    return found


def test_a_point_is_named_when_somebody_asks(city: BrowserPage):
    city.page.evaluate("window.tianlake.map.jumpTo({ center: [116.7, 39.52], zoom: 12 })")
    city.page.click("text=这里是哪里？")
    assert "点击一处" in city.page.inner_text(".places")
    box = city.page.locator("#map canvas").first.bounding_box()
    assert box
    city.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    city.until("document.querySelector('.place-results li')?.textContent.includes('廊坊市')")


def test_without_a_key_nothing_is_asked_while_typing_and_the_reason_is_told(served: Demo, open_page: OpenPage):
    page = _open(open_page(locale="en-GB"), served, CITY, None)
    _type(page, "廊坊")
    page.page.wait_for_timeout(600)
    assert not [url for url in page.requested if "/v2/search" in url]
    page.page.keyboard.press("Enter")
    page.until("document.querySelector('.places .fault')?.textContent.includes('key')")
    page.page.click(".places .fault button")
    assert page.page.evaluate("document.activeElement.id") == "key-field"


def test_a_spent_quota_is_told_in_the_servers_words(served: Demo, open_page: OpenPage, key: str):
    page = _open(open_page(), served, CITY, key)
    refusal = {"code": "day-used-up", "message": {"zh": "今日的配额已用完。", "en": "The day's quota is used up."}}
    page.page.route(
        "**/v2/search?*",
        lambda route: route.fulfill(status=429, content_type="application/json", body=json.dumps(refusal)),
    )
    page.page.fill("#place-text", "廊坊北站")
    page.page.keyboard.press("Enter")
    page.until("document.querySelector('.places .fault')?.textContent.includes('今日的配额已用完')")


def test_plain_object_storage_has_no_search_that_nobody_answers(open_page: OpenPage, host: StaticHost):
    page = open_page()
    page.open(f"{host.url}/portal/index.html")
    page.until("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/find/places.mjs'))")
    page.page.wait_for_load_state("networkidle")
    assert page.page.locator(".places").count() == 0
    assert not host.missing


def test_the_view_leads_to_the_data_of_it(city: BrowserPage):
    city.page.click("text=查找此视野内的数据产品")
    city.until("location.pathname.endsWith('catalog.html') && location.search.startsWith('?bbox=')")
    city.until("document.querySelectorAll('.result').length > 0")
