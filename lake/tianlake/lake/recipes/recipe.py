"""A whole recipe. Each table of the file is a value of its own module."""

from __future__ import annotations

from dataclasses import dataclass, field

from tianlake.lake.recipes.card import ProductCard
from tianlake.lake.recipes.features import FeatureOptions
from tianlake.lake.recipes.raster import Raster
from tianlake.lake.recipes.sources import Source, Step
from tianlake.lake.recipes.terrain import Terrain
from tianlake.lake.recipes.tiles import Tiles


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one product of one node is built."""

    card: ProductCard
    sources: tuple[Source, ...]
    steps: tuple[Step, ...] = ()
    tiles: Tiles = field(default_factory=Tiles)
    raster: Raster | None = None
    terrain: Terrain | None = None
    features: FeatureOptions = field(default_factory=FeatureOptions)
