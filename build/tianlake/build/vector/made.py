"""Rows that a builder made itself, as the table of features that GeoParquet and tiles are written from."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa

from tianlake.build.vector.counts import Counts
from tianlake.build.vector.features import TABLE, Features
from tianlake.lake.duck import identifier
from tianlake.lake.errors import LakeError

BATCH: Final = "made_rows"


def add_rows(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    """Add rows to the table `made`.

    Args:
        connection: Where the table is, or will be.
        rows: Attributes, `geometry` as WKB in degrees of CGCS2000, and `__source`, the number of the row's layer.
    """
    connection.register(BATCH, rows)
    chosen = f"SELECT * REPLACE (ST_GeomFromWKB(geometry) AS geometry) FROM {BATCH}"
    connection.execute(f"CREATE TABLE IF NOT EXISTS made AS {chosen} LIMIT 0; INSERT INTO made {chosen}")
    connection.unregister(BATCH)


def finish_rows(connection: duckdb.DuckDBPyConnection, layers: tuple[str, ...]) -> Features:
    """Make the table of features of all rows added, in Hilbert order; ties by the attributes.

    Args:
        connection: Where the rows are.
        layers: Tile layer by number of the source.

    Raises:
        LakeError: There is no row.
    """
    found = connection.sql(
        "SELECT min(ST_XMin(geometry)), min(ST_YMin(geometry)), max(ST_XMax(geometry)), max(ST_YMax(geometry)) "
        "FROM made"
    ).fetchall()
    west, south, east, north = found[0]
    if west is None:
        raise LakeError("a table without any row has no bounds")
    box = {"min_x": west, "min_y": south, "max_x": east, "max_y": north}
    attributes = tuple(name for name in connection.sql("FROM made").columns if name not in {"geometry", "__source"})
    connection.execute(
        f"CREATE TABLE {TABLE} AS SELECT *, 0 AS __ordinal FROM made "
        f"ORDER BY ST_Hilbert(geometry, {box}::BOX_2D), {', '.join(map(identifier, attributes))}; DROP TABLE made"
    )
    numbers = dict(connection.sql(f"SELECT __source, count(*) FROM {TABLE} GROUP BY 1").fetchall())
    counts = tuple(_count(layer, numbers.get(number, 0)) for number, layer in enumerate(layers))
    return Features(attributes, layers, (west, south, east, north), counts)


def _count(layer: str, rows: int) -> Counts:
    return Counts(layer=layer, read=rows, written=rows)
