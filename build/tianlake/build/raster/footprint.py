"""Where a raster holds data: a coarse map of valid cells, and the hull around it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import rasterio.features
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window

from tianlake.lake.errors import LakeError

CELLS: Final = 512
"""Cells along the longer side of the coarse map."""

CORNERS: Final = 60
"""Corners of a footprint at most: what fits a screen of JSON."""

OUTLINE: Final = 60
"""Coordinates of an outline with bays, holes and parts, about."""

PINHOLE: Final = 16.0
"""Holes of fewer cells than this are filled: clouds and bad pixels are no outline."""

DIGITS: Final = 9
"""Decimals of a degree that are kept: a tenth of a millimetre, free of the noise of binary fractions."""

Ring = tuple[tuple[float, float], ...]

Parts = tuple[tuple[Ring, ...], ...]
"""Coordinates of a GeoJSON MultiPolygon."""


class Coverage:
    """Collects, window by window, which coarse cells hold at least one valid pixel."""

    def __init__(self, width: int, height: int) -> None:
        """Start empty over a raster of `width` × `height` pixels."""
        self.step = -(-max(width, height) // CELLS)
        self.width, self.height = width, height
        self.cells = np.zeros((-(-height // self.step), -(-width // self.step)), dtype=bool)

    def add(self, window: Window, valid: NDArray[np.bool_]) -> None:
        """Take in one window's `(height, width)` map of valid pixels."""
        top, left = window.row_off // self.step, window.col_off // self.step
        rows, row_starts = _runs(window.row_off, window.height, self.step)
        cols, col_starts = _runs(window.col_off, window.width, self.step)
        coarse = np.logical_or.reduceat(np.logical_or.reduceat(valid, row_starts, axis=0), col_starts, axis=1)
        self.cells[top : top + rows, left : left + cols] |= coarse

    def hull(self, transform: Affine) -> Ring:
        """Return the convex hull of the cells that hold data: closed, counter-clockwise, lon/lat degrees.

        No valid pixel lies outside it. It has at most `CORNERS` corners: where there would be more,
        cells are joined two by two until there are not.

        Args:
            transform: From (column, row) of the raster to (longitude, latitude) in degrees.

        Raises:
            LakeError: No cell holds data.
        """
        if not self.cells.any():
            raise LakeError("a raster without any valid pixel has no footprint")
        cells, step = self.cells, self.step
        while True:
            ring = self._around(cells, step, transform)
            if len(ring) - 1 <= CORNERS:
                return ring
            cells, step = _halve(cells), step * 2

    def outline(self, transform: Affine) -> Parts:
        """Return the simplified outline of the cells that hold data, with its bays, holes and parts.

        No valid pixel lies outside it. It has about `OUTLINE` corners at most: where
        there would be more, it follows the cells less closely.

        Args:
            transform: From (column, row) of the raster to (longitude, latitude) in degrees.

        Raises:
            LakeError: No cell holds data.
        """
        if not self.cells.any():
            raise LakeError("a raster without any valid pixel has no outline")
        shapes = rasterio.features.shapes(self.cells.astype(np.uint8), mask=self.cells)
        cells = shapely.union_all([shapely.geometry.shape(shape) for shape, _ in shapes])
        loose, found = 1.0, cells
        while loose <= CELLS:
            # Grown by as much as simplifying may then take away.
            found = _without_pinholes(shapely.simplify(shapely.buffer(cells, loose, join_style="mitre"), loose), loose)
            if shapely.covers(found, cells) and shapely.get_num_coordinates(found) <= OUTLINE:
                break
            loose *= 2
        whole = shapely.box(0, 0, self.width / self.step, self.height / self.step)
        found = shapely.intersection(found if shapely.covers(found, cells) else whole, whole)
        placed = shapely.transform(found, lambda points: np.column_stack(transform @ tuple(points.T * self.step)))
        placed = shapely.orient_polygons(placed)
        return tuple(
            tuple(_rounded(ring) for ring in (part.exterior, *part.interiors))
            for part in shapely.get_parts(placed)
            if part.geom_type == "Polygon"
        )

    def _around(self, cells: NDArray[np.bool_], step: int, transform: Affine) -> Ring:
        shapes = rasterio.features.shapes(cells.astype(np.uint8), mask=cells)
        corners = shapely.get_coordinates([shapely.geometry.shape(shape) for shape, _ in shapes])
        # The last column and row of cells may reach beyond the raster.
        pixels = np.minimum(corners * step, (self.width, self.height))
        lon, lat = transform @ (pixels[:, 0], pixels[:, 1])
        hull = shapely.convex_hull(shapely.multipoints(np.column_stack((lon, lat))))
        ring = shapely.get_coordinates(shapely.orient_polygons(hull))
        return _rounded(ring)


def _rounded(ring: Any) -> Ring:  # noqa: ANN401 - a ring of shapely's, or coordinates
    points = ring if isinstance(ring, np.ndarray) else shapely.get_coordinates(ring)
    return tuple((round(float(x), DIGITS), round(float(y), DIGITS)) for x, y in points)


def _without_pinholes(shape: Any, loose: float) -> Any:  # noqa: ANN401 - shapely's geometries
    """Fill the holes that are too small to be told at this looseness."""
    least = PINHOLE * loose * loose
    parts = [
        shapely.Polygon(part.exterior, [hole for hole in part.interiors if shapely.Polygon(hole).area >= least])
        for part in shapely.get_parts(shape)
    ]
    return shapely.union_all(parts)


def _runs(start: int, length: int, step: int) -> tuple[int, NDArray[np.intp]]:
    """Return how many cells a stretch of pixels touches, and where in it each of them starts."""
    first = start // step
    count = -(-(start + length) // step) - first
    starts = np.arange(first, first + count) * step - start
    return count, np.maximum(starts, 0)


def _halve(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Join cells two by two; a joined cell holds data where one of its four does."""
    rows, cols = (-(-side // 2) * 2 for side in cells.shape)
    padded = np.zeros((rows, cols), dtype=bool)
    padded[: cells.shape[0], : cells.shape[1]] = cells
    return padded[::2, ::2] | padded[::2, 1::2] | padded[1::2, ::2] | padded[1::2, 1::2]
