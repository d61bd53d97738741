"""Terms of service and limits of use: pages of what a node publishes of them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from browser_kit import DESKTOP, PHONE, BrowserPage, OpenPage
from portal_kit import StaticHost

from tianlake.lake.quotas import DEFAULT_POLICY

HOSTILE = '<img src=x onerror="window.hacked = true">'
TERMS: dict[str, Any] = {
    "version": "2026-11-27",
    "grace_days": 30,
    "title": {"zh": "服务条款", "en": "Terms of service"},
    "text": {
        "zh": f"## 一、服务\n本服务无偿使用。\n\n第二段{HOSTILE}。\n\n## 二、义务\n\n注明来源。",
        "en": f"## 1. Service\nIt is free.\n\nA second paragraph {HOSTILE}.\n\n## 2. Duties\n\nName the source.",
    },
}


@pytest.fixture
def documented(host: StaticHost) -> StaticHost:
    """The national node with terms and limits, as its catalog says."""
    catalog = json.loads(host.read("/catalog.json") or b"")
    catalog["links"] = [link for link in catalog["links"] if not re.search("terms|quotas", link["href"])]
    catalog["links"] += [
        {"rel": "terms-of-service", "href": "./terms.json"},
        {"rel": "related", "href": "./quotas.json"},
    ]
    host.overlay |= {
        "/catalog.json": json.dumps(catalog).encode(),
        "/terms.json": json.dumps(TERMS).encode(),
        "/quotas.json": json.dumps(DEFAULT_POLICY.document()).encode(),
    }
    return host


def _open(page: BrowserPage, host: StaticHost, name: str) -> None:
    page.page.goto(f"{host.url}/portal/{name}.html")
    page.until("document.getElementById('sheet-message').hidden && document.getElementById('responsible').textContent")


@pytest.mark.parametrize(("size", "locale"), [(DESKTOP, "zh-CN"), (PHONE, "en-GB")], ids=["desktop-zh", "phone-en"])
@pytest.mark.parametrize("name", ["terms", "quotas"])
def test_each_page_is_accessible_and_fits(
    open_page: OpenPage, documented: StaticHost, name: str, size: tuple[int, int], locale: str
):
    page = open_page(size, locale)
    _open(page, documented, name)
    page.picture(f"portal-{name}-{size[0]}-{locale}")
    assert not page.complaints
    assert not page.outside
    assert not documented.missing
    assert page.violations() == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.page.inner_text("#short-name") == "天地图"


def test_the_foot_of_every_page_leads_to_both(browser_page: BrowserPage, documented: StaticHost):
    browser_page.open(f"{documented.url}/portal/index.html")
    browser_page.page.click("#node-links >> text=服务条款")
    browser_page.until("document.querySelector('.side')")
    browser_page.page.click("#node-links >> text=使用限额")
    browser_page.until("document.querySelector('.limits')")
    browser_page.page.click(".back a")
    browser_page.until("document.querySelector('.card')")
    assert not browser_page.complaints


def test_a_node_without_them_shows_no_link_and_is_asked_for_nothing(browser_page: BrowserPage, host: StaticHost):
    catalog = json.loads(host.read("/catalog.json") or b"")
    catalog["links"] = [link for link in catalog["links"] if not re.search("terms|quotas", link["href"])]
    host.overlay |= {"/catalog.json": json.dumps(catalog).encode(), "/terms.json": None, "/quotas.json": None}
    browser_page.open(f"{host.url}/portal/index.html")
    shown = browser_page.page.locator("#node-links a").all_inner_texts()
    assert shown == ["目录 STAC", "DCAT-AP", "查询视图 lake.sql", "第三方代码的许可"]
    assert not host.missing
    assert not browser_page.complaints


def test_the_terms_stand_in_both_languages_with_their_version(browser_page: BrowserPage, documented: StaticHost):
    _open(browser_page, documented, "terms")
    page = browser_page.page
    assert "版本 2026-11-27" in page.inner_text("#sheet-lead")
    assert "30 天" in page.inner_text("#sheet-lead")
    sides = page.locator(".side")
    assert sides.evaluate_all("all => all.map((each) => each.lang)") == ["zh-CN", "en"]
    assert sides.nth(0).locator("h3").all_inner_texts() == ["一、服务", "二、义务"]
    assert sides.nth(0).locator("p").all_inner_texts() == ["本服务无偿使用。", f"第二段{HOSTILE}。", "注明来源。"]
    assert sides.nth(1).locator("h3").all_inner_texts() == ["1. Service", "2. Duties"]
    page.click("#language")
    assert sides.evaluate_all("all => all.map((each) => each.lang)") == ["en", "zh-CN"]
    assert page.evaluate("window.hacked") is None, "text, never markup"


def test_the_limits_are_those_of_the_policy(browser_page: BrowserPage, documented: StaticHost):
    _open(browser_page, documented, "quotas")
    tables = browser_page.page.locator(".limits")
    assert tables.count() == len(DEFAULT_POLICY.tiers)
    rows: dict[str, list[list[str]]] = {}
    for number, tier in enumerate(DEFAULT_POLICY.tiers.values()):
        table = tables.nth(number)
        assert tier.title.zh in table.locator("caption").inner_text()
        assert tier.title.en in table.locator("caption").inner_text()
        cells = table.locator("tbody tr").evaluate_all(
            "all => all.map((row) => [...row.cells].map((c) => c.innerText))"
        )
        rows[tier.title.en] = [[each.replace("\n", " ") for each in row] for row in cells]
    assert rows["Personal"][0] == ["瓦片 Tiles", "10,000", "100", "600"]
    assert rows["Professional"][3] == ["数据量 Data volume", "500 GB", "200 MB", "4 GB"]
    assert rows["Without a key"][1] == ["搜索和查询 Searches", "500", "1", "10"]
    notes = browser_page.page.inner_text("#sheet")
    assert "IPv4 /24，IPv6 /56" in notes
    assert "80%" in notes


def test_a_document_that_cannot_be_read_is_told(browser_page: BrowserPage, documented: StaticHost):
    documented.overlay["/terms.json"] = None
    browser_page.page.goto(f"{documented.url}/portal/terms.html")
    browser_page.until("document.getElementById('sheet-message').textContent.includes('404')")
    assert "无法读取" in browser_page.page.inner_text("#sheet-message")


def test_every_page_leads_to_the_others(browser_page: BrowserPage, documented: StaticHost):
    for name in ("index", "terms", "quotas"):
        browser_page.page.goto(f"{documented.url}/portal/{name}.html")
        browser_page.until(
            "document.querySelector('#site a[href$=\"account.html\"]')"
        )  # offered once the catalog is read
        links = browser_page.page.locator("#site a")
        assert {f"{documented.url}/portal/{file}.html" for file in ("index", "account")} <= set(
            links.evaluate_all("all => all.map(({ href }) => href)")
        )
        current = browser_page.page.locator("#site [aria-current=page]").all_inner_texts()
        assert current == (["地图"] if name == "index" else [])
    browser_page.page.click("#language")
    assert browser_page.page.locator("#site a").first.inner_text() == "Map"


def test_the_account_is_offered_where_the_node_gives_out_keys(browser_page: BrowserPage, host: StaticHost):
    catalog = json.loads(host.read("/catalog.json") or b"")
    catalog["links"] = [link for link in catalog["links"] if not re.search("terms|quotas", link["href"])]
    host.overlay["/catalog.json"] = json.dumps(catalog).encode()
    browser_page.open(f"{host.url}/portal/index.html")
    assert browser_page.page.locator("#site >> text=账户").count() == 0
