"""MapLibre styles (style specification v8) of tile archives, made from what an archive holds. Pure.

The profile wants one beside every PMTiles (Portolan formats, "PMTiles"). Cartography follows the portal's page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from tianlake.lake.recipes import ProductCard, ProductClass
from tianlake.lake.releases import TileFacts, TileLayer
from tianlake.lake.words import Bounds
from tianlake.stac.profile import Json
from tianlake.stac.texts import both

SOURCE: Final = "data"
"""The style's source, as the profile's convention has it."""

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

_SEA: Final = "#d5e3ec"
_LAND: Final = "#f9f7f1"
_LETTERS: Final = "#2c3a4b"
_PAPER: Final = "rgba(255, 255, 255, 0.92)"
_BOUNDARY: Final = "#93305c"
"""境界线, the dashes in the South China Sea among them: the strongest line of a map of China."""

_BOUNDARY_LAYER: Final = re.compile(r"bound|jingjie|境界|国界", re.IGNORECASE)
"""Names of layers of lines that are boundary lines whatever else their archive holds."""

_LOWER: Final[list[object]] = ["match", ["to-string", ["get", "level"]], ["provincial", "city", "county"], True, False]
"""Whether the attribute `level` (article 3) of a boundary line names one below the nation."""

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

_SLOTS: Final = ("area", "line", "boundary", "point", "name")
"""From the ground up."""

_Drawing = tuple[Literal["area", "line", "boundary", "point", "name"], Json]
_Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of administrative divisions is drawn."""

    layer: re.Pattern[str]
    """Names of tile layers that hold it."""
    border: str
    width: _Ends
    """Of the border, pixels at zooms 3 and 10."""
    names: _Ends
    """Zooms between which names are written."""
    size: _Ends
    """Of names, pixels at the first and last of these zooms."""


_COUNTY: Final = _Level(
    re.compile(r"(^|[-_])(count(y|ies)|districts?)($|[-_])|^xian$|县", re.IGNORECASE),
    "#c0b5ca",
    width=(0.3, 1),
    names=(7.5, 16),
    size=(11, 14),
)
_CITY: Final = _Level(
    re.compile(r"(^|[-_])(cit(y|ies)|prefectures?)($|[-_])|^shi$|地级|市级", re.IGNORECASE),
    "#a898b4",
    width=(0.4, 1.5),
    names=(5.5, 10),
    size=(11, 16),
)
_PROVINCE: Final = _Level(
    re.compile(r"(^|[-_])prov(ince)?s?($|[-_])|^sheng$|省", re.IGNORECASE),
    "#8d7b9d",
    width=(0.8, 2),
    names=(2, 8),
    size=(10, 18),
)
_LEVELS: Final = (_COUNTY, _CITY, _PROVINCE)
"""The smallest first: later borders are drawn over earlier ones, and later names win the place."""


def map_style(card: ProductCard, tiles: TileFacts, url: str, *, categorical: bool = False) -> Json:
    """Return a complete style for one archive.

    It has no `glyphs`: names are drawn with the fonts of the visitor's machine, so that Chinese needs no download.
    A name stands on each part of its area and in every tile that this reaches into: a symbol layer sees one tile at a
    time, and a style has no means to tell it of the others.

    Args:
        card: Of the product; its title, class and attribution are taken over.
        tiles: What the archive holds.
        url: Of the source: `pmtiles://` and the archive's URL. One relative to the style is the profile's convention,
            which a client must know: MapLibre takes it for relative to the page.
        categorical: Whether pixels of a raster are classes, between which there is nothing.
    """
    source: Json = {"type": "vector", "url": url, "attribution": card.attribution}
    if tiles.tile_type == "mvt":
        drawn = _vector_layers(tiles, _INK[card.product_class])
    else:
        source |= {"type": "raster", "tileSize": tiles.tile_size}
        paint = {"raster-resampling": "nearest" if categorical else "linear"}
        drawn = [{"id": "raster", "type": "raster", "source": SOURCE, "paint": paint}]
    longitude, latitude, zoom = _view(tiles.bounds, tiles.max_zoom)
    # Around divisions lies the sea, or what belongs to others; all else is drawn on bare land.
    ground = _SEA if any(_level(layer) for layer in tiles.layers) else _LAND
    return {
        "version": 8,
        "name": both(card.title),
        "center": [longitude, latitude],
        "zoom": zoom,
        "sources": {SOURCE: source},
        "layers": [{"id": "background", "type": "background", "paint": {"background-color": ground}}, *drawn],
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


def _vector_layers(tiles: TileFacts, ink: str) -> list[Json]:
    """Return what draws all layers, from the ground up; within a slot, the larger divisions over the smaller."""
    ordered = sorted(tiles.layers, key=lambda layer: _rank(_level(layer)))
    largest = next((layer for layer in reversed(ordered) if _level(layer)), None)
    drawings = [each for layer in ordered for each in _drawings(layer, ink, subject=layer is largest)]
    return [layer for _slot, layer in sorted(drawings, key=lambda each: _SLOTS.index(each[0]))]


def _level(layer: TileLayer) -> _Level | None:
    """Return the level of divisions whose areas a layer holds, if any."""
    return _named_level(layer) if _has(layer, "polygon") else None


def _named_level(layer: TileLayer) -> _Level | None:
    return next((level for level in _LEVELS if level.layer.search(layer.id)), None)


def _rank(level: _Level | None) -> int:
    return len(_LEVELS) if level is None else _LEVELS.index(level)


def _has(layer: TileLayer, geometry: str) -> bool:
    return layer.geometry in {geometry, "mixed"}


def _holds_boundaries(layer: TileLayer) -> bool:
    """Say whether the lines of a layer are boundary lines."""
    return _named_level(layer) is not None or _BOUNDARY_LAYER.search(layer.id) is not None


def _drawings(layer: TileLayer, ink: str, *, subject: bool) -> Iterator[_Drawing]:
    """Yield what draws one layer; with `subject`, it is what the archive is about."""
    level = _level(layer)
    if _has(layer, "polygon"):
        border, width = (level.border, level.width) if level else (ink, (0.6, 1.6))
        paint: Json = {"fill-color": _LAND} if level else {"fill-color": ink, "fill-opacity": 0.22}
        yield "area", {**_only(layer, "area", "Polygon"), "type": "fill", "paint": paint}
        yield "line", _line(_only(layer, "edge", "Polygon"), border, width)
    if _has(layer, "line"):
        yield from _boundaries(layer) if _holds_boundaries(layer) else [_plain_line(layer, ink)]
    if _has(layer, "point"):
        yield "point", {**_only(layer, "point", "Point"), "type": "circle", "paint": _dot(ink)}
    field = next((name for name in NAMES if name in layer.fields), None)
    # Boundary lines are known by how they are drawn; their name would only say that they are such.
    if field is not None and (layer.geometry != "line" or not _holds_boundaries(layer)):
        yield "name", _lettering(layer, field, level, subject=subject)


def _plain_line(layer: TileLayer, ink: str) -> _Drawing:
    return "line", _line(_only(layer, "line", "LineString"), ink, (0.8, 2.5))


def _boundaries(layer: TileLayer) -> list[_Drawing]:
    """Return what draws boundary lines: one below the nation as the border it is, all others as the nation's."""
    lower = _narrowed(_only(layer, "lower", "LineString"), _LOWER)
    nation = _narrowed(_only(layer, "boundary", "LineString"), ["!", _LOWER])
    return [
        ("line", _line(lower, _PROVINCE.border, _PROVINCE.width)),
        ("boundary", _line(nation, _BOUNDARY, (1.8, 3.2))),
    ]


def _only(layer: TileLayer, part: str, geometry: str) -> Json:
    """Return what every map layer has that draws one kind of geometry of one layer of tiles."""
    return {**_all(layer, part), "filter": ["==", ["geometry-type"], geometry]}


def _all(layer: TileLayer, part: str) -> Json:
    return {"id": f"{layer.id}-{part}", "source": SOURCE, "source-layer": layer.id}


def _narrowed(common: Json, condition: list[object]) -> Json:
    return {**common, "filter": ["all", common["filter"], condition]}


def _line(common: Json, color: str, width: _Ends) -> Json:
    paint = {"line-color": color, "line-width": _by_zoom(*width)}
    return {**common, "type": "line", "layout": _ROUND, "paint": paint}


def _dot(ink: str) -> Json:
    return {
        "circle-color": ink,
        "circle-opacity": 0.85,
        "circle-radius": _by_zoom(1.6, 4),
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": _by_zoom(0.3, 1.2),
    }


def _lettering(layer: TileLayer, field: str, level: _Level | None, *, subject: bool) -> Json:
    """Return what writes names: those of divisions in the zooms of their level, of the subject from the first."""
    common = _all(layer, "name")
    size: object = 12
    if level is not None:
        first, last = level.names
        first = min(first, layer.min_zoom) if subject else first
        common = {**_only(layer, "name", "Polygon"), "minzoom": first, "maxzoom": last}
        size = ["interpolate", ["linear"], ["zoom"], first, level.size[0], last, level.size[1]]
    elif layer.geometry == "point":
        common["minzoom"] = max(layer.min_zoom, layer.max_zoom - _DENSE_ZOOMS)
    layout: Json = {
        "text-field": ["to-string", ["get", field]],
        "text-font": list(FONTS),
        "text-size": size,
        "text-max-width": 8,
        "text-padding": 4,
        **_PLACEMENT[layer.geometry],
    }
    paint: Json = {"text-color": _LETTERS, "text-halo-color": _PAPER, "text-halo-width": 1.5}
    return {**common, "type": "symbol", "layout": layout, "paint": paint}


def _by_zoom(at3: float, at10: float) -> list[object]:
    """Return a width or radius in pixels that grows from zoom 3 to zoom 10."""
    return ["interpolate", ["linear"], ["zoom"], 3, at3, 10, at10]
