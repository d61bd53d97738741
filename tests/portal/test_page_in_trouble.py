"""What the page does when something is missing, broken, old or hostile."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from browser_kit import BrowserPage, OpenPage
from portal_kit import StaticHost, cut_tiles

HOSTILE = '<img src=x onerror="window.hacked = true"><script>window.hacked = true</script>'


@pytest.fixture
def small_page(open_page: OpenPage) -> BrowserPage:
    """A page that is drawn quickly."""
    return open_page((900, 600))


def _open(page: BrowserPage, host: StaticHost) -> None:
    page.open(f"{host.url}/portal/index.html")


def _collection(product: str) -> str:
    return f"/collections/{product}/collection.json"


def _document(host: StaticHost, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(host.read(path) or b"")
    return found


def _archive(host: StaticHost, product: str) -> str:
    """Return the path of a product's current archive."""
    version = _document(host, _collection(product))["version"]
    return f"/releases/{product}/{version}/{product}.pmtiles"


def _lose_collection(host: StaticHost) -> str:
    host.overlay[_collection("seats")] = None
    return "此产品的说明：未找到（HTTP 404）"


def _spoil_collection(host: StaticHost) -> str:
    host.overlay[_collection("seats")] = b"<html>"
    return "此产品的说明：内容无法识别"


def _lose_archive(host: StaticHost) -> str:
    host.overlay[_archive(host, "seats")] = None
    return "地图上显示：未找到（HTTP 404）"


def _spoil_archive(host: StaticHost) -> str:
    host.overlay[_archive(host, "seats")] = b"nothing of the kind" * 1000
    return "地图上显示：内容无法识别"


def _cut_archive(host: StaticHost) -> str:
    """Keep head and directory; the tiles themselves are zeros."""
    body = host.read(_archive(host, "seats")) or b""
    tiles = int.from_bytes(body[56:64], "little")  # PMTiles v3 §3.1: offset of the tile data
    host.overlay[_archive(host, "seats")] = body[:tiles] + bytes(len(body) - tiles)
    return "地图上显示：内容无法识别"


@pytest.mark.parametrize("spoil", [_lose_collection, _spoil_collection, _lose_archive, _spoil_archive, _cut_archive])
def test_a_broken_product_says_so_and_leaves_the_others_alone(
    small_page: BrowserPage, host: StaticHost, spoil: Callable[[StaticHost], str]
):
    said = spoil(host)
    _open(small_page, host)
    assert said in small_page.page.inner_text("#product-seats .fault")
    assert small_page.drawn("divisions/province/area$")
    assert small_page.page.locator(".thumbnail").count() >= 2
    others = [each for each in small_page.complaints if "404" not in each]  # the browser tells of every 404 itself
    assert not others


@pytest.mark.parametrize(("lost", "said"), [("node.json", "node.json"), ("catalog.json", "catalog.json")])
def test_a_lost_document_of_the_node_is_told(small_page: BrowserPage, host: StaticHost, lost: str, said: str):
    host.overlay[f"/{lost}"] = None
    _open(small_page, host)
    message = small_page.page.inner_text("#list-message")
    assert said in message
    assert "HTTP 404" in message


def test_a_node_without_products_says_so(small_page: BrowserPage, host: StaticHost):
    catalog = _document(host, "/catalog.json")
    catalog["links"] = [link for link in catalog["links"] if link["rel"] != "child"]
    host.overlay["/catalog.json"] = json.dumps(catalog).encode()
    _open(small_page, host)
    assert small_page.page.inner_text("#list-message") == "本节点尚未发布数据产品。"
    assert not small_page.complaints


def test_without_webgl_the_list_and_a_message_remain(small_page: BrowserPage, host: StaticHost):
    small_page.page.add_init_script(
        """const original = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind.startsWith("webgl") ? null : original.call(this, kind, ...rest);
        };"""
    )
    small_page.page.goto(f"{host.url}/portal/index.html")
    small_page.until("!document.getElementById('map-message').hidden")
    small_page.picture("portal-without-webgl")
    assert "WebGL" in small_page.page.inner_text("#map-message")
    assert small_page.page.locator(".card").count() == 4
    assert small_page.page.locator(".legend li").count() == 4
    assert not small_page.complaints


@pytest.mark.parametrize("lost", ["map.mjs", "vendor/maplibre-gl.mjs"])
def test_without_the_code_of_the_map_the_list_and_a_message_remain(
    small_page: BrowserPage, host: StaticHost, lost: str
):
    host.overlay[f"/portal/{lost}"] = None
    small_page.page.goto(f"{host.url}/portal/index.html")
    small_page.until("!document.getElementById('map-message').hidden")
    assert "地图出现问题" in small_page.page.inner_text("#map-message")
    assert small_page.page.locator(".card").count() == 4


def test_age_is_told_and_a_year_without_update_is_red(small_page: BrowserPage, host: StaticHost):
    ages = {"divisions": 400, "seats": 320, "climate": 3}
    for product, days in ages.items():
        collection = _document(host, _collection(product))
        collection["updated"] = (datetime.now(UTC) - timedelta(days=days, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        host.overlay[_collection(product)] = json.dumps(collection).encode()
    small_page.page.goto(f"{host.url}/portal/index.html")
    small_page.until("document.querySelector('.card')")
    text = small_page.page.inner_text
    assert text("#product-divisions .chip.stale") == "400 天前更新，已超过一年"
    assert text("#product-seats .chip.due") == "320 天前更新，年度更新将到期"
    assert text("#product-climate .chip.fresh") == "3 天前更新"
    small_page.page.click("#language")
    assert text("#product-climate .chip.fresh") == "updated 3 days ago"
    red = small_page.page.locator(".chip.stale").evaluate("each => getComputedStyle(each).color")
    assert red == "rgb(161, 29, 43)"
    assert small_page.violations() == []


def test_a_new_release_of_old_data_is_no_update(small_page: BrowserPage, host: StaticHost):
    collection = _document(host, _collection("climate"))
    collection["updated"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    end = (datetime.now(UTC) - timedelta(days=500, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    collection["extent"]["temporal"]["interval"] = [["2001-01-01T00:00:00Z", end]]
    host.overlay[_collection("climate")] = json.dumps(collection).encode()
    small_page.page.goto(f"{host.url}/portal/index.html")
    small_page.until("document.querySelector('#product-climate .chip.stale')")
    assert small_page.page.inner_text("#product-climate .chip.stale") == "500 天前更新，已超过一年"


def test_the_limits_are_those_of_article_12(small_page: BrowserPage, host: StaticHost):
    small_page.page.goto(f"{host.url}/portal/index.html")
    wanted = {0: "fresh", 300: "fresh", 301: "due", 365: "due", 366: "stale", None: "undated"}
    script = "days => import('/portal/freshness.mjs').then(({ freshness }) => days.map(freshness))"
    assert small_page.page.evaluate(script, list(wanted)) == list(wanted.values())


def test_foreign_text_stays_text(small_page: BrowserPage, host: StaticHost, tmp_path: Path):
    version = _document(host, _collection("seats"))["version"]
    manifest = _document(host, f"/releases/seats/{version}/manifest.json")
    manifest["candidate"]["card"] |= {
        "title": {"zh": HOSTILE, "en": HOSTILE},
        "attribution": HOSTILE,
        "terms": {"zh": HOSTILE, "en": HOSTILE},
    }
    host.overlay[f"/releases/seats/{version}/manifest.json"] = json.dumps(manifest).encode()
    collection = _document(host, _collection("seats")) | {"attribution": HOSTILE}
    host.overlay[_collection("seats")] = json.dumps(collection).encode()
    node = _document(host, "/node.json")
    node["settings"]["notice"] = node["settings"]["operator"]["name"] = HOSTILE
    node["identity"] |= {"name": HOSTILE, "short_name": HOSTILE}
    host.overlay["/node.json"] = json.dumps(node).encode()
    square = {"type": "Polygon", "coordinates": [[[80, 30], [110, 30], [110, 45], [80, 45], [80, 30]]]}
    feature = {"type": "Feature", "properties": {"name": HOSTILE, HOSTILE: HOSTILE}, "geometry": square}
    archive = cut_tiles(feature, tmp_path / "hostile.pmtiles")
    host.overlay[_archive(host, "seats")] = archive.read_bytes()
    _open(small_page, host)
    small_page.page.click("#map canvas", position=small_page.page.evaluate("window.tianlake.map.project([95, 38])"))
    page = small_page.page
    page.locator(".feature code").first.wait_for()  # everything has been read that the popup tells
    for _each in range(5):  # one thing is told at a time, and what is drawn uppermost comes first
        if HOSTILE not in page.inner_text(".maplibregl-popup"):
            page.click(".feature-turning button >> nth=1")
    for place in ("#product-seats h3", "#notice", "h1", ".credits", ".maplibregl-popup", "#product-seats .terms"):
        assert "<script>window.hacked = true</script>" in page.inner_text(place), place
    assert page.locator("img[src=x], body script").count() == 0
    assert page.evaluate("window.hacked") is None
    assert not small_page.complaints


def test_only_addresses_of_the_web_become_links(small_page: BrowserPage, host: StaticHost):
    collection = _document(host, _collection("seats"))
    collection["links"].append({"rel": "license", "href": "javascript:alert(1)"})
    host.overlay[_collection("seats")] = json.dumps(collection).encode()
    host.change("/node.json", "../156130000/", "javascript:alert(1)")
    small_page.page.goto(f"{host.url}/portal/index.html")
    small_page.until("document.querySelector('.card')")
    addresses = small_page.page.locator("a").evaluate_all("links => links.map((link) => link.protocol)")
    assert set(addresses) == {"http:"}


def test_the_policy_forbids_inline_code_eval_and_other_hosts(open_page: OpenPage, host: StaticHost):
    page = open_page()
    page.page.goto(f"{host.url}/portal/index.html")
    tried = """async () => {
        const script = document.createElement("script");
        script.textContent = "window.inline = true";
        document.head.append(script);
        const attempt = (action) => { try { action(); return "allowed"; } catch (error) { return error.name; } };
        // after a turn of the event loop: code that a debugger sends in is exempt
        const evaluated = await new Promise((tell) => setTimeout(() => tell(attempt(() => (0, eval)("1")))));
        const fetched = await fetch("http://127.0.0.1:9/").then(() => "allowed", ({ name }) => name);
        return [window.inline ?? null, evaluated, fetched];
    }"""
    assert page.page.evaluate(tried) == [None, "EvalError", "TypeError"]
    page.until("true")
    violated = [each for each in page.complaints if "Content Security Policy" in each]
    assert len(violated) >= 2
