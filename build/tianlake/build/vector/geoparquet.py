"""Writes GeoParquet 1.1 in one DuckDB statement, and reads back what a file holds.

https://geoparquet.org/releases/v1.1.0/. The metadata `geo` is written by hand because DuckDB's own writer knows
neither `covering` nor a `bbox` column.
"""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from tianlake.build.earth import world_box
from tianlake.build.vector.features import TABLE, Features
from tianlake.build.vector.projection import CGCS2000
from tianlake.lake.duck import identifier, literal
from tianlake.lake.releases import Column, TableFacts
from tianlake.lake.words import Text

VECTOR: Final = 2048
"""Rows of a row group are a multiple of this: DuckDB's vectors."""

GROUPS: Final = 240
"""Row groups of a large file: of more, the end of the file, which every reader fetches, weighs more than they spare."""

LEAST: Final = 2 * VECTOR
MOST: Final = 10 * VECTOR

LEVEL: Final = 9
"""zstd. On 181,803 points: 4.9 MB in 0.18 s at 3, 4.5 MB in 0.27 s at 9, 3.9 MB in 0.71 s at 15."""

SIDES: Final = {"xmin": "ST_XMin", "ymin": "ST_YMin", "xmax": "ST_XMax", "ymax": "ST_YMax"}
"""Fields of a feature's box → what finds them."""

NAMES: Final = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
    "GEOMETRYCOLLECTION": "GeometryCollection",
}
"""DuckDB's names of geometry types → GeoParquet's."""

COPY: Final = Template("""
COPY (SELECT $attributes ST_AsWKB(geometry) AS geometry, {$box} AS bbox FROM $table) TO $target
(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL $level, ROW_GROUP_SIZE $group, WRITE_BLOOM_FILTER false,
 KV_METADATA {geo: $geo})
""")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the database that becomes a file."""

    table: str
    """With at least one row, and a column `geometry` in CGCS2000."""
    attributes: tuple[str, ...]
    """Its other columns that are written."""
    bounds: tuple[float, float, float, float]
    """West, south, east, north; degrees of CGCS2000."""


def write_geoparquet(connection: duckdb.DuckDBPyConnection, features: Features, target: Path) -> None:
    """Write the table of features as `write_sheet` does."""
    write_sheet(connection, Sheet(TABLE, features.attributes, features.bounds), target)


def write_sheet(connection: duckdb.DuckDBPyConnection, sheet: Sheet, target: Path) -> None:
    """Write a table in the order it has; equal tables give equal bytes.

    The box of each feature is in single precision, rounded outwards: a third less of a file of points.
    """
    [(rows,)] = connection.sql(f"SELECT count(*) FROM {sheet.table}").fetchall()
    attributes = "".join(f"{identifier(name)}, " for name in sheet.attributes)
    statement = COPY.substitute(
        attributes=attributes,
        box=", ".join(f"{side}: {_outwards(side, function)}" for side, function in SIDES.items()),
        table=sheet.table,
        target=literal(str(target)),
        level=LEVEL,
        group=rows_in_group(rows),
        geo=literal(json.dumps(_geo(connection, sheet), ensure_ascii=False)),
    )
    connection.execute(statement)


def rows_in_group(rows: int) -> int:
    """Return how many rows a row group has, in a file of so many (decision 27)."""
    return min(MOST, max(LEAST, rows // GROUPS // VECTOR * VECTOR))


def _outwards(side: str, function: str) -> str:
    """Return SQL for one side of a feature's box as FLOAT, never inside the box in DOUBLE."""
    exact, rounded = f"{function}(geometry)", f"{function}(geometry)::FLOAT"
    inside, out = (">", "-infinity") if side.endswith("min") else ("<", "infinity")
    return f"CASE WHEN {rounded} {inside} {exact} THEN nextafter({rounded}, '{out}'::FLOAT) ELSE {rounded} END"


def _geo(connection: duckdb.DuckDBPyConnection, sheet: Sheet) -> dict[str, Any]:
    """Return the metadata that the specification asks for."""
    found = connection.sql(
        f"SELECT DISTINCT ST_GeometryType(geometry)::VARCHAR, ST_HasZ(geometry) FROM {sheet.table}"
    ).fetchall()
    column = {
        "encoding": "WKB",
        "geometry_types": sorted(NAMES[kind] + (" Z" if z else "") for kind, z in found),
        "crs": CGCS2000.to_json_dict(),
        "edges": "planar",
        "bbox": _box(connection, sheet, with_z=any(z for _, z in found)),
        "covering": {"bbox": {side: ["bbox", side] for side in SIDES}},
    }
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def _box(connection: duckdb.DuckDBPyConnection, sheet: Sheet, *, with_z: bool) -> list[float]:
    """Return the box of the whole file: four numbers, or six where there are heights."""
    west, south, east, north = sheet.bounds
    if not with_z:
        return [west, south, east, north]
    [(low, high)] = connection.sql(
        f"SELECT min(ST_ZMin(geometry)), max(ST_ZMax(geometry)) FROM {sheet.table}"
    ).fetchall()
    return [west, south, low, east, north, high]


def read_table_facts(
    connection: duckdb.DuckDBPyConnection, file: Path, texts: Mapping[str, Text] | None = None
) -> TableFacts:
    """Read back what a GeoParquet file holds, from its footer; `texts` says what columns are, by name."""
    metadata = pq.read_metadata(file)
    geo = json.loads(metadata.metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    found = connection.sql(f"DESCRIBE FROM read_parquet({literal(str(file))})").fetchall()
    box: list[float] = column["bbox"]
    middle = len(box) // 2  # six numbers where there are heights
    (west, south), (east, north) = box[:2], box[middle : middle + 2]
    identity = column["crs"]["id"]
    return TableFacts(
        rows=metadata.num_rows,
        columns=tuple(Column(name, kind, (texts or {}).get(name)) for name, kind, *_ in found),
        geometry_column=geo["primary_column"],
        geometry_types=tuple(column["geometry_types"]),
        bounds=world_box(west, south, east, north),
        crs=f"{identity['authority']}:{identity['code']}",
        row_groups=metadata.num_row_groups,
    )
