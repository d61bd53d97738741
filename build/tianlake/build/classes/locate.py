"""Which division polygon a feature lies in."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from tianlake.build.classes.samples import samples
from tianlake.build.earth import ELLIPSOID
from tianlake.build.job import Job, recipe_file
from tianlake.build.quality.report import Finding
from tianlake.build.vector.placing import USABLE, place
from tianlake.build.vector.reading import Reading
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import fault
from tianlake.lake.recipes import DivisionAreas, Source
from tianlake.lake.words import Text

LOCATED: Final = "located"
"""Table of `__source`, `__ordinal`, `code` and `name`: of each feature that lies in a polygon, the polygon."""

AREAS: Final = "division_areas"
POINTS: Final = "division_points"

TOUCHING: Final = f"""
SELECT p.__source, p.__ordinal, a.code, a.name FROM {POINTS} p JOIN {AREAS} a ON ST_Intersects(a.geometry, p.geometry)
"""
"""An inner join of two tables on one condition: DuckDB uses its spatial index for no other. 185,105 points and 2,891
counties take 1.2 s (DuckDB 1.5.5, 2 cores, one run, 2026-11-26)."""

SHORTEST_DEGREE_M: Final = 110_574.0
"""The shortest degree of latitude, at the equator: a search of so many degrees finds all that is near enough."""


@contextmanager
def locate(
    connection: duckdb.DuckDBPyConnection, job: Job, table: str, areas: DivisionAreas | None, where: str
) -> Iterator[list[Finding]]:
    """Make the table `LOCATED` until the block ends, and give what is to say of features on borders and outside.

    A feature lies where its representative point lies. On a border it lies in the polygon of the smallest code.
    Without a file of polygons no feature lies anywhere, and nothing is said.

    Args:
        connection: Where the features are.
        job: For the workspace, and for messages.
        table: The features.
        areas: The file of polygons.
        where: Its place in the recipe, for messages.

    Raises:
        LakeError: The file cannot be read, lacks an attribute, or a polygon's code is none.
    """
    connection.execute(f"CREATE TABLE {LOCATED} (__source INTEGER, __ordinal BIGINT, code VARCHAR, name VARCHAR)")
    findings: list[Finding] = []
    if areas is not None:
        read_areas(connection, job, areas, where)
        connection.execute(
            f"CREATE TABLE {POINTS} AS SELECT __source, __ordinal, ST_PointOnSurface(geometry) AS geometry FROM {table}"
        )
        findings = _join(connection, table, areas)
        connection.execute(f"DROP TABLE {AREAS}; DROP TABLE {POINTS}")
    yield findings
    connection.execute(f"DROP TABLE {LOCATED}")


def read_areas(connection: duckdb.DuckDBPyConnection, job: Job, areas: DivisionAreas, where: str) -> None:
    """Make the table `AREAS` of code, name and geometry.

    Raises:
        LakeError: The file cannot be read, lacks an attribute, or a polygon's code is none.
    """
    source = Source(areas.path, where=areas.where, crs=areas.crs)
    reading = Reading(source, job.root / areas.path, recipe_file(job), where, job.scratch, lambda _rows: None)
    placed = place(connection, reading, "division_source")
    columns = connection.sql(f"FROM {placed.table}").columns
    for part, column in (("code", areas.code), ("name", areas.name)):
        if column.lower() not in (each.lower() for each in columns):
            there = ", ".join(each for each in columns if not each.startswith("__") and each != "geometry")
            raise fault(
                recipe_file(job), f"{where}.{part}", f"{areas.path} has no attribute {column!r}; it has {there}"
            )
    usable = ", ".join(map(literal, USABLE))
    town = where.endswith("towns")
    connection.execute(
        f"CREATE TABLE {AREAS} AS SELECT {_code(areas.code, town=town)} AS code, "
        f"{identifier(areas.name)}::VARCHAR AS name, geometry FROM {placed.table} "
        f"WHERE __fate IN ({usable}) AND ST_Dimension(geometry) = 2; DROP TABLE {placed.table}"
    )
    [(rows, coded)] = connection.sql(f"SELECT count(*), count(code) FROM {AREAS}").fetchall()
    if not rows or coded < rows:
        form = "9 digits, 12 that end in 000, or 156 and 9" if town else "six digits, or 156 and six"
        rule = f"{rows - coded} of {rows} polygons of {areas.path} have no code ({form}); leave them out by where"
        raise fault(recipe_file(job), f"{where}.code", rule)


def _code(column: str, *, town: bool) -> str:
    """Return SQL for the code as it is published, `156` and six digits, or nine of a town; null where it is none."""
    said = f"trim({identifier(column)}::VARCHAR)"
    if town:  # the twelve digits of statistics are nine and three zeros; 156 begins none, for no province is 15 6x
        return (
            f"CASE WHEN regexp_matches({said}, '^156\\d{{9}}$') THEN {said} "
            f"WHEN regexp_matches({said}, '^\\d{{9}}(000)?$') THEN '156' || left({said}, 9) END"
        )
    return (
        f"CASE WHEN regexp_matches({said}, '^156\\d{{6}}$') THEN {said} "
        f"WHEN regexp_matches({said}, '^\\d{{6}}(0{{6}})?$') THEN '156' || left({said}, 6) END"
    )


def _join(connection: duckdb.DuckDBPyConnection, table: str, areas: DivisionAreas) -> list[Finding]:
    """Fill `LOCATED`."""
    connection.execute(f"CREATE TABLE touching AS {TOUCHING}")
    connection.execute(
        f"INSERT INTO {LOCATED} SELECT __source, __ordinal, min(code), min_by(name, code) FROM touching GROUP BY ALL"
    )
    border = (
        f"(SELECT t.*, b.codes FROM {table} t JOIN (SELECT __source, __ordinal, string_agg(code, ' ' ORDER BY code) "
        "AS codes FROM touching SEMI JOIN (SELECT __source, __ordinal FROM touching GROUP BY ALL "
        "HAVING min(code) <> max(code)) USING (__source, __ordinal) GROUP BY ALL) b USING (__source, __ordinal))"
    )
    found = samples(connection, border, "true", "codes")
    reason = Text("位于区划界线上，取代码最小者", "it lies on a border; the smallest code is taken")
    findings = [Finding("place.border", "kept", found.count, reason, areas.path, found.samples)] if found.count else []
    connection.execute("DROP TABLE touching")
    if areas.nearest_m:
        findings += _nearest(connection, table, areas)
    outside = f"(SELECT * FROM {table} t ANTI JOIN {LOCATED} l USING (__source, __ordinal))"
    found = samples(connection, outside, "true", "''")
    if found.count:
        reason = Text("不在任何区划面内（如海上或境外）", "it lies in no polygon, such as in the sea or abroad")
        findings.append(Finding("place.outside", "kept", found.count, reason, areas.path, found.samples))
    return findings


def _nearest(connection: duckdb.DuckDBPyConnection, table: str, areas: DivisionAreas) -> list[Finding]:
    """Give features outside of every polygon to the nearest one, where it is near enough."""
    points = connection.sql(
        f"SELECT __source, __ordinal, ST_AsWKB(geometry) AS wkb FROM {POINTS} "
        f"ANTI JOIN {LOCATED} USING (__source, __ordinal)"
    ).to_arrow_table()
    shapes = connection.sql(f"SELECT code, name, ST_AsWKB(geometry) AS wkb FROM {AREAS} ORDER BY code").to_arrow_table()
    which, area = _pairs(
        shapely.from_wkb(points["wkb"].to_numpy()), shapely.from_wkb(shapes["wkb"].to_numpy()), areas.nearest_m
    )
    near = pa.table(
        {
            **{name: points[name].take(which) for name in ("__source", "__ordinal")},
            **{name: shapes[name].take(area) for name in ("code", "name")},
        }
    )
    connection.register("near", near)
    try:
        connection.execute(f"INSERT INTO {LOCATED} FROM near")
        rows = f"(SELECT t.*, n.code AS __near FROM {table} t JOIN near n USING (__source, __ordinal))"
        found = samples(connection, rows, "true", "__near")
    finally:
        connection.unregister("near")
    reason = Text(
        f"不在区划面内，归入 {areas.nearest_m:g} 米内最近的区划",
        f"it lies in no polygon and is given to the nearest within {areas.nearest_m:g} m",
    )
    return [Finding("place.nearest", "changed", found.count, reason, areas.path, found.samples)] if found.count else []


def _pairs(points: NDArray[Any], shapes: NDArray[Any], limit_m: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of points that a shape is near enough to, and of the nearest shape of each."""
    widest = np.cos(np.radians(np.clip(np.abs(shapely.get_y(points)), 0, 89))).min(initial=1.0)
    tree = shapely.STRtree(shapes)
    which, area = tree.query(points, predicate="dwithin", distance=limit_m / SHORTEST_DEGREE_M / widest)
    ends = shapely.get_coordinates(shapely.shortest_line(points[which], shapes[area])).reshape(-1, 2, 2)
    _, _, metres = ELLIPSOID.inv(ends[:, 0, 0], ends[:, 0, 1], ends[:, 1, 0], ends[:, 1, 1])
    order = np.lexsort((area, metres, which))
    order = order[np.asarray(metres)[order] <= limit_m]
    _, first = np.unique(which[order], return_index=True)
    return which[order][first], area[order][first]
