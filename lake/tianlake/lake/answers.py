"""Answers of a query in the forms people take away: rows, CSV, JSON, GeoJSON, GeoParquet."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import duckdb

from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import LakeError, StoreError

FORMATS: Final = ("table", "csv", "json", "geojson", "parquet")


def read_rows(relation: duckdb.DuckDBPyRelation) -> tuple[list[str], list[list[Any]]]:
    """Return column names and rows; geometry as WKT, what JSON has no form for as text."""
    plain = relation.project(", ".join(_plain(name, kind) for name, kind in _columns(relation)))
    try:
        rows = plain.fetchall()
    except duckdb.Error as error:
        raise LakeError(f"query: {' '.join(str(error).split())}") from None
    return list(plain.columns), [[_jsonable(value) for value in row] for row in rows]


def write_answer(relation: duckdb.DuckDBPyRelation, form: str, target: Path | None) -> str:
    """Write an answer to `target`, whole or not at all; return it as text where `target` is None.

    Args:
        relation: The answer.
        form: One of `FORMATS` but `table`; `parquet` needs a target.
        target: A file, replaced when the answer is complete.

    Raises:
        LakeError: The statement failed, or GeoJSON was asked of an answer without geometry.
        StoreError: The file cannot be written.
    """
    if form == "parquet":
        if target is None:
            raise LakeError("query: parquet needs a file")
        _replace(target, lambda part: _copy_parquet(relation, part))
        return ""
    text = _csv(relation) if form == "csv" else _json(relation, form)
    if target is not None:
        _replace(target, lambda part: part.write_text(text, "utf-8"))
    return text


def _columns(relation: duckdb.DuckDBPyRelation) -> list[tuple[str, str]]:
    return [(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)]


def _is_geometry(kind: str) -> bool:
    return kind.startswith("GEOMETRY")


def _plain(name: str, kind: str) -> str:
    quoted = identifier(name)
    return f"ST_AsText({quoted}) AS {quoted}" if _is_geometry(kind) else quoted


def _jsonable(value: object) -> object:
    """Return a value of DuckDB as JSON can hold it: times and decimals as text."""
    if isinstance(value, dict):
        return {str(key): _jsonable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(each) for each in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _csv(relation: duckdb.DuckDBPyRelation) -> str:

    header, rows = read_rows(relation)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _json(relation: duckdb.DuckDBPyRelation, form: str) -> str:
    if form == "json":
        header, rows = read_rows(relation)
        plain: object = [dict(zip(header, row, strict=True)) for row in rows]
    else:
        plain = _feature_collection(relation)
    return json.dumps(plain, ensure_ascii=False) + "\n"


def _feature_collection(relation: duckdb.DuckDBPyRelation) -> object:
    """Return an RFC 7946 FeatureCollection; coordinates as they lie in the lake, longitude first."""
    geometry = next((name for name, kind in _columns(relation) if _is_geometry(kind)), None)
    if geometry is None:
        raise LakeError("query: geojson needs a geometry column in the answer; select geometry too")
    rest = [identifier(name) for name in relation.columns if name not in {geometry, "bbox"}]
    shape = f"ST_AsGeoJSON({identifier(geometry)}) AS geometry"
    header, rows = read_rows(relation.project(", ".join([shape, *rest])))
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(row[0]) if row[0] else None,
            "properties": dict(zip(header[1:], row[1:], strict=True)),
        }
        for row in rows
    ]
    return {"type": "FeatureCollection", "features": features}


def _copy_parquet(relation: duckdb.DuckDBPyRelation, part: Path) -> None:
    try:
        relation.query("answer", f"COPY answer TO {literal(str(part))} (FORMAT parquet, COMPRESSION zstd)")
    except duckdb.Error as error:
        raise LakeError(f"query: {' '.join(str(error).split())}") from None


def _replace(target: Path, write: Any) -> None:  # noqa: ANN401 - any callable that takes the path
    part = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
    try:
        write(part)
        os.replace(part, target)  # noqa: PTH105
    except OSError as error:
        raise StoreError(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
