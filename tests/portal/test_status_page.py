"""The pages of status and of licences: what they say is what services and documents say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from browser_kit import DESKTOP, PHONE, OpenPage
from portal_kit import StaticHost
from visitor_kit import fits, open_sheet

from tianlake.lake.cases.incidents import Incident, Step
from tianlake.lake.cases.notices import notices_document
from tianlake.lake.describe import Document
from tianlake.lake.reports.links import with_reports
from tianlake.stac.federation.copies import branch_link
from tianlake.stac.federation.records import Child, Counts, Harvest, dump_harvest

REPORT = b"<!doctype html><title>2026 Q4</title>"


def incident(number: int, closed: str | None, told: dict[str, str]) -> Incident:
    """Return an incident that was found on a day of November and published."""
    name = f"i202611{number:02d}-0123ab"
    found = f"2026-11-{number:02d}T01:30:00Z"
    step = Step(2, "0" * 64, "156000000", name, "2026-11-26T00:00:00Z", "publish", "officer-a", told)
    return Incident(name, "incident", "内部名称", "一般", found, None, closed, (step,))


@pytest.fixture
def busy(host: StaticHost) -> StaticHost:
    """The nation with old data, a child that fell silent, a report, and two incidents."""
    catalog = json.loads(host.read("/catalog.json") or b"")
    catalog["links"] += [
        branch_link("156130000"),
        {
            "rel": "tianlake:report",
            "href": "./reports/2026Q4/report.html",
            "type": "text/html",
            "title": "2026 年第四季度 · Fourth quarter of 2026",
        },
    ]
    collection = json.loads(host.read("/collections/seats/collection.json") or b"")
    old = datetime.now(UTC) - timedelta(days=400)
    collection["updated"] = f"{old:%Y-%m-%d}T23:59:59Z"  # the next day in China
    child = Child(
        "156130000",
        "stale",
        "https://hebei.example.org",
        taken="2026-11-20T00:00:00Z",
        stale_since="2026-11-25T08:00:00Z",
        reason="it does not answer",
        last=Counts(added=3, unchanged=4),
    )
    ended = {"zh": "搜索无应答<b>", "en": "Search gave no answers", "ended": "2026-11-10T04:00:00Z"}
    incidents = notices_document(
        "156000000",
        [
            incident(10, "2026-11-12T00:00:00Z", ended),
            incident(20, None, {"zh": "瓦片缺失", "en": "Tiles are missing", "product": "seats"}),
        ],
    )
    linked = with_reports(Document(json.dumps(catalog).encode(), "application/json"), ["incidents.json"])
    host.overlay |= {
        "/catalog.json": linked.body,
        "/incidents.json": incidents.body,
        "/collections/seats/collection.json": json.dumps(collection).encode(),
        "/federation/harvest.json": dump_harvest(Harvest(children=(child,))),
        "/reports/2026Q4/report.html": REPORT,
    }
    return host


@pytest.mark.parametrize(("size", "locale"), [(DESKTOP, "zh-CN"), (PHONE, "en-GB")], ids=["desktop-zh", "phone-en"])
def test_the_figures_are_those_of_services_and_documents(
    open_page: OpenPage, gateway: str, size: tuple[int, int], locale: str
):
    page = open_page(size, locale)
    open_sheet(page, f"{gateway}/portal/status.html")
    assert page.page.locator("#services .chip.fresh").count() == 3
    assert page.page.locator("#ages tbody tr").count() == 4
    assert page.page.locator("#ages .chip.fresh").count() == 4
    zh = locale == "zh-CN"
    assert ("没有汇聚" if zh else "takes over no records") in page.page.inner_text("#harvests")
    assert ("没有公布安全事件" if zh else "has published no incident") in page.page.inner_text("#incidents")
    assert ("尚未公布季度报告" if zh else "no quarterly report") in page.page.inner_text("#reports")
    page.picture(f"portal-status-{size[0]}")
    assert not page.complaints
    assert not page.outside
    assert fits(page)
    assert page.violations() == []


def test_what_is_old_silent_or_reported_is_told(open_page: OpenPage, busy: StaticHost):
    page = open_page()
    open_sheet(page, f"{busy.url}/portal/status.html")
    assert "没有网关" in page.page.inner_text("#services")
    first = page.page.inner_text("#ages tbody tr >> nth=0")
    assert "行政区驻地" in first, "the oldest comes first"
    assert "已超过一年" in first
    updated = json.loads(busy.read("/collections/seats/collection.json") or b"")["updated"]
    year, month, last = map(int, updated[:10].split("-"))
    assert f"{year}年{month}月{last}日\t" in first, "the day that the data is of, without an hour"
    assert "4 个产品：3 个一年内更新，0 个即将到期，1 个已超过一年" in page.page.inner_text("#ages")
    harvest = page.page.inner_text("#harvests tbody tr")
    for told in ("156130000", "异常", "it does not answer", "新增 3，更新 0，删除 0，未变 4"):
        assert told in harvest
    rows = page.page.locator("#incidents tbody tr")
    assert [" ".join(each.split()) for each in rows.all_inner_texts()] == [
        "瓦片缺失 行政区驻地 2026年11月20日 09:30 尚未结束",
        "搜索无应答<b> 整个节点（156000000） 2026年11月10日 09:30 2026年11月10日 12:00",
    ], "the latest first, in the visitor's time"
    assert "内部名称" not in page.page.content()
    with page.page.expect_download() as saving:
        page.page.click("#reports a[download]")
    assert Path(saving.value.path()).read_bytes() == REPORT
    page.page.click("#language")
    assert page.page.inner_text("#reports a >> nth=0") == "Fourth quarter of 2026"
    assert rows.nth(0).inner_text().startswith("Tiles are missing\tSeats")
    assert "not over yet" in rows.nth(0).inner_text()
    page.picture("portal-status-incidents")
    assert page.violations() == []


def test_reading_again_sees_what_changed(open_page: OpenPage, busy: StaticHost):
    page = open_page()
    open_sheet(page, f"{busy.url}/portal/status.html")
    del busy.overlay["/collections/seats/collection.json"]
    page.page.click("#again")
    page.until("document.querySelector('#ages').textContent.includes('0 个已超过一年')")


@pytest.mark.parametrize(("size", "locale"), [(DESKTOP, "zh-CN"), (PHONE, "en-GB")], ids=["desktop-zh", "phone-en"])
def test_every_licence_of_others_is_there_to_read(
    open_page: OpenPage, host: StaticHost, size: tuple[int, int], locale: str
):
    page = open_page(size, locale)
    page.page.goto(f"{host.url}/portal/terms.html")
    page.page.click("#node-links a[href$='licences.html']")
    page.until("document.querySelector('#sheet section') && document.getElementById('responsible').textContent")
    listed = {each["package"]: each for each in json.loads(host.read("/portal/vendor/vendor.json") or b"")["files"]}
    sections = page.page.locator("#sheet section")
    assert sections.locator("h2").all_inner_texts() == sorted(listed)
    for number, name in enumerate(sorted(listed)):
        text = sections.nth(number).text_content() or ""
        assert listed[name]["version"] in text
        assert "Copyright" in text or "copyright" in text, f"{name} has the text of its licence"
    page.page.click("summary >> nth=0")
    page.picture(f"portal-licences-{size[0]}")
    assert not page.complaints
    assert fits(page)
    assert page.violations() == []
