"""How heights become pictures: colours that say them (terrain-RGB), and the shade of relief."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from tianlake.build.raster.grid import Block, Grid
from tianlake.build.raster.style import Amounts, Picture
from tianlake.build.raster.tiles import Reading
from tianlake.build.terrain.hillshade import ALTITUDE_DEG, AZIMUTH_DEG, Cells, shade, steepening
from tianlake.lake.matrix_sets import METRES_PER_DEGREE, TILE

BASE_M: Final = -10_000.0
STEP_M: Final = 0.1
"""Terrain-RGB: height = -10000 + (R · 65536 + G · 256 + B) · 0.1 metres, Mapbox's and MapTiler's alike
(https://docs.mapbox.com/data/tilesets/reference/mapbox-terrain-dem-v1/,
https://docs.maptiler.com/guides/map-tilling-hosting/data-hosting/rgb-terrain-by-maptiler/)."""

CODES: Final = 2**24

MARGIN: Final = 1
"""Pixels around a block: the shade of one depends on its neighbours."""

EXACT: Final = 0.001
"""Pixels, of `Reading.tolerance`: two blocks make nearly the same of the same place, a decimetre apart where one
pixel is 100 m above the next. rasterio takes no 0."""

HEIGHTS: Final = Reading(dtype="float32", tolerance=EXACT)
"""Heights between those of the raster are found before they become colours, in 24 bits: 9,000 m to a millimetre."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What turns stored numbers into metres."""

    scale: float
    offset: float

    def metres(self, data: NDArray[Any]) -> NDArray[np.float64]:
        """Return heights in metres."""
        return data.astype(np.float64) * self.scale + self.offset


@dataclass(frozen=True, slots=True)
class HeightStyle(Amounts):
    """Heights as terrain-RGB."""

    stored: Stored
    missing: float | Literal["transparent"]
    """Height where no data is."""

    @property
    def lossless(self) -> bool:
        """Return True: each colour is a height."""
        return True

    def paint(self, data: NDArray[Any], mask: NDArray[np.uint8]) -> Picture:
        """Return the picture of `data` `(1, height, width)`.

        A transparent pixel has the colour of 0 m: some clients forget the transparency.
        """
        clear = self.missing == "transparent"
        heights = np.where(mask > 0, self.stored.metres(data[0]), 0.0 if clear else self.missing)
        codes = np.clip(np.rint((heights - BASE_M) / STEP_M), 0, CODES - 1).astype(np.uint32)
        alpha = np.where(mask > 0, 255, 0) if clear else np.full(mask.shape, 255)
        return Picture(np.stack((codes >> 16, codes >> 8 & 255, codes & 255, alpha)).astype(np.uint8))

    def render(self) -> dict[str, Any]:
        """Return how it was drawn, in titiler's name of the algorithm."""
        return {"bidx": [1], "algorithm": "terrainrgb", "resampling": "bilinear"}


@dataclass(frozen=True, slots=True)
class ShadeStyle(Amounts):
    """Brightness as grey."""

    exaggeration: float

    def paint(self, data: NDArray[Any], mask: NDArray[np.uint8]) -> Picture:
        """Return the picture of brightness `(1, height, width)`, transparent where `mask` is 0."""
        grey = data[0].astype(np.uint8)
        return Picture(np.stack((grey, grey, grey, np.where(mask > 0, 255, 0).astype(np.uint8))))

    def render(self) -> dict[str, Any]:
        """Return how it was drawn, in titiler's name of the algorithm."""
        light = {"azimuth": AZIMUTH_DEG, "angle_altitude": ALTITUDE_DEG, "exaggeration": self.exaggeration}
        return {"bidx": [1], "algorithm": "hillshade", "algorithm_params": light, "resampling": "bilinear"}


@dataclass(frozen=True, slots=True)
class Shading:
    """Makes the brightness of a block of tiles of its heights."""

    stored: Stored
    exaggeration: float

    def __call__(self, data: NDArray[Any], mask: NDArray[np.uint8], grid: Grid, block: Block) -> NDArray[np.uint8]:
        """Return `(1, height, width)`; `data` `(1, height + 2, width + 2)` and `mask` have a pixel more around."""
        factor = self.exaggeration * steepening(block.zoom)
        return shade(self.stored.metres(data[0]), mask > 0, block_cells(grid, block), factor)[np.newaxis]


def block_cells(grid: Grid, block: Block) -> Cells:
    """Return how large the pixels of a block are on a sphere of CGCS2000's semi-major axis, row by row."""
    _, _, _, top = grid.bounds(block)
    cell = grid.matrix_set.cell(block.zoom)
    north: NDArray[np.float64] = top - (np.arange(TILE * block.side, dtype=np.float64) + 0.5) * cell
    if grid.degrees:
        return degree_cells(north, cell, cell)
    radius = METRES_PER_DEGREE * 180 / math.pi
    shrunk = cell / np.cosh(north / radius)[:, np.newaxis]  # 1 / cosh is the cosine of the latitude
    return Cells(shrunk, shrunk)


def degree_cells(latitudes: NDArray[np.float64], across: float, down: float) -> Cells:
    """Return how large pixels of `across` by `down` degrees are, one row for each latitude in degrees."""
    wide = across * METRES_PER_DEGREE * np.cos(np.radians(latitudes))[:, np.newaxis]
    return Cells(np.maximum(wide, 1.0), np.array([[down * METRES_PER_DEGREE]]))
