"""One Parquet file, open in DuckDB."""

# ruff: noqa: S608 - names of columns cannot be bound; they go through `identifier`

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from tianlake.lake.duck import identifier, literal

BATCH: Final = 10_000
"""Rows that are fetched at a time."""


@dataclass(frozen=True, slots=True)
class Table:
    """A Parquet file and its columns."""

    connection: duckdb.DuckDBPyConnection
    name: str
    """Path within the release."""
    source: str
    """What stands after FROM; rows have `file_row_number`, from 0."""
    columns: dict[str, str]
    """Name → type as DuckDB prints it."""
    geometry: str | None
    """The column of geometry, in degrees; None where there is none."""

    @classmethod
    def open(cls, connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> Table:
        """Return a file's table; raises `duckdb.Error` where it cannot be read."""
        source = f"read_parquet({literal(str(path))}, file_row_number=true)"
        described = connection.sql(f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {source}").fetchall()
        columns = {str(column): str(kind) for column, kind, *_ in described}
        shapes = [column for column, kind in columns.items() if kind.startswith("GEOMETRY")]
        return cls(connection, name, source, columns, shapes[0] if shapes else None)

    def rows(self, query: str, bound: dict[str, Any] | None = None) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query over `source`."""
        cursor = self.connection.execute(query, bound or {})
        while batch := cursor.fetchmany(BATCH):
            yield from batch

    def one(self, query: str, bound: dict[str, Any] | None = None) -> tuple[Any, ...]:
        """Return the one row of a query."""
        found = self.connection.execute(query, bound or {}).fetchone()
        return found if found is not None else ()

    @property
    def shape(self) -> str:
        """The quoted name of the geometry."""
        return identifier(self.geometry or "")

    @property
    def box(self) -> str:
        """SQL for a row's box as `xmin`, `ymin`, `xmax`, `ymax`: from the column `bbox`, which skips geometry."""
        if self.columns.get("bbox", "").startswith("STRUCT"):
            return "bbox.xmin AS xmin, bbox.ymin AS ymin, bbox.xmax AS xmax, bbox.ymax AS ymax"
        edges = ("XMin", "YMin", "XMax", "YMax")
        return ", ".join(f"ST_{edge}({self.shape}) AS {edge.lower()}" for edge in edges)
