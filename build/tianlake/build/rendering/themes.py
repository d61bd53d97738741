"""What of a product's style each variant of pictures shows. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from tianlake.lake.recipes import Content
from tianlake.lake.styles.parts import SOURCE
from tianlake.lake.words import Text

TITLES: Final[dict[Content, Text]] = {
    "map": Text("无注记地图图片", "Map without names, as pictures"),
    "labels": Text("注记图片", "Names, as pictures"),
}

STACK: Final = "pictures"
"""What the font of all names is called in styles for pictures."""

FENCE: Final = "tianlake-fence"
"""Source and layer of what keeps names off the edges of a sheet."""


@dataclass(frozen=True, slots=True)
class Written:
    """Names that a style writes: an attribute of a layer of tiles, and the zooms in which it does."""

    layer: str
    attribute: str
    lowest: float
    """The renderer's zoom: of tiles of 512 pixels."""


def shown(style: dict[str, Any], content: Content, tiles: Path, glyphs: Path) -> dict[str, Any] | None:
    """Return the style of a variant as the renderer takes it; None where it shows nothing.

    Args:
        style: Of the product, as it is published.
        content: `map` has every layer but those of names, `labels` has these alone and no ground.
        tiles: MBTiles with the vector tiles.
        glyphs: Folder of glyphs.
    """
    layers = [deepcopy(each) for each in style["layers"] if (each["type"] == "symbol") == (content == "labels")]
    if not layers:
        return None
    for layer in layers:
        if layer["type"] == "symbol":
            layer["layout"]["text-font"] = [STACK]
    return {
        "version": 8,
        "glyphs": f"file://{quote(str(glyphs))}/{{fontstack}}/{{range}}.pbf",
        "sources": {SOURCE: {"type": "vector", "url": f"mbtiles://{quote(str(tiles))}"}},
        "layers": layers,
    }


def fenced(style: dict[str, Any], posts: dict[str, Any]) -> dict[str, Any]:
    """Return the style of names with a fence: its posts are placed first, before all names, and take their place."""
    layer = {
        "id": FENCE,
        "type": "symbol",
        "source": FENCE,
        "layout": {"icon-image": ["get", "side"], "icon-allow-overlap": True, "icon-padding": 0},
    }
    return {
        **style,
        "sources": {**style["sources"], FENCE: {"type": "geojson", "data": posts}},
        "layers": [*style["layers"], layer],
    }


def written(style: dict[str, Any]) -> Iterator[Written]:
    """Yield which attributes a style writes as names."""
    for layer in style["layers"]:
        if layer["type"] == "symbol":
            for attribute in _attributes(layer["layout"]["text-field"]):
                yield Written(layer["source-layer"], attribute, layer.get("minzoom", 0))


def without(style: dict[str, Any], letters: str) -> dict[str, Any]:
    """Return a style that leaves out the names with some letters: a name with a gap would be another name."""
    changed = deepcopy(style)
    for layer in changed["layers"]:
        if layer["type"] == "symbol" and letters:
            name = layer["layout"]["text-field"]
            conditions = [["!", ["in", letter, name]] for letter in letters]
            layer["filter"] = ["all", *([layer["filter"]] if "filter" in layer else []), *conditions]
    return changed


def _attributes(expression: object) -> Iterator[str]:
    """Yield the attributes that an expression reads."""
    match expression:
        case ["get", str(name)]:
            yield name
        case [*members]:
            for member in members:
                yield from _attributes(member)
