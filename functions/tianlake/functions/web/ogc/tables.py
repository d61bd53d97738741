"""Published products as feature collections: which columns can be asked for, and how. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from tianlake.lake.current import CurrentRelease
from tianlake.lake.freshness import UPDATED_COLUMN
from tianlake.lake.plain import Text
from tianlake.lake.releases import Asset, TableFacts
from tianlake.lake.views import BBOX
from tianlake.lake.words import Bounds, collection_id

Kind = Literal["string", "integer", "number", "boolean", "date", "date-time", "other"]
"""What a column holds, as JSON Schema tells types and formats apart."""

_KINDS: Final[dict[str, Kind]] = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "FLOAT": "number",
    "DOUBLE": "number",
    "DATE": "date",
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "integer"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "integer"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS"), "date-time"),
}
_DECIMAL: Final = re.compile(r"DECIMAL\(\d+,\d+\)")

_IDS: Final = ("place_id", "entity_id")
"""Columns that name features for good (docs/classes.md), where the release does not say which column does."""

ROW: Final = "file_row_number"
"""DuckDB's column of a row's place in its file, from 0."""


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute."""

    name: str
    kind: Kind
    type: str
    """As DuckDB prints it."""
    description: Text | None = None


Side = Literal["xmin", "ymin", "xmax", "ymax"]
"""Edge of a box: west, south, east, north."""


class Queried(Protocol):
    """What conditions are made for: a relation that is called `lake` in SQL."""

    @property
    def geometry(self) -> str:
        """Column of the geometry, longitude first."""

    @property
    def number(self) -> str | None:
        """Type of the edges of its boxes, `FLOAT` or `DOUBLE`; None where it has none."""

    @property
    def queryables(self) -> tuple[Field, ...]:
        """The attributes that can be compared."""

    def field(self, name: str) -> Field | None:
        """Return the attribute of this name that can be compared, or None."""

    def edge(self, side: Side) -> str:
        """Return SQL for an edge of a row's box."""


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The table of features of a current release."""

    release: CurrentRelease
    asset: Asset
    facts: TableFacts
    geometry: str
    """Column of the geometry."""
    fields: tuple[Field, ...]
    """All but geometry and boxes."""
    number: str | None
    """Type of the edges of its column `bbox`, `FLOAT` or `DOUBLE`; None where it has no such column."""

    @property
    def id(self) -> str:
        """Id of the collection."""
        return collection_id(self.release.code, self.release.product)

    @property
    def id_column(self) -> str | None:
        """The column of feature ids; None where a feature is named by its row, which holds for one release only."""
        if self.facts.id_column is not None:
            return self.facts.id_column
        known = {each.name for each in self.fields}
        return next((each for each in _IDS if each in known), None)

    @property
    def queryables(self) -> tuple[Field, ...]:
        """Return the attributes that can be compared."""
        return tuple(each for each in self.fields if each.kind != "other")

    @property
    def bounds(self) -> Bounds:
        """Box of the features, degrees."""
        return self.facts.bounds or self.release.manifest.candidate.bounds

    def field(self, name: str) -> Field | None:
        """Return the attribute of this name that can be compared, or None."""
        return next((each for each in self.queryables if each.name == name), None)

    def edge(self, side: Side) -> str:
        """Return SQL for an edge of a feature's box."""
        return f"lake.bbox.{side}"

    def times(self) -> tuple[Field | None, Field | None, Field | None]:
        """Return the columns of the first and last day that a feature is so, and of the day of its last update."""
        found = {each.name: each for each in self.fields if each.kind in {"date", "date-time"}}
        start, end = found.get("valid_from"), found.get("valid_to")
        return (start, end, found.get(UPDATED_COLUMN)) if start and end else (None, None, found.get(UPDATED_COLUMN))


def feature_tables(releases: Iterable[CurrentRelease]) -> list[FeatureTable]:
    """Return the feature collections among current releases: those with a geometry table, and not internal."""
    return [found for each in releases if (found := _table(each)) is not None]


def public(releases: Iterable[CurrentRelease]) -> list[CurrentRelease]:
    """Return what may be known of outside: all but internal products."""
    return [each for each in releases if each.card.access != "internal"]


def _table(release: CurrentRelease) -> FeatureTable | None:
    asset = release.table
    if release.card.access == "internal" or asset is None or not isinstance(asset.facts, TableFacts):
        return None
    facts = asset.facts
    if facts.geometry_column is None:
        return None
    fields = tuple(
        Field(each.name, kind_of(each.type), each.type, each.description)
        for each in facts.columns
        if each.name not in {facts.geometry_column, "bbox"} and not each.type.startswith("GEOMETRY")
    )
    box = next((BBOX.fullmatch(each.type) for each in facts.columns if each.name == "bbox"), None)
    return FeatureTable(release, asset, facts, facts.geometry_column, fields, box[1] if box else None)


def kind_of(declared: str) -> Kind:
    """Return what a column of a type holds; the type as DuckDB prints it."""
    return "number" if _DECIMAL.fullmatch(declared) else _KINDS.get(declared, "other")
