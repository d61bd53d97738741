"""Which tiles of a matrix set a raster in CGCS2000 gets, and from which of its overviews."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Final

import morecantile
from pmtiles.tile import zxy_to_tileid
from rasterio.crs import CRS
from rasterio.io import DatasetReader

from tianlake.lake.errors import fault
from tianlake.lake.matrix_sets import MATRIX_SETS, TILE, MatrixSet
from tianlake.lake.recipes import Tiles
from tianlake.lake.words import Bounds

BLOCK_LEVELS: Final = 2
"""A block of tiles that is warped at once has 2 to the power of this on its side."""

LIMIT_DEG: Final = 85.0511287798066
"""Latitude where WebMercatorQuad ends (OGC 17-083r4, annex D.1)."""


@dataclass(frozen=True, slots=True)
class Block:
    """A square of tiles of one zoom. Where one reaches below a matrix set's last row, those tiles are empty."""

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


@dataclass(frozen=True)
class Grid:
    """A matrix set as tiles are cut in it: morecantile finds places, `MatrixSet` measures."""

    matrix_set: MatrixSet

    def __reduce__(self) -> tuple[type[Grid], tuple[MatrixSet]]:
        """Travel to another process without what is remembered here."""
        return Grid, (self.matrix_set,)

    @cached_property
    def _tms(self) -> morecantile.TileMatrixSet:
        return morecantile.TileMatrixSet.model_validate(self.matrix_set.document())

    @cached_property
    def crs(self) -> CRS:
        """The CRS of the tiles."""
        return CRS.from_epsg(self.matrix_set.epsg)

    @property
    def degrees(self) -> bool:
        """Whether pixels are as high as wide in degrees; else they are in metres of web mercator."""
        return bool(self.crs.is_geographic)

    @property
    def limit(self) -> float:
        """Degrees of latitude, north and south, where the matrix set ends."""
        return 90.0 if self.degrees else LIMIT_DEG

    def bounds(self, block: Block) -> tuple[float, float, float, float]:
        """Return west, south, east and north of a block in units of the CRS."""
        return self.matrix_set.bounds(block.zoom, block.x, block.y, block.side)

    def lonlat(self, block: Block) -> tuple[float, float, float, float]:
        """Return west, south, east and north of a block in degrees."""
        west, south, east, north = self.bounds(block)
        if self.degrees:
            return west, south, east, north
        scale = 360 / self.matrix_set.span
        return west * scale, _latitude(south * scale), east * scale, _latitude(north * scale)

    def clipped(self, bounds: Bounds) -> Bounds:
        """Return the part of a box in degrees that lies within the matrix set."""
        return Bounds(bounds.west, max(bounds.south, -self.limit), bounds.east, min(bounds.north, self.limit))

    def nearest_zoom(self, pixel: float) -> int:
        """Return the zoom whose pixels are nearest to `pixel` degrees of longitude."""
        return self._tms.zoom_for_res(pixel * self.matrix_set.span / 360)

    def blocks(self, bounds: Bounds, zoom: int, levels: int = BLOCK_LEVELS) -> list[Block]:
        """Return the blocks of one zoom that touch `bounds`, in the order of their tile ids.

        Tile ids follow a Hilbert curve, so that an aligned square of tiles is one unbroken run of ids, and squares
        of tiles come in the order of the tiles that they are at the zoom where each is one tile.
        """
        levels = min(zoom, levels)
        side = 2**levels
        within, below = self.tiles_of(bounds, zoom)
        columns = range(within[0] // side, (below[0] - 1) // side + 1)
        rows = range(within[1] // side, (below[1] - 1) // side + 1)
        places = sorted(product(columns, rows), key=lambda place: zxy_to_tileid(zoom - levels, *place))
        return [Block(zoom, x * side, y * side, side) for x, y in places]

    def tiles_of(self, bounds: Bounds, zoom: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return column and row of the first tile that touches `bounds`, and of the one diagonally after the last."""
        within = self.clipped(bounds)
        first = self._tms.tile(within.west, within.north, zoom)
        last = self._tms.tile(within.east, within.south, zoom)
        width, height = self.matrix_set.size(zoom)
        return (max(0, first.x), max(0, first.y)), (min(width - 1, last.x) + 1, min(height - 1, last.y) + 1)

    def count_tiles(self, bounds: Bounds, zooms: tuple[int, int]) -> int:
        """Return how many tiles will be looked at, empty ones included."""
        return sum(block.side**2 for block in self.all_blocks(bounds, zooms))

    def all_blocks(self, bounds: Bounds, zooms: tuple[int, int]) -> Iterator[Block]:
        """Yield the blocks of every zoom from `zooms[0]` to `zooms[1]`, in the order of their tile ids."""
        for zoom in range(zooms[0], zooms[1] + 1):
            yield from self.blocks(bounds, zoom)

    def overview_level(self, dataset: DatasetReader, zoom: int) -> int | None:
        """Return the coarsest overview whose pixels are still no larger than a tile's; None for the full raster.

        A tile's pixel of web mercator is shortest, in degrees, at the latitude farthest from the equator.
        """
        _, south, _, north = dataset.bounds
        farthest = min(max(abs(south), abs(north)), self.limit)
        pixel = 360 / (TILE * 2**zoom)
        high = pixel if self.degrees else pixel * math.cos(math.radians(farthest))
        allowed = min(pixel / dataset.transform.a, high / -dataset.transform.e)
        fitting = [level for level, factor in enumerate(dataset.overviews(1)) if factor <= allowed]
        return max(fitting, default=None)


def _latitude(northing: float) -> float:
    """Return degrees north of a web mercator northing given in degrees of longitude."""
    return math.degrees(math.atan(math.sinh(math.radians(northing))))


GRIDS: Final = {letter: Grid(matrix_set) for letter, matrix_set in MATRIX_SETS.items()}
"""By Tianditu's letter: `w` web mercator, `c` degrees of CGCS2000."""


def zoom_range(grid: Grid, tiles: Tiles, pixel: float, recipe_file: str) -> tuple[int, int]:
    """Return the lowest and highest zoom: the recipe's, else the first and the one nearest to the raster's own pixels.

    Args:
        grid: Whose zooms they are.
        tiles: What the recipe asks for.
        pixel: Width of the raster's pixels in degrees of longitude.
        recipe_file: Named in the error.

    Raises:
        LakeError: The lowest is above the highest.
    """
    lowest = max(tiles.min_zoom, grid.matrix_set.lowest)
    highest = max(grid.nearest_zoom(pixel), grid.matrix_set.lowest) if tiles.max_zoom is None else tiles.max_zoom
    if lowest > highest:
        raise fault(
            recipe_file, "tiles.min_zoom", f"{lowest} is above the highest zoom {highest} of {grid.matrix_set.id}"
        )
    return lowest, highest
