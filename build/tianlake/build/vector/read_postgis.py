"""Reads a table, a view or a query of PostgreSQL with PostGIS, through DuckDB's extension for PostgreSQL."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import duckdb

from tianlake.build.database import attached, columns_of, select_of
from tianlake.build.vector.coordinates import choose_geometry
from tianlake.build.vector.reading import Found, Opened, Reading
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import LakeError

DATABASE: Final = "source_database"
ROWS: Final = "source_rows"
GEOMETRY: Final = frozenset({"geometry", "geography"})


@contextmanager
def open_postgis(connection: duckdb.DuckDBPyConnection, reading: Reading) -> Iterator[Opened]:
    """Open the rows; they come in the order of their text, which does not change while they do not.

    Columns of PostgreSQL's own kinds that DuckDB does not know become text; the first column of geometry is the
    source's, others are left out.

    Raises:
        LakeError: The recipe holds a password or no layer, the database cannot be reached, or it refuses the query.
    """
    source = reading.source
    select = select_of(source, reading.recipe, reading.place)
    with attached(connection, source, DATABASE):
        try:
            kinds = columns_of(connection, DATABASE, select)
            geometries = [name for name, kind in kinds.items() if kind in GEOMETRY]
            chosen = geometries[0] if geometries else None
            plain = [_quoted(name) for name in kinds if name not in geometries]
            shape = [*plain, *([f"ST_AsEWKB({_quoted(chosen)}::geometry) AS {_quoted(chosen)}"] if chosen else [])]
            query = f"SELECT {', '.join(shape)} FROM ({select}) q ORDER BY md5(q::text), q::text"
            relation = f"postgres_query({literal(DATABASE)}, {literal(query)})"
            crs = _crs(connection, select, chosen) if chosen else None
            geometry = f"* REPLACE (ST_GeomFromWKB({identifier(chosen)}) AS {identifier(chosen)})" if chosen else "*"
            connection.execute(f"CREATE TABLE {ROWS} AS SELECT {geometry} FROM {relation}")
        except duckdb.Error as error:
            raise _refused(reading, error) from None
    try:
        [(rows,)] = connection.sql(f"SELECT count(*) FROM {ROWS}").fetchall()
        found = Found(ROWS, f"(FROM {ROWS} LIMIT 0)", chosen, crs, lambda: int(rows))
        yield choose_geometry(connection, reading, found)
    finally:
        connection.execute(f"DROP TABLE {ROWS}")


def _crs(connection: duckdb.DuckDBPyConnection, select: str, column: str) -> str | None:
    """Return the CRS of a column of geometry by the SRID of its rows; None where it is unknown.

    Raises:
        duckdb.Error: Its rows have several.
    """
    name = _quoted(column)
    query = (
        f"SELECT DISTINCT auth_name, auth_srid, srtext FROM ({select}) q JOIN spatial_ref_sys s "
        f"ON s.srid = ST_SRID(q.{name}::geometry)"
    )
    rows: list[Any] = connection.sql(f"FROM postgres_query({literal(DATABASE)}, {literal(query)})").fetchall()
    if len(rows) > 1:
        raise duckdb.InvalidInputException(
            f"geometries of {column} are in {len(rows)} coordinate systems; choose by query"
        )
    if not rows:
        return None
    [(authority, code, text)] = rows
    return f"{authority}:{code}" if authority else str(text)


def _quoted(name: str | None) -> str:
    return identifier(str(name))


def _refused(reading: Reading, error: duckdb.Error) -> LakeError:
    first = str(error).split("\nLINE ", maxsplit=1)[0]
    return reading.unreadable(first.split("Error: ", maxsplit=1)[-1])
