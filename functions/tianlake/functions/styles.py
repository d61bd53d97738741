"""Default MapLibre styles (style specification v8), made from what a PMTiles archive holds. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final

from tianlake.lake.recipes import ProductCard
from tianlake.lake.releases import TileFacts, TileLayer
from tianlake.lake.words import Bounds

Json = dict[str, Any]

FONTS: Final = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "sans-serif",
)
"""Local fonts that hold Chinese: a style without `glyphs` draws with these (style specification, `text-font`)."""

NAMES: Final = ("name", "name_zh", "name:zh", "std_name", "名称", "地名", "NAME", "n")
"""Attributes that hold a label, the best first."""

_SEA: Final = "#d5e3ec"
_LAND: Final = "#f9f7f1"
_INK: Final = "#2c3a4b"
_PAPER: Final = "rgba(255, 255, 255, 0.92)"
_BOUNDARY: Final = "#9c3558"
"""境界线, the dashes in the South China Sea among them: the strongest line of a map of China."""
_THEME: Final = "#0f766e"

_DENSE_ZOOMS: Final = 3
"""Points are labelled in this many zooms up to the last: earlier they stand too close."""

_ROUND: Final = {"line-join": "round", "line-cap": "round"}

_PLACEMENT: Final[dict[str, Json]] = {
    "point": {"text-anchor": "top", "text-offset": [0, 0.5]},
    "line": {"symbol-placement": "line"},
    "polygon": {},
    "mixed": {},
}
"""Where a name stands, by what it names."""


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of administrative divisions is drawn."""

    layer: re.Pattern[str]
    """Names of tile layers that hold it."""
    border: str
    width: tuple[float, float]
    """Of the border, pixels at zooms 3 and 10."""
    names: tuple[float, float]
    """Zooms between which names are written."""
    size: tuple[float, float]
    """Of names, pixels at the first and last of these zooms."""


_LEVELS: Final = (
    _Level(re.compile(r"count(y|ies)|district|^xian$|县|区", re.IGNORECASE), "#c0b5ca", (0.1, 1), (7.5, 24), (11, 14)),
    _Level(re.compile(r"cit(y|ies)|pref|^shi$|地级|^市", re.IGNORECASE), "#a898b4", (0.25, 1.5), (5.5, 10), (11, 16)),
    _Level(re.compile(r"prov|^sheng|省", re.IGNORECASE), "#8d7b9d", (0.8, 2), (2, 8), (11, 18)),
)
"""The smallest first: later borders are drawn over earlier ones, and later names win the place."""


def make_style(card: ProductCard, tiles: TileFacts, source_url: str) -> Json:
    """Return a complete style for one product.

    Args:
        card: Of the product; its title and attribution are taken over.
        tiles: What the archive holds.
        source_url: URL of the source: a TileJSON, or `pmtiles://` and the archive's URL.
    """
    vector = tiles.tile_type == "mvt"
    source: Json = {"type": "vector" if vector else "raster", "url": source_url, "attribution": card.attribution}
    if not vector:
        source["tileSize"] = tiles.tile_size
    longitude, latitude, zoom = _view(tiles.bounds, tiles.max_zoom)
    # Around divisions lies the sea, or what belongs to others; all else is drawn on bare land.
    ground = _SEA if any(_level(layer) for layer in tiles.layers) else _LAND
    return {
        "version": 8,
        "name": card.title.zh,
        "center": [longitude, latitude],
        "zoom": zoom,
        "sources": {card.id: source},
        "layers": [
            {"id": "background", "type": "background", "paint": {"background-color": ground}},
            *(_vector_layers(card.id, tiles) if vector else [{"id": "raster", "type": "raster", "source": card.id}]),
        ],
    }


def _view(box: Bounds, max_zoom: int) -> tuple[float, float, float]:
    """Return centre (degrees) and zoom at which all of a box is seen on a map of one tile, 512 × 512 pixels."""
    width = box.east - box.west + (360 if box.west > box.east else 0)
    south, north = (_mercator(max(-85.0, min(85.0, latitude))) for latitude in (box.south, box.north))
    extent = max(width / 360, (north - south) / (2 * math.pi), 1e-6)
    zoom = min(max(math.log2(1 / extent), 0.0), float(max_zoom))
    longitude = (box.west + width / 2 + 180) % 360 - 180
    latitude = math.degrees(2 * math.atan(math.exp((south + north) / 2)) - math.pi / 2)
    return round(longitude, 4), round(latitude, 4), round(zoom, 2)


def _mercator(latitude: float) -> float:
    """Return the web mercator ordinate of a latitude in degrees, in radii of the sphere."""
    return math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))


def _vector_layers(source: str, tiles: TileFacts) -> list[Json]:
    """Return what draws all layers, from the ground up: areas, borders, lines, points, names."""
    ordered = sorted(tiles.layers, key=lambda layer: _rank(_level(layer)))
    drawn: list[Json] = []
    for part in (_areas, _edges, _lines, _points, _labels):
        for layer in ordered:
            drawn += [{"source": source, "source-layer": layer.id, **each} for each in part(layer)]
    return drawn


def _level(layer: TileLayer) -> _Level | None:
    if layer.geometry not in {"polygon", "mixed"}:
        return None
    return next((level for level in _LEVELS if level.layer.search(layer.id)), None)


def _rank(level: _Level | None) -> int:
    return len(_LEVELS) if level is None else _LEVELS.index(level)


def _has(layer: TileLayer, geometry: str) -> bool:
    return layer.geometry in {geometry, "mixed"}


def _areas(layer: TileLayer) -> list[Json]:
    if not _has(layer, "polygon"):
        return []
    paint: Json = {"fill-color": _LAND} if _level(layer) else {"fill-color": _THEME, "fill-opacity": 0.22}
    return [{"id": f"{layer.id}-area", "type": "fill", "filter": _only("Polygon"), "paint": paint}]


def _edges(layer: TileLayer) -> list[Json]:
    if not _has(layer, "polygon"):
        return []
    level = _level(layer)
    color, width = (level.border, level.width) if level else (_THEME, (0.6, 1.6))
    return [_line(layer, "edge", "Polygon", {"line-color": color, "line-width": _by_zoom(*width)})]


def _lines(layer: TileLayer) -> list[Json]:
    """Return what draws lines; those of a layer of divisions are boundary lines."""
    if not _has(layer, "line"):
        return []
    color, width = (_BOUNDARY, (1.8, 3.2)) if _level(layer) else (_THEME, (0.8, 2.5))
    return [_line(layer, "line", "LineString", {"line-color": color, "line-width": _by_zoom(*width)})]


def _line(layer: TileLayer, name: str, geometry: str, paint: Json) -> Json:
    return {
        "id": f"{layer.id}-{name}",
        "type": "line",
        "filter": _only(geometry),
        "layout": _ROUND,
        "paint": paint,
    }


def _points(layer: TileLayer) -> list[Json]:
    if not _has(layer, "point"):
        return []
    paint: Json = {
        "circle-color": _THEME,
        "circle-opacity": 0.85,
        "circle-radius": _by_zoom(1.6, 4),
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": _by_zoom(0.3, 1.2),
    }
    return [{"id": f"{layer.id}-point", "type": "circle", "filter": _only("Point"), "paint": paint}]


def _labels(layer: TileLayer) -> list[Json]:
    field = next((name for name in NAMES if name in layer.fields), None)
    if field is None:
        return []
    level = _level(layer)
    drawn: Json = {}
    size: object = 12
    if level is not None:
        (first, last), (small, large) = level.names, level.size
        drawn = {"filter": _only("Polygon"), "minzoom": first, "maxzoom": last}
        size = ["interpolate", ["linear"], ["zoom"], first, small, last, large]
    elif layer.geometry == "point":
        drawn = {"minzoom": max(layer.min_zoom, layer.max_zoom - _DENSE_ZOOMS)}
    layout: Json = {
        "text-field": ["to-string", ["get", field]],
        "text-font": list(FONTS),
        "text-size": size,
        "text-max-width": 8,
        "text-padding": 4,
        **_PLACEMENT[layer.geometry],
    }
    paint: Json = {"text-color": _INK, "text-halo-color": _PAPER, "text-halo-width": 1.5}
    return [{"id": f"{layer.id}-name", "type": "symbol", **drawn, "layout": layout, "paint": paint}]


def _only(geometry: str) -> list[object]:
    return ["==", ["geometry-type"], geometry]


def _by_zoom(at3: float, at10: float) -> list[object]:
    """Return a width or radius in pixels that grows from zoom 3 to zoom 10."""
    return ["interpolate", ["linear"], ["zoom"], 3, at3, 10, at10]
