"""MapLibre styles of tile archives: what the profile wants beside every PMTiles (Portolan formats, "PMTiles")."""

from __future__ import annotations

from typing import Final

from tianlake.lake.recipes import ProductCard, ProductClass
from tianlake.lake.releases import TileFacts, TileLayer
from tianlake.stac.profile import Json
from tianlake.stac.texts import both

SOURCE: Final = "data"
"""The style's source, as the profile's convention has it."""

_INK: Final[dict[ProductClass, str]] = {
    # One hue per class, so that collections of a catalog differ (Portolan best practices, "Styling").
    "catalog": "#5f6b7a",
    "entity": "#8d7b9d",
    "place": "#b4532a",
    "imagery": "#2563a8",
    "terrain": "#7a6a4f",
    "3d": "#0f766e",
    "theme": "#a16207",
}

_NAMES: Final = ("name", "name_zh", "name:zh", "名称", "地名", "NAME")
"""Fields that hold a feature's name, the best first."""


def map_style(card: ProductCard, url: str, tiles: TileFacts) -> Json:
    """Return the style that draws one archive.

    It has no `glyphs`: names are drawn with the fonts of the visitor's machine, so that Chinese needs no download.

    Args:
        card: The product.
        url: Where the archive is, without `pmtiles://`; relative to the style's own address.
        tiles: What is in the archive.
    """
    source: Json = {"type": "vector", "url": f"pmtiles://{url}", "attribution": card.attribution}
    if tiles.tile_type == "mvt":
        layers = [each for layer in tiles.layers for each in _layers(layer, _INK[card.product_class])]
    else:
        source |= {"type": "raster", "tileSize": tiles.tile_size}
        paint = {"raster-resampling": "nearest"}
        layers = [{"id": "raster", "type": "raster", "source": SOURCE, "paint": paint}]
    return {"version": 8, "name": both(card.title), "sources": {SOURCE: source}, "layers": layers}


def _layers(layer: TileLayer, ink: str) -> list[Json]:
    """Return what draws one layer of vector tiles, lowest first."""
    kinds = ("polygon", "line", "point") if layer.geometry == "mixed" else (layer.geometry,)
    found = [each for kind in kinds for each in _DRAW[kind](layer, ink)]
    return found + _names(layer)


def _areas(layer: TileLayer, ink: str) -> list[Json]:
    fill = {"fill-color": ink, "fill-opacity": 0.2}
    edge = {"line-color": ink, "line-width": 1}
    return [_layer(layer, "area", "fill", "Polygon", fill), _layer(layer, "edge", "line", "Polygon", edge)]


def _lines(layer: TileLayer, ink: str) -> list[Json]:
    return [_layer(layer, "line", "line", "LineString", {"line-color": ink, "line-width": 1.5})]


def _points(layer: TileLayer, ink: str) -> list[Json]:
    paint = {"circle-color": ink, "circle-radius": 3, "circle-stroke-color": "#ffffff", "circle-stroke-width": 0.8}
    return [_layer(layer, "point", "circle", "Point", paint)]


_DRAW: Final = {"polygon": _areas, "line": _lines, "point": _points}


def _names(layer: TileLayer) -> list[Json]:
    field = next((name for name in _NAMES if name in layer.fields), None)
    if field is None:
        return []
    layout: Json = {"text-field": ["to-string", ["get", field]], "text-size": 12}
    paint = {"text-color": "#2c3a4b", "text-halo-color": "#ffffff", "text-halo-width": 1.3}
    if layer.geometry == "point":
        layout |= {"text-anchor": "top", "text-offset": [0, 0.5]}
    if layer.geometry == "line":
        layout |= {"symbol-placement": "line"}
    return [{**_common(layer, "name", "symbol"), "layout": layout, "paint": paint}]


def _layer(layer: TileLayer, suffix: str, kind: str, geometry: str, paint: Json) -> Json:
    only = {"filter": ["==", ["geometry-type"], geometry]}
    return {**_common(layer, suffix, kind), **only, "paint": paint}


def _common(layer: TileLayer, suffix: str, kind: str) -> Json:
    return {"id": f"{layer.id}-{suffix}", "type": kind, "source": SOURCE, "source-layer": layer.id}
