"""What map layers of every theme are made of: fonts, colours, lines, dots, names. Pure."""

from __future__ import annotations

from typing import Any, Final, Literal

from tianlake.lake.releases import TileLayer

Json = dict[str, Any]
"""A JSON object."""

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

SEA: Final = "#d5e3ec"
LAND: Final = "#f9f7f1"
LETTERS: Final = "#2c3a4b"
PAPER: Final = "rgba(255, 255, 255, 0.92)"

ROUND: Final = {"line-join": "round", "line-cap": "round"}

PLACEMENT: Final[dict[str, Json]] = {
    "point": {"text-anchor": "top", "text-offset": [0, 0.5]},
    "line": {"symbol-placement": "line"},
    "polygon": {},
    "mixed": {},
}
"""Where a name stands, by what it names."""

Slot = Literal["area", "line", "boundary", "point", "name"]
"""From the ground up."""

SLOTS: Final[tuple[Slot, ...]] = ("area", "line", "boundary", "point", "name")

Drawing = tuple[Slot, Json]
Ends = tuple[float, float]


def stacked(drawings: list[Drawing]) -> list[Json]:
    """Return map layers slot by slot from the ground up, within a slot in the order given."""
    return [layer for _slot, layer in sorted(drawings, key=lambda each: SLOTS.index(each[0]))]


def has(layer: TileLayer, geometry: str) -> bool:
    """Say whether a layer of tiles may hold a kind of geometry."""
    return layer.geometry in {geometry, "mixed"}


def name_field(layer: TileLayer, chosen: str | None = None) -> str | None:
    """Return the attribute that names a layer's features, if any; the chosen one where the layer has it."""
    return next((name for name in (chosen, *NAMES) if name in layer.fields), None)


def every(layer: TileLayer, part: str) -> Json:
    """Return what each map layer has that draws a layer of tiles."""
    return {"id": f"{layer.id}-{part}", "source": SOURCE, "source-layer": layer.id}


def only(layer: TileLayer, part: str, geometry: str) -> Json:
    """Return what each map layer has that draws one kind of geometry of a layer of tiles."""
    return {**every(layer, part), "filter": ["==", ["geometry-type"], geometry]}


def narrowed(common: Json, condition: list[object]) -> Json:
    """Return the same with one more condition."""
    return {**common, "filter": ["all", common["filter"], condition]}


def line(common: Json, color: str, width: Ends, **paint: object) -> Json:
    """Return a line whose width in pixels grows from zoom 3 to zoom 10."""
    painted = {"line-color": color, "line-width": by_zoom(*width), **paint}
    return {**common, "type": "line", "layout": ROUND, "paint": painted}


def lettering(common: Json, field: str, geometry: str, size: object, **layout: object) -> Json:
    """Return names in local fonts with a halo.

    Args:
        common: Which features.
        field: The attribute that names them.
        geometry: Of the layer: `point`, `line`, `polygon` or `mixed`.
        size: Pixels, or an expression.
        layout: What else places them.
    """
    placed: Json = {
        "text-field": ["to-string", ["get", field]],
        "text-font": list(FONTS),
        "text-size": size,
        "text-max-width": 8,
        "text-padding": 4,
        **PLACEMENT[geometry],
        **layout,
    }
    paint: Json = {"text-color": LETTERS, "text-halo-color": PAPER, "text-halo-width": 1.5}
    return {**common, "type": "symbol", "layout": placed, "paint": paint}


def between(first: float, at_first: float, last: float, at_last: float) -> list[object]:
    """Return a number that grows evenly from one zoom to another."""
    return ["interpolate", ["linear"], ["zoom"], first, at_first, last, at_last]


def by_zoom(at3: float, at10: float) -> list[object]:
    """Return a width or radius in pixels that grows from zoom 3 to zoom 10."""
    return between(3, at3, 10, at10)
