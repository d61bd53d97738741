"""Recipes: the declaration of how a product is built (`nodes/<code>/products/<id>.toml`)."""

from tianlake.lake.recipes.card import (
    KINDS,
    Kind,
    Period,
    Producer,
    ProductCard,
    ProductClass,
)
from tianlake.lake.recipes.catalog import SECURITY, Catalog, Holding, Listed, SecurityClass
from tianlake.lake.recipes.divisions import CodeList, DivisionAreas
from tianlake.lake.recipes.entity import Entity
from tianlake.lake.recipes.features import FeatureOptions
from tianlake.lake.recipes.place import Place
from tianlake.lake.recipes.raster import Raster, RasterClass
from tianlake.lake.recipes.recipe import Recipe
from tianlake.lake.recipes.scenes import SceneOptions
from tianlake.lake.recipes.sources import ClipStep, FieldsStep, Source, Step
from tianlake.lake.recipes.style import MapStyle, MapTheme
from tianlake.lake.recipes.table import ColumnType, Table
from tianlake.lake.recipes.terrain import Terrain
from tianlake.lake.recipes.tiles import CONTENTS, Content, Pictures, Tiles, Zoom, picture_variant
from tianlake.lake.words import Access

__all__ = [
    "CONTENTS",
    "KINDS",
    "SECURITY",
    "Access",
    "Catalog",
    "ClipStep",
    "CodeList",
    "ColumnType",
    "Content",
    "DivisionAreas",
    "Entity",
    "FeatureOptions",
    "FieldsStep",
    "Holding",
    "Kind",
    "Listed",
    "MapStyle",
    "MapTheme",
    "Period",
    "Pictures",
    "Place",
    "Producer",
    "ProductCard",
    "ProductClass",
    "Raster",
    "RasterClass",
    "Recipe",
    "SceneOptions",
    "SecurityClass",
    "Source",
    "Step",
    "Table",
    "Terrain",
    "Tiles",
    "Zoom",
    "picture_variant",
]
