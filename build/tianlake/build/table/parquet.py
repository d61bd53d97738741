"""Writes plain Parquet in one DuckDB statement, and reads back what a file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb
import pyarrow.parquet as pq

from tianlake.lake.duck import literal
from tianlake.lake.releases import Column, TableFacts

ROW_GROUP: Final = 122_880
"""Rows; DuckDB's own, for there is no box by which a smaller group could be skipped."""

LEVEL: Final = 9
"""zstd, as in GeoParquet (`vector.geoparquet`)."""


def write_rows(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> None:
    """Write the answer of a query in the order it has; equal answers give equal bytes."""
    connection.execute(
        f"COPY ({query}) TO {literal(str(target))} "
        f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {LEVEL}, ROW_GROUP_SIZE {ROW_GROUP})"
    )


def read_row_facts(connection: duckdb.DuckDBPyConnection, file: Path, id_column: str | None = None) -> TableFacts:
    """Read back what a file without geometry holds; `id_column` names a row for good, where one does."""
    metadata = pq.read_metadata(file)
    described = connection.sql(f"DESCRIBE FROM read_parquet({literal(str(file))})").fetchall()
    columns = tuple(Column(name, kind) for name, kind, *_ in described)
    return TableFacts(metadata.num_rows, columns, None, (), None, None, metadata.num_row_groups, id_column)
