"""What it is to read one source of a vector product: shared by the readers of each form of file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tianlake.build.job import Advance
from tianlake.lake.duck import identifier
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.recipes import Source


@dataclass(frozen=True, slots=True)
class Reading:
    """One source to open."""

    source: Source
    file: Path
    recipe: str
    """The recipe's file, for messages."""
    place: str
    """The source's place in the recipe, for messages: `sources.0`."""
    scratch: Path
    """A folder for a copy in UTF-8 while a table in another encoding is read."""
    advance: Advance
    """Told how many rows were read, where that is known on the way."""
    plain: bool = False
    """Whether the rows are wanted without geometry, as of a plain table."""

    def unreadable(self, error: object) -> LakeError:
        """Return the error for a file that no reader understands."""
        text = " ".join(str(error).replace(str(self.file), self.source.path).split())
        return fault(self.source.path, self.source.layer or "", f"cannot be read: {text}")

    def not_text(self) -> LakeError:
        """Return the error for bytes that are no text in the encoding declared, or in UTF-8."""
        declared = self.source.encoding or "UTF-8"
        rule = f'its text is not {declared}; declare the encoding in the recipe, such as encoding = "GB18030"'
        return fault(self.source.path, "", rule)


@dataclass(frozen=True, slots=True)
class Opened:
    """A source that DuckDB can select from, once."""

    relation: str
    """SQL after FROM."""
    shape: str
    """SQL after FROM that gives the same columns and no rows, as often as wanted."""
    attributes: str
    """SQL select list of everything but geometry."""
    geometry: str
    """SQL expression of type GEOMETRY."""
    crs: str | None
    """What the file says of its CRS, in any form that PROJ understands."""
    count: Callable[[], int]
    """Gives the rows of the source; asked after it was read."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a reader knows of a file before it is settled where its geometry comes from."""

    relation: str
    shape: str
    geometry: str | None
    """The file's own geometry column."""
    crs: str | None
    count: Callable[[], int]


def choose_geometry(connection: duckdb.DuckDBPyConnection, reading: Reading, found: Found) -> Opened:
    """Return the source with its geometry: points of the columns x and y, or else the file's own.

    Raises:
        LakeError: There is neither, or a column that the recipe names is not there.
    """
    source = reading.source
    columns = connection.sql(f"FROM {found.shape}").columns
    own = [name for name in columns if found.geometry and name.lower() == found.geometry.lower()]
    attributes = f"* EXCLUDE ({identifier(own[0])})" if own else "*"
    if reading.plain:
        geometry = "NULL::GEOMETRY"
    elif source.x is None and source.y is None:
        if not own:
            rule = f"{source.path} has no geometry: name its columns of longitude and latitude as x and y"
            raise fault(reading.recipe, reading.place, rule)
        geometry = identifier(own[0])
    else:
        geometry = _points(reading, columns)
    return Opened(found.relation, found.shape, attributes, geometry, found.crs, found.count)


def _points(reading: Reading, columns: list[str]) -> str:
    """Return the SQL of a point; NULL where a coordinate is absent or not a number."""
    numbers = []
    for axis, column in (("x", reading.source.x), ("y", reading.source.y)):
        if column is None or column.lower() not in (name.lower() for name in columns):
            rule = f"{reading.source.path} has no column {column!r}; it has {', '.join(columns)}"
            raise fault(reading.recipe, f"{reading.place}.{axis}", rule)
        numbers.append(f"TRY_CAST({identifier(column)} AS DOUBLE)")
    return f"ST_Point({', '.join(numbers)})"
