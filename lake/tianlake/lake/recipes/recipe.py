"""A whole recipe. Each table of the file is a value of its own module."""

from __future__ import annotations

from dataclasses import dataclass, field

from tianlake.lake.exclusions import Exclusions
from tianlake.lake.recipes.card import ProductCard
from tianlake.lake.recipes.catalog import Catalog, Holding, Listed
from tianlake.lake.recipes.entity import Entity
from tianlake.lake.recipes.features import FeatureOptions
from tianlake.lake.recipes.place import Place
from tianlake.lake.recipes.raster import Raster
from tianlake.lake.recipes.sources import Source, Step
from tianlake.lake.recipes.table import Table
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
    entity: Entity | None = None
    place: Place | None = None
    table: Table | None = None
    catalog: Catalog | None = None
    holdings: tuple[Holding, ...] = ()
    """What a catalog lists beside the node's products and the rows of its sources."""
    listed: Listed | None = None
    """Never in a file: a workspace adds it to the recipe of a catalog, so that a change of it is a change of that."""
    excluded: Exclusions | None = None
    """Never in the recipe's file: what stays out for good (article 18); a workspace adds it."""

    @property
    def feature_id(self) -> str | None:
        """The attribute that names a feature for good: the one declared, or the id that the class makes sure of."""
        return self.features.id or {"entity": "entity_id", "place": "place_id"}.get(self.card.product_class)

    @property
    def lookups(self) -> dict[str, str]:
        """Files that features are looked up in: place in the recipe → path, relative to the workspace."""
        entity, place = self.entity or Entity(), self.place or Place()
        named = {
            "catalog.divisions": (self.catalog or Catalog()).divisions,
            "entity.divisions": entity.divisions,
            "entity.class_codes": entity.class_codes,
            "place.divisions": place.divisions,
            "place.towns": place.towns,
            "place.type_codes": place.type_codes,
        }
        return {f"{where}.path": each.path for where, each in named.items() if each is not None}
