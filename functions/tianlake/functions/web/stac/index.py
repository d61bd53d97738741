"""The index of Items as DuckDB sees it: which columns it has, and how conditions and documents are read. Pure.

A row is known by its place in the file, from 0: the file never changes, its name is the beginning of its SHA-256.
"""

# ruff: noqa: S608 - names of files and columns cannot be bound; all that is foreign is quoted

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tianlake.functions.web.ogc.shapes import Ask
from tianlake.functions.web.ogc.tables import Field, Side, kind_of
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import StoreError

ROW: Final = "_row"
START: Final = "_start"
END: Final = "_end"
_BOX: Final[tuple[Side, ...]] = ("xmin", "ymin", "xmax", "ymax")

FOREIGN: Final = frozenset({"type", "stac_version", "stac_extensions", "geometry", "bbox", "assets", "links"})
"""Columns that are neither properties nor names of an Item (stac-geoparquet 1.0, "Guidelines")."""
NAMES: Final = ("id", "collection")
COMMON: Final = (
    *(Field(each, "date-time", "TIMESTAMP WITH TIME ZONE") for each in ("datetime", "start_datetime", "end_datetime")),
    *(Field(each, "date-time", "TIMESTAMP WITH TIME ZONE") for each in ("created", "updated")),
    *(Field(each, "string", "VARCHAR") for each in ("title", "platform", "constellation", "mission")),
    *(Field(each, "number", "DOUBLE") for each in ("gsd", "eo:cloud_cover")),
)
"""Properties that clients ask any catalog for (STAC 1.1.0, common metadata): where no Item has one, none is found."""
PREFIX: Final = "properties."
"""What STAC's `sort` and `fields` put before the name of a property."""

_OWN: Final = frozenset({ROW, START, END, *(f"_{side}" for side in _BOX)})
"""Columns of a search: a property of such a name is in the Items, but nothing is found by it."""
_WORLD: Final = ("-180", "180")


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file of Items holds."""

    types: tuple[tuple[str, str], ...]
    """Names and types, as DuckDB prints them."""
    rows: int
    crossing: bool
    """Whether an Item's box crosses the antimeridian: its west is above its east (RFC 7946 §5.2)."""

    @property
    def names(self) -> frozenset[str]:
        """Names of all columns."""
        return frozenset(name for name, _ in self.types)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Names and properties that can be compared and sorted by, common ones that no Item has included."""
        found = (Field(name, kind_of(kind), kind) for name, kind in self.types if name not in FOREIGN | _OWN)
        missing = (each for each in COMMON if each.name not in self.names)
        return (*(each for each in found if each.kind != "other"), *missing)


@dataclass(frozen=True, slots=True)
class ItemTable:
    """The Items of an index, as a relation that is called `lake` in SQL."""

    digest: str
    """Beginning of the file's SHA-256, 16 hex digits."""
    columns: Columns
    source: str
    """What stands after FROM."""
    geometry: str = "geometry"
    number: str | None = "DOUBLE"

    @property
    def queryables(self) -> tuple[Field, ...]:
        """Return the names and properties that can be compared."""
        return self.columns.fields

    def field(self, name: str) -> Field | None:
        """Return a name or property, with or without the prefix `properties.`; None where there is none."""
        wanted = {name, name.removeprefix(PREFIX)} - set(NAMES) if name.startswith(PREFIX) else {name}
        return next((each for each in self.queryables if each.name in wanted), None)

    def edge(self, side: Side) -> str:
        """Return SQL for an edge of an Item's box."""
        return f"lake._{side}"


def look(file: str, ask: Ask) -> Columns:
    """Return what a file of Items holds; raises `StoreError` where it is none that can be served."""
    source = f"read_parquet({literal(file)})"
    types = tuple((str(row[0]), str(row[1])) for row in ask(f"DESCRIBE SELECT * FROM {source}").rows)
    missing = {"id", "collection", "geometry", "bbox", "assets", "links"} - {name for name, _ in types}
    if missing:
        raise StoreError(f"{file}: an index of Items has the columns {', '.join(sorted(missing))}")
    [(rows, crosses)] = ask(f"SELECT count(*), count(*) FILTER (bbox.xmin > bbox.xmax) FROM {source}").rows
    return Columns(types, rows, crosses > 0)


def searched(file: str, columns: Columns) -> str:
    """Return the SELECT that gives each row of a file what it is found by."""
    kinds = dict(columns.types)
    own = [
        identifier(each.name) if each.name in kinds else f"NULL::{each.type} AS {identifier(each.name)}"
        for each in columns.fields
    ]
    west, east = (f"bbox.{each}" for each in ("xmin", "xmax"))
    if columns.crossing:
        west, east = (
            f"CASE WHEN bbox.xmin > bbox.xmax THEN {edge} ELSE {each} END"
            for each, edge in zip((west, east), _WORLD, strict=True)
        )
    edges = dict(zip(_BOX, (west, "bbox.ymin", east, "bbox.ymax"), strict=True))
    return (
        f"SELECT file_row_number AS {ROW}, {', '.join(own)}, {_geometry(kinds)} AS geometry, "
        f"{', '.join(f'({sql})::DOUBLE AS _{side}' for side, sql in edges.items())}, "
        f"{_first(kinds, 'start_datetime', 'datetime')} AS {START}, "
        f"{_first(kinds, 'end_datetime', 'datetime')} AS {END} "
        f"FROM read_parquet({literal(file)}, file_row_number = true)"
    )


def documents(file: str, columns: Columns, rows: Sequence[int] | None = None) -> str:
    """Return the SELECT for whole Items, in the order of the file: geometry as GeoJSON, moments as RFC 3339.

    Args:
        file: The file.
        columns: What it holds.
        rows: Only these; all of them where absent.
    """
    kinds = dict(columns.types)
    told = {"geometry": f"ST_AsGeoJSON({_geometry(kinds)})"}
    for name, kind in columns.types:
        if kind.startswith("TIMESTAMP"):
            told[name] = f"strftime({identifier(name)}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%fZ')"
    replaced = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in told.items())
    source = f"read_parquet({literal(file)}, file_row_number = true)"
    if rows is None:
        return f"SELECT * EXCLUDE (file_row_number) REPLACE ({replaced}) FROM {source}"
    # A range, too: row groups are skipped by it.
    wanted = f"file_row_number BETWEEN {min(rows)} AND {max(rows)} AND file_row_number IN ({', '.join(map(str, rows))})"
    return f"SELECT * REPLACE ({replaced}) FROM {source} WHERE {wanted}"


def _geometry(kinds: dict[str, str]) -> str:
    return "ST_GeomFromWKB(geometry)" if kinds["geometry"] == "BLOB" else "geometry"


def _first(kinds: dict[str, str], *names: str) -> str:
    """Return the first of some moments that is there and known, in UTC."""
    there = [f"{identifier(each)}::TIMESTAMPTZ" for each in names if kinds.get(each, "").startswith("TIMESTAMP")]
    return f"coalesce({', '.join(there)})" if there else "NULL::TIMESTAMPTZ"
