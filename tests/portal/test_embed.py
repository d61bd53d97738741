"""The map within other pages: in frames, on walls, and as a web component in a page of another host."""

from __future__ import annotations

import json

import pytest
from browser_kit import DESKTOP, PHONE, OpenPage
from portal_kit import NOTICE, StaticHost

NUMBER = "审图号：GS(2026)1234号"
POINTER = "/collections/divisions/collection.json"
FOREIGN = """<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><title>另一网站</title>
<link rel="icon" href="data:,">
<style>* {{ color: red; font-family: serif }} tianlake-map {{ height: 500px }}</style>
<script type="module" src="{node}/portal/tianlake-map.mjs"></script><main><h1>另一网站</h1>
<tianlake-map src="{node}/" {attributes}></tianlake-map></main>
<script>
    const element = document.querySelector("tianlake-map");
    window.faults = [];
    element.addEventListener("tianlake-ready", () => {{ window.ready = true; }});
    element.addEventListener("tianlake-fault", ({{ detail }}) => {{ faults.push(detail.message); }});
</script>"""
INSIDE = "document.querySelector('tianlake-map').shadowRoot"
DRAWN = """pattern => {
    const { map } = document.querySelector("tianlake-map");
    const layers = map.getStyle().layers.map(({ id }) => id).filter((id) => new RegExp(pattern).test(id));
    return map.queryRenderedFeatures({ layers }).map(({ properties }) => properties.name);
}"""
SEEN = """[...document.querySelectorAll("header, nav, footer, .shelf, .language")]
    .filter((each) => each.getClientRects().length).map((each) => each.className)"""


@pytest.mark.parametrize("size", [(800, 600), PHONE], ids=["frame", "phone"])
def test_in_a_frame_stands_the_map_alone_with_what_it_owes(open_page: OpenPage, gateway: str, size: tuple[int, int]):
    page = open_page(size)
    page.open(f"{gateway}/?embed=1#map=5/35/110&layers=n156000000-divisions")
    page.until("document.querySelector('.embed-link')")
    assert page.page.evaluate(SEEN) == ["masthead"]
    box = page.page.locator("#map").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *size)
    assert page.page.inner_text("#notice") == NOTICE
    assert "行政区划：天地图" in page.page.inner_text(".credits")
    assert page.drawn("divisions/province/area$")
    assert not page.drawn("seats/")
    href = page.page.get_attribute(".embed-link", "href") or ""
    assert href.startswith("/#map=5/35/110&layers=n156000000-divisions")
    page.picture(f"portal-embed-{size[0]}")
    assert not page.complaints
    assert page.violations() == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_on_a_wall_one_product_follows_another_with_the_health_of_the_service(
    open_page: OpenPage, host: StaticHost, size: tuple[int, int]
):
    page = open_page(size)
    page.page.goto(f"{host.url}/portal/index.html?embed=wall&seconds=8")
    title = "document.querySelector('.wall-caption h3')?.textContent"
    page.until(f"{title} === '全国行政区划'")
    page.page.keyboard.press("Space")
    assert "今天更新 · 1 / 3 · 已暂停" in page.page.inner_text(".wall-caption")
    page.until("document.querySelector('.wall-health').textContent.includes('服务正常')")
    page.until("window.tianlake.ready")
    assert page.page.evaluate(SEEN) == ["masthead"]
    assert page.page.inner_text("#notice") == NOTICE
    assert page.drawn("divisions/province/area$")
    page.picture(f"portal-wall-{size[0]}")
    assert page.page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "nothing to scroll to"
    assert not page.complaints
    assert page.violations() == []
    page.page.keyboard.press("Space")
    page.until(f"{title} === '行政区驻地'")
    shown = "window.tianlake.map.getLayoutProperty('{}', 'visibility')"
    assert page.page.evaluate(shown.format("n156000000-seats/seats/point")) == "visible"
    assert page.page.evaluate(shown.format("n156000000-divisions/province/edge")) == "none"


def test_a_wall_stays_when_the_service_falls_silent_and_loads_what_is_published(open_page: OpenPage, host: StaticHost):
    page = open_page((900, 600))
    page.page.goto(f"{host.url}/portal/index.html?embed=wall&seconds=5")
    health = "document.querySelector('.wall-health')?.textContent"
    page.until(f"{health}?.includes('服务正常')")
    catalog = host.read("/catalog.json")
    host.overlay["/catalog.json"] = None
    page.until(f"{health}.includes('服务无应答，自')", seconds=60)
    assert page.page.inner_text(".wall-caption h3") in {"全国行政区划", "行政区驻地", "气候类型"}
    host.overlay["/catalog.json"] = catalog
    with page.page.expect_event("load", timeout=60_000):
        host.change(POINTER, '"version":', '"version": "20270101T000000Z-00000000", "was":')


@pytest.fixture
def foreign(host: StaticHost, gateway: str) -> StaticHost:
    """A page of another host that shows the gateway's map."""
    host.overlay["/page.html"] = FOREIGN.format(
        node=gateway, attributes='product="divisions" center="110,35" zoom="4"'
    ).encode()
    return host


def test_a_page_of_another_host_shows_the_map_with_what_it_owes(open_page: OpenPage, foreign: StaticHost):
    page = open_page((900, 700))
    page.page.goto(f"{foreign.url}/page.html")
    page.until("window.ready")
    assert "陕西省" in page.page.evaluate(DRAWN, "divisions/province/area$")
    assert not page.page.evaluate(DRAWN, "seats/"), "product= says what is shown"
    center = page.page.evaluate("document.querySelector('tianlake-map').map.getCenter().toArray()")
    assert center == pytest.approx([110, 35])
    assert "行政区划：天地图" in page.page.inner_text("tianlake-map .credits")
    assert page.page.inner_text("tianlake-map .notice") == NOTICE
    family = page.page.evaluate(f"getComputedStyle({INSIDE}.querySelector('.credits')).fontFamily")
    assert family.startswith("system-ui")
    colour = page.page.evaluate(f"getComputedStyle({INSIDE}.querySelector('.credits')).color")
    assert colour == "rgb(29, 42, 56)", "the page around it does not dress it"
    page.picture("portal-component")
    page.page.evaluate("document.querySelector('tianlake-map').setAttribute('lang', 'en')")
    assert page.page.inner_text("tianlake-map .credits").startswith("Data: ")
    page.page.evaluate("document.querySelector('tianlake-map').setAttribute('center', '121.5,31.2')")
    page.until("Math.abs(document.querySelector('tianlake-map').map.getCenter().lng - 121.5) < 1e-6")
    assert page.page.evaluate("faults") == []
    assert not page.complaints
    assert not page.outside
    assert page.violations() == []


def test_the_approval_number_stands_in_the_component_too(open_page: OpenPage, host: StaticHost):
    collection = json.loads(host.read(POINTER) or b"")
    collection["attribution"] += f" · {NUMBER}"
    host.overlay[POINTER] = json.dumps(collection).encode()
    host.overlay["/page.html"] = FOREIGN.format(node=host.url, attributes="").encode()
    page = open_page((900, 700))
    page.page.goto(f"{host.url}/page.html")
    page.until("window.ready")
    assert page.page.inner_text("tianlake-map .numbers") == NUMBER


def test_the_component_sends_its_key_to_its_node_and_tells_what_it_may_not_show(
    open_page: OpenPage, host: StaticHost, front_door: str
):
    host.overlay["/page.html"] = FOREIGN.format(node=front_door, attributes='product="divisions,nothing"').encode()
    page = open_page((900, 700))
    page.page.goto(f"{host.url}/page.html")
    page.until("window.ready")
    faults = " ".join(page.page.evaluate("faults"))
    assert "nothing" in faults
    assert "密钥" in faults
    headers: list[str] = []
    page.page.on("request", lambda request: headers.append(request.headers.get("x-api-key", "")))
    page.page.evaluate("document.querySelector('tianlake-map').setAttribute('tk', 'k0000000000000000000000000000000')")
    for _ in range(100):
        if "k0000000000000000000000000000000" in headers:
            break
        page.page.wait_for_timeout(100)
    assert "k0000000000000000000000000000000" in headers
    assert not [url for url in page.requested if "k000" in url], "no address holds it"
