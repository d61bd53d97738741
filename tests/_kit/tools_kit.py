"""The map's tools in a browser: opened, pressed, clicked."""

from __future__ import annotations

from typing import Any

from browser_kit import DESKTOP, BrowserPage, OpenPage

OPEN = "document.querySelector('.tool-panel:not([hidden])') !== null"
SETTLED = "window.tianlake.map.loaded() && !window.tianlake.map.isMoving()"


def shown(open_page: OpenPage, url: str, size: tuple[int, int] = DESKTOP, **options: Any) -> BrowserPage:
    """Return the page with its tools."""
    page = open_page(size, **options)
    page.open(url)
    page.until("document.querySelector('.readout') && document.querySelector('.tool-print')")
    return page


def use(page: BrowserPage, tool: str) -> None:
    """Press a tool's button and wait for its panel."""
    page.page.click(f".tool-{tool}")
    page.until(OPEN)


def click_at(page: BrowserPage, lon: float, lat: float) -> list[float]:
    """Click a place on the map; return where the click fell exactly, in degrees."""
    at = page.page.evaluate(f"window.tianlake.map.project([{lon}, {lat}])")
    x, y = round(at["x"]), round(at["y"])
    page.page.click("#map canvas", position={"x": x, "y": y})
    place: list[float] = page.page.evaluate(f"window.tianlake.map.unproject([{x}, {y}]).toArray()")
    return place
