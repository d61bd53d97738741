"""The page of nodes: the whole country as a tree, and what is known of each node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from browser_kit import DESKTOP, PHONE, BrowserPage, OpenPage
from portal_kit import NATION, StaticHost
from visitor_kit import fits, open_sheet

from tianlake.lake.divisions import load_divisions
from tianlake.lake.naming import node_names
from tianlake.lake.nodes import NodeCard, NodeName, NodeSettings, Organisation
from tianlake.stac.federation.copies import Branch, branch_files, branch_link
from tianlake.stac.federation.records import Child, Counts, Harvest, Health, dump_harvest
from tianlake.stac.federation.rows import row_of

TAKEN: Final = "2026-11-20T00:00:00Z"
NAMES: Final = {each.code: each for each in node_names(load_divisions()) if each.level in {"provincial", "city"}}
PROVINCES: Final = sorted((each for each in NAMES.values() if each.parent == NATION), key=lambda each: each.code)
SILENT: Final = "156130000"


def _cities(province: str) -> list[NodeName]:
    return sorted((each for each in NAMES.values() if each.parent == province), key=lambda each: each.code)


def _child(province: NodeName) -> Child:
    below = tuple(Health(each.code, province.code, "fresh", 1, TAKEN) for each in _cities(province.code))
    silent = province.code == SILENT
    return Child(
        province.code,
        "stale" if silent else "fresh",
        f"https://n{province.code}.example.org",
        taken=TAKEN,
        made="2026-11-19T00:00:00Z",
        stale_since="2026-11-25T08:00:00Z" if silent else None,
        reason="it does not answer" if silent else None,
        collections=2,
        last=Counts(added=1, unchanged=1),
        below=below,
    )


@pytest.fixture(scope="module")
def taken_over(lake: Path) -> dict[str, bytes]:
    """What lies in the nation's folder after it took over the records of every province and city, by path."""
    card = NodeCard(
        NodeName(NATION, "national", "中国", "国家地理信息公共服务平台", "天地图", None),
        NodeSettings(NATION, Organisation("运行单位", email="test@example.org"), Organisation("主管部门")),
    )
    children = tuple(_child(each) for each in PROVINCES)
    catalog = json.loads((lake / NATION / "catalog.json").read_bytes())
    catalog["links"] += [branch_link(each.code) for each in PROVINCES]
    collection = json.loads((lake / NATION / "collections/seats/collection.json").read_bytes())
    found = {
        "/federation/harvest.json": dump_harvest(Harvest(children=children)),
        "/catalog.json": json.dumps(catalog).encode(),
    }
    for child in children:
        rows = tuple(
            row_of(collection | {"id": f"n{each.code}-seats"}, each.code, f"https://n{each.code}.example.org")
            for each in _cities(child.code)
        )
        files = branch_files(Branch(card, child, rows, {}))
        found |= {f"/{key}": file.body for key, file in files.items() if key.endswith("catalog.json")}
    return found


@pytest.fixture
def country(host: StaticHost, taken_over: dict[str, bytes]) -> StaticHost:
    """The nation as it stands then."""
    host.overlay |= taken_over
    return host


def _open(page: BrowserPage, host: StaticHost) -> None:
    open_sheet(page, f"{host.url}/portal/nodes.html")


def _item(code: str) -> str:
    return f"[data-code='{code}']"


@pytest.mark.parametrize(("size", "locale"), [(DESKTOP, "zh-CN"), (PHONE, "en-GB")], ids=["desktop-zh", "phone-en"])
def test_the_whole_country_is_a_tree_with_names_and_health(
    open_page: OpenPage, country: StaticHost, size: tuple[int, int], locale: str
):
    page = open_page(size, locale)
    _open(page, country)
    counted = page.page.inner_text("#counted")
    assert str(len(NAMES) + 1) in counted
    assert page.page.locator("[role=treeitem]").count() == len(PROVINCES) + 1, "what is folded costs nothing"
    assert page.page.inner_text(f"{_item(SILENT)} .node-name") == "天地图·河北"
    page.page.click(f"{_item(SILENT)} .fold")
    page.until(f'document.querySelector("{_item("156131000")}")')
    assert page.page.inner_text(f"{_item('156131000')} .node-name") == "天地图·廊坊"
    page.page.click(f"{_item(SILENT)} .node-name >> nth=0")
    card = page.page.inner_text("#node-card")
    assert "河北省地理信息公共服务平台" in card
    assert "it does not answer" in card
    assert ("异常" if locale == "zh-CN" else "stale") in card
    page.picture(f"portal-nodes-{size[0]}")
    assert not page.complaints
    assert not page.outside
    assert fits(page)
    assert page.violations() == []


def test_a_node_is_found_by_name_without_opening_the_tree(open_page: OpenPage, country: StaticHost):
    page = open_page()
    _open(page, country)
    page.page.fill("#node-search", "廊坊")
    page.until("document.querySelectorAll('#found button').length === 1")
    page.page.click("#found button")
    page.until("document.querySelector('#node-card').textContent.includes('n156131000.example.org')")
    assert page.page.get_attribute(_item("156131000"), "aria-selected") == "true"
    assert "廊坊市地理信息公共服务平台" in page.page.inner_text("#node-card")
    page.page.fill("#node-search", "亚特兰蒂斯")
    page.until("document.getElementById('found-message').textContent.includes('没有')")
    assert not page.complaints


def test_the_tree_is_walked_by_keyboard(open_page: OpenPage, country: StaticHost):
    page = open_page()
    _open(page, country)
    focus = "document.activeElement.dataset.code"
    page.page.focus(_item(NATION))
    page.page.keyboard.press("ArrowDown")
    first = page.page.evaluate(focus)
    assert first == PROVINCES[0].code
    page.page.focus(_item(SILENT))
    page.page.keyboard.press("ArrowRight")
    page.until(f"document.querySelector(\"{_item(SILENT)}\").getAttribute('aria-expanded') === 'true'")
    assert page.page.evaluate(focus) == SILENT, "focus stays where it was"
    page.page.keyboard.press("ArrowRight")
    assert page.page.evaluate(focus) == _cities(SILENT)[0].code
    page.page.keyboard.press("Enter")
    assert _cities(SILENT)[0].name in page.page.inner_text("#node-card")
    page.page.keyboard.press("ArrowLeft")
    page.page.keyboard.press("ArrowLeft")
    assert page.page.get_attribute(_item(SILENT), "aria-expanded") == "false"
    page.page.keyboard.press("End")
    assert page.page.evaluate(focus) == PROVINCES[-1].code
    tabbable = page.page.locator("[role=treeitem][tabindex='0']")
    assert tabbable.count() == 1, "the tree is one stop of the Tab key"


def test_the_entry_link_of_a_node_is_html_that_leads_there(open_page: OpenPage, country: StaticHost):
    page = open_page()
    _open(page, country)
    page.page.click(f"{_item(SILENT)} .node-name")
    link, frame = [ET.fromstring(each) for each in page.page.locator("#node-card code").all_inner_texts()]
    address = f"{country.url}/{SILENT}/"  # what `node.json` says comes before what the harvest says
    assert (link.tag, link.get("href"), link.text) == ("a", address, "天地图·河北")
    assert frame.tag == "iframe"
    assert frame.get("src") == f"{address}portal/index.html?embed=1"
    assert frame.get("title") == "天地图·河北"


def test_a_node_that_takes_over_nothing_lists_its_neighbours(open_page: OpenPage, gateway: str):
    page = open_page()
    open_sheet(page, f"{gateway}/156130000/portal/nodes.html")
    items = page.page.locator("[role=treeitem]").evaluate_all("all => all.map((each) => each.dataset.code)")
    assert items == [NATION, "156130000"]
    assert "不知其状态" in page.page.inner_text("#counted")
    assert page.page.get_attribute("#node-card a >> nth=0", "href") == f"{gateway}/156130000/"
    assert not page.complaints
    assert page.violations() == []
