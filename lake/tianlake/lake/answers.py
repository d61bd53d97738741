"""Answers of a query in the forms people take away: rows of text, CSV, JSON, GeoJSON, GeoParquet.

DuckDB makes the texts, and rows are taken from it as they are written: an answer may be larger than memory.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Final
from uuid import uuid4

import duckdb

from tianlake.lake.covering import declare_covering
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import LakeError, StoreError

FORMATS: Final = ("csv", "json", "geojson", "parquet")

BATCH: Final = 4096
"""Rows taken from DuckDB at a time; two of its vectors."""

NESTED: Final = frozenset({"array", "list", "map", "struct", "union", "variant"})
"""Types whose text is JSON, in a cell of CSV too."""

GEOMETRY: Final = re.compile(r"GEOMETRY(?:\('(?P<crs>[^']*)'\))?")
"""DuckDB's name of the type of a geometry, and its CRS where it has one."""

DEGREES: Final = frozenset({None, "EPSG:4490", "EPSG:4326", "OGC:CRS84"})
"""What GeoJSON may hold (RFC 7946 §4): longitude and latitude; CGCS2000 and WGS 84 differ by centimetres."""


def read_rows(relation: duckdb.DuckDBPyRelation) -> tuple[list[str], Iterator[tuple[str | None, ...]]]:
    """Return column names and rows as text: geometry as WKT, lists and structs as JSON, NULL as None.

    Raises:
        LakeError: The statement failed; raised by the iterator too.
    """
    texts = [
        f"to_json(#{number})::VARCHAR" if kind.id in NESTED else f"#{number}::VARCHAR"
        for number, kind in enumerate(relation.types, 1)
    ]
    return list(relation.columns), _fetch(relation, texts)


def answer_text(relation: duckdb.DuckDBPyRelation, form: str) -> Iterator[str]:
    """Yield an answer as CSV, JSON or GeoJSON, piece by piece.

    Numbers that JSON does not know (NaN, infinity) become null.

    Args:
        relation: The answer.
        form: One of `FORMATS` but `parquet`.

    Raises:
        LakeError: The statement failed, or GeoJSON was asked of an answer without geometry in degrees.
    """
    match form:
        case "csv":
            yield from _csv(relation)
        case "json":
            yield from _listed("[", _fetch(relation, [f"to_json({_struct(relation)})::VARCHAR"]), "]\n")
        case _:
            head, foot = '{"type": "FeatureCollection", "features": [', "]}\n"
            yield from _listed(head, _fetch(relation, [_feature(relation)]), foot)


def save_answer(
    relation: duckdb.DuckDBPyRelation, form: str, target: Path, beside: duckdb.DuckDBPyConnection | None = None
) -> None:
    """Write an answer to a file, whole or not at all; a file that is there is replaced.

    Args:
        relation: The answer.
        form: One of `FORMATS`.
        target: The file. A symbolic link is followed.
        beside: As of `declare_covering`.

    Raises:
        LakeError: The statement failed, the answer does not fit the form, or no file can be there.
        StoreError: The file cannot be written.
    """
    if form == "parquet":
        _replace(target, lambda part: _copy_parquet(relation, part, beside))
    else:
        _replace(target, lambda part: _write(part, answer_text(relation, form)))


def _fetch(relation: duckdb.DuckDBPyRelation, expressions: Sequence[str]) -> Iterator[tuple[str | None, ...]]:
    """Yield rows of expressions over the columns `#1`, `#2`, …: by place, because names may come twice."""
    try:
        rows = relation.project(", ".join(f"{each} AS c{number}" for number, each in enumerate(expressions)))
        while batch := rows.fetchmany(BATCH):
            yield from batch
    except duckdb.Error as error:
        raise _failure(error) from None


def _csv(relation: duckdb.DuckDBPyRelation) -> Iterator[str]:
    header, rows = read_rows(relation)
    for row in chain([header], rows):
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(row)
        yield line.getvalue()


def _listed(head: str, rows: Iterator[tuple[str | None, ...]], foot: str) -> Iterator[str]:
    """Yield JSON texts as one array, a line each."""
    yield head
    separator = "\n"
    for (text,) in rows:
        yield f"{separator}{_finite(text or 'null')}"
        separator = ",\n"
    yield f"\n{foot}"


def _finite(text: str) -> str:
    """Return JSON without the numbers that DuckDB writes and JSON does not know."""
    if "NaN" not in text and "Infinity" not in text:
        return text
    return json.dumps(json.loads(text, parse_constant=lambda _: None), ensure_ascii=False, separators=(",", ":"))


def _struct(relation: duckdb.DuckDBPyRelation, without: Sequence[str] = ()) -> str:
    """Return SQL for one row as a struct; a name that comes again gets a number, as in `CREATE TABLE … AS`."""
    taken: set[str] = set()
    fields = []
    for number, name in enumerate(relation.columns, 1):
        if name in without:
            continue
        own = next(each for each in chain([name], (f"{name}_{n}" for n in count(1))) if each.lower() not in taken)
        taken.add(own.lower())
        fields.append(f"{identifier(own)} := #{number}")
    return f"struct_pack({', '.join(fields)})"


def _feature(relation: duckdb.DuckDBPyRelation) -> str:
    """Return SQL for one row as an RFC 7946 Feature; coordinates as they lie in the lake, longitude first."""
    found = next(_geometries(relation), None)
    if found is None:
        raise LakeError("query: geojson needs a geometry column in the answer; select geometry too")
    number, name, crs = found
    if crs not in DEGREES:
        raise LakeError(f"query: geojson holds longitude and latitude; column {name!r} is in {crs}: ST_Transform it")
    left_out = (name, "bbox")
    properties = _struct(relation, left_out) if set(relation.columns) - set(left_out) else "'{}'::JSON"
    shape = f"ST_AsGeoJSON(#{number})::JSON"
    if crs is None:  # ST_Transform forgets the CRS: what is far from any degree is told by its numbers
        far = f"greatest(abs(ST_XMin(#{number})), abs(ST_XMax(#{number}))) > 360 OR abs(ST_YMax(#{number})) > 90"
        rule = f"geojson holds longitude and latitude; column {name!r} holds greater numbers: ST_Transform it"
        shape = f"CASE WHEN {far} THEN error({literal(rule)}) ELSE {shape} END"
    return f"to_json(struct_pack(type := 'Feature', geometry := {shape}, properties := {properties}))::VARCHAR"


def _geometries(relation: duckdb.DuckDBPyRelation) -> Iterator[tuple[int, str, str | None]]:
    """Yield place, name and CRS of each geometry column."""
    for number, (name, kind) in enumerate(zip(relation.columns, relation.types, strict=True), 1):
        if found := GEOMETRY.fullmatch(str(kind)):
            yield number, name, found["crs"]


def _copy_parquet(relation: duckdb.DuckDBPyRelation, part: Path, beside: duckdb.DuckDBPyConnection | None) -> None:
    """Write (Geo)Parquet; DuckDB puts the CRS of each geometry column into it."""
    for _, name, crs in _geometries(relation):
        if crs is None:  # readers would take it for OGC:CRS84 (GeoParquet 1.0, "crs")
            rule = "has no CRS; declare it, such as ST_SetCRS(geometry, 'EPSG:4490')"
            raise LakeError(f"query: geometry column {name!r} {rule}")
    try:
        relation.write_parquet(str(part), compression="zstd")
    except duckdb.Error as error:
        raise _failure(error) from None
    declare_covering(part, beside)


def _failure(error: duckdb.Error) -> LakeError:
    text = f"query: {' '.join(str(error).split())}"
    return StoreError(text) if isinstance(error, duckdb.IOException) else LakeError(text)


def _write(part: Path, pieces: Iterator[str]) -> None:
    with part.open("w", encoding="utf-8", newline="") as file:
        file.writelines(pieces)


def _replace(target: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file beside the target, and put it in its place when it is complete."""
    real = target.resolve()
    if not real.parent.is_dir():
        raise LakeError(f"{target}: there is no folder {target.parent}")
    if real.exists() and not real.is_file():  # a folder; or a device, which a rename would do away with
        raise LakeError(f"{target}: is there and is no file that could be replaced")
    part = real.with_name(f".{real.name}.{uuid4().hex[:8]}")
    try:
        write(part)
        os.replace(part, real)  # noqa: PTH105
    except OSError as error:
        raise StoreError(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
