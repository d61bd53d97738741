"""Contours of heights, traced block by block and joined again where blocks meet.

contourpy traces one block of a raster at a time, so that memory does not grow with the raster. Neighbouring blocks
share a row or column of pixels; a line that ends there ends in both blocks at the same place, to the last bit, because
contourpy has the higher ground on the same side of every line and so computes both ends from the same two heights in
the same order. Such lines are joined.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from affine import Affine
from contourpy import LineType, contour_generator
from numpy.typing import NDArray
from rasterio.windows import Window

from tianlake.build.terrain.heights import Heights

STEP: Final = 1024
"""Pixels from block to block; each also holds the first row and column of the next."""

NICE: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 250.0, 500.0, 1000.0)
"""Intervals in metres that are chosen from: those of national map series, and twice or ten times as wide ones."""

STEEP: Final = 0.9
"""Share of neighbouring pixels that at most one contour of the chosen interval passes between."""

LEVELS: Final = 4
"""At least so many contours, where the relief is less than a step of `NICE` would show."""

NUDGE_M: Final = 0.001
"""A line is traced this much above its elevation. Many heights are whole metres: a pixel of exactly that height
would lie on the line, and lines would meet in it and could not be told apart."""

SNAP: Final = 1e-9
"""Pixels. A vertex so near to a row or column lies on it: `NUDGE_M` keeps all others a hundred times farther off."""

INDEX: Final = 5
"""Every fifth contour is an index contour 计曲线, as topographic maps draw it heavier."""

Line = NDArray[np.float64]
"""`(vertices, 2)`: column and row of the raster, whole numbers at pixel centres."""


@dataclass(frozen=True, slots=True)
class Traced:
    """Lines of one elevation."""

    elevation: float
    """Metres."""
    lines: tuple[Line, ...]


def choose_interval(steps: NDArray[np.int64], relief: float) -> float:
    """Return the interval of contours that suits heights.

    Args:
        steps: How often neighbouring pixels differ by less than 1 m, by 1 to 2 m, and so on.
        relief: Highest less lowest height, metres.
    """
    total = int(steps.sum())
    steep = float(np.searchsorted(np.cumsum(steps), STEEP * total)) + 1 if total else 1.0
    wanted = min(steep, max(relief / LEVELS, NICE[0]))
    return next((nice for nice in NICE if nice >= wanted), NICE[-1])


def levels_between(low: float, high: float, interval: float) -> list[float]:
    """Return the multiples of an interval from `low` to below `high`, all metres: lines are traced above them."""
    first, last = math.ceil(low / interval), math.ceil(high / interval) - 1
    return [number * interval for number in range(first, last + 1)]


def is_index(elevation: float, interval: float) -> bool:
    """Tell whether a contour is an index contour; zero is one."""
    return round(elevation / interval) % INDEX == 0


def trace(heights: Heights, interval: float) -> Iterator[Traced]:
    """Yield all contours of a raster of heights.

    Lines that cross a border between blocks wait in memory until the last block is done; all others are yielded
    as soon as their block is.

    Args:
        heights: The raster.
        interval: Metres.
    """
    waiting: defaultdict[float, list[Line]] = defaultdict(list)
    for window in blocks(heights.width, heights.height):
        values = heights.read(window)
        if values.count() == 0:
            continue
        for level in levels_between(float(values.min()), float(values.max()), interval):
            whole, cut = _sort_out(_lines(values, level), window, heights)
            waiting[level].extend(_moved(line, window) for line in cut)
            yield Traced(level, tuple(_moved(line, window) for line in whole))
    for level in sorted(level for level, lines in waiting.items() if lines):
        yield Traced(level, tuple(join(waiting[level])))


def blocks(width: int, height: int) -> Iterator[Window]:
    """Yield windows of at most `STEP` + 1 pixels that share one row or column with the next."""
    for top in range(0, max(height - 1, 1), STEP):
        for left in range(0, max(width - 1, 1), STEP):
            yield Window(left, top, min(STEP + 1, width - left), min(STEP + 1, height - top))


def _lines(values: np.ma.MaskedArray[Any, Any], level: float) -> list[Line]:
    if min(values.shape) < 2:  # noqa: PLR2004 - a line of pixels encloses nothing
        return []
    tracer = contour_generator(z=values, name="serial", corner_mask=False, line_type=LineType.Separate)
    found: list[Line] = tracer.lines(level + NUDGE_M)  # type: ignore[assignment]
    return [_snapped(line) for line in found]


def _snapped(line: Line) -> Line:
    """Return a line whose vertices lie on rows and columns exactly: contourpy computes x = x·s + x·(1 - s)."""
    whole = np.rint(line)
    return np.where(np.abs(line - whole) < SNAP, whole, line)


def _sort_out(lines: list[Line], window: Window, heights: Heights) -> tuple[list[Line], list[Line]]:
    """Return the lines that are whole, and those that go on in another block."""
    whole: list[Line] = []
    cut: list[Line] = []
    for line in lines:
        closed = bool((line[0] == line[-1]).all())
        goes_on = not closed and (_on_border(line[0], window, heights) or _on_border(line[-1], window, heights))
        (cut if goes_on else whole).append(line)
    return whole, cut


def _on_border(point: NDArray[np.float64], window: Window, heights: Heights) -> bool:
    """Tell whether a point of a block lies on a side that it shares with another block."""
    col, row = point
    return bool(
        (col == 0 and window.col_off > 0)
        or (row == 0 and window.row_off > 0)
        or (col == window.width - 1 and window.col_off + window.width < heights.width)
        or (row == window.height - 1 and window.row_off + window.height < heights.height)
    )


def _moved(line: Line, window: Window) -> Line:
    moved: Line = line + np.array([window.col_off, window.row_off])
    return moved


def join(lines: list[Line]) -> Iterator[Line]:
    """Yield the lines made of all that end where another one ends."""
    merged = shapely.line_merge(shapely.multilinestrings(list(map(shapely.linestrings, lines))))
    for part in shapely.get_parts(merged):
        yield shapely.get_coordinates(part)


def to_wkb(lines: tuple[Line, ...], transform: Affine) -> NDArray[np.object_]:
    """Return lines as WKB in the units of a raster's CRS.

    Args:
        lines: Column and row, whole numbers at pixel centres.
        transform: From (column, row) of pixel corners to (x, y); north-up.
    """
    scale, corner = np.array([transform.a, transform.e]), np.array([transform.c, transform.f])
    wkb: NDArray[np.object_] = shapely.to_wkb([shapely.linestrings((line + 0.5) * scale + corner) for line in lines])
    return wkb
