"""STAC Browser 4 as it is built from its npm package (`tools/stac_browser.py`), on a page server of its own."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import numpy as np
import pytest
from browser_kit import BrowserPage
from kit import REPO
from numpy.typing import NDArray
from PIL import Image

DIST: Final = REPO / "tests/_kit/stac_browser/dist"
CGCS2000: Final = "+proj=longlat +ellps=GRS80 +no_defs"
"""For proj4js, which knows EPSG:4490 no more than STAC Browser does; its ellipsoid is that of GRS 1980."""

FRAME: Final = (51, 153, 204)
"""Colour of the frame around the extent of what is shown."""


class _Files(SimpleHTTPRequestHandler):
    """The built page; what the test says is its `config.js`."""

    def __init__(self, *arguments: Any, config: bytes, **named: Any) -> None:
        self._config = config
        super().__init__(*arguments, **named)

    def do_GET(self) -> None:
        if self.path.partition("?")[0] not in {"/config.js", "/favicon.ico"}:
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("content-type", "text/javascript")
        self.send_header("content-length", str(len(self._config)))
        self.end_headers()
        self.wfile.write(self._config)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def stac_browser(config: dict[str, Any], basemaps: Sequence[dict[str, Any]] = ()) -> Iterator[str]:
    """Serve STAC Browser on a port of its own, another origin than the catalog's; give its address."""
    if not (DIST / "index.html").is_file():
        pytest.fail("STAC Browser is not built; run `make install-test`", pytrace=False)
    told = f"STAC_BROWSER_CONFIG = {json.dumps(config)}; STAC_BROWSER_BASEMAPS = {json.dumps(basemaps)};"
    handler = partial(_Files, directory=str(DIST), config=told.encode())
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Visit:
    """A page of STAC Browser in Chromium."""

    home: str
    """Address of STAC Browser."""
    seen: BrowserPage

    def open(self, url: str, query: str = "") -> None:
        """Show the document at `url` as STAC Browser's own address bar does."""
        self.seen.page.goto(f"{self.home}#/external/{url.replace('://', ':/')}{query}")

    def says(self, text: str) -> None:
        """Wait until the page holds a text."""
        self.seen.until(f"document.body.innerText.includes({json.dumps(text)})")

    def follow(self, text: str) -> None:
        """Click the first link with this text."""
        self.seen.page.get_by_role("link", name=text).first.click()

    def log_in(self, key: str) -> None:
        """Give a key where STAC Browser asks for one."""
        self.seen.page.get_by_role("button", name="Log in").first.click()
        self.seen.page.locator("#stac-browser-auth-modal input").fill(key)
        self.seen.page.keyboard.press("Enter")
        self.says("Log out")

    def open_cog(self) -> None:
        """Open what is said of the asset that is a COG."""
        self.seen.page.get_by_text("Raster data (COG)").first.click()

    def show_cog(self) -> None:
        """Have the COG drawn in place of the tiles."""
        self.open_cog()
        self.seen.page.get_by_text("Show on map").first.click()

    def until_asked(self, part: str) -> str:
        """Wait for a request whose address holds `part`; return it."""
        for _turn in range(300):
            found = next((url for url in self.seen.requested if part in url), None)
            if found is not None:
                return found
            self.seen.page.wait_for_timeout(100)
        pytest.fail(f"nothing of {part!r} was asked for, but {self.seen.requested[-8:]}; {self.seen.complaints}")

    def map(self) -> NDArray[np.int_]:
        """Return what the map shows within the frame of the data's extent, rows × columns × RGB; all of it without one.

        STAC Browser draws the frame in `FRAME`, three pixels wide.
        """
        place = self.seen.page.locator(".map").first
        place.scroll_into_view_if_needed()
        shown = np.asarray(Image.open(io.BytesIO(place.screenshot())).convert("RGB")).astype(int)
        frame = np.abs(shown - FRAME).max(axis=2) <= 6
        rows, columns = (np.flatnonzero(frame.sum(axis=axis) > 60) for axis in (1, 0))
        if not len(rows) or not len(columns):
            return shown
        return shown[rows[0] + 6 : rows[-1] - 6, columns[0] + 6 : columns[-1] - 6]

    def until_drawn(self, colour: tuple[int, int, int] | None, least: int) -> None:
        """Wait until the map shows that many pixels of nearly this colour; without one, of any but white."""
        for _turn in range(100):
            shown = self.map()
            fits = (np.abs(shown - colour).max(axis=2) <= 6) if colour else (shown.min(axis=2) < 230)
            if int(fits.sum()) >= least:
                return
            self.seen.page.wait_for_timeout(200)
        pytest.fail(f"{colour} was never on {least} pixels of the map; {self.seen.complaints}")

    def picture(self, name: str) -> Path:
        """Keep a screenshot among the test artifacts."""
        return self.seen.picture(f"stac-browser-{name}")
