"""What it is to read one source of a vector product: shared by the readers of each form of file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tianlake.build.job import Advance
from tianlake.lake.duck import identifier
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.recipes import Source


@dataclass(frozen=True, slots=True)
class Reading:
    """One source to open."""

    source: Source
    file: Path
    """The source's file; of a database, nothing that exists."""
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
    keep_z: bool = True
    """Whether heights are kept."""
    root: Path = Path()
    """The workspace, where the gazetteer of a source with addresses is looked for."""

    def wrong(self, rule: str) -> LakeError:
        """Return the error for a source that is not as it should be."""
        return fault(self.source.public_path, "" if self.source.database else self.source.layer or "", rule)

    def misdeclared(self, field: str, rule: str) -> LakeError:
        """Return the error for a field of the source in the recipe."""
        return fault(self.recipe, f"{self.place}.{field}" if field else self.place, rule)

    def unreadable(self, error: object) -> LakeError:
        """Return the error for a file that no reader understands."""
        text = " ".join(str(error).replace(str(self.file), self.source.path).split())
        return self.wrong(f"cannot be read: {text.replace(str(self.scratch), '')}")

    def not_text(self) -> LakeError:
        """Return the error for bytes that are no text in the encoding declared, or in UTF-8."""
        declared = self.source.encoding or "UTF-8"
        rule = f'its text is not {declared}; declare the encoding in the recipe, such as encoding = "GB18030"'
        return fault(self.source.path, "", rule)


@dataclass(frozen=True, slots=True)
class Points:
    """Geometry made of columns of a table."""

    geometry: str
    """SQL expression of type GEOMETRY, NULL where a coordinate is absent or unreadable."""
    unreadable: str
    """SQL condition: a coordinate is there and is no number."""
    sexagesimal: str
    """SQL condition: a coordinate is in degrees, minutes and seconds."""
    told: str
    """SQL text of the coordinates as the source has them."""


Origin = Literal["geometry", "coordinates", "address"]
"""Where geometry comes from: the file's own, columns of coordinates, a column of addresses."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A source that DuckDB can select from, once."""

    relation: str
    """SQL after FROM."""
    shape: str
    """SQL after FROM that gives the same columns and no rows, as often as wanted."""
    left_aside: tuple[str, ...]
    """Columns that are no attributes: the file's own geometry."""
    points: Points
    origin: Origin
    crs: str | None
    """What the file says of its CRS, in any form that PROJ understands."""
    count: Callable[[], int]
    """Gives the rows of the source; asked after it was read."""
    notes: tuple[str, ...] = ()
    """Rules of `rules.WHOLE` that hold for the whole source."""

    @property
    def attributes(self) -> str:
        """SQL select list of everything but geometry."""
        return f"* EXCLUDE ({', '.join(map(identifier, self.left_aside))})" if self.left_aside else "*"


@dataclass(frozen=True, slots=True)
class Found:
    """What a reader knows of a file before it is settled where its geometry comes from."""

    relation: str
    shape: str
    geometry: str | None
    """The file's own geometry column."""
    crs: str | None
    count: Callable[[], int]
    notes: tuple[str, ...] = ()
