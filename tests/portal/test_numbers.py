"""Map-approval numbers (审图号) stand at the bottom left of the map, and the mark of a demonstration beside it."""

from __future__ import annotations

import json

import pytest
from browser_kit import DESKTOP, PHONE, OpenPage
from portal_kit import StaticHost

NUMBER = "审图号：GS(2026)1234号"
POINTER = "/collections/divisions/collection.json"


def approve(host: StaticHost, *said: str) -> None:
    """Let the collection say more beside its map, as publishing with an approval does."""
    collection = json.loads(host.read(POINTER) or b"")
    collection["attribution"] = " · ".join([collection["attribution"], *said])
    host.overlay[POINTER] = json.dumps(collection).encode()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_number_of_a_map_is_at_its_bottom_left(open_page: OpenPage, host: StaticHost, size: tuple[int, int]):
    approve(host, NUMBER, "演示 Demo")
    shown = open_page(size)
    shown.open(f"{host.url}/portal/index.html")
    page = shown.page
    assert page.inner_text(".numbers") == NUMBER
    assert "演示 Demo" in page.inner_text(".credits")
    assert "审图号" not in page.inner_text(".credits")
    place, board = page.locator(".numbers").bounding_box(), page.locator("#map").bounding_box()
    beside = page.locator(".credits").bounding_box()
    assert place is not None
    assert board is not None
    assert beside is not None
    assert place["height"] < 30, "on one line"
    assert place["x"] - board["x"] < 2
    assert board["y"] + board["height"] - place["y"] - place["height"] < 2
    assert place["x"] + place["width"] <= beside["x"], "the credits do not cover it"
    assert not shown.complaints
    assert shown.violations() == []
    shown.picture(f"portal-map-number-{size[0]}")


def test_a_map_that_is_not_drawn_shows_no_number(open_page: OpenPage, host: StaticHost):
    approve(host, NUMBER)
    shown = open_page()
    shown.open(f"{host.url}/portal/index.html")
    shown.page.uncheck("#show-divisions")
    assert shown.page.locator(".numbers").is_hidden()


def test_without_a_number_nothing_stands_there(open_page: OpenPage, host: StaticHost):
    shown = open_page()
    shown.open(f"{host.url}/portal/index.html")
    assert shown.page.locator(".numbers").is_hidden()
