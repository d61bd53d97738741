"""What part of the world a static map shows, in the pixels of CGCS2000Quad. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tianlake.lake.matrix_sets import CGCS2000, TILE


@dataclass(frozen=True, slots=True)
class View:
    """A picture of `width` by `height` pixels around a place, at a level of Tianditu's `c` (tianditu.md §1.2)."""

    lon: float
    lat: float
    """Of the middle, degrees of CGCS2000."""
    zoom: int
    width: int
    height: int
    """Pixels."""

    @property
    def left(self) -> int:
        """Return the column of the picture's first pixel, in pixels of the level from 180° W; negative beyond it.

        Whole pixels, so that tiles are drawn as they are. Rounded down: so the sample that Tianditu gives of
        `pixLocation` comes out as it says.
        """
        return math.floor(_column(self.lon, self.zoom) - self.width / 2)

    @property
    def top(self) -> int:
        """Return the row of the picture's first pixel, in pixels of the level from 90° N."""
        return math.floor(_row(self.lat, self.zoom) - self.height / 2)

    @property
    def world(self) -> int:
        """Width of the world at this level, pixels. It is at least twice that of the widest picture."""
        return TILE << self.zoom

    def place(self, lon: float, lat: float, near: float | None = None) -> tuple[float, float]:
        """Return where a place lies, pixels from the picture's upper left corner, to the right and down.

        Args:
            lon: Degrees.
            lat: Degrees.
            near: Of the places that are the same once around the world, that one nearest to this x is taken; where it
                is not said, that nearest to the middle.
        """
        x = _column(lon, self.zoom) - self.left
        around = round(((self.width / 2 if near is None else near) - x) / self.world)
        return x + around * self.world, _row(lat, self.zoom) - self.top

    def pixel(self, lon: float, lat: float) -> tuple[int, int]:
        """Return the pixel that a place lies in, counted from 0; outside of the picture, that which would be there."""
        x, y = self.place(lon, lat)
        return math.floor(x), math.floor(y)


def _column(lon: float, zoom: int) -> float:
    return (lon - CGCS2000.left) / CGCS2000.cell(zoom)


def _row(lat: float, zoom: int) -> float:
    return (CGCS2000.top - lat) / CGCS2000.cell(zoom)
