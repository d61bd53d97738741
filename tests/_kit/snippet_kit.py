"""Snippets of the page of a product, as people copy them, and pages of other sites that run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from browser_kit import BrowserPage
from demo_kit import Demo
from kit import REPO
from portal_kit import StaticHost, static_host

MODULES: Final = REPO / "portal/node_modules"
SIDE: Final = 512
"""Pixels of a map on a side."""

LIBRARIES: Final = {
    "/maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
    "/maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
    "/maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
    "/pmtiles.mjs": "pmtiles/dist/esm/index.js",
    "/fflate.mjs": "fflate/esm/browser.js",
    "/ol.js": "ol/dist/ol.js",
    "/ol.css": "ol/ol.css",
    "/leaflet.js": "leaflet/dist/leaflet.js",
    "/leaflet.css": "leaflet/dist/leaflet.css",
}
_IMPORTS: Final = {"maplibre-gl": "/maplibre-gl.mjs", "pmtiles": "/pmtiles.mjs", "fflate": "/fflate.mjs"}
_HEADS: Final = {
    "maplibre": f'<script type="importmap">{json.dumps({"imports": _IMPORTS})}</script>'
    '<link rel="stylesheet" href="/maplibre-gl.css">',
    "openlayers": '<link rel="stylesheet" href="/ol.css"><script src="/ol.js"></script>',
    "leaflet": '<link rel="stylesheet" href="/leaflet.css"><script src="/leaflet.js"></script>',
}
_WORKER: Final = 'maplibregl.setWorkerUrl("/maplibre-gl-worker.mjs");'
"""A page that is not bundled has to say where MapLibre's worker lies; a bundler does so by itself."""


@dataclass(frozen=True)
class Site:
    """Somebody's site, on another origin than the node: it serves libraries and pages with snippets in them."""

    host: StaticHost

    def run(self, page: BrowserPage, program: str, code: str) -> None:
        """Open a page that runs a snippet as it stands; `window.map` is the map that it makes."""
        if program == "maplibre":
            head, _, rest = code.partition("\n\n")
            code = f"{head}\n{_WORKER}\n{rest}"
        self.host.overlay["/snippet.mjs"] = f"{code}\nwindow.map = map;\n".encode()
        self.host.overlay["/snippet.html"] = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>snippet</title>{_HEADS[program]}'
            f"<style>body {{ margin: 0 }} #map {{ width: {SIDE}px; height: {SIDE}px }}</style>"
            '<div id="map"></div><script type="module" src="/snippet.mjs"></script></html>'
        ).encode()
        page.page.goto(f"{self.host.url}/snippet.html")
        page.until("window.map")


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Serve such a site."""
    with static_host(folder) as host:
        host.overlay |= {path: (MODULES / name).read_bytes() for path, name in LIBRARIES.items()}
        host.overlay["/favicon.ico"] = b""
        yield Site(host)


def snippets_of(page: BrowserPage, demo: Demo, product: str, key: str | None = None) -> dict[str, str]:
    """Return the snippets that the page of a product shows, by program, each as its button copies it."""
    code = product[1:10]
    page.page.goto(demo.url(f"/{code}/portal/product.html?id={product}"))
    page.until("document.querySelector('[role=tab]')")
    if key is not None:
        page.page.fill("#key-field", key)
        page.page.click("#key-form button")
        page.until("document.querySelector('#fill-key')")
    found: dict[str, str] = page.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('.code-panel')].map(
            (panel) => [panel.id.slice(5), panel.querySelector('code').textContent]))"""
    )
    return found


def run_python(code: str, folder: Path) -> str:
    """Run a snippet with Python in a process of its own; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{code}\n{done.stderr}", pytrace=False)
    return done.stdout


def colours(page: BrowserPage) -> int:
    """Return how many different colours the map on the screen has, once it stands still."""
    from PIL import Image  # noqa: PLC0415

    page.page.wait_for_timeout(300)
    path = page.picture("snippet")
    with Image.open(path) as image:
        return len(image.crop((0, 0, SIDE, SIDE)).convert("RGB").getcolors(SIDE * SIDE) or [])


def address_in(code: str, pattern: str) -> str:
    """Return the first address of a snippet that fits."""
    found = re.search(rf'"(https?://[^"]*{pattern}[^"]*)"', code)
    assert found, code
    return found[1]
