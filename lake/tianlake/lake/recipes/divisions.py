"""Where the divisions of a product's features are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from tianlake.lake.records import STRICT


@dataclass(frozen=True, slots=True)
class DivisionAreas:
    """A file of division polygons: where codes and names come from that the sources of a product lack."""

    path: str
    """Relative to the workspace."""
    code: str = "gb"
    """Its attribute that holds the code: `156` and six digits, the six alone, or for towns 9 or 12 digits."""
    name: str = "name"
    """Its attribute that holds the division's name."""
    where: str | None = None
    """An SQL condition on its own attributes: which of its features are used."""
    crs: str | None = None
    """Declared CRS, where the file has none."""
    nearest_m: Annotated[float, Field(ge=0)] = 0
    """How far a feature outside of every polygon may be from the one that it is given to, metres; 0: no farther."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class CodeList:
    """A file of the codes that a product may use, such as GB/T 13923 in an office's own edition."""

    path: str
    """Relative to the workspace; CSV with a header."""
    code: str = "code"
    """The column that holds the code."""

    __pydantic_config__ = STRICT
