"""Shading of relief by a light in the north-west: how bright each pixel of a grid of heights is.

matplotlib's `LightSource.hillshade` is not used: it stretches each array to its own darkest and brightest pixel, so
that blocks would not fit each other. The tests compare with it, and with planes whose shade is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

AZIMUTH_DEG: Final = 315.0
"""Where the light comes from, clockwise from north: the custom of maps, without which valleys look like ridges."""

ALTITUDE_DEG: Final = 45.0
"""Of the light above the horizon: GDAL's and MapLibre's default."""

DARKEST: Final = 1
"""The shade of a slope that no light reaches, as in GDAL; 0 is left to pixels without data."""

BRIGHTEST: Final = 255

TRUE_ZOOM: Final = 15
"""From this web mercator zoom on, slopes are shaded as steep as they are."""

GROWTH: Final = ((2, 0.4), (4.5, 0.35), (math.inf, 0.3))
"""Below a zoom, slopes are taken 2 to the power of this times steeper for each zoom that is missing to `TRUE_ZOOM`:
what pixels of kilometres average away would not be seen. From MapLibre GL's shader `hillshade_prepare`, so that both
pictures look alike."""


@dataclass(frozen=True, slots=True)
class Cells:
    """How large the pixels of a grid are on the ground, metres; each broadcasts against `(height, width)`."""

    across: NDArray[np.float64]
    """From a pixel to its eastern neighbour."""
    down: NDArray[np.float64]
    """From a pixel to its southern neighbour."""


def steepening(zoom: float) -> float:
    """Return by how much slopes are taken steeper at a zoom of 256-pixel tiles."""
    drawn = zoom - 1  # clients count zooms of 512-pixel tiles
    rate = next(rate for below, rate in GROWTH if drawn < below)
    return float(2 ** (rate * max(TRUE_ZOOM - drawn, 0)))


def shade(heights: NDArray[Any], valid: NDArray[np.bool_], cells: Cells, factor: float) -> NDArray[np.uint8]:
    """Return how bright the inner pixels are: 0 without data, else `DARKEST` to `BRIGHTEST`.

    Slopes are Horn's (1981): weighted differences of the eight neighbours; a neighbour without data counts as high
    as the pixel itself. Brightness is the cosine of the angle between the slope's normal and the light.

    Args:
        heights: `(height + 2, width + 2)` metres: one more pixel on each side.
        valid: The same shape: which pixels hold data.
        cells: Sizes of the inner pixels.
        factor: What heights are multiplied by.
    """
    middle = heights[1:-1, 1:-1].astype(np.float64)
    east, north = (slope * factor for slope in _slopes(heights, valid, middle, cells))
    azimuth, altitude = math.radians(AZIMUTH_DEG), math.radians(ALTITUDE_DEG)
    light = math.sin(azimuth) * math.cos(altitude), math.cos(azimuth) * math.cos(altitude), math.sin(altitude)
    cosine = (light[2] - east * light[0] - north * light[1]) / np.sqrt(1 + east**2 + north**2)
    bright = DARKEST + np.rint((BRIGHTEST - DARKEST) * np.clip(cosine, 0, 1))
    return np.where(valid[1:-1, 1:-1], bright, 0).astype(np.uint8)


def _slopes(
    heights: NDArray[Any], valid: NDArray[np.bool_], middle: NDArray[np.float64], cells: Cells
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much higher the ground is a metre to the east and a metre to the north."""

    def neighbour(row: int, col: int) -> NDArray[np.float64]:
        part = (slice(1 + row, heights.shape[0] - 1 + row), slice(1 + col, heights.shape[1] - 1 + col))
        return np.where(valid[part], heights[part], middle)

    east = neighbour(-1, 1) + 2 * neighbour(0, 1) + neighbour(1, 1)
    west = neighbour(-1, -1) + 2 * neighbour(0, -1) + neighbour(1, -1)
    north = neighbour(-1, -1) + 2 * neighbour(-1, 0) + neighbour(-1, 1)
    south = neighbour(1, -1) + 2 * neighbour(1, 0) + neighbour(1, 1)
    return (east - west) / (8 * cells.across), (north - south) / (8 * cells.down)
