"""Debian's Chromium through Playwright, for tests that look at pages as people do.

`tests/conftest.py` makes the fixtures known to every test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from kit import REPO
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

ARTIFACTS: Final = REPO / "test-artifacts"
DESKTOP: Final = (1440, 900)
PHONE: Final = (390, 844)
WINDOW: Final = (1000, 640)
"""Of a page whose size is nobody's claim: laid out as on a desk, and drawn by software in half the time."""
AXE: Final = REPO / "portal/node_modules/axe-core/axe.min.js"
NEEDED: Final = "needs the Debian packages chromium and fonts-wqy-microhei: apt-get install chromium fonts-wqy-microhei"
FLAGS: Final = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # keeps the outside away and leaves CORS as it is
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


@dataclass  # no slots: Playwright marks the object whose methods it calls
class BrowserPage:
    """A page in Chromium and everything it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    """Console errors and warnings, uncaught exceptions, failed requests, answers of 400 and above."""
    requested: list[str] = field(default_factory=list)
    """Addresses of all requests over http(s)."""

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("requestfailed", self._fail)
        self.page.on("response", self._answer)
        self.page.on("request", lambda request: self.requested.append(request.url))

    def _hear(self, message: ConsoleMessage) -> None:
        # the software renderer reports that reading pixels back is slow; no fault of the page
        if message.type in {"error", "warning"} and "GPU stall due to ReadPixels" not in message.text:
            self.complaints.append(f"console {message.type}: {message.text}")

    def _fail(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a tile nobody needs any more is aborted on purpose
            self.complaints.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _answer(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"HTTP {response.status}: {response.url}")

    @property
    def outside(self) -> list[str]:
        """Requests to anything but this machine."""
        local = {"127.0.0.1"}
        urls = [urlsplit(url) for url in self.requested]
        return [url.geturl() for url in urls if url.scheme in {"http", "https"} and url.hostname not in local]

    def until(self, expression: str, *, seconds: float = 45) -> Any:
        """Return the first true value of a JavaScript expression.

        Polls from here: Playwright's own `wait_for_function` needs `unsafe-eval` and fails under a strict policy.
        """
        deadline = time.monotonic() + seconds
        while not (value := self.page.evaluate(expression)):
            if time.monotonic() > deadline:
                pytest.fail(f"never true in {seconds} s: {expression}; the page said: {self.complaints}", pytrace=False)
            self.page.wait_for_timeout(100)
        return value

    def open(self, url: str) -> None:
        """Open a Tianlake portal page and wait until its map is drawn."""
        self.page.goto(url)
        self.until("window.tianlake?.ready")

    def drawn(self, layer: str) -> list[dict[str, Any]]:
        """Return the attributes of features on the screen, of map layers whose id matches a regular expression."""
        script = """pattern => {
            const { map } = window.tianlake;
            const layers = map.getStyle().layers.map(({ id }) => id).filter((id) => new RegExp(pattern).test(id));
            return layers.length ? map.queryRenderedFeatures({ layers }).map(({ properties }) => properties) : [];
        }"""
        found: list[dict[str, Any]] = self.page.evaluate(script, layer)
        return found

    def until_named(self, layer: str, *names: str) -> set[str]:
        """Wait until features of all these names are drawn by map layers that match; return the names of all drawn.

        Names are placed some frames after the map says that it is loaded.
        """
        deadline = time.monotonic() + 45
        while missing := set(names) - (drawn := {str(each.get("name")) for each in self.drawn(layer)}):
            if time.monotonic() > deadline:
                pytest.fail(f"never drawn by {layer}: {missing}; drawn are {drawn}", pytrace=False)
            self.page.wait_for_timeout(100)
        return drawn

    def until_complained(self, *words: str) -> str:
        """Wait until the browser or the page complains in all these words, and return what it said."""
        deadline = time.monotonic() + 45
        while not (found := [each for each in self.complaints if all(word in each for word in words)]):
            if time.monotonic() > deadline:
                pytest.fail(f"never complained of {words}; the page said: {self.complaints}", pytrace=False)
            self.page.wait_for_timeout(100)
        return found[0]

    def violations(self) -> list[tuple[str, list[str]]]:
        """Return the accessibility rules of axe-core that the page breaks, each with the elements that break it."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run().then(({ violations }) => violations)")
        return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]

    def picture(self, name: str) -> Path:
        """Save a screenshot among the test artifacts and return where it is."""
        path = ARTIFACTS / f"{name}.png"
        self.page.screenshot(path=path, caret="initial")  # hiding it adds an inline style, which a policy refuses
        return path


def chromium() -> str:
    """Return the path of Chromium; fails the test where it, or a Chinese font, is not installed."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    fonts = shutil.which("fc-list")
    listed = subprocess.run([fonts, ":lang=zh"], capture_output=True, check=False).stdout if fonts else b""
    if not found or not listed.strip():
        missing = "no Chromium" if not found else "no Chinese font"  # without one, names are boxes and nothing errors
        pytest.fail(f"{missing}: this test {NEEDED}", pytrace=False)
    return found


OpenPage = Callable[..., BrowserPage]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module.

    Not of a run: while Playwright is up, its event loop runs in this thread, and no other test could start one.
    """
    executable = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield running
        running.close()


@contextmanager
def pages(browser: Browser, usual: tuple[int, int] = DESKTOP) -> Iterator[OpenPage]:
    """A maker of pages with a size, a language and a profile of their own; all are closed at the end."""
    contexts = []

    def make(size: tuple[int, int] = usual, locale: str = "zh-CN", **options: Any) -> BrowserPage:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale=locale, timezone_id="Asia/Shanghai", **options
        )
        contexts.append(context)
        return BrowserPage(context.new_page())

    try:
        yield make
    finally:
        for context in contexts:
            context.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """A maker of pages for one test."""
    with pages(browser) as make:
        yield make


@pytest.fixture
def browser_page(open_page: OpenPage) -> BrowserPage:
    """A page of a Chinese desktop browser."""
    return open_page()
