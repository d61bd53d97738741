"""Brings the features of one source to CGCS2000 with valid geometry, and counts what became of each."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Final, Literal

import duckdb

from tianlake.build.vector.projection import Frame, to_cgcs2000
from tianlake.build.vector.readers import open_source
from tianlake.build.vector.reading import Opened, Reading
from tianlake.build.vector.sql_errors import reason
from tianlake.lake.errors import LakeError, fault

Fate = Literal["kept", "repaired", "without_geometry", "beyond_repair", "outside_world"]

USABLE: Final = ("kept", "repaired")

EDGE_DEG: Final = 1e-6
"""How far beyond 180° or 90° rounding may carry a coordinate; farther is a wrong CRS or swapped axes."""

PLACE: Final = Template("""
CREATE TABLE $table AS
WITH
chosen AS (SELECT $attributes, $geometry AS geometry FROM $relation WHERE ($where
)),
moved AS (SELECT * REPLACE ($moved AS geometry) FROM chosen),
-- Measures are dropped: GeoParquet 1.1 knows x, y and z ("geometry_types").
flat AS (SELECT * REPLACE (CASE
  WHEN NOT ST_HasM(geometry) THEN geometry
  WHEN ST_HasZ(geometry) THEN ST_Force3DZ(geometry, 0)
  ELSE ST_Force2D(geometry) END AS geometry) FROM moved),
judged AS (SELECT *, CASE WHEN NOT ST_IsEmpty(geometry) THEN ST_IsValid(geometry) END AS __valid FROM flat),
-- Repair keeps the dimension: what is left of an area is areas, without the stray lines that GEOS adds.
mended AS (SELECT * REPLACE (CASE
  WHEN __valid OR __valid IS NULL THEN geometry
  WHEN ST_GeometryType(geometry) = 'GEOMETRYCOLLECTION' THEN TRY(ST_MakeValid(geometry))
  ELSE ST_CollectionExtract(TRY(ST_MakeValid(geometry)), ST_Dimension(geometry) + 1) END AS geometry) FROM judged)
SELECT * EXCLUDE (__valid), CASE
  WHEN __valid IS NULL THEN 'without_geometry'
  WHEN geometry IS NULL OR ST_IsEmpty(geometry) OR NOT (__valid OR ST_IsValid(geometry)) THEN 'beyond_repair'
  WHEN NOT coalesce(ST_XMin(geometry) >= -180 - $edge AND ST_XMax(geometry) <= 180 + $edge
    AND ST_YMin(geometry) >= -90 - $edge AND ST_YMax(geometry) <= 90 + $edge, false) THEN 'outside_world'
  WHEN __valid THEN 'kept'
  ELSE 'repaired' END AS __fate
FROM mended
""")


@dataclass(frozen=True, slots=True)
class Placed:
    """The features of one source in a table: its attributes, `geometry` in CGCS2000 and `__fate`."""

    table: str
    read: int
    fates: dict[Fate, int]
    """Of the features that `where` let through."""
    frame: Frame

    @property
    def left_out(self) -> int:
        """Features that `where` left out."""
        return self.read - sum(self.fates.values())


def place(connection: duckdb.DuckDBPyConnection, reading: Reading, table: str) -> Placed:
    """Read one source into a new table; rows keep the order of the file.

    Raises:
        LakeError: The source cannot be read, has no CRS, or `where` is not a condition on its columns.
    """
    with open_source(connection, reading) as opened:
        where = _condition(connection, reading, opened)
        frame = to_cgcs2000("geometry", opened.crs, reading)
        statement = PLACE.substitute(
            table=table,
            attributes=opened.attributes,
            geometry=opened.geometry,
            relation=opened.relation,
            where=where,
            moved=frame.moved,
            edge=EDGE_DEG,
        )
        try:
            connection.execute(statement)
        except duckdb.Error as error:
            raise _explain(error, reading) from None
        fates = dict(connection.sql(f"SELECT __fate, count(*) FROM {table} GROUP BY 1").fetchall())
        return Placed(table, opened.count(), fates, frame)


def _condition(connection: duckdb.DuckDBPyConnection, reading: Reading, opened: Opened) -> str:
    """Return `where` once it is known to be a condition on the source's columns."""
    where = reading.source.where
    if where is None:
        return "true"
    try:
        connection.sql(f"SELECT 1 FROM {opened.shape} WHERE ({where}\n)")
    except duckdb.Error as error:
        columns = ", ".join(connection.sql(f"FROM {opened.shape}").columns)
        rule = f"{reason(error)}; columns of {reading.source.path}: {columns}"
        raise fault(reading.recipe, f"{reading.place}.where", rule) from None
    return where


def _explain(error: duckdb.Error, reading: Reading) -> LakeError:
    """Return what a failure while reading means."""
    if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException) and reading.source.where:
        return fault(reading.recipe, f"{reading.place}.where", reason(error))
    text = str(error)
    if "nvalid unicode" in text:
        return reading.not_text()
    if "Unsupported geometry type in WKB" in text:
        rule = "holds curves or surfaces; convert them first, such as by ogr2ogr -nlt CONVERT_TO_LINEAR"
        return fault(reading.source.path, reading.source.layer or "", rule)
    return reading.unreadable(reason(error))
