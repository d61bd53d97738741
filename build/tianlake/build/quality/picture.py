"""What the map of a quality report is drawn on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from tianlake.lake.words import Bounds

SIDE: Final = 640
"""Pixels of the longer side of a raster's picture as it is shown."""

Ring = tuple[tuple[float, float], ...]
"""A closed ring of lon, lat."""


@dataclass(frozen=True, slots=True)
class Density:
    """How many features lie in each cell of a grid over the picture."""

    png: bytes
    """One pixel a cell."""
    width: float
    """Pixels of the picture that the grid covers, from the left; the last cells may reach beyond it."""
    height: float
    """The same from the top."""
    ramp: tuple[tuple[int, int, int], ...]
    """Colours from one feature to `most` in a cell, in equal steps of the logarithm."""
    cell_km: float
    """Side of a cell, kilometres."""
    cells: int
    """Cells that hold a feature."""
    most: int
    """Features in the fullest cell."""


@dataclass(frozen=True, slots=True)
class MapPicture:
    """What was written, drawn in degrees of CGCS2000 with north up."""

    png: bytes
    width: int
    """Pixels; of the drawing's shape, not of the PNG."""
    height: int
    west: float
    """Degrees, of the left edge; it may lie beyond -180."""
    south: float
    east: float
    north: float
    rings: tuple[Ring, ...] = ()
    """Around what holds data, to be drawn over it."""
    density: Density | None = None


def picture_of_box(png: bytes, box: Bounds, rings: tuple[Ring, ...] = ()) -> MapPicture:
    """Return a picture that covers exactly a box, such as the thumbnail of a raster.

    Args:
        png: The picture; at the middle latitude a kilometre east is as long as one north.
        box: Its edges.
        rings: Around what holds data.
    """
    shape = (box.east - box.west) * math.cos(math.radians((box.south + box.north) / 2)) / (box.north - box.south)
    width, height = (SIDE, SIDE / shape) if shape >= 1 else (SIDE * shape, SIDE)
    edges = (box.west, box.south, box.east, box.north)
    return MapPicture(png, max(1, round(width)), max(1, round(height)), *edges, rings=rings)
