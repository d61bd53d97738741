"""Two releases of a product on one map: a divider between them, and what changed counted, listed and highlighted."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from browser_kit import DESKTOP, PHONE, BrowserPage, OpenPage
from langfang_kit import ADDED, MOVED, REMOVED, RENAMED, CityLake
from portal_kit import StaticHost

PRODUCT = "n156131000-divisions"
VERSIONS = "/collections/divisions/versions.json"
NAMES = """map => [...new Set(window.tianlake[map].queryRenderedFeatures().filter(({ source }) =>
    source === "n156131000-divisions").map(({ properties }) => properties.name))]"""
HIGHLIGHTED = """map => [...new Set(window.tianlake[map].queryRenderedFeatures().filter(({ source }) =>
    source === "changes").map(({ properties }) => properties.change))].sort()"""


def compare(page: BrowserPage, release: str) -> None:
    """Compare the divisions with a release."""
    page.page.click(".tool-compare")
    page.page.select_option("#compare-product", PRODUCT)
    page.until(f"document.querySelector('#compare-release option[value=\"{release}\"]')")
    page.page.select_option("#compare-release", release)


def settled(page: BrowserPage) -> None:
    """Wait until both maps are drawn."""
    for each in ("map", "older"):
        page.until(f"window.tianlake.{each}?.loaded() && !window.tianlake.{each}.isMoving()")


@pytest.mark.parametrize(("size", "locale"), [(DESKTOP, "zh-CN"), (PHONE, "en-GB")], ids=["desktop-zh", "phone-en"])
def test_both_releases_are_drawn_and_what_changed_is_counted_listed_and_highlighted(
    open_page: OpenPage, city: CityLake, city_gateway: str, size: tuple[int, int], locale: str
):
    page = open_page(size, locale)
    page.open(f"{city_gateway}/")
    compare(page, city.older)
    page.page.wait_for_selector(".change-list li", state="attached")
    for each in ("older", "map"):
        page.until(f"window.tianlake.{each}?.getLayer('changes/area')")
    settled(page)
    older, newer = (set(page.page.evaluate(NAMES, each)) for each in ("older", "map"))
    assert older - newer == {REMOVED, "固安县"}
    assert newer - older == {ADDED, RENAMED}
    assert page.page.evaluate(HIGHLIGHTED, "older") == ["attributes", "geometry", "removed"]
    assert page.page.evaluate(HIGHLIGHTED, "map") == ["added", "attributes", "geometry"]
    changes = str(city.file("divisions", "changes.parquet", city.newer))
    rows = duckdb.sql(
        "SELECT change, count(*) FROM read_parquet($file) GROUP BY 1", params={"file": changes}
    ).fetchall()
    counts = {
        each.get_attribute("data-kind"): int(each.locator("dd").inner_text())
        for each in page.page.locator(".change-counts > div").all()
    }
    assert counts == dict(rows)
    names = page.page.locator(".change-list button").all_text_contents()
    assert sorted(names) == sorted([ADDED, RENAMED, REMOVED, MOVED])
    page.picture(f"compare-{size[0]}")
    assert page.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert not page.complaints
    assert not page.outside
    assert page.violations() == []


def test_the_divider_is_moved_by_keys_and_by_dragging_and_both_maps_move_together(
    open_page: OpenPage, city: CityLake, city_gateway: str
):
    page = open_page()
    page.open(f"{city_gateway}/#compare={PRODUCT}@{city.older}")
    page.page.wait_for_selector(".change-list li")
    divider = page.page.locator(".swipe-divider")
    divider.focus()
    for key, share in (("ArrowRight", 52), ("PageUp", 62), ("ArrowLeft", 60), ("Home", 0), ("End", 100)):
        page.page.keyboard.press(key)
        assert divider.get_attribute("aria-valuenow") == str(share)
    box = page.page.locator("#map").bounding_box()
    assert box is not None
    y = box["y"] + 40
    page.page.mouse.move(box["x"] + box["width"] - 5, y)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + box["width"] / 4, y, steps=4)
    page.page.mouse.up()
    assert divider.get_attribute("aria-valuenow") == "25"
    clip = page.page.locator(".swipe-older").evaluate("each => each.style.clipPath")
    assert "75%" in clip
    page.page.locator(".change-list button").first.click()
    page.until("!window.tianlake.map.isMoving()")
    middles = page.page.evaluate("['map', 'older'].map((each) => window.tianlake[each].getCenter().toArray().join())")
    assert middles[0] == middles[1]
    page.until(f"({NAMES})('older').length")
    page.page.click(".tool-close")
    assert page.page.locator(".swipe-divider").count() == 0
    assert "compare=" not in page.page.url
    assert not page.drawn("^changes/")
    assert not page.complaints


def altered(host: StaticHost, path: str, change: Any) -> None:
    """Let a document say something else."""
    document = json.loads(host.read(path) or b"")
    change(document)
    host.overlay[path] = json.dumps(document).encode()


def without_ground(host: StaticHost) -> str:
    """Return the page's address on a host of plain files, which has no base map of another node."""
    altered(host, "/node.json", lambda node: node.update(basemap=None))
    return f"{host.url}/portal/index.html"


def test_what_cannot_be_compared_says_so(open_page: OpenPage, city: CityLake, city_host: StaticHost):
    """A withdrawn release, one that is not the base of the changes, and a product of one release."""

    def tell(history: Any) -> None:
        first = history["versions"][0]
        gone = first | {
            "version": "20240101T000000Z-00000000",
            "assets": {},
            "withdrawn": "2024-06-01T00:00:00Z",
            "message": "个人信息",
        }
        other = first | {"version": "20250101T000000Z-00000000"}
        history["versions"] = [gone, other, *history["versions"]]

    altered(city_host, VERSIONS, tell)
    page = open_page((1200, 700))
    page.open(without_ground(city_host))
    compare(page, "20240101T000000Z-00000000")
    said = page.page.locator(".tool-panel p[role=status]")
    said.filter(has_text="2024-06-01").filter(has_text="个人信息").wait_for()
    assert page.page.locator(".swipe-divider").count() == 0, "its data are gone"
    page.page.select_option("#compare-release", "20250101T000000Z-00000000")
    said.filter(has_text="与所选版本之间的变化没有清单").wait_for()
    settled(page)
    assert REMOVED in page.page.evaluate(NAMES, "older"), "the map compares all the same"
    assert page.page.locator(".change-counts").count() == 0
    page.page.select_option("#compare-product", "n156131000-snow")
    said.filter(has_text="只有一个版本").wait_for()
    assert page.page.locator(".swipe-divider").count() == 0
    assert not page.complaints


def test_a_release_that_says_nothing_of_changes_is_not_told_to_have_none(
    open_page: OpenPage, city: CityLake, city_host: StaticHost
):
    manifest = f"/releases/divisions/{city.newer}/manifest.json"
    altered(city_host, manifest, lambda document: document["candidate"].update(changes=None))
    page = open_page((1200, 700))
    page.open(without_ground(city_host))
    compare(page, city.older)
    page.page.locator(".tool-panel p[role=status]").filter(has_text="没有变化记录").wait_for()
    assert page.page.locator(".change-counts").count() == 0
