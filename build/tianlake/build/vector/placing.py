"""Brings the features of one source to CGCS2000 with valid geometry, and notes what became of each."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from dataclasses import dataclass, replace
from string import Template
from typing import Final

import duckdb

from tianlake.build.vector import zones
from tianlake.build.vector.addresses import locate
from tianlake.build.vector.moving import register_cut, register_move
from tianlake.build.vector.projection import TARGET, Frame, frame_of
from tianlake.build.vector.raw import Raw, read_raw
from tianlake.build.vector.reading import Reading
from tianlake.build.vector.sql_errors import reason
from tianlake.lake.duck import literal
from tianlake.lake.recipes import Source

USABLE: Final = ("kept", "repaired")
"""Fates of features that go on; every other fate is the rule of a finding that drops them."""

EDGE_DEG: Final = 1e-6
"""How far beyond 180° or 90° rounding may carry a coordinate; farther is a wrong CRS or swapped axes."""

CHINA: Final = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north of all of China, degrees. No longitude of it is a latitude of it: exchanged ones show."""

MOSTLY: Final = 0.9
"""Share of a source's features that must lie in China, as they are or exchanged, before one is taken for exchanged:
Svalbard in a list of the world's airports is none."""

PLACE: Final = Template("""
CREATE OR REPLACE TABLE $table AS
WITH
flat AS (SELECT * REPLACE (CASE
  WHEN NOT ST_HasM(geometry) THEN geometry
  WHEN ST_HasZ(geometry) THEN ST_Force3DZ(geometry, 0)
  ELSE ST_Force2D(geometry) END AS geometry), coalesce(ST_HasM(geometry), false) AS __measured,
  coalesce($turned, false) AS __turned, coalesce($astray, false) AS __astray FROM $raw),
upright AS (SELECT * REPLACE ($upright AS geometry) FROM flat),
moved AS (SELECT * REPLACE ($moved AS geometry) FROM upright),
level AS (SELECT * REPLACE ($level AS geometry), $lowered AS __lowered FROM moved),
unrolled AS (SELECT *, CASE
  WHEN ST_XMax(geometry) - ST_XMin(geometry) > 180
    OR ST_XMax(geometry) > 180 + $edge OR ST_XMin(geometry) < -180 - $edge
  THEN $cut(ST_AsWKB(geometry)) END AS __cut FROM level),
whole AS (SELECT * REPLACE (CASE WHEN __cut IS NULL THEN geometry ELSE ST_GeomFromWKB(__cut) END AS geometry)
  FROM unrolled),
judged AS (SELECT *, CASE WHEN NOT ST_IsEmpty(geometry) THEN ST_IsValid(geometry) END AS __valid FROM whole),
-- Repair keeps the dimension: what is left of an area is areas, without the stray lines that GEOS adds.
mended AS (SELECT * REPLACE (CASE
  WHEN __valid OR __valid IS NULL THEN geometry
  WHEN ST_GeometryType(geometry) = 'GEOMETRYCOLLECTION' THEN TRY(ST_MakeValid(geometry))
  ELSE ST_CollectionExtract(TRY(ST_MakeValid(geometry)), ST_Dimension(geometry) + 1) END AS geometry),
  CASE WHEN NOT __valid THEN ST_AsWKB(geometry) END AS __before FROM judged),
fated AS (SELECT *, CASE
  WHEN __unreadable THEN 'coordinates.unreadable'
  WHEN geometry IS NULL AND __valid IS NULL THEN $absent
  WHEN __valid IS NULL THEN 'geometry.empty'
  WHEN __turned AND NOT $swap THEN 'coordinates.swapped'
  WHEN __astray THEN 'coordinates.other_zone'
  WHEN geometry IS NULL OR ST_IsEmpty(geometry) OR NOT (__valid OR ST_IsValid(geometry)) THEN 'geometry.beyond_repair'
  WHEN NOT coalesce(ST_XMin(geometry) >= -180 - $edge AND ST_XMax(geometry) <= 180 + $edge
    AND ST_YMin(geometry) >= -90 - $edge AND ST_YMax(geometry) <= 90 + $edge, false) THEN 'geometry.outside_world'
  WHEN __valid THEN 'kept'
  ELSE 'repaired' END AS __fate FROM mended)
SELECT * EXCLUDE (__valid, __cut, __measured, __turned, __astray, __lowered, __sexagesimal, __unreadable),
  list_filter([
    CASE WHEN __fate = 'repaired' THEN 'geometry.repaired' END,
    CASE WHEN __measured THEN 'geometry.measures' END,
    CASE WHEN __lowered THEN 'geometry.heights' END,
    CASE WHEN __cut IS NOT NULL THEN 'geometry.antimeridian' END,
    CASE WHEN __turned THEN 'coordinates.turned' END,
    CASE WHEN __sexagesimal THEN 'coordinates.sexagesimal' END
  ], lambda rule: rule IS NOT NULL) AS __changes
FROM fated ORDER BY __row
""")


@dataclass(frozen=True, slots=True)
class Placed:
    """The features of one source in a table.

    Its columns are the attributes, `geometry` in CGCS2000, and `__row` (place in the source, from 1), `__fate`,
    `__changes` (rules of findings), `__told` (coordinates as the source has them), `__before` (WKB before repair).
    """

    table: str
    read: int
    fates: dict[str, int]
    """Of the features that `where` let through."""
    frame: Frame
    notes: tuple[str, ...]
    """Rules of findings that hold for the whole source."""

    @property
    def left_out(self) -> int:
        """Features that `where` left out."""
        return self.read - sum(self.fates.values())


def place(connection: duckdb.DuckDBPyConnection, reading: Reading, table: str) -> Placed:
    """Read one source into a new table; rows keep the order of the file.

    Raises:
        LakeError: The source cannot be read, has no CRS or another one than its coordinates show, or `where` is not
            a condition on its columns.
    """
    raw = read_raw(connection, reading, f"{table}_raw")
    frame = _by_address(connection, reading, raw) if raw.origin == "address" else frame_of(raw.crs, raw.extent, reading)
    if frame.three:
        _check_height(connection, reading, raw)
    statement = _statement(connection, reading, raw, frame, table)
    try:
        connection.execute(statement)
    except duckdb.Error as error:
        raise reading.unreadable(reason(error)) from None
    for name in (_function(table, "move"), _function(table, "cut")):
        _forget(connection, name)
    connection.execute(f"DROP TABLE {raw.table}")
    fates = dict(connection.sql(f"SELECT __fate, count(*) FROM {table} GROUP BY 1").fetchall())
    return Placed(table, raw.count, fates, frame, (*raw.notes, *frame.notes))


def _by_address(connection: duckdb.DuckDBPyConnection, reading: Reading, raw: Raw) -> Frame:
    """Give the rows the positions of their addresses."""
    source = reading.source
    path = str(source.gazetteer)
    gazetteer = replace(
        reading,
        source=Source(path, crs=source.gazetteer_crs),
        file=reading.root / path,
        place=f"{reading.place}.gazetteer",
    )
    areas = place(connection, gazetteer, f"{raw.table}_gazetteer")
    locate(connection, reading, raw.table, areas.table)
    connection.execute(f"DROP TABLE {areas.table}")
    return Frame(TARGET, "file", f"addresses looked up in {path}", None, notes=("address.located",))


def _check_height(connection: duckdb.DuckDBPyConnection, reading: Reading, raw: Raw) -> None:
    """Refuse geocentric coordinates without a third one: they are no place."""
    [(flat, tall)] = connection.sql(
        f"SELECT count(*) FILTER (NOT ST_HasZ(geometry)), count(*) FILTER (ST_HasZ(geometry)) FROM {raw.table}"
    ).fetchall()
    if flat and not tall:
        raise reading.misdeclared("z", 'geocentric coordinates are three; name the third column, such as z = "Z"')


def _statement(connection: duckdb.DuckDBPyConnection, reading: Reading, raw: Raw, frame: Frame, table: str) -> str:
    extent = raw.extent
    turns = frame.geographic and extent is not None and extent.west >= -EDGE_DEG and extent.east > 180 + EDGE_DEG
    register_cut(connection, _function(table, "cut"), turns=turns)
    register_move(connection, _function(table, "move"), frame)
    swap = reading.source.swap
    turned = _turned(connection, raw, frame, asked=swap)
    moved = f"ST_GeomFromWKB({_function(table, 'move')}(ST_AsWKB(geometry)))"
    return PLACE.substitute(
        table=table,
        raw=raw.table,
        turned=turned,
        astray=_astray(frame, turned),
        upright="CASE WHEN __turned THEN ST_FlipCoordinates(geometry) ELSE geometry END" if swap else "geometry",
        moved=moved if frame.move else "geometry",
        level="geometry" if reading.keep_z else "ST_Force2D(geometry)",
        lowered="false" if reading.keep_z else "coalesce(ST_HasZ(geometry), false)",
        cut=_function(table, "cut"),
        edge=EDGE_DEG,
        absent=literal(
            {"geometry": "geometry.null", "coordinates": "coordinates.missing", "address": "address.unknown"}[
                raw.origin
            ]
        ),
        swap="true" if swap else "false",
    )


def _turned(connection: duckdb.DuckDBPyConnection, raw: Raw, frame: Frame, *, asked: bool) -> str:
    """Return the SQL condition that a feature's x and y are exchanged."""
    if frame.zone is not None:
        low, high = zones.NORTHINGS_M
        north = f"ST_XMin(geometry) BETWEEN {low} AND {high}"
        return f"({north} AND floor(ST_YMin(geometry) / {zones.MILLION}) = {frame.zone.prefix})" if asked else "false"
    if not frame.geographic:
        return "false"
    west, south, east, north_ = CHINA
    box = (
        "({0}Min(geometry) >= {2} AND {0}Max(geometry) <= {3} AND {1}Min(geometry) >= {4} AND {1}Max(geometry) <= {5})"
    )
    there = box.format("ST_X", "ST_Y", west, east, south, north_)
    turned = box.format("ST_Y", "ST_X", west, east, south, north_)
    if asked:
        return turned
    [(share,)] = connection.sql(
        f"SELECT count(*) FILTER ({there} OR {turned}) / count(*) FROM {raw.table} WHERE NOT ST_IsEmpty(geometry)"
    ).fetchall()
    return turned if share is not None and share >= MOSTLY else "false"


def _astray(frame: Frame, turned: str) -> str:
    """Return the SQL condition that an easting does not belong to the zone that the others belong to."""
    if frame.zone is None:
        return "false"
    numbers = (f"floor({side}(geometry) / {zones.MILLION})" for side in ("ST_XMin", "ST_XMax"))
    return f"(NOT {turned} AND NOT ({' AND '.join(f'{each} = {frame.zone.prefix}' for each in numbers)}))"


def _function(table: str, what: str) -> str:
    return f"{what}_{table}"


def _forget(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    try:
        connection.remove_function(name)
    except duckdb.InvalidInputException:  # a source in CGCS2000 needs no function to move it
        return
