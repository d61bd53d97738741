"""How tiles are cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from tianlake.lake.records import STRICT

Zoom = Annotated[int, Field(ge=0, le=22)]
"""A level of a tile matrix set."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """How tiles are cut. Zooms are levels of each matrix set."""

    min_zoom: Zoom = 0
    max_zoom: Zoom | None = None
    """Chosen from the data where absent."""
    fields: tuple[str, ...] | None = None
    """Attributes kept in the tiles; all where absent. A source may choose its own with `tile_fields`."""
    options: tuple[str, ...] = ()
    """tippecanoe options for all layers. One that says how tiles are made smaller, or how small areas are drawn,
    takes the place of what Tianlake would have chosen."""
    matrix_sets: Annotated[tuple[Literal["w", "c"], ...], Field(min_length=1)] = ("w", "c")
    """Of raster tiles: `w` WebMercatorQuad, `c` CGCS2000Quad (decision 3). Vector tiles are cut in `w`."""
    format: Literal["png", "webp", "jpeg"] | None = None
    """Of raster tiles; chosen from what is drawn where absent. JPEG shows white where no data is."""

    __pydantic_config__ = STRICT
