"""The theme of a base map: the quiet ground that other data lies on, named in Chinese by zoom and importance. Pure.

Layers are told by their names, as recipes and standards name them (GB/T 35764 lists what public maps show): divisions,
boundary lines, water, green, buildings, roads and railways, seats of government, other places. A layer that is none of
these is drawn as places are, or as a thin grey line or area.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tianlake.lake.releases import TileFacts, TileLayer
from tianlake.lake.styles.levels import (
    CITY,
    COUNTY,
    PROVINCE,
    Level,
    boundaries,
    holds_boundaries,
    level_of,
    named_level,
    rank,
)
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
    narrowed,
    only,
    stacked,
)

WATER: Final = "#a9cbe0"
WATER_LETTERS: Final = "#3d6d8c"


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that base maps show besides divisions."""

    layer: str
    """A pattern of the names of tile layers that hold it, in letters of any case."""
    fill: str
    stroke: str
    width: tuple[float, float]
    """Of lines, pixels at zooms 3 and 10."""
    letters: str
    names: float
    """Lowest zoom at which names are written."""


PLACES: Final = Subject(".", "#e8e3d8", "#b7b0a2", (0.4, 1.2), "#5b5348", 11)
"""Everything else."""

SUBJECTS: Final = (
    Subject("green|park|forest|绿地|植被|林", "#dbe8cf", "#c3d6b0", (0.3, 1), "#4f6b3c", 11),
    Subject("water|river|lake|hydro|水", WATER, WATER, (0.6, 2.6), WATER_LETTERS, 9),
    Subject("build|house|建筑|房屋", "#e6ded3", "#d2c7b8", (0.2, 0.8), "#6b6152", 12),
    Subject("rail|铁路", "#c9c9c9", "#9a9a9a", (0.5, 1.8), "#5c5c5c", 11),
    Subject(
        "road|street|highway|traffic|道路|公路|交通",
        "#fff",
        "#e3b45f",
        (0.5, 3),
        "#7a5a1e",
        11,
    ),
    PLACES,
)
"""From the ground up."""

SEATS: Final = re.compile(r"seat|capital|label|驻地|注记", re.IGNORECASE)
"""Names of layers of points that stand for divisions, one each: `seat-county`, or with the attribute `level`."""

FIRST: Final = "台湾省"
"""A map of China names it as a province at every scale (公开地图内容表示规范)."""

DASHES: Final[dict[str, list[float]]] = {"county": [3, 2], "city": [6, 2, 1, 2]}
"""Borders below the province are broken, as on printed maps."""


def basemap_layers(tiles: TileFacts, label: str | None, order: tuple[str, ...]) -> list[Json]:
    """Return what draws all layers, from the ground up. Of two names that want one place, the later layer's stands.

    Args:
        tiles: What the archive holds.
        label: The attribute that names features; found by its usual names where None.
        order: Tile layers from the ground up; those it does not name keep the theme's order above them.
    """
    wanted = {name: number for number, name in enumerate(order)}
    layers = sorted(tiles.layers, key=lambda each: (wanted.get(each.id, len(order)), _height(each)))
    seats = any(_is_seats(layer) for layer in layers)
    return stacked([each for layer in layers for each in _drawings(layer, label, seats=seats)])


def _is_seats(layer: TileLayer) -> bool:
    told = "level" in layer.fields or named_level(layer) is not None
    return layer.geometry == "point" and told and SEATS.search(layer.id) is not None


def _subject(layer: TileLayer) -> Subject:
    return next(subject for subject in SUBJECTS if re.search(subject.layer, layer.id, re.IGNORECASE))


def _height(layer: TileLayer) -> int:
    """Return where a layer stands: divisions on the ground, the seats of government on top."""
    level = level_of(layer)
    if level is not None:
        return rank(level)
    if _is_seats(layer):
        return 10 + len(SUBJECTS) + rank(named_level(layer))
    return 10 + SUBJECTS.index(_subject(layer))


def _drawings(layer: TileLayer, label: str | None, *, seats: bool) -> Iterator[Drawing]:
    """Yield what draws one layer; with `seats`, another one names the divisions."""
    level, field = level_of(layer), name_field(layer, label)
    if level is not None or (has(layer, "line") and holds_boundaries(layer)):
        yield from _division(layer, level, None if seats else field)
    elif _is_seats(layer):
        yield from _seats(layer, field)
    else:
        yield from _thing(layer, _subject(layer), field)


def _division(layer: TileLayer, level: Level | None, field: str | None) -> Iterator[Drawing]:
    if level is not None:
        yield "area", {**only(layer, "area", "Polygon"), "type": "fill", "paint": {"fill-color": LAND}}
        dashes = {PROVINCE: {}, CITY: {"line-dasharray": DASHES["city"]}, COUNTY: {"line-dasharray": DASHES["county"]}}
        yield "line", line(only(layer, "edge", "Polygon"), level.border, level.width, **dashes[level])
    if has(layer, "line"):
        below = named_level(layer) if level is None else None
        if below is None:
            yield from boundaries(layer)
        else:
            yield "line", line(only(layer, "line", "LineString"), below.border, below.width)
    if level is not None and field is not None:
        first, last = level.names
        common = {**only(layer, "name", "Polygon"), "minzoom": first, "maxzoom": last}
        size = between(first, level.size[0], last, level.size[1])
        yield "name", lettering(common, field, "polygon", size)


def _seats(layer: TileLayer, field: str | None) -> Iterator[Drawing]:
    """Yield the names of divisions, one each: the larger division over the smaller, in the zooms of its level."""
    if field is None:
        return
    told = named_level(layer)
    for value, level in (("county", COUNTY), ("city", CITY), ("provincial", PROVINCE)):
        if told not in {None, level}:
            continue
        first, last = level.names
        common = only(layer, f"{value}-name", "Point")
        if told is None:
            common = narrowed(common, ["==", ["get", "level"], value])
        size = between(first, level.size[0], last, level.size[1])
        placed = {
            # A name moves aside before it is left out; that of Taiwan Province is placed before all others.
            "text-variable-anchor": ["center", "top", "bottom", "left", "right"],
            "symbol-sort-key": ["match", ["to-string", ["get", field]], [FIRST], 0, 1],
            "text-padding": 2,
        }
        yield (
            "name",
            lettering({**common, "minzoom": first, "maxzoom": last}, field, "polygon", size, **placed),
        )


def _thing(layer: TileLayer, subject: Subject, field: str | None) -> Iterator[Drawing]:
    if has(layer, "polygon"):
        paint: Json = {"fill-color": subject.fill, "fill-outline-color": subject.stroke}
        yield "area", {**only(layer, "area", "Polygon"), "type": "fill", "paint": paint}
    if has(layer, "line"):
        yield "line", line(only(layer, "line", "LineString"), subject.stroke, subject.width)
    names = max(subject.names, layer.min_zoom)
    if has(layer, "point"):
        dot: Json = {
            "circle-color": subject.letters,
            "circle-radius": by_zoom(1, 1.8),
            "circle-stroke-color": "#ffffff",
            "circle-stroke-width": 0.8,
        }
        yield "point", {**only(layer, "point", "Point"), "minzoom": names, "type": "circle", "paint": dot}
    if field is not None:
        common = {**every(layer, "name"), "minzoom": names}
        named = lettering(common, field, layer.geometry, between(names, 10, names + 5, 13))
        named["paint"]["text-color"] = subject.letters
        yield "name", named
