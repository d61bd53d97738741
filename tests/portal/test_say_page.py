"""The page for requests: nothing is lost, the receipt is shown once, and tells how the request stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_kit import DESKTOP, PHONE, BrowserPage, OpenPage
from cases_kit import SECRET
from portal_kit import NATION, StaticHost
from visitor_kit import fits, open_sheet

from tianlake.lake import keys
from tianlake.lake.cases.receipts import case_of
from tianlake.lake.sealed import letter_box, unseal

RECEIPT = "document.querySelector('#receipt-box code')"
FAILED = "document.querySelector('#say-message.fault')"


@pytest.fixture
def desk(lake: Path, gateway: str) -> Iterator[str]:
    """The nation's gateway while its form is open."""
    box = lake / NATION / keys.CASES_BOX
    box.parent.mkdir(parents=True, exist_ok=True)
    box.write_text(json.dumps({"box": letter_box(SECRET)}), encoding="utf-8")
    yield gateway
    box.unlink()


def _open(page: BrowserPage, base: str, more: str = "") -> None:
    open_sheet(page, f"{base}/portal/say.html{more}")


@pytest.mark.parametrize(("size", "locale"), [(DESKTOP, "zh-CN"), (PHONE, "en-GB")], ids=["desktop-zh", "phone-en"])
def test_a_request_is_sealed_and_its_receipt_tells_how_it_stands(
    open_page: OpenPage, desk: str, lake: Path, size: tuple[int, int], locale: str
):
    page = open_page(size, locale)
    _open(page, desk, "#at=116.7,39.5&about=n156000000-seats")
    page.page.select_option("#say-wish", "remove")
    page.page.select_option("#say-ground", "privacy")
    page.page.fill("#say-text", "这里是我家")
    page.page.fill("#say-contact", "lilei@example.cn")
    page.page.click("#pick")
    page.until("window.tianlake?.ready && window.tianlake.map.loaded()")
    assert page.drawn("^chosen"), "the place of the link"
    page.page.click("#say-map canvas", position={"x": 90, "y": 90})
    page.until("document.getElementById('say-place').value !== '116.7,39.5'")
    place = "116.60250,39.5731"
    page.page.fill("#say-place", place)
    page.picture(f"portal-say-{size[0]}")
    page.page.click("#send")
    page.until(RECEIPT)
    receipt = page.page.inner_text("#receipt-box code")
    sealed = (lake / NATION / keys.case_filed(case_of(receipt))).read_bytes()
    assert "这里是我家".encode() not in sealed
    told = json.loads(unseal(sealed, SECRET, case_of(receipt), file="letter"))
    assert (told["wish"], told["ground"], told["text"]) == ("remove", "privacy", "这里是我家")
    assert told["about"] == f"{place} (CGCS2000); n156000000-seats", "digit for digit"
    assert page.page.input_value("#say-text") == "", "sent is sent"
    page.page.click("#receipt-box .plain")
    assert receipt not in page.page.inner_text("body")
    page.page.click("#status-form button")
    page.until("document.getElementById('status-message').textContent")
    assert ("已收到" if locale == "zh-CN" else "received") in page.page.inner_text("#status-message")
    assert not page.complaints
    assert not page.outside
    assert fits(page)
    assert page.violations() == []


def test_a_place_is_chosen_by_keyboard_too(open_page: OpenPage, desk: str):
    page = open_page()
    _open(page, desk)
    page.page.focus("#pick")
    page.page.keyboard.press("Enter")
    page.until("window.tianlake?.ready && window.tianlake.map.loaded()")
    page.page.focus("#middle")
    page.page.keyboard.press("Enter")
    assert re.fullmatch(r"10\d\.\d{5},\d\d\.\d{5}", page.page.input_value("#say-place")), "the middle of China"


def test_nothing_is_lost_when_it_is_not_sent(open_page: OpenPage, desk: str):
    page = open_page()
    _open(page, desk)
    page.page.fill("#say-text", "友谊路的名称有误")
    page.page.fill("#say-place", "廊坊")
    page.page.click("#send")
    assert "经度,纬度" in page.page.inner_text("#say-message")
    page.page.fill("#say-place", "116.7, 39.5")
    page.page.context.set_offline(True)
    page.page.click("#send")
    page.until(FAILED)
    assert "所填内容仍保留" in page.page.inner_text("#say-message")
    page.page.context.set_offline(False)
    page.page.reload()
    page.until("document.getElementById('sheet-message').hidden")
    assert page.page.input_value("#say-text") == "友谊路的名称有误"
    assert "已恢复" in page.page.inner_text("#say-message")
    page.page.click("#send")
    page.until(RECEIPT)
    assert page.page.evaluate("sessionStorage.length") == 0, "what was sent is kept nowhere"


def test_a_wrong_receipt_is_told(open_page: OpenPage, desk: str):
    page = open_page()
    _open(page, desk)
    page.page.fill("#receipt", "20261127-aaaaaaaaaaaaaaaaaaaa")
    page.page.click("#status-form button")
    page.until("document.getElementById('status-message').textContent")
    assert "没有这个回执编号" in page.page.inner_text("#status-message")


def test_where_the_form_is_closed_the_operator_is_named(open_page: OpenPage, gateway: str, host: StaticHost):
    for base in (f"{gateway}/156130000", host.url):
        page = open_page()
        _open(page, base)
        page.page.fill("#say-text", "友谊路的名称有误")
        page.page.click("#send")
        page.until(FAILED)
        told = page.page.inner_text("#say-message")
        assert "未开放在线提交" in told
        assert "test@example.org" in told
        assert page.page.input_value("#say-text") == "友谊路的名称有误"
        assert page.violations() == []
