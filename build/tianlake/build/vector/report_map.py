"""The picture for the map of a quality report: the product's own features, and how densely they lie."""

# ruff: noqa: S608 - numbers of our own and the name of our table

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from tianlake.build.quality.picture import Density, MapPicture
from tianlake.build.raster.image import LONGEST, encode
from tianlake.build.raster.style import Picture
from tianlake.build.vector.features import TABLE, Features
from tianlake.build.vector.thumbnail import FINE, Canvas, make_canvas

ZOOMED: Final = 1.25
"""The thumbnail is shown so much larger, so that marks and letters find room."""

CELL: Final = 7
"""Pixels of the thumbnail on a side of a cell of the density grid."""

ENOUGH: Final = 200
"""Features from which their density is drawn; fewer are seen one by one."""

RAMP: Final = ((198, 219, 239), (107, 174, 214), (49, 130, 189), (8, 81, 156), (8, 48, 107))
"""From one feature to the most in a cell, in equal steps of the logarithm (ColorBrewer Blues, legible without hue)."""

KM_A_DEGREE: Final = 111.32
"""Length of a degree of latitude in the middle of a meridian quarter, kilometres."""


def report_map(connection: duckdb.DuckDBPyConnection, features: Features, thumbnail: bytes) -> MapPicture:
    """Return the thumbnail of the table of features with the place it shows, and how densely they lie."""
    canvas = make_canvas(features.bounds, LONGEST)
    density = _density(connection, canvas) if features.rows >= ENOUGH else None
    width, height = round(canvas.width * ZOOMED), round(canvas.height * ZOOMED)
    return MapPicture(thumbnail, width, height, canvas.west, canvas.south, canvas.east, canvas.north, density=density)


def _density(connection: duckdb.DuckDBPyConnection, canvas: Canvas) -> Density:
    """Count features by the cell that the middle of their box lies in."""
    wide, high = canvas.step_x * FINE * CELL, canvas.step_y * FINE * CELL
    columns, rows = -(-canvas.width // CELL), -(-canvas.height // CELL)
    across = f"((ST_XMin(geometry) + ST_XMax(geometry)) / 2 - {canvas.west}) / {wide}"
    down = f"({canvas.north} - (ST_YMin(geometry) + ST_YMax(geometry)) / 2) / {high}"
    found = connection.sql(
        f"SELECT least(floor({down}), {rows - 1})::INTEGER AS r, least(floor({across}), {columns - 1})::INTEGER AS c, "
        f"count(*) AS n FROM {TABLE} GROUP BY ALL"
    ).fetchnumpy()
    counts: NDArray[np.int64] = np.zeros((rows, columns), np.int64)
    counts[found["r"], found["c"]] = found["n"]
    return Density(
        png=encode(Picture(_colored(counts)), "png"),
        width=round(columns * CELL * ZOOMED, 2),
        height=round(rows * CELL * ZOOMED, 2),
        ramp=RAMP,
        cell_km=round(high * KM_A_DEGREE, 3),
        cells=int((counts > 0).sum()),
        most=int(counts.max()),
    )


def _colored(counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return counts as colours of `RAMP`: `(4, rows, columns)`, transparent where nothing is."""
    share = np.log(np.maximum(counts, 1)) / max(np.log(counts.max()), 1e-9)
    steps = np.minimum((share * len(RAMP)).astype(np.intp), len(RAMP) - 1)
    rgb = np.asarray(RAMP, np.uint8)[steps]
    alpha = np.where(counts > 0, 255, 0).astype(np.uint8)
    return np.concatenate([np.moveaxis(rgb, -1, 0), alpha[None]])
