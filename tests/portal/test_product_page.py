"""The page of a product: what it is, who answers for it, what let it out, its history, quality, fields and files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from browser_kit import DESKTOP, PHONE, BrowserPage, OpenPage, pages
from demo_kit import Demo
from kit import REPO
from playwright.sync_api import Browser
from portal_kit import StaticHost, run_node

from tianlake.lake.duck import connect
from tianlake.lake.nodes import NodeCard, NodeName, NodeSettings, Organisation
from tianlake.lake.words import Text
from tianlake.stac.texts import notice, paragraphs

PLACES = "n156131000-places"
OFF_CENTRE = """(() => {
    const button = document.querySelector("#product-head a.action");
    const words = document.createRange();
    words.selectNodeContents(button);
    const [inner, outer] = [words.getBoundingClientRect(), button.getBoundingClientRect()];
    return (inner.top + inner.bottom - outer.top - outer.bottom) / 2;
})()"""


def _open(page: BrowserPage, url: str) -> None:
    page.page.goto(url)
    page.until("window.tianlake?.ready")


def _of(demo: Demo, product: str, at: str = "") -> str:
    return demo.url(f"/{at or product[1:10]}/portal/product.html?id={product}")


def _json(demo: Demo, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((demo.lake / path).read_bytes())
    return found


@pytest.fixture(scope="module")
def places(served: Demo, browser: Browser) -> Iterator[BrowserPage]:
    """The page of the places of Langfang; tests that use it leave it as it is."""
    with pages(browser) as make:
        page = make()
        _open(page, _of(served, PLACES))
        yield page


@pytest.mark.parametrize(
    ("product", "size", "locale"),
    [
        (PLACES, DESKTOP, "zh-CN"),
        ("n156130000-climate", PHONE, "zh-CN"),
        ("n156000000-landcover", PHONE, "en-GB"),
        ("n156000000-division-changes", DESKTOP, "en-GB"),
    ],
)
def test_every_size_and_language_is_accessible(
    served: Demo, open_page: OpenPage, product: str, size: tuple[int, int], locale: str
):
    page = open_page(size, locale)
    _open(page, _of(served, product))
    assert not page.complaints
    assert not page.outside
    page.picture(f"product-{product}-{size[0]}-{locale}")
    assert page.violations() == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= size[0], "nothing reaches out of the screen"


def test_its_preview_is_a_map_with_its_features(places: BrowserPage):
    assert places.drawn("n156131000-places/places/point")
    assert not places.complaints


def test_its_files_have_the_sizes_and_checksums_of_the_bytes_that_are_served(served: Demo, places: BrowserPage):
    rows = places.page.locator("#files tbody tr")
    found = {}
    for number in range(rows.count()):
        link = rows.nth(number).locator("a")
        found[link.inner_text()] = (link.get_attribute("href") or "", rows.nth(number).locator(".sum").inner_text())
    assert {"places.parquet", "places.pmtiles", "quality.html"} <= found.keys()
    for name in ("places.pmtiles", "quality.html"):
        href, sum_ = found[name]
        with urlopen(href) as answer:
            assert hashlib.sha256(answer.read()).hexdigest() == sum_, name


def test_it_says_who_answers_for_it_and_on_which_terms(served: Demo, places: BrowserPage):
    collection = _json(served, "156131000/collections/places/collection.json")
    who = places.page.inner_text("#who")
    for each in [*collection["providers"], *collection["contacts"]]:
        assert each["name"] in who
    assert "运行维护单位" in who
    assert "主管部门" in who
    licence = places.page.inner_text("#licence")
    assert collection["license"] in licence
    assert collection["attribution"] in licence
    assert "开放" in licence


def test_it_says_what_let_it_out_and_that_a_demonstration_was_not_reviewed(places: BrowserPage):
    approval = places.page.inner_text("#approval")
    assert "未经审核" in approval
    assert "没有审图号" in approval
    assert (places.page.locator("#approval a").get_attribute("href") or "").endswith("/approval.json")


def test_its_fields_are_those_of_the_table_with_how_many_rows_have_a_value(served: Demo, places: BrowserPage):
    collection = _json(served, "156131000/collections/places/collection.json")
    names = places.page.locator("#fields tbody th").all_inner_texts()
    assert names == [each["name"] for each in collection["table:columns"]]
    table = served.lake / f"156131000/releases/places/{collection['version']}/places.parquet"
    with connect() as connection:
        rows, roads = connection.execute("SELECT count(*), count(road) FROM read_parquet(?)", [str(table)]).fetchall()[
            0
        ]
    assert f"共 {rows:,} 行" in places.page.inner_text("#fields")
    row = places.page.locator("#fields tbody tr", has=places.page.locator("code", has_text="road")).first
    assert row.locator("td").nth(1).inner_text() == f"{roads * 100 // rows}%"


def test_its_quality_report_is_told_in_figures(served: Demo, places: BrowserPage):
    version = _json(served, "156131000/collections/places/collection.json")["version"]
    report = _json(served, f"156131000/releases/places/{version}/quality.json")
    for name in ("read", "left_out", "dropped", "written"):
        assert places.page.inner_text(f"[data-figure={name}]") == f"{report['quality'][name]:,}"
    href = places.page.locator("#quality a").get_attribute("href") or ""
    with urlopen(href) as answer:
        assert answer.headers.get_content_type() == "text/html"


def test_a_node_above_shows_the_same_record_and_leads_to_the_node_that_publishes_it(served: Demo, open_page: OpenPage):
    page = open_page(locale="en-GB")
    _open(page, _of(served, PLACES, "156000000"))
    assert page.page.inner_text("#sheet-title") == "Places of Langfang City"
    assert page.page.locator("#fields tbody tr").count() > 10, "the node is served here, so that all of it can be told"
    page.page.click("#product-head a")
    page.until("location.pathname.startsWith('/156131000/') && window.tianlake?.ready")
    assert not page.complaints


def test_what_is_not_there_is_said(served: Demo, open_page: OpenPage):
    page = open_page()
    page.page.goto(_of(served, "n156131000-nothing"))
    page.until("document.getElementById('product-head').textContent.includes('n156131000-nothing')")
    page.page.goto(served.url("/portal/product.html"))
    page.until("document.getElementById('product-head').textContent.includes('product.html?id=')")
    page.page.goto(served.url("/portal/product.html?id=%3Cimg%20src=x%20onerror=window.hacked=1%3E"))
    page.until("document.getElementById('product-head').textContent.includes('<img')")
    assert page.page.evaluate("window.hacked") is None


def test_the_programs_are_tabs_for_the_keyboard_and_a_snippet_is_copied(served: Demo, open_page: OpenPage):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    _open(page, _of(served, PLACES))
    page.page.focus("#tab-maplibre")
    page.page.keyboard.press("ArrowRight")
    assert page.page.evaluate("document.activeElement.id") == "tab-openlayers"
    page.page.keyboard.press("End")
    assert page.page.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"
    assert page.page.locator(".code-panel:visible").count() == 1
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Enter")
    page.until("document.getElementById('announcement').textContent === '已复制'")
    copied = page.page.evaluate("navigator.clipboard.readText()")
    assert copied == page.page.locator(".code-panel:visible code").text_content()
    page.page.click("#language")
    assert page.page.locator("[role=tab][aria-selected=true]").inner_text() == "STAC", "it stays where the visitor was"


def test_the_key_is_written_into_the_code_only_as_the_visitor_wants(served: Demo, open_page: OpenPage):
    key = served.run("keys", "issue", "--name", "张三", "--kind", "person", "--accept-terms").stdout.strip()
    page = open_page()
    page.page.goto(_of(served, "n156130000-climate"))
    page.until("document.querySelector('.code-panel')")
    code = "document.querySelector('#code-maplibre code').textContent"
    assert "你的密钥" in page.page.evaluate(code)
    page.page.fill("#key-field", key)
    page.page.click("#key-form button")
    page.until(f"{code}.includes('{key}')")
    page.until("window.tianlake.map?.loaded()")
    assert page.drawn("n156130000-climate/raster") == [], "a raster has no features, and its layer is there"
    page.page.uncheck("#fill-key")
    assert key not in page.page.evaluate(code)
    assert not [url for url in page.requested if key in url]


@pytest.fixture
def guarded(host: StaticHost) -> Iterator[StaticHost]:
    """Plain object storage with a product that needs a key, in three releases, one of them withdrawn."""
    path = "/collections/seats/collection.json"
    collection = json.loads(host.read(path) or b"")
    approval = {"policy": "cn 1", "demo": False, "map_approvals": ["GS(2026)012号"], "map_approval_until": "2028-11-19"}
    collection |= {"tianlake:access": "key", "tianlake:approval": approval}
    host.overlay[path] = json.dumps(collection).encode()
    release = collection["version"]
    steps = [
        {"step": "submit", "level": 0, "organisation": "示例测绘院", "at": "2026-11-20T08:00:00Z"},
        {"step": "review", "level": 1, "organisation": "示例审核中心", "at": "2026-11-21T08:00:00Z"},
    ]
    signed = {"map": {"numbers": ["GS(2026)012号"], "approved": "2026-11-20"}, "steps": steps}
    host.overlay[f"/releases/seats/{release}/approval.json"] = json.dumps(signed).encode()
    path = "/collections/seats/versions.json"
    versions = json.loads(host.read(path) or b"")
    entry = versions["versions"][0]
    gone = {"version": "20260101T000000Z-00000000", "created": "2026-01-01T00:00:00Z", "withdrawn": "2026-02-01"}
    changes = {"changes.parquet": {"href": f"releases/seats/{release}/changes.parquet"}}
    entry["assets"] |= changes
    versions["versions"] = [gone | {"message": "数据有误"}, entry]
    host.overlay[path] = json.dumps(versions).encode()
    yield host
    assert not host.missing, "nothing may be asked for on trial"


def test_on_plain_object_storage_it_tells_the_same_and_offers_the_files_of_the_release(
    open_page: OpenPage, guarded: StaticHost
):
    page = open_page()
    _open(page, f"{guarded.url}/portal/product.html?id=n156000000-seats")
    about = page.page.locator("#product-head .about")
    assert about.inner_text() == "行政区驻地，仅供测试。", "in one language, and without the mark that the head shows"
    assert abs(page.page.evaluate(OFF_CENTRE)) < 1, "the words stand in the middle of the button"
    page.page.click("#language")
    assert about.inner_text() == "Seats, for tests."
    page.page.click("#language")
    tabs = page.page.locator("[role=tab]").all_inner_texts()
    assert tabs == ["MapLibre", "QGIS", "DuckDB", "Python", "STAC"], "what asks for single tiles needs a gateway"
    approval = page.page.inner_text("#approval")
    for part in ("GS(2026)012号", "2026-11-20", "2028-11-19", "示例测绘院", "第 1 级审核"):
        assert part in approval
    rows = page.page.locator("#history tbody tr")
    assert "当前" in rows.nth(0).inner_text(), "the newest first"
    assert (rows.nth(0).locator("a").first.get_attribute("href") or "").endswith("/changes.parquet")
    assert "已撤下：数据有误" in rows.nth(1).inner_text()
    assert not page.complaints


def test_a_copied_record_is_told_in_one_language_too(tmp_path: Path):
    """Of a node elsewhere only the catalog is at hand, which has both languages and the mark in one text."""
    text = Text("廊坊市 OpenStreetMap 地名。\n\n来自志愿者。", "Places of 廊坊市 from OpenStreetMap.\n\nBy volunteers.")
    node = NodeCard(
        NodeName("156131000", "city", "廊坊市", "廊坊市地理信息公共服务平台", "天地图·廊坊", None),
        NodeSettings("156131000", Organisation("单位"), Organisation("部门"), notice="演示数据 Demo"),
    )
    written = paragraphs(notice(node), text, Text("不具有审图号", "Without a number"))
    module = (REPO / "portal/tianlake/portal/static/product/about.mjs").as_uri()
    script = tmp_path / "run.mjs"
    call = f"console.log(JSON.stringify(describedIn({json.dumps(written)})));"
    script.write_text(f'import {{ describedIn }} from "{module}";\n{call}', encoding="utf-8")
    done = run_node("node", script, cwd=tmp_path)
    assert json.loads(done.stdout) == {
        "zh": f"【演示数据 Demo】\n\n{text.zh}\n\n不具有审图号",
        "en": f"[演示数据 Demo]\n\n{text.en}\n\nWithout a number",
    }, done.stderr
