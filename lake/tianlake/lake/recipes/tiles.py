"""How tiles are cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from tianlake.lake.records import STRICT

Zoom = Annotated[int, Field(ge=0, le=22)]
"""A zoom level of the WebMercatorQuad matrix set."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """How tiles are cut. Zooms are WebMercatorQuad levels."""

    min_zoom: Zoom = 0
    max_zoom: Zoom | None = None
    """Chosen from the data where absent."""
    fields: tuple[str, ...] | None = None
    """Attributes kept in the tiles; all where absent."""
    options: tuple[str, ...] = ()
    """More tippecanoe options, passed as they are."""

    __pydantic_config__ = STRICT
