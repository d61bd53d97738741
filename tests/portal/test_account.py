"""The account page and the key it makes, against the gateway itself with a store of accounts of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser_kit import DESKTOP, PHONE, BrowserPage, OpenPage

OPENED = "!document.getElementById('outside').hidden || !document.getElementById('inside').hidden"
INSIDE = "!document.getElementById('inside').hidden"


def _open(page: BrowserPage, front_door: str) -> None:
    page.page.goto(f"{front_door}/portal/account.html")
    page.until(f"document.getElementById('sheet-message').hidden && ({OPENED})")


def _register(page: BrowserPage, front_door: str, kind: str) -> str:
    """Register and return the management token."""
    _open(page, front_door)
    fields = {"#name": "李雷", "#organisation": "示例公司", "#email": "lilei@example.cn", "#purpose": "公交线路图"}
    for field, text in fields.items():
        page.page.fill(field, text)
    page.page.select_option("#kind", kind)
    page.page.check("#agree")
    page.page.click("#register-form button")
    page.until(INSIDE)
    return page.page.inner_text("#secrets code")


def _make_key(page: BrowserPage, binding: str, bound: str = "") -> str:
    page.page.fill("#label", "网站")
    page.page.select_option("#binding", binding)
    page.page.fill("#bound", bound)
    page.page.click("#key-form button")
    page.until("/^[a-z0-9]{32}$/.test(document.querySelector('#secrets code')?.textContent)")
    return page.page.inner_text("#secrets code >> nth=0")


def test_from_registering_to_a_drawn_map_and_a_saved_file(open_page: OpenPage, front_door: str):
    page = open_page()
    token = _register(page, front_door, "company")
    assert re.fullmatch(r"t[a-z0-9]{20,}", token)
    assert "李雷，专业用户" in page.page.inner_text("#account-facts")
    assert "还没有密钥" in page.page.inner_text("#key-list")
    key = _make_key(page, "browser", "127.0.0.1")
    assert re.fullmatch(r"[a-z0-9]{32}", key)
    assert page.page.locator("#secrets code").all_inner_texts() == [key, token], "a token that was not kept stays"
    in_view = "document.querySelector('#secrets').getBoundingClientRect().top >= 0"
    assert page.page.evaluate(in_view), "what is shown once is seen"
    page.picture("portal-account-desktop")
    page.page.click("#secrets >> text=在地图上使用")
    page.page.click("#secrets >> text=已保存，收起")
    assert key not in page.page.inner_text("body"), "a key is shown once"
    page.open(f"{front_door}/")
    page.until("window.tianlake.map.getLayer('n156130000-divisions/city/area') !== undefined")
    page.until("window.tianlake.map.areTilesLoaded()")
    assert "廊坊市" in {each["name"] for each in page.drawn("divisions/city/area$")}
    page.page.click("#product-divisions summary")
    with page.page.expect_download() as saving:
        page.page.locator("#product-divisions").get_by_text("GeoParquet").click()
    assert Path(saving.value.path()).read_bytes()[:4] == b"PAR1"
    assert not [url for url in page.requested if key in url or token in url]
    assert not page.complaints
    _open(page, front_door)
    page.until("document.querySelector('#usage-bars')?.textContent.includes('1,000,000')")
    used = [int(each) for each in re.findall(r"(\d+) / 1,000,000", page.page.inner_text("#usage-bars"))]
    assert max(used) > 0, "what the map asked for counts"


def test_a_personal_key_is_told_that_data_is_for_professional_users(open_page: OpenPage, front_door: str):
    page = open_page()
    _register(page, front_door, "person")
    key = _make_key(page, "any")
    page.open(f"{front_door}/")
    assert page.page.is_visible("#product-divisions .access-professional")
    page.page.fill("#key-field", key)
    page.page.click("#key-form button")
    page.until("window.tianlake.map.getLayer('n156130000-divisions/city/area') !== undefined")
    page.page.click("#product-divisions summary")
    page.page.locator("#product-divisions").get_by_text("GeoParquet").click()
    page.until("document.querySelector('.use .fault')")
    told = page.page.inner_text(".use .fault")
    assert "批量数据只向登记的专业用户提供" in told
    assert "403" in told
    assert page.page.get_attribute(".use .fault a", "href") == f"{front_door}/portal/quotas.html"


def test_a_wrong_key_is_told_in_the_gateways_own_words_and_not_taken(open_page: OpenPage, front_door: str):
    page = open_page()
    page.open(f"{front_door}/")
    page.page.fill("#key-field", "a" * 32)
    page.page.click("#key-form button")
    page.until("document.getElementById('key-message').textContent")
    assert "没有这个密钥。" in page.page.inner_text("#key-message")
    assert page.page.is_visible("#key-form")
    assert page.page.evaluate("sessionStorage.length") == 0
    assert page.page.get_attribute("#key-get", "href") == f"{front_door}/portal/account.html"


def test_a_remembered_key_that_ended_is_let_go(open_page: OpenPage, front_door: str):
    page = open_page()
    page.open(f"{front_door}/")
    page.page.evaluate("localStorage.setItem('tianlake.tk', 'b'.repeat(32))")
    page.open(f"{front_door}/")
    assert "没有这个密钥。" in page.page.inner_text("#key-message")
    assert page.page.evaluate("localStorage.length") == 0
    assert page.page.locator("#product-divisions .fault").count() == 0


def test_keys_are_rotated_and_revoked(open_page: OpenPage, front_door: str):
    page = open_page()
    _register(page, front_door, "education")
    first = _make_key(page, "server", "203.0.113.0/24")
    page.page.click("#secrets >> text=已保存，收起")
    assert "203.0.113.0/24" in page.page.inner_text("#key-list")
    page.page.click("#key-list >> text=更换")
    page.until("document.querySelectorAll('#key-list li').length === 2 && document.querySelector('#secrets code')")
    assert page.page.inner_text("#secrets code >> nth=0") != first
    page.page.click("#key-list >> text=撤销 >> nth=0")
    assert page.page.locator(".key-revoked").count() == 0, "it asks once more"
    page.page.click("#key-list >> text=确认撤销")
    page.until("document.querySelectorAll('.key-revoked').length === 1")
    assert not page.complaints


def test_what_is_wrong_with_a_form_is_told(open_page: OpenPage, front_door: str):
    page = open_page()
    _register(page, front_door, "company")
    page.page.select_option("#binding", "browser")
    page.page.fill("#bound", "https://example.org/map")
    page.page.click("#key-form button")
    page.until("document.querySelector('#account-fault .fault')")
    assert "不是可绑定的域名" in page.page.inner_text("#account-fault")
    assert page.page.input_value("#bound") == "https://example.org/map", "and what was filled in stays"


def test_a_token_opens_the_account_in_another_tab_and_a_wrong_one_does_not(open_page: OpenPage, front_door: str):
    token = _register(open_page(), front_door, "company")
    page = open_page()
    _open(page, front_door)
    page.page.fill("#token", "t" + "0" * 40)
    page.page.click("#token-form button")
    page.until("document.querySelector('#account-fault .fault')")
    assert "没有这个管理令牌" in page.page.inner_text("#account-fault")
    page.page.fill("#token", token)
    page.page.click("#token-form button")
    page.until(INSIDE)
    page.page.reload()
    page.until(INSIDE)
    page.page.click("#leave")
    assert page.page.is_visible("#token-form")
    assert page.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


@pytest.mark.parametrize(("size", "locale"), [(DESKTOP, "zh-CN"), (PHONE, "en-GB")], ids=["desktop-zh", "phone-en"])
def test_the_page_is_accessible_outside_and_inside(
    open_page: OpenPage, front_door: str, size: tuple[int, int], locale: str
):
    page = open_page(size, locale)
    _open(page, front_door)
    page.picture(f"portal-account-outside-{size[0]}")
    assert page.violations() == []
    page = open_page(size, locale)
    _register(page, front_door, "company")
    _make_key(page, "any")
    page.picture(f"portal-account-inside-{size[0]}")
    assert not page.complaints
    assert page.violations() == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_the_warning_stands_from_four_fifths_on(open_page: OpenPage, front_door: str):
    page = open_page()
    _open(page, front_door)
    usage = {
        "title": None,
        "tier": "personal",
        "resets": "2026-11-28T00:00:00+08:00",
        "warning": True,
        "meters": {
            "tile": {"used": 8_200, "limit": 10_000, "warning": True},
            "bytes": {"used": 1_000_000_000, "limit": 5_000_000_000, "warning": False},
        },
    }
    script = """async (usage) => {
        const { usageBars } = await import("/portal/account_parts.mjs");
        const now = Date.parse("2026-11-27T12:00:00+08:00");
        const bars = usageBars(usage, "zh", now);
        document.body.append(...bars);
        const all = (selector) => [...document.querySelectorAll(selector)];
        const lines = all(".usage-chart line").map((each) => Number(each.getAttribute("x1")));
        const widths = all(".bar-used, .bar-warned").map((each) => each.getBBox().width);
        return [...bars.map((each) => [each.textContent, each.querySelectorAll(".warned").length]), lines, widths];
    }"""
    alert, _chart, bars, _resets, lines, widths = page.page.evaluate(script, usage)
    assert lines == [480, 300], "four fifths of the width; half of the day"
    assert widths == pytest.approx([492, 120]), "82 and 20 in a hundred"
    assert "八成" in alert[0]
    assert "8,200 / 10,000（82%）" in bars[0]
    assert "1 GB / 5 GB（20%）" in bars[0]
    assert bars[1] == 1


def test_somebody_leaves_for_good_and_only_on_purpose(open_page: OpenPage, front_door: str):
    page = open_page()
    token = _register(page, front_door, "person")
    page.page.click("#close-form button")
    assert page.page.evaluate(INSIDE), "not without the tick"
    page.page.check("#close-sure")
    page.page.click("#close-form button")
    page.until("!document.getElementById('outside').hidden")
    assert "已注销" in page.page.inner_text("#announcement")
    page.page.fill("#token", token)
    page.page.click("#token-form button")
    page.until("document.getElementById('account-fault').textContent !== ''")
    assert not page.page.evaluate(INSIDE)
