"""GeoParquet 1.1 of an answer whose boxes are still those of its geometry: readers then skip row groups by them.

DuckDB writes GeoParquet 1.0, which knows no `covering`.
"""

# ruff: noqa: S608 - names of columns and files cannot be bound; all that is foreign is quoted

from __future__ import annotations

import json
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

import duckdb

from tianlake.lake.duck import connect, identifier, literal
from tianlake.lake.errors import LakeError

SIDES: Final = {"xmin": "<= ST_XMin", "ymin": "<= ST_YMin", "xmax": ">= ST_XMax", "ymax": ">= ST_YMax"}
"""Fields of a box, and how each lies to the geometry that it covers (GeoParquet 1.1, "covering")."""


def declare_covering(file: Path, beside: duckdb.DuckDBPyConnection | None = None) -> None:
    """Name the column `bbox` of a GeoParquet file as the covering of its primary geometry, where it covers every row.

    A file without geometry or such a column, or of which a box does not hold its geometry (the answer moved it), stays
    as it is.

    Args:
        file: As DuckDB wrote it; rewritten in place, row for row.
        beside: An idle connection with `spatial`; without one, one is opened, which takes a second.

    Raises:
        LakeError: The file cannot be read or rewritten.
    """
    with connect() if beside is None else nullcontext(beside) as connection:
        try:
            geo = _covered(connection, file)
            if geo is not None:
                _rewrite(connection, file, geo)
        except duckdb.Error as error:
            raise LakeError(f"query: {' '.join(str(error).split())}") from None


def _covered(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, Any] | None:
    """Return the metadata `geo` with the covering in it, or None where there is nothing to declare."""
    source = f"read_parquet({literal(str(file))})"
    kinds = {name: str(kind) for name, kind, *_ in connection.sql(f"DESCRIBE FROM {source}").fetchall()}
    fields = kinds.get("bbox", "")
    if not fields.startswith("STRUCT(") or not all(f"{side} " in fields for side in SIDES):
        return None
    told = f"SELECT decode(value) FROM parquet_kv_metadata({literal(str(file))}) WHERE key = 'geo'"
    row = connection.sql(told).fetchone()
    if row is None:
        return None
    geo: dict[str, Any] = json.loads(row[0])
    primary = identifier(geo["primary_column"])
    inside = " AND ".join(f"bbox.{side} {rule}({primary})" for side, rule in SIDES.items())
    [(covers,)] = connection.sql(
        f"SELECT coalesce(bool_and(({inside}) IS true OR {primary} IS NULL), false) FROM {source}"
    ).fetchall()
    if not covers:
        return None
    geo["version"] = "1.1.0"
    geo["columns"][geo["primary_column"]]["covering"] = {"bbox": {side: ["bbox", side] for side in SIDES}}
    return geo


def _rewrite(connection: duckdb.DuckDBPyConnection, file: Path, geo: dict[str, Any]) -> None:
    """Write the rows again with our metadata: geometry as the WKB it is, else DuckDB adds its own."""
    wkb = ", ".join(f"ST_AsWKB({identifier(name)}) AS {identifier(name)}" for name in geo["columns"])
    again = file.with_name(f"{file.name}.again")
    try:
        connection.execute(
            f"COPY (SELECT * REPLACE ({wkb}) FROM read_parquet({literal(str(file))})) TO {literal(str(again))} "
            f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{geo: {literal(json.dumps(geo, ensure_ascii=False))}}})"
        )
        os.replace(again, file)  # noqa: PTH105
    finally:
        again.unlink(missing_ok=True)
