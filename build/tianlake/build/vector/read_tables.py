"""Reads tables by DuckDB: CSV with columns of coordinates, and (Geo)Parquet."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

import csv
import json
from pathlib import Path
from shutil import copyfileobj
from typing import Any, Final

import duckdb
from pyproj import CRS

from tianlake.build.vector.coordinates import choose_geometry
from tianlake.build.vector.reading import Found, Opened, Reading
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import fault

DELIMITERS: Final = (",", "\t", ";", "|")


def open_csv(connection: duckdb.DuckDBPyConnection, reading: Reading) -> Opened:
    """Open a CSV file whose first line names the columns. Every column is text, so that codes keep their zeros.

    The delimiter is the one of comma, tab, semicolon and bar that the first line holds most of.

    Raises:
        LakeError: It is empty, is not text in the encoding declared, names a column twice, or the recipe does
            not name its columns of coordinates.
    """
    file = _as_utf8(reading)
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            head = text.readline()
    except UnicodeDecodeError:
        raise reading.not_text() from None
    delimiter = max(DELIMITERS, key=head.count)
    names = next(csv.reader([head], delimiter=delimiter), [])
    if not names or len({name.lower() for name in names}) < len(names):
        raise fault(reading.source.path, "line 1", "must name every column, each by a name of its own")
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    relation = (
        f"read_csv({literal(str(file))}, auto_detect = false, header = true, columns = {{{columns}}}, "
        f"delim = {literal(delimiter)}, quote = '\"', escape = '\"')"
    )

    def count() -> int:
        [(rows,)] = connection.sql(f"SELECT count(*) FROM {relation}").fetchall()
        return int(rows)

    return choose_geometry(connection, reading, Found(relation, f"(FROM {relation} LIMIT 0)", None, None, count))


def _as_utf8(reading: Reading) -> Path:
    """Return the file, or a copy in UTF-8 where another encoding is declared."""
    if reading.source.encoding is None:
        return reading.file
    copy = reading.scratch / f"{reading.place}.csv"
    try:
        with (
            reading.file.open(encoding=reading.source.encoding, newline="") as text,
            copy.open("w", encoding="utf-8", newline="") as out,
        ):
            copyfileobj(text, out)
    except UnicodeDecodeError:
        raise reading.not_text() from None
    return copy


def open_parquet(connection: duckdb.DuckDBPyConnection, reading: Reading) -> Opened:
    """Open a GeoParquet file, or a plain Parquet file with columns of coordinates.

    Geometry columns beside the primary one and the columns of its bounding boxes are left out. Its footer is read by
    DuckDB, which refuses a broken one: Arrow may take the process down with it.

    Raises:
        LakeError: It is not a readable Parquet file.
    """
    try:
        rows, geo = _footer(connection, str(reading.file))
    except (duckdb.Error, ValueError) as error:
        raise reading.unreadable(error) from None
    columns: dict[str, Any] = geo.get("columns", {})
    primary: str = geo.get("primary_column", "")
    covering = columns.get(primary, {}).get("covering", {}).get("bbox", {}).get("xmin", [])
    left_out = sorted({*columns, *covering[:1]} - {primary})
    kept = f"* EXCLUDE ({', '.join(map(identifier, left_out))})" if left_out else "*"
    relation = f"(SELECT {kept} FROM read_parquet({literal(str(reading.file))}))"
    crs = _declared_crs(columns[primary]) if primary in columns else None
    return choose_geometry(
        connection, reading, Found(relation, f"(FROM {relation} LIMIT 0)", primary or None, crs, lambda: rows)
    )


def _footer(connection: duckdb.DuckDBPyConnection, file: str) -> tuple[int, dict[str, Any]]:
    """Return the number of rows, and what `geo` says (GeoParquet 1.1, "File metadata")."""
    [(rows,)] = connection.execute("SELECT num_rows FROM parquet_file_metadata(?)", [file]).fetchall()
    said = connection.execute("SELECT value FROM parquet_kv_metadata(?) WHERE decode(key) = 'geo'", [file]).fetchall()
    geo = json.loads(said[0][0]) if said else {}
    if not isinstance(geo, dict):
        raise ValueError("its metadata geo is no object")  # noqa: TRY004 - of a file, not of a caller
    return int(rows), geo


def _declared_crs(column: dict[str, Any]) -> str | None:
    """Return a geometry column's CRS: absent means OGC:CRS84, null unknown (GeoParquet 1.1, "crs")."""
    crs = column.get("crs", "OGC:CRS84")
    return CRS.from_json_dict(crs).to_wkt() if isinstance(crs, dict) else crs
