"""The functions of Python that a statement of DuckDB calls while it places features, by batches of WKB."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import shapely
from duckdb.func import ARROW, SPECIAL
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from tianlake.build.vector.antimeridian import cut
from tianlake.build.vector.projection import Frame, Move

Geometries = NDArray[np.object_]


def register_move(connection: duckdb.DuckDBPyConnection, name: str, frame: Frame) -> None:
    """Make an SQL function that brings WKB in the CRS of a source to CGCS2000.

    Heights are kept as they are, but for geocentric coordinates: they become heights above the ellipsoid.
    """
    move = frame.move
    if move is None:
        return

    def moved(batch: pa.Array) -> pa.Array:
        geometries = _read(batch)
        tall = shapely.has_z(geometries)
        if frame.three:
            geometries[tall] = shapely.transform(geometries[tall], move, include_z=True)
            geometries[~tall] = None
        else:
            geometries[~tall] = shapely.transform(geometries[~tall], move)
            geometries[tall] = shapely.transform(geometries[tall], lambda rows: _under(move, rows), include_z=True)
        return _written(geometries)

    connection.create_function(name, moved, ["BLOB"], "BLOB", type=ARROW)


def _under(move: Move, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([move(rows[:, :2]), rows[:, 2]])


def register_cut(connection: duckdb.DuckDBPyConnection, name: str, *, turns: bool) -> None:
    """Make an SQL function that cuts WKB at the antimeridian; NULL where there is nothing to cut."""

    def cut_batch(batch: pa.Array) -> pa.Array:
        found = [None if each is None else _cut(each, turns=turns) for each in _read(batch)]
        return _written(np.array([*found, None], dtype=object)[:-1])

    connection.create_function(name, cut_batch, ["BLOB"], "BLOB", type=ARROW, null_handling=SPECIAL)


def _cut(geometry: BaseGeometry, *, turns: bool) -> BaseGeometry | None:
    try:
        return cut(geometry, turns=turns)
    except shapely.GEOSException:  # too broken to be cut; it is judged like everything else
        return None


def _read(batch: pa.Array) -> Geometries:
    found: Geometries = shapely.from_wkb(batch.to_numpy(zero_copy_only=False), on_invalid="ignore")
    return found


def _written(geometries: Geometries) -> pa.Array:
    return pa.array(shapely.to_wkb(geometries), pa.binary())
