"""The theme that shows what a product holds, in the colour of its class. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tianlake.lake.recipes import ProductClass
from tianlake.lake.releases import TileFacts, TileLayer
from tianlake.lake.styles.levels import Level, boundaries, holds_boundaries, level_of, rank
from tianlake.lake.styles.parts import (
    LAND,
    Drawing,
    Json,
    between,
    by_zoom,
    every,
    has,
    lettering,
    line,
    name_field,
    only,
    stacked,
)

INK: Final[dict[ProductClass, str]] = {
    # One hue per class, so that collections of a catalog differ (Portolan best practices, "Styling").
    "catalog": "#5f6b7a",
    "entity": "#8d7b9d",
    "place": "#b4532a",
    "imagery": "#2563a8",
    "terrain": "#7a6a4f",
    "3d": "#0f766e",
    "theme": "#a16207",
}

DENSE_ZOOMS: Final = 3
"""Points are labelled in this many zooms up to the last: earlier they stand too close."""


def data_layers(tiles: TileFacts, product_class: ProductClass, label: str | None = None) -> list[Json]:
    """Return what draws all layers, from the ground up; within a slot, the larger divisions over the smaller."""
    ink = INK[product_class]
    ordered = sorted(tiles.layers, key=lambda layer: rank(level_of(layer)))
    largest = next((layer for layer in reversed(ordered) if level_of(layer)), None)
    found = (each for layer in ordered for each in _drawings(layer, ink, label, subject=layer is largest))
    return stacked(list(found))


def _drawings(layer: TileLayer, ink: str, label: str | None, *, subject: bool) -> Iterator[Drawing]:
    """Yield what draws one layer; with `subject`, it is what the archive is about."""
    level = level_of(layer)
    if has(layer, "polygon"):
        border, width = (level.border, level.width) if level else (ink, (0.6, 1.6))
        paint: Json = {"fill-color": LAND} if level else {"fill-color": ink, "fill-opacity": 0.22}
        yield "area", {**only(layer, "area", "Polygon"), "type": "fill", "paint": paint}
        yield "line", line(only(layer, "edge", "Polygon"), border, width)
    if has(layer, "line"):
        plain: Drawing = ("line", line(only(layer, "line", "LineString"), ink, (0.8, 2.5)))
        yield from boundaries(layer) if holds_boundaries(layer) else [plain]
    if has(layer, "point"):
        yield "point", {**only(layer, "point", "Point"), "type": "circle", "paint": _dot(ink)}
    field = name_field(layer, label)
    # Boundary lines are known by how they are drawn; their name would only say that they are such.
    if field is not None and (layer.geometry != "line" or not holds_boundaries(layer)):
        yield "name", _name(layer, field, level, subject=subject)


def _dot(ink: str) -> Json:
    return {
        "circle-color": ink,
        "circle-opacity": 0.85,
        "circle-radius": by_zoom(1.6, 4),
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": by_zoom(0.3, 1.2),
    }


def _name(layer: TileLayer, field: str, level: Level | None, *, subject: bool) -> Json:
    """Return what writes names: those of divisions in the zooms of their level, of the subject from the first."""
    common = every(layer, "name")
    size: object = 12
    if level is not None:
        first, last = level.names
        first = min(first, layer.min_zoom) if subject else first
        common = {**only(layer, "name", "Polygon"), "minzoom": first, "maxzoom": last}
        size = between(first, level.size[0], last, level.size[1])
    elif layer.geometry == "point":
        common["minzoom"] = max(layer.min_zoom, layer.max_zoom - DENSE_ZOOMS)
    return lettering(common, field, layer.geometry, size)
