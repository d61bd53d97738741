"""Sheets: rectangles of tiles that are drawn at once, and how the renderer is asked for one. Pure.

A renderer knows web mercator alone. CGCS2000Quad has its levels in the upper half of the same quad tree (decision 3),
so features whose latitudes are moved to where that half has them are drawn by it as any others (decision 24).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from pmtiles.tile import zxy_to_tileid

from tianlake.build.raster.grid import Grid
from tianlake.lake.matrix_sets import TILE
from tianlake.lake.words import Bounds

SHEET_LEVELS: Final = 4
"""A sheet has up to 2 to the power of this tiles on its side: 4096 pixels, which every renderer can draw at once."""

MARGIN: Final = 64
"""Pixels around a sheet that are drawn and cut off: circles of the tiles beside it reach into it."""

POST: Final = 64
"""Pixels between the posts of a fence."""

THICK: Final = 2
"""Pixels that a fence is wide."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A rectangle of tiles of one zoom."""

    zoom: int
    x: int
    """Column of its western tiles."""
    y: int
    """Row of its northern tiles."""
    columns: int
    rows: int

    def tiles(self) -> list[tuple[int, int, int]]:
        """Return `(tile id, column, row)` within the sheet, by tile id."""
        places = product(range(self.columns), range(self.rows))
        return sorted((zxy_to_tileid(self.zoom, self.x + col, self.y + row), col, row) for col, row in places)


@dataclass(frozen=True, slots=True)
class View:
    """What the renderer is asked for: a picture and where its middle lies."""

    longitude: float
    latitude: float
    """Degrees of web mercator, whatever the matrix set is."""
    zoom: int
    """The renderer's: of tiles of 512 pixels."""
    width: int
    height: int
    left: int
    """Pixels of the picture that lie west of the sheet."""
    top: int
    """Pixels of the picture that lie north of it."""


def sheets_of(grid: Grid, bounds: Bounds, zooms: tuple[int, int], levels: int = SHEET_LEVELS) -> Iterator[Sheet]:
    """Yield the sheets that hold every tile that touches `bounds`, and no other, in the order of their tile ids."""
    for zoom in range(zooms[0], zooms[1] + 1):
        (west, north), (east, south) = grid.tiles_of(bounds, zoom)
        for block in grid.blocks(bounds, zoom, levels):
            x, y = max(block.x, west), max(block.y, north)
            columns, rows = min(block.x + block.side, east) - x, min(block.y + block.side, south) - y
            yield Sheet(zoom, x, y, columns, rows)


def view_of(sheet: Sheet, margin: int = 0) -> View:
    """Return how a sheet is drawn with a margin; there is none north and south of the world, where a map cannot go."""
    world = TILE << sheet.zoom
    west, east = sheet.x * TILE - margin, (sheet.x + sheet.columns) * TILE + margin
    north = max(sheet.y * TILE - margin, 0)
    south = min((sheet.y + sheet.rows) * TILE + margin, world)
    longitude, latitude = _place((west + east) / 2 / world, (north + south) / 2 / world)
    return View(
        longitude, latitude, sheet.zoom - 1, east - west, south - north, sheet.x * TILE - west, sheet.y * TILE - north
    )


def fence(sheet: Sheet) -> dict[str, Any]:
    """Return posts all along the inner edge of a sheet as GeoJSON; `side` says how each stands.

    The renderer keeps names out of their way, so that a name is whole on its sheet or not there, whatever the next has.
    """
    world = TILE << sheet.zoom
    width, height = sheet.columns * TILE, sheet.rows * TILE
    inset = THICK // 2
    along = [(at, edge, "flat") for at in range(0, width + 1, POST) for edge in (inset, height - inset)]
    down = [(edge, at, "upright") for at in range(0, height + 1, POST) for edge in (inset, width - inset)]
    features = []
    for x, y, side in along + down:
        # A place on the far edge would belong to the next tile, which is not drawn.
        inner = min(x, width - inset), min(y, height - inset)
        place = _place((sheet.x * TILE + inner[0]) / world, (sheet.y * TILE + inner[1]) / world)
        features.append(
            {
                "type": "Feature",
                "properties": {"side": side},
                "geometry": {"type": "Point", "coordinates": list(place)},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _place(across: float, down: float) -> tuple[float, float]:
    """Return longitude and latitude, degrees, of a place in the square world, from 0 to 1 (OGC 17-083r4 annex D.1)."""
    return across * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * down))))
