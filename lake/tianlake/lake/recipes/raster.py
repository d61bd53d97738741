"""How a raster product is cut and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from tianlake.lake.records import STRICT
from tianlake.lake.words import Bounds, Text


@dataclass(frozen=True, slots=True)
class RasterClass:
    """One value of a categorical raster."""

    value: int
    title: Text
    color: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Raster:
    """How a raster product is cut and drawn."""

    bounds: Bounds | None = None
    """The part of the source that is kept; all of it where absent."""
    nodata: float | None = None
    """Declared nodata value, where the file has none or a wrong one."""
    categorical: bool = False
    """Values are classes: nearest neighbour everywhere, never averaged."""
    classes: tuple[RasterClass, ...] = ()
    order: Literal["newest", "least-cloud", "declared"] = "newest"
    """Which of several scenes is drawn on top where they overlap; `declared`: the first source."""

    __pydantic_config__ = STRICT
