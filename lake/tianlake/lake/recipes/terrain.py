"""What the heights of a terrain product are, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from tianlake.lake.records import STRICT


@dataclass(frozen=True, slots=True)
class Terrain:
    """The table `[terrain]` of a recipe."""

    vertical: Annotated[str, Field(pattern=r"^EPSG:\d+$")]
    """The vertical CRS that heights are counted in: `EPSG:5737` is the 1985 national height datum, `EPSG:5714` mean
    sea level where nothing better is known."""
    contour_interval_m: Annotated[float, Field(gt=0)] | None = None
    """Metres between contours; chosen from the heights where absent."""
    missing: Annotated[float, Field(ge=-10_000, le=9_000)] | Literal["transparent"] = 0.0
    """What terrain-RGB says where a tile has no data: a height in metres, the sea's where absent, or `transparent` for
    clients that leave out what is transparent. MapLibre does not: it reads a transparent pixel as -10000 m."""
    exaggeration: Annotated[float, Field(gt=0)] = 1.0
    """Heights are multiplied by this in the hillshade; the other archives hold them as they are."""

    __pydantic_config__ = STRICT
