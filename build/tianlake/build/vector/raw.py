"""The rows of one source as they are in it, in a table: what is looked at before it is settled where they lie."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Final

import duckdb

from tianlake.build.vector.readers import open_source
from tianlake.build.vector.reading import Opened, Origin, Reading
from tianlake.build.vector.sql_errors import reason
from tianlake.build.vector.zones import Extent
from tianlake.lake.duck import identifier
from tianlake.lake.errors import LakeError, fault

READ: Final = Template("""
CREATE OR REPLACE TABLE $table AS
SELECT * EXCLUDE ($aside), $geometry AS geometry, __row, $told AS __told,
  coalesce($unreadable, false) AS __unreadable, coalesce($sexagesimal, false) AS __sexagesimal
FROM (SELECT *, row_number() OVER () AS __row FROM $relation) WHERE ($where
)
""")

EXTENT: Final = Template("""
SELECT min(ST_XMin(geometry)), min(ST_YMin(geometry)), max(ST_XMax(geometry)), max(ST_YMax(geometry)),
  approx_quantile(ST_XMin(geometry), 0.5), approx_quantile(ST_YMin(geometry), 0.5)
FROM $table WHERE NOT ST_IsEmpty(geometry) AND isfinite(ST_XMin(geometry)) AND isfinite(ST_XMax(geometry))
  AND isfinite(ST_YMin(geometry)) AND isfinite(ST_YMax(geometry))
""")


@dataclass(frozen=True, slots=True)
class Raw:
    """The rows that `where` lets through, in a table: attributes, `geometry` in the CRS of the source, `__row`, ….

    `__told` is what the source says of the place, `__unreadable` and `__sexagesimal` how its coordinates are written.
    """

    table: str
    origin: Origin
    crs: str | None
    count: int
    """Rows of the source."""
    extent: Extent | None
    notes: tuple[str, ...]


def read_raw(connection: duckdb.DuckDBPyConnection, reading: Reading, table: str) -> Raw:
    """Read a source.

    Raises:
        LakeError: It cannot be read, or `where` is not a condition on its columns.
    """
    with open_source(connection, reading) as opened:
        points = opened.points
        statement = READ.substitute(
            table=table,
            aside=", ".join(map(identifier, (*opened.left_aside, "__row"))),
            geometry=points.geometry,
            told=points.told,
            unreadable=points.unreadable,
            sexagesimal=points.sexagesimal,
            relation=opened.relation,
            where=condition(connection, reading, opened),
        )
        try:
            connection.execute(statement)
        except duckdb.Error as error:
            raise _explain(error, reading) from None
        count, notes, crs, origin = opened.count(), opened.notes, opened.crs, opened.origin
    box = connection.sql(EXTENT.substitute(table=table)).fetchone()
    extent = None if box is None or box[0] is None else Extent(*box)
    return Raw(table, origin, crs, count, extent, notes)


def condition(connection: duckdb.DuckDBPyConnection, reading: Reading, opened: Opened) -> str:
    """Return `where` of a source, `true` where it has none.

    Raises:
        LakeError: It is not a condition on the source's columns.
    """
    where = reading.source.where
    if where is None:
        return "true"
    try:
        connection.sql(f"SELECT 1 FROM {opened.shape} WHERE ({where}\n)")
    except duckdb.Error as error:
        columns = ", ".join(connection.sql(f"FROM {opened.shape}").columns)
        rule = f"{reason(error)}; columns of {reading.source.public_path}: {columns}"
        raise reading.misdeclared("where", rule) from None
    return where


def _explain(error: duckdb.Error, reading: Reading) -> LakeError:
    """Return what a failure while reading means."""
    if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException) and reading.source.where:
        return fault(reading.recipe, f"{reading.place}.where", reason(error))
    text = str(error)
    if "nvalid unicode" in text:
        return reading.not_text()
    if "Unsupported geometry type in WKB" in text:
        return reading.wrong("holds curves or surfaces; convert them first, such as by ogr2ogr -nlt CONVERT_TO_LINEAR")
    return reading.unreadable(reason(error))
