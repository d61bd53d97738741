"""What a first visit loads, how fast the map is there at the second, and what stands where the site is out of reach."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from browser_kit import DESKTOP, PHONE, BrowserPage, OpenPage
from demo_kit import Demo
from visitor_kit import fits, make_key, open_sheet

FIRST_BYTES: Final = 600_000
SECOND_S: Final = 3.0
ACTIVE: Final = "navigator.serviceWorker.getRegistration().then((each) => each?.active?.state === 'activated')"
HEADERS: Final = 300
"""Bytes that Resource Timing counts for the headers of an answer without a body, as of a 304; 0 is the cache's own."""
LOADED: Final = """performance.getEntriesByType("resource")
    .map(({ name, transferSize, encodedBodySize }) => [name, transferSize, encodedBodySize])"""
KEPT: Final = """(async () => {
    const found = [];
    for (const name of await caches.keys())
        for (const { url } of await (await caches.open(name)).keys()) found.push([name, new URL(url).pathname]);
    return found;
})()"""

Server = Callable[[int], AbstractContextManager[str]]


def _count(page: BrowserPage) -> dict[str, int]:
    """Return a dictionary that fills with the bytes that come over the network, by path."""
    loaded: dict[str, int] = {}
    urls: dict[str, str] = {}
    session = page.page.context.new_cdp_session(page.page)
    session.send("Network.enable")
    session.on("Network.requestWillBeSent", lambda event: urls.update({event["requestId"]: event["request"]["url"]}))

    def finished(event: dict[str, Any]) -> None:
        path = urlsplit(urls.get(event["requestId"], "")).path
        loaded[path] = loaded.get(path, 0) + int(event["encodedDataLength"])

    session.on("Network.loadingFinished", finished)
    return loaded


def test_the_first_view_is_small(open_page: OpenPage, gateway: str):
    page = open_page()
    loaded = _count(page)
    page.open(f"{gateway}/")
    code = sum(size for path, size in loaded.items() if path.startswith("/portal/") or path == "/")
    assert any("maplibre-gl.mjs" in path for path in loaded), "the map is counted"
    assert code > 300_000, "what is counted is what was loaded"
    assert code < FIRST_BYTES, sorted(loaded.items(), key=lambda each: -each[1])[:12]
    lazy = ("query", "nodes/", "say", "status", "hyparquet", "licences")
    assert not [path for path in loaded if any(f"/portal/{name}" in path for name in lazy)]


def test_at_the_second_visit_the_map_is_soon_there_from_the_cache(
    open_page: OpenPage, served: Demo, capsys: pytest.CaptureFixture[str]
):
    """Of the demo's nation, through its gateway."""
    page = open_page()
    page.open(served.url())
    first = page.page.evaluate(LOADED)
    times = []
    for _visit in range(2):
        page.page.goto("about:blank")
        loaded = _count(page)
        page.open(served.url())
        times.append(page.page.evaluate("performance.now()") / 1000)
    assert page.drawn("divisions/.*area$")
    second = {name: (sent, body) for name, sent, body in page.page.evaluate(LOADED)}
    kept = [name for name, sent, body in first if name in second and body > HEADERS]
    assert len([name for name in kept if "/portal/" in name]) > 40, "the page's own files"
    anew = {name: second[name] for name in kept if second[name][0] > HEADERS}
    assert not anew, "what did not change is not sent again: a 304, or not even asked for"
    with capsys.disabled():
        drawn_s = ", ".join(f"{each:.2f}" for each in times)
        sys.stdout.write(f"\nsecond visits: drawn after {drawn_s} s, {sum(loaded.values())} bytes over the network\n")
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # the time is that of a machine to itself
    assert min(times) < SECOND_S * busy, times


def _ready(page: BrowserPage) -> None:
    page.until(ACTIVE)


@pytest.mark.parametrize(("size", "locale"), [(DESKTOP, "zh-CN"), (PHONE, "en-GB")], ids=["desktop-zh", "phone-en"])
def test_out_of_reach_the_site_says_so_and_comes_back(
    open_page: OpenPage, serve_lake: Server, size: tuple[int, int], locale: str
):
    page = open_page(size, locale)
    with serve_lake(0) as base:
        page.open(f"{base}/")
        _ready(page)
        assert not page.complaints
    port = urlsplit(base).port or 0
    for path in ("/", "/portal/index.html", "/portal/nodes.html", "/portal/never-seen.html"):
        page.page.goto(f"{base}{path}")
        assert "无法连接" in page.page.inner_text("h1"), path
        assert "This site cannot be reached" in page.page.inner_text("main")
        assert page.page.evaluate("getComputedStyle(document.querySelector('main')).borderRadius") == "10px", path
    page.picture(f"portal-offline-{size[0]}")
    assert fits(page)
    assert page.violations() == []
    page.page.goto(f"{base}/portal/terms.html")
    with serve_lake(port):
        page.page.click("a")
        page.until("document.querySelector('.side')")
        assert "服务条款" in page.page.title() or "Terms" in page.page.title()


def test_a_node_below_another_has_a_worker_of_its_own(open_page: OpenPage, serve_lake: Server):
    page = open_page()
    with serve_lake(0) as base:
        open_sheet(page, f"{base}/156130000/portal/terms.html")
        _ready(page)
        scopes = page.page.evaluate(
            "navigator.serviceWorker.getRegistrations().then((all) => all.map(({ scope }) => scope))"
        )
        assert scopes == [f"{base}/156130000/"]
    page.page.goto(f"{base}/156130000/")
    assert "无法连接" in page.page.inner_text("h1")


def test_nothing_but_that_page_is_kept_and_no_answer_to_a_key(open_page: OpenPage, front_door: str):
    page = open_page()
    key = make_key(front_door)
    page.page.goto(f"{front_door}/portal/terms.html")
    page.page.evaluate("key => sessionStorage.setItem('tianlake.tk', key)", key)
    page.open(f"{front_door}/")
    _ready(page)
    page.open(f"{front_door}/")
    assert page.page.evaluate("navigator.serviceWorker.controller !== null")
    assert page.drawn("divisions/city/area$"), "with its key, through the worker"
    kept = page.page.evaluate(KEPT)
    assert {path for _name, path in kept} == {f"/portal/offline.{end}" for end in ("html", "css", "mjs")}


def test_what_is_published_anew_is_seen_at_the_next_visit(open_page: OpenPage, serve_lake: Server, lake: Any):
    page = open_page()
    words = lake / "156000000/portal/terms.html"
    before = words.read_text(encoding="utf-8")
    with serve_lake(0) as base:
        open_sheet(page, f"{base}/portal/terms.html")
        _ready(page)
        try:
            words.write_text(before.replace("<main", '<main data-edition="2"'), encoding="utf-8")
            open_sheet(page, f"{base}/portal/terms.html")
            assert page.page.get_attribute("main", "data-edition") == "2"
        finally:
            words.write_text(before, encoding="utf-8")
