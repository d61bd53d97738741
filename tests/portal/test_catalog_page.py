"""The catalog page: all products of the tree, looked through by text, kind, time and area, by a server or without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from browser_kit import DESKTOP, PHONE, BrowserPage, OpenPage, pages
from demo_kit import PRODUCTS, Demo
from playwright.sync_api import Browser
from portal_kit import StaticHost

SETTLED = "!document.querySelector('#results[aria-busy]')"
READY = f"document.querySelectorAll('.result').length > 0 && {SETTLED}"
ALL = {f"n{code}-{name}" for code, own in PRODUCTS.items() for name in own}


def _open(page: BrowserPage, url: str) -> None:
    page.page.goto(url)
    page.until(READY)


def _ids(page: BrowserPage) -> list[str]:
    found: list[str] = page.page.evaluate("[...document.querySelectorAll('.result')].map((each) => each.dataset.id)")
    return found


def _count(page: BrowserPage, facet: str, value: str) -> int:
    text = page.page.locator("label", has=page.page.locator(f"#facet-{facet}-{value}")).inner_text()
    return int("".join(each for each in text.rpartition("（")[2] if each.isdigit()))


@pytest.fixture(scope="module")
def nation(served: Demo, browser: Browser) -> Iterator[BrowserPage]:
    with pages(browser) as make:
        yield make()


@pytest.mark.parametrize(("size", "locale"), [(DESKTOP, "zh-CN"), (PHONE, "en-GB")], ids=["desktop-zh", "phone-en"])
def test_every_size_and_language_is_accessible(served: Demo, open_page: OpenPage, size: tuple[int, int], locale: str):
    page = open_page(size, locale)
    _open(page, served.url("/portal/catalog.html"))
    assert not page.complaints
    assert not page.outside
    page.picture(f"catalog-{size[0]}-{locale}")
    page.page.evaluate("document.getElementById('filters').open = true")
    page.picture(f"catalog-filters-{size[0]}-{locale}")
    assert page.violations() == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_it_lists_the_whole_tree_and_says_how_many_there_are_of_each_kind(served: Demo, nation: BrowserPage):
    _open(nation, served.url("/portal/catalog.html"))
    assert set(_ids(nation)) == ALL
    assert f"共 {len(ALL)} 个产品" in nation.page.inner_text("#find-count")
    assert _count(nation, "node", "156131000") == len(PRODUCTS["156131000"])
    assert _count(nation, "class", "place") == 3, "seats, and the places of province and city"
    assert not [url for url in nation.requested if "collection.json" in url], "the server is asked, not each document"


def test_what_is_chosen_narrows_the_list_and_the_counts_of_the_other_kinds(served: Demo, nation: BrowserPage):
    _open(nation, served.url("/portal/catalog.html"))
    nation.page.check("#facet-class-place")
    assert len(_ids(nation)) == 3
    assert _count(nation, "node", "156131000") == 1
    assert _count(nation, "class", "entity") > 0, "of its own kind one sees what else there is"
    nation.page.check("#facet-node-156131000")
    assert _ids(nation) == ["n156131000-places"]
    assert "class=place" in nation.page.url
    assert "node=156131000" in nation.page.url
    nation.page.go_back()
    nation.until("document.querySelectorAll('.result').length === 3")
    nation.page.click("#find-clear")
    nation.until(f"document.querySelectorAll('.result').length === {len(ALL)}")


def test_text_is_looked_for_by_the_server_best_match_first(served: Demo, nation: BrowserPage):
    _open(nation, served.url("/portal/catalog.html"))
    nation.page.fill("#find-text", "廊坊地名")
    nation.page.keyboard.press("Enter")
    nation.until("document.querySelector('.result')?.dataset.id === 'n156131000-places'")
    assert any("/stac/collections?" in url and "q=" in url for url in nation.requested)
    nation.page.fill("#find-text", "没有这样的产品")
    nation.page.keyboard.press("Enter")
    nation.until("document.getElementById('find-count').textContent.startsWith('没有符合')")


def test_an_address_opens_what_was_looked_for(served: Demo, open_page: OpenPage):
    page = open_page(locale="en-GB")
    _open(page, served.url("/portal/catalog.html?bbox=116.5,39.3,116.9,39.7&node=156131000&sort=title&from=2020-01-01"))
    assert set(_ids(page)) == {"n156131000-places", "n156131000-divisions"}
    assert page.page.input_value("#area-0") == "116.5"
    assert page.page.input_value("#find-from") == "2020-01-01"
    assert page.page.input_value("#find-sort") == "title"
    _page_of_nothing = served.url("/portal/catalog.html?bbox=-70,-30,-60,-20")
    page.page.goto(_page_of_nothing)
    page.until("document.getElementById('find-count').textContent.startsWith('Nothing fits')")
    page.page.goto(served.url("/portal/catalog.html?bbox=1,2&class=%3Cimg%3E&page=-1&sort=x"))
    page.until(READY)
    assert set(_ids(page)) == ALL, "what is wrong in an address is left out"


def test_an_area_is_drawn_on_a_map_or_taken_from_its_view_or_typed(served: Demo, open_page: OpenPage):
    page = open_page()
    _open(page, served.url("/portal/catalog.html"))
    page.page.click("#area summary")
    page.until("window.tianlake?.ready")
    page.page.get_by_text("使用当前视野").click()
    page.until(f"location.search.includes('bbox=') && {SETTLED}")
    page.page.get_by_text("画一个矩形").click()
    canvas = page.page.locator("#area-map canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    seen = page.page.url
    page.page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 120, box["y"] + 120, steps=4)
    page.page.mouse.up()
    page.until(f"location.href !== {json.dumps(seen)} && {SETTLED}")
    west = float(page.page.input_value("#area-0"))
    east = float(page.page.input_value("#area-2"))
    assert 0 < east - west < 60
    for edge, value in enumerate((116.5, 39.3, 116.9, 39.7)):
        page.page.fill(f"#area-{edge}", str(value))
    page.page.get_by_text("使用这些坐标").click()
    page.until(f"location.search.includes('bbox=116.5,39.3,116.9,39.7') && {SETTLED}")
    page.page.fill("#area-1", "99")
    page.page.get_by_text("使用这些坐标").click()
    assert "应为四个" in page.page.inner_text("#area")
    assert not page.complaints


def test_an_area_is_drawn_by_keyboard_from_corner_to_corner(open_page: OpenPage, host: StaticHost):
    page = open_page()
    _open(page, f"{host.url}/portal/catalog.html")
    page.page.click("#area summary")
    page.until("window.tianlake?.ready")
    keyboard, middle = page.page.keyboard, "window.tianlake.map.getCenter().toArray()"
    page.page.get_by_text("画一个矩形").focus()
    keyboard.press("Enter")
    assert page.page.evaluate("document.activeElement.matches('#area-map canvas')")
    assert "方向键" in page.page.inner_text("#area")
    west, north = page.page.evaluate(middle)
    keyboard.press("Enter")
    for key, way in (("ArrowRight", 0), ("ArrowDown", 1)):
        before = page.page.evaluate(middle)[way]
        keyboard.press(key)
        page.until(f"{middle}[{way}] !== {before} && !window.tianlake.map.isMoving()")
    east, south = page.page.evaluate(middle)
    keyboard.press("Enter")
    page.until(f"location.search.includes('bbox=') && {SETTLED}")
    found = [float(page.page.input_value(f"#area-{edge}")) for edge in range(4)]
    assert found == pytest.approx([west, south, east, north], abs=1e-3)
    assert page.page.evaluate("document.activeElement.matches('#area-map canvas')"), "the focus stays"
    assert not page.complaints


def test_a_result_is_reached_by_keyboard_and_leads_to_its_product(served: Demo, open_page: OpenPage):
    page = open_page()
    _open(page, served.url("/portal/catalog.html?q=廊坊市地名&node=156131000"))
    page.page.focus("#find-sort")
    page.page.keyboard.press("Tab")
    assert page.page.evaluate("document.activeElement.closest('.result').dataset.id") == "n156131000-places"
    with page.page.expect_navigation():
        page.page.keyboard.press("Enter")
    page.until("document.getElementById('product') && document.querySelector('[role=tab]')")
    assert "id=n156131000-places" in page.page.url


def test_a_server_that_refuses_is_told_of_and_the_files_are_looked_through(served: Demo, open_page: OpenPage):
    page = open_page()
    refusal = {"code": "day-used-up", "message": {"zh": "今日的配额已用完。", "en": "Used up."}}
    page.page.route(
        "**/stac/collections?*",
        lambda route: route.fulfill(status=429, content_type="application/json", body=json.dumps(refusal)),
    )
    _open(page, served.url("/portal/catalog.html?q=影像"))
    assert "今日的配额已用完" in page.page.inner_text("#find-note")
    assert "n156000000-imagery" in _ids(page)
    page.page.goto(served.url("/portal/catalog.html"))
    page.until(f"document.querySelectorAll('.result').length === {len(ALL)}")
    assert set(_ids(page)) == ALL, "those of the nodes below too, by their copies"


@pytest.fixture
def large(host: StaticHost) -> StaticHost:
    """Plain object storage whose catalog has 45 products more, and one whose document is gone."""
    catalog = json.loads(host.read("/catalog.json") or b"")
    seats: dict[str, Any] = json.loads(host.read("/collections/seats/collection.json") or b"")
    for number in range(45):
        name = f"made-{number:02}"
        body = seats | {"id": f"n156000000-{name}", "title": f"产品 {number:02} · Product {number:02}"}
        if number % 2:
            body["tianlake:access"] = "key"
        host.overlay[f"/collections/{name}/collection.json"] = json.dumps(body).encode()
        catalog["links"].append({"rel": "child", "href": f"./collections/{name}/collection.json", "title": name})
    host.overlay["/catalog.json"] = json.dumps(catalog).encode()
    return host


def test_plain_object_storage_is_searched_too_page_by_page(open_page: OpenPage, large: StaticHost):
    page = open_page()
    _open(page, f"{large.url}/portal/catalog.html?sort=title")
    assert "没有检索服务" in page.page.inner_text("#find-note")
    assert "共 49 个产品，第 1 至 20 个" in page.page.inner_text("#find-count")
    page.page.get_by_label("下一页").click()
    assert "page=2" in page.page.url
    assert "第 21 至 40 个" in page.page.inner_text("#find-count")
    assert page.page.evaluate("document.activeElement.id") == "results"
    page.page.check("#facet-access-key")
    assert _count(page, "access", "key") == 22
    assert "page=" not in page.page.url
    page.page.fill("#find-text", "产品 07")
    page.page.keyboard.press("Enter")
    page.until("document.querySelectorAll('.result').length === 1")
    assert _ids(page) == ["n156000000-made-07"]
    assert not large.missing
    assert not page.complaints
