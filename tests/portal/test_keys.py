"""Products that need a key: the page asks for one, sends it in a header only, and tells what a server refuses.

The host here is a small one of loopback: it gives the answers of admission, word for word, by rules of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from browser_kit import PHONE, BrowserPage, OpenPage
from portal_kit import StaticHost

from tianlake.functions.admission.answers import Refusal
from tianlake.functions.admission.refusals import (
    DAY_USED_UP,
    KEY_MISSING,
    KEY_UNKNOWN,
    PAGE_NOT_BOUND,
    TIER_TOO_LOW,
    TOO_FAST,
)
from tianlake.lake.duck import connect

KEY = "k7" * 16
"""A good key of a personal user."""


@dataclass
class Door:
    """Lets nobody at archives and data of `seats` without the key, and at data of `climate` not even with it."""

    refusal: Refusal | None = None
    """What everything metered is answered with instead."""
    keys: list[str] = field(default_factory=list)
    """Keys that were sent with metered requests."""
    asked: list[str] = field(default_factory=list)
    """Paths of metered requests."""
    words: Counter[str] = field(default_factory=Counter)
    """How often the page asked only for the words of a refusal, by product."""

    def __call__(self, path: str, fields: Mapping[str, str]) -> Refusal | None:
        if not path.endswith((".pmtiles", ".parquet", ".tif")):
            return None
        key = fields.get("x-api-key")
        self.asked.append(path)
        self.words[path.split("/")[2]] += fields.get("range") == "bytes=0-0"
        self.keys += [key] if key is not None else []
        if self.refusal is not None:
            return self.refusal
        if key not in {None, KEY}:
            return Refusal(KEY_UNKNOWN, {"ends": "…ng"})
        if "/divisions/" in path or "/basemap/" in path:
            return None
        if key is None:
            return Refusal(KEY_MISSING)
        return Refusal(TIER_TOO_LOW, {"tier": "personal"}) if path.endswith(".tif") else None


@pytest.fixture
def door(host: StaticHost) -> Door:
    """The national node with a product for keys, one for professional users, and what watches over them."""
    for product, access in (("seats", "key"), ("climate", "professional")):
        path = f"/collections/{product}/collection.json"
        collection = json.loads(host.read(path) or b"")
        host.overlay[path] = json.dumps(collection | {"tianlake:access": access}).encode()
    host.overlay["/usage"] = b"{}"
    host.guard = door = Door()
    return door


def _url(host: StaticHost) -> str:
    return f"{host.url}/portal/index.html"


def _enter(page: BrowserPage, key: str, *, remember: bool = False) -> None:
    page.page.fill("#key-field", key)
    page.page.set_checked("#key-remember", remember)
    page.page.click("#key-form button")


SEATS_DRAWN = "window.tianlake.map.getLayer('n156000000-seats/seats/point') !== undefined"


def test_what_needs_a_key_says_so_and_is_not_asked_for_without_one(
    browser_page: BrowserPage, host: StaticHost, door: Door
):
    browser_page.open(_url(host))
    text = browser_page.page.inner_text
    assert text("#product-divisions .access-open") == "开放"
    assert text("#product-seats .access-key") == "需要密钥"
    assert "查看地图和下载此产品需要密钥" in text("#product-seats .access-note")
    assert text("#product-climate .access-professional") == "专业用户"
    assert "下载数据需要专业用户的密钥" in text("#product-climate .access-note")
    assert browser_page.page.locator("#product-seats .fault, #product-climate .fault").count() == 0
    assert browser_page.drawn("divisions/province/area$"), "the others are drawn"
    assert {path.split("/")[2] for path in door.asked} == {"divisions", "basemap"}
    assert not browser_page.complaints


@pytest.mark.parametrize(("size", "locale"), [((1440, 900), "zh-CN"), (PHONE, "en-GB")], ids=["desktop", "phone"])
def test_the_field_for_the_key_is_accessible(
    open_page: OpenPage, host: StaticHost, door: Door, size: tuple[int, int], locale: str
):
    page = open_page(size, locale)
    page.open(_url(host))
    page.page.click("#product-seats .access-note button")
    assert page.page.evaluate("document.activeElement.id") == "key-field"
    page.picture(f"portal-key-{size[0]}-{locale}")
    assert not page.complaints
    assert page.violations() == []
    _enter(page, "wrong" * 6)
    page.until("document.querySelector('#product-seats .fault')")
    page.picture(f"portal-key-refused-{size[0]}-{locale}")
    assert page.violations() == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert door.keys


def test_with_a_key_the_map_draws_the_product_and_no_address_ever_holds_it(
    browser_page: BrowserPage, host: StaticHost, door: Door
):
    browser_page.open(_url(host))
    _enter(browser_page, KEY)
    browser_page.until(SEATS_DRAWN)
    assert set(door.keys) == {KEY}
    assert not [url for url in [*browser_page.requested, browser_page.page.url] if KEY in url]
    assert browser_page.page.locator("#product-seats .toggle input").is_checked()
    assert browser_page.page.inner_text("#key-text") == "正在使用密钥 k7k7…k7k7"
    assert not browser_page.complaints


def test_a_key_stays_for_the_visit_unless_it_is_to_be_remembered(
    browser_page: BrowserPage, host: StaticHost, door: Door
):
    browser_page.open(_url(host))
    _enter(browser_page, KEY)
    browser_page.page.reload()
    browser_page.until(f"window.tianlake?.ready && {SEATS_DRAWN}")
    other = BrowserPage(browser_page.page.context.new_page())
    other.open(_url(host))
    assert other.page.is_visible("#key-form"), "another tab knows nothing of it"
    _enter(other, KEY, remember=True)
    third = BrowserPage(other.page.context.new_page())
    third.open(_url(host))
    third.until(SEATS_DRAWN)
    third.page.click("#key-drop")
    assert third.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert not third.page.evaluate(SEATS_DRAWN), "nor does the map show what it no longer could ask for"
    assert door.keys


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (
            Refusal(KEY_UNKNOWN, {"ends": "…k7"}),
            (KEY_UNKNOWN.message.zh, KEY_UNKNOWN.resolve.zh, "服务器所见：ends: …k7。", "403"),
        ),
        (Refusal(PAGE_NOT_BOUND, {"referer": "127.0.0.1"}), ("没有绑定该网页的域名", "referer: 127.0.0.1", "403")),
        (Refusal(DAY_USED_UP, {"used": 10_000}, 7_000), ("今日的配额已用完", "请在 117 分钟后重试", "429")),
    ],
    ids=["unknown", "page", "day"],
)
def test_the_words_of_a_refusal_stand_on_the_card(
    browser_page: BrowserPage, host: StaticHost, door: Door, refusal: Refusal, said: tuple[str, ...]
):
    browser_page.open(_url(host))
    door.refusal = refusal
    _enter(browser_page, KEY)
    browser_page.until("document.querySelector('#product-seats .fault')")
    told = browser_page.page.inner_text("#product-seats .fault")
    for part in said:
        assert part in told
    assert "Failed to fetch" not in browser_page.page.inner_text("body")
    browser_page.page.click("#language")
    assert refusal.message.en in browser_page.page.inner_text("#product-seats .fault")
    assert refusal.resolve.en in browser_page.page.inner_text("#product-seats .fault")


def test_a_refused_tile_is_told_with_the_servers_words_once_and_asked_for_again(
    browser_page: BrowserPage, host: StaticHost, door: Door
):
    browser_page.open(_url(host))
    door.refusal, door.asked = Refusal(TOO_FAST, {"limit": 100}, 3), []
    browser_page.page.evaluate("window.tianlake.map.jumpTo({center: [116, 39], zoom: 5})")
    said = browser_page.until("document.querySelector('#product-divisions .fault')?.textContent")
    assert "请求过快。" in said
    assert "请在 3 秒后重试" in said
    assert door.words["divisions"] == 1, "not once for every tile"
    door.refusal = None
    browser_page.until("document.querySelector('#product-divisions .fault') === null", seconds=15)
    browser_page.until("window.tianlake.map.areTilesLoaded()")
    assert browser_page.drawn("divisions/province/area$")


def test_a_file_is_fetched_with_the_key_and_saved_under_its_name(
    browser_page: BrowserPage, host: StaticHost, door: Door
):
    browser_page.open(_url(host))
    card = browser_page.page.locator("#product-seats")
    card.locator("summary").click()
    card.get_by_text("GeoParquet").click()
    assert browser_page.page.evaluate("document.activeElement.id") == "key-field", "it leads to where a key is entered"
    _enter(browser_page, KEY)
    browser_page.until(SEATS_DRAWN)
    with browser_page.page.expect_download() as saving:
        browser_page.page.locator("#product-seats").get_by_text("GeoParquet").click()
    assert saving.value.suggested_filename == "seats.parquet"
    assert Path(saving.value.path()).read_bytes()[:4] == b"PAR1"
    assert "已交给浏览器保存" in browser_page.page.inner_text("#product-seats")
    assert not browser_page.complaints
    assert door.keys


def test_data_for_professional_users_is_refused_in_words(browser_page: BrowserPage, host: StaticHost, door: Door):
    browser_page.open(_url(host))
    _enter(browser_page, KEY)
    card = browser_page.page.locator("#product-climate")
    card.locator("summary").click()
    card.get_by_text("COG").click()
    browser_page.until("document.querySelector('#product-climate .use .fault')")
    told = card.locator(".use .fault")
    assert "批量数据只向登记的专业用户提供" in told.inner_text()
    assert told.locator("a").get_attribute("href") == f"{host.url}/portal/quotas.html", "a page, not the JSON"
    assert door.keys


def test_a_key_that_no_header_can_carry_is_not_taken(browser_page: BrowserPage, host: StaticHost, door: Door):
    browser_page.open(_url(host))
    _enter(browser_page, "我的密钥")
    assert "不像密钥" in browser_page.page.inner_text("#key-message")
    assert browser_page.page.is_visible("#key-form")
    assert not door.keys
    assert not browser_page.complaints


def test_no_other_host_ever_gets_the_key(browser_page: BrowserPage, host: StaticHost, door: Door):
    browser_page.page.goto(_url(host))
    browser_page.page.wait_for_load_state("networkidle")  # what the page itself asks for later may carry the key
    script = """async ([key, ...urls]) => {
        const { holdKey, keyHeaders } = await import("/portal/keyring.mjs");
        holdKey(key, false);
        return urls.map((url) => keyHeaders(url)["X-Api-Key"] ?? null);
    }"""
    urls = [f"{host.url}/a.pmtiles", "http://127.0.0.1:9/a.pmtiles", "https://example.org/a.pmtiles"]
    assert browser_page.page.evaluate(script, [KEY, *urls]) == [KEY, None, None]
    assert not door.keys


def test_the_line_for_duckdb_reads_the_file_with_the_key(browser_page: BrowserPage, host: StaticHost, door: Door):
    browser_page.page.goto(f"{host.url}/portal/product.html?id=n156000000-seats")
    line = browser_page.until("document.querySelector('#code-duckdb code')?.textContent")
    assert "'你的密钥'" in line
    assert f"SCOPE '{host.url}'" in line, "no other host is sent the key"
    with connect() as connection:
        assert len(connection.execute(line.replace("你的密钥", KEY)).fetchall()) == 10
    assert set(door.keys) == {KEY}
    with connect() as connection, pytest.raises(duckdb.HTTPException):
        connection.execute(line.replace("你的密钥", "wrong" * 6))
