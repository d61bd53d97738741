"""Which tiles of WebMercatorQuad a raster in CGCS2000 gets, and from which of its overviews."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import morecantile
from pmtiles.tile import zxy_to_tileid
from rasterio.io import DatasetReader

from tianlake.lake.errors import fault
from tianlake.lake.recipes import Tiles
from tianlake.lake.words import Bounds

GRID: Final = morecantile.tms.get("WebMercatorQuad")

TILE: Final = 256
"""Pixels on a tile's side, as Tianditu's clients ask for."""

LIMIT_DEG: Final = 85.0511287798066
"""Latitude where WebMercatorQuad ends (OGC 17-083r4, annex D.1)."""

METRES_PER_DEGREE: Final = 6378137 * math.pi / 180
"""Web mercator metres of one degree of longitude, at any latitude."""

BLOCK_LEVELS: Final = 2
"""A block of tiles that is warped at once has 2 to the power of this on its side."""


@dataclass(frozen=True, slots=True)
class Block:
    """A square of tiles of one zoom."""

    zoom: int
    x: int
    """Column of its western tiles."""
    y: int
    """Row of its northern tiles."""
    side: int
    """Tiles."""

    def tiles(self) -> list[tuple[int, int, int]]:
        """Return `(tile id, column, row)` within the block, by tile id."""
        places = product(range(self.side), range(self.side))
        return sorted((zxy_to_tileid(self.zoom, self.x + col, self.y + row), col, row) for col, row in places)

    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east and north in web mercator metres."""
        last = self.side - 1
        first = GRID.xy_bounds(morecantile.Tile(self.x, self.y, self.zoom))
        end = GRID.xy_bounds(morecantile.Tile(self.x + last, self.y + last, self.zoom))
        return first.left, end.bottom, end.right, first.top


def zoom_range(tiles: Tiles, pixel: float, recipe_file: str) -> tuple[int, int]:
    """Return the lowest and highest zoom: the recipe's, else 0 and the one nearest to the raster's own pixels.

    Args:
        tiles: What the recipe asks for.
        pixel: Width of the raster's pixels in degrees of longitude.
        recipe_file: Named in the error.

    Raises:
        LakeError: The lowest is above the highest.
    """
    nearest = GRID.zoom_for_res(pixel * METRES_PER_DEGREE)
    highest = nearest if tiles.max_zoom is None else tiles.max_zoom
    if tiles.min_zoom > highest:
        raise fault(recipe_file, "tiles.min_zoom", f"{tiles.min_zoom} is above the highest zoom {highest}")
    return tiles.min_zoom, highest


def blocks(bounds: Bounds, zoom: int) -> list[Block]:
    """Return the blocks of one zoom that touch `bounds`, in the order of their tile ids.

    Tile ids follow a Hilbert curve, so that an aligned square of tiles is one unbroken run of ids, and squares
    of tiles come in the order of the tiles that they are at the zoom where each is one tile.
    """
    levels = min(zoom, BLOCK_LEVELS)
    first = GRID.tile(bounds.west, min(bounds.north, LIMIT_DEG), zoom - levels)
    last = GRID.tile(bounds.east, max(bounds.south, -LIMIT_DEG), zoom - levels)
    top = 2 ** (zoom - levels) - 1
    columns = range(max(0, first.x), min(top, last.x) + 1)
    rows = range(max(0, first.y), min(top, last.y) + 1)
    places = sorted(product(columns, rows), key=lambda place: zxy_to_tileid(zoom - levels, *place))
    side = 2**levels
    return [Block(zoom, x * side, y * side, side) for x, y in places]


def overview_level(dataset: DatasetReader, zoom: int) -> int | None:
    """Return the coarsest overview whose pixels are still no larger than a tile's; None for the full raster.

    A tile's pixel is shortest, in degrees, at the latitude farthest from the equator.
    """
    _, south, _, north = dataset.bounds
    farthest = min(max(abs(south), abs(north)), LIMIT_DEG)
    pixel = 360 / (TILE * 2**zoom)
    allowed = min(pixel / dataset.transform.a, pixel * math.cos(math.radians(farthest)) / -dataset.transform.e)
    fitting = [level for level, factor in enumerate(dataset.overviews(1)) if factor <= allowed]
    return max(fitting, default=None)


def count_tiles(bounds: Bounds, zooms: tuple[int, int]) -> int:
    """Return how many tiles will be looked at, empty ones included."""
    return sum(block.side**2 for zoom in range(zooms[0], zooms[1] + 1) for block in blocks(bounds, zoom))


def all_blocks(bounds: Bounds, zooms: tuple[int, int]) -> Iterator[Block]:
    """Yield the blocks of every zoom from `zooms[0]` to `zooms[1]`, in the order of their tile ids."""
    for zoom in range(zooms[0], zooms[1] + 1):
        yield from blocks(bounds, zoom)
