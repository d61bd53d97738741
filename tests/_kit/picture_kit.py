"""A small product with pictures, and readers that are not ours to look at them: pmtiles and Pillow."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from vector_kit import archive_of, make_recipe

from tianlake.lake.recipes import MapStyle, Pictures, Recipe, Source, Tiles

TILE = 256
GREEN = (100.0, 60.0, 120.0, 75.0)
"""West, south, east, north of the only area: far to the north, where mercator and degrees differ most."""
SEAT = (104.9, 36.0)
"""Longitude and latitude of the seat that stands alone, far from the edges of tiles."""
NAME = "甘肃省"


def write_sources(root: Path) -> None:
    """Write an area far to the north, and one seat of a province with much room around it."""
    west, south, east, north = GREEN
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    write_features(root / "green.geojson", [({"name": "森林"}, {"type": "Polygon", "coordinates": [ring]})])
    write_features(root / "seats.geojson", [({"name": NAME}, {"type": "Point", "coordinates": list(SEAT)})])


def write_features(file: Path, features: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    plain = [{"type": "Feature", "properties": named, "geometry": shape} for named, shape in features]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": plain}, ensure_ascii=False), "utf-8")


def drawn_recipe(pictures: Pictures | None, *sources: Source) -> Recipe:
    """Return the recipe of a base map with pictures."""
    own = sources or (
        Source("green.geojson", name="green"),
        Source("seats.geojson", name="seat-province"),
    )
    recipe = make_recipe(*own, tiles=Tiles(max_zoom=5, pictures=pictures))
    return replace(recipe, card=replace(recipe.card, style=MapStyle(theme="basemap")))


class Level:
    """All tiles of one level of an archive, as one picture."""

    def __init__(self, archive: Path, zoom: int) -> None:
        _, _, stored = archive_of(archive)
        self.zoom = zoom
        self.tiles = {
            (x, y): Image.open(io.BytesIO(data)).convert("RGBA") for (z, x, y), data in stored.items() if z == zoom
        }
        self.left = min(x for x, _ in self.tiles) * TILE
        self.top = min(y for _, y in self.tiles) * TILE
        right, below = (max(place[axis] for place in self.tiles) * TILE + TILE for axis in (0, 1))
        self.picture = Image.new("RGBA", (right - self.left, below - self.top))
        for (x, y), tile in self.tiles.items():
            self.picture.paste(tile, (x * TILE - self.left, y * TILE - self.top))

    def at(self, x: float, y: float) -> tuple[int, ...]:
        """Return the colour of a pixel of the whole level."""
        found = self.picture.getpixel((math.floor(x) - self.left, math.floor(y) - self.top))
        assert isinstance(found, tuple)
        return found

    def box(self, color: tuple[int, int, int], *, other: bool = False) -> tuple[int, int, int, int]:
        """Return the pixels of the level that a colour, or any other, spans: left, top, and those after the last."""
        matching = (np.asarray(self.picture)[..., :3] == color).all(axis=-1) != other
        return self._placed(Image.fromarray(matching).getbbox())

    def inked(self) -> tuple[int, int, int, int]:
        """Return the pixels of the whole level that are not quite transparent."""
        return self._placed(self.picture.getchannel("A").getbbox())

    def _placed(self, box: tuple[int, int, int, int] | None) -> tuple[int, int, int, int]:
        assert box is not None
        left, top, right, below = box
        return left + self.left, top + self.top, right + self.left, below + self.top


def mercator_pixel(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """Return where a place lies in web mercator (OGC 17-083r4 annex D.1), pixels of the level."""
    side = TILE * 2**zoom
    return (lon + 180) / 360 * side, (0.5 - math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)) * side


def degree_pixel(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """Return where a place lies in CGCS2000Quad, Tianditu's `c`: pixels of the level."""
    return (lon + 180) / 360 * 2**zoom * TILE, (90 - lat) / 180 * 2 ** (zoom - 1) * TILE
