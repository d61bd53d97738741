"""How a product's tiles are drawn by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tianlake.lake.records import STRICT

MapTheme = Literal["data", "basemap"]
"""`data` shows what a product holds, in the colour of its class. `basemap` is the ground that other data lies on:
quiet colours, every layer named for what it is, names by zoom and importance."""


@dataclass(frozen=True, slots=True)
class MapStyle:
    """The table `[style]` of a recipe."""

    theme: MapTheme = "data"
    label: str | None = None
    """The attribute that names features; found by its usual names where absent."""
    order: tuple[str, ...] = ()
    """Tile layers from the ground up, where the theme's own order does not suit; the others keep theirs above."""

    __pydantic_config__ = STRICT
