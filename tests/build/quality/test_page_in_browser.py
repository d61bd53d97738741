"""The page as an officer sees it: in Chromium, under the gateway's policy, wide and narrow, light, dark and printed."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_kit import DESKTOP, PHONE, OpenPage

from tianlake.build.job import Built
from tianlake.functions.gateway.representations import REPORT_POLICY

pytestmark = pytest.mark.xdist_group("browser")


class Served(http.server.SimpleHTTPRequestHandler):
    """Sends a page as the gateway does."""

    def end_headers(self) -> None:
        self.send_header("content-security-policy", REPORT_POLICY)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(messy: tuple[Path, Built]) -> Iterator[str]:
    handler = functools.partial(Served, directory=messy[0])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/quality.html"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_page_is_whole_under_the_policy_of_the_gateway(open_page: OpenPage, address, size, scheme):
    opened = open_page(size=size)
    opened.page.emulate_media(color_scheme=scheme)
    opened.page.goto(address)
    assert [each for each in opened.requested if each != address and not each.startswith("data:")] == []
    assert opened.complaints == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert opened.page.evaluate("getComputedStyle(document.querySelector('.tag')).display") == "inline-block"
    drawn = opened.page.locator(".maps svg").first.bounding_box()
    assert drawn is not None
    assert min(drawn["width"], drawn["height"]) > 150
    opened.picture(f"quality {size[0]} {scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_breaks_no_rule_of_accessibility(open_page: OpenPage, messy, scheme):
    opened = open_page(size=PHONE)
    opened.page.emulate_media(color_scheme=scheme)
    opened.page.set_content((messy[0] / "quality.html").read_text("utf-8"))
    assert opened.violations() == []
