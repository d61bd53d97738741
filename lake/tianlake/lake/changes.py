"""How the features of one release differ from those of another (article 12): compared by id, in DuckDB, set-based.

Geometry is compared by its bytes as WKB; areas whose bytes differ once more by `ST_Normalize`, so that another first
vertex, direction of a ring or order of parts is no change. Lines and points are not normalised: the direction of a line
means something. Coordinates have no tolerance. Attributes are compared where both releases have the column: NaN equals
NaN, NULL equals NULL. A column that came, went or got another type is a change of schema, told once and not for every
feature; a value of a column that got another type is the same if it converts both ways without loss.

Rows of plain tables are compared by attributes alone.
"""

# ruff: noqa: S608 - names of columns and files cannot be bound; all that is foreign is quoted

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Final

import duckdb

from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import LakeError
from tianlake.lake.releases import Changes
from tianlake.lake.words import CGCS2000

CHANGED: Final = "changed"
"""The table that `find_changes` leaves: `COLUMNS` of every feature that differs, the last two only of features."""

COLUMNS: Final = ("id", "change", "attributes", "before", "geometry")
"""Id as text; `KINDS` in a word; names of the attributes that differ; where the feature was, as a struct of `xmin`,
`ymin`, `xmax`, `ymax` in degrees, if its geometry changed; its newer geometry, or that of the removed one."""

KINDS: Final = ("added", "geometry", "attributes", "removed")
"""What became of a feature; `geometry` with or without attributes."""

OURS: Final = frozenset({"geometry", "bbox"})
"""Columns of features that are no attributes."""

COMPARE: Final = Template("""
CREATE OR REPLACE TEMP TABLE $table AS
SELECT coalesce(n.$id::VARCHAR, o.$id::VARCHAR) AS id,
  CASE WHEN o.$id IS NULL THEN 'added' WHEN n.$id IS NULL THEN 'removed'
    WHEN $moved THEN 'geometry' ELSE 'attributes' END AS change,
  CASE WHEN o.$id IS NULL OR n.$id IS NULL THEN []::VARCHAR[]
    ELSE list_filter([$named]::VARCHAR[], lambda each: each IS NOT NULL) END AS attributes $placed
FROM read_parquet($newer) n FULL JOIN read_parquet($older) o ON $joined
WHERE o.$id IS NULL OR n.$id IS NULL OR $differs
""")

MOVED: Final = """CASE WHEN ST_AsWKB(n.geometry) IS NOT DISTINCT FROM ST_AsWKB(o.geometry) THEN false
    WHEN ST_GeometryType(n.geometry) IN ('POLYGON', 'MULTIPOLYGON')
    THEN ST_AsWKB(ST_Normalize(n.geometry)) IS DISTINCT FROM ST_AsWKB(ST_Normalize(o.geometry)) ELSE true END"""

PLACED: Final = Template(f""",
  CASE WHEN o.$id IS NOT NULL AND n.$id IS NOT NULL AND {MOVED} THEN
    {{xmin: ST_XMin(o.geometry), ymin: ST_YMin(o.geometry), xmax: ST_XMax(o.geometry), ymax: ST_YMax(o.geometry)}}
    END AS before,
  ST_SetCRS(ST_GeomFromWKB(coalesce(ST_AsWKB(n.geometry), ST_AsWKB(o.geometry))), {literal(CGCS2000)}) AS geometry""")


@dataclass(frozen=True, slots=True)
class Sides:
    """Two Parquet files of one product, both with geometry or both without, and what names a feature or row in both."""

    older: str
    """Path or URL as DuckDB reads it."""
    newer: str
    id: str


def check_ids(connection: duckdb.DuckDBPyConnection, file: str, id_column: str, told: str) -> None:
    """Refuse a table whose features cannot be told apart by a column.

    Args:
        connection: Where the file is read.
        file: Path or URL of a Parquet file.
        id_column: The column.
        told: What the file is called in a message.

    Raises:
        LakeError: There is no such column, or it is null or repeats a value.
    """
    if id_column not in _columns(connection, file):
        raise LakeError(f"{told}: has no column {id_column!r}, which features are told apart by")
    own = identifier(id_column)
    [(rows, named, different)] = connection.sql(
        f"SELECT count(*), count({own}), count(DISTINCT {own}) FROM read_parquet({literal(file)})"
    ).fetchall()
    if not rows == named == different:
        found = f"is null in {rows - named} features and repeats a value in {named - different}"
        raise LakeError(f"{told}: {id_column}: {found}; an id is never null and never there twice")


def check_older(connection: duckdb.DuckDBPyConnection, sides: Sides, told: str) -> None:
    """Refuse an older side that the newer one cannot be compared with.

    Raises:
        LakeError: As `check_ids`, with `told` for the older side; or one side has geometry and the other has none.
    """
    older, newer = (is_placed(_columns(connection, file)) for file in (sides.older, sides.newer))
    if older != newer:
        rule = "has geometry and the newer rows have none" if older else "has no geometry and the newer features have"
        raise LakeError(f"{told}: {rule}; features and plain rows are not compared")
    check_ids(connection, sides.older, sides.id, told)


def is_placed(columns: Mapping[str, str]) -> bool:
    """Tell by names and types of columns whether rows are features: whether they have geometry."""
    return columns.get("geometry", "").startswith("GEOMETRY")


def has_geometry(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether what differs, in the table `CHANGED`, is features; otherwise it is rows of plain tables."""
    return is_placed(_described(connection, CHANGED))


def find_changes(connection: duckdb.DuckDBPyConnection, sides: Sides, base: str) -> Changes:
    """Compare two releases that `check_older` and `check_ids` found right; leave what differs in the table `CHANGED`.

    Args:
        connection: Where the table is made; it spills to disk where the connection has a scratch folder.
        sides: What is compared.
        base: The release id of the older side.

    Raises:
        duckdb.Error: A file cannot be read.
    """
    old, new = _columns(connection, sides.older), _columns(connection, sides.newer)
    connection.execute(comparison(sides, old, new))
    counts = dict(connection.sql(f"SELECT change, count(*) FROM {CHANGED} GROUP BY ALL").fetchall())
    [(rows,)] = connection.sql(f"SELECT count(*) FROM read_parquet({literal(sides.newer)})").fetchall()
    found = {kind: counts.get(kind, 0) for kind in KINDS}
    return Changes(
        base=base,
        **found,
        unchanged=rows - found["added"] - found["geometry"] - found["attributes"],
        columns_added=tuple(name for name in new if name not in old),
        columns_removed=tuple(name for name in old if name not in new),
        columns_retyped=tuple(name for name in _shared(old, new) if old[name] != new[name]),
    )


def comparison(sides: Sides, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Return the statement that makes `CHANGED`; `old` and `new` are name → type of the columns of each side."""
    differing = {name: _differs(name, old[name], new[name]) for name in _shared(old, new) if name != sides.id}
    own = identifier(sides.id)
    moved, placed = (MOVED, PLACED.substitute(id=own)) if is_placed(new) else ("false", "")
    alike = old[sides.id] == new[sides.id]
    return COMPARE.substitute(
        table=CHANGED,
        id=own,
        moved=moved,
        named=", ".join(f"CASE WHEN {test} THEN {literal(name)} END" for name, test in differing.items()),
        placed=placed,
        newer=literal(sides.newer),
        older=literal(sides.older),
        joined=f"n.{own} = o.{own}" if alike else f"n.{own}::VARCHAR = o.{own}::VARCHAR",
        differs=" OR ".join([moved, *(f"({test})" for test in differing.values())]),
    )


def _shared(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return the attributes that both sides have; a plain table may call an attribute `geometry`."""
    return [name for name in new if name in old and not (is_placed(new) and name in OURS)]


def _differs(name: str, old: str, new: str) -> str:
    """Return SQL that tells whether an attribute differs."""
    column = identifier(name)
    if old == new:
        return f"n.{column} IS DISTINCT FROM o.{column}"
    there, back = f"TRY_CAST(o.{column} AS {new})", f"TRY_CAST(n.{column} AS {old})"
    return f"n.{column} IS DISTINCT FROM {there} OR o.{column} IS DISTINCT FROM {back}"


def _columns(connection: duckdb.DuckDBPyConnection, file: str) -> dict[str, str]:
    return _described(connection, f"read_parquet({literal(file)})")


def _described(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in connection.sql(f"DESCRIBE FROM {relation}").fetchall()}
