"""MapLibre styles (style specification v8) of tile archives, made from what an archive holds. Pure.

The profile wants one beside every PMTiles (Portolan formats, "PMTiles"). Cartography follows the portal's page.
"""

from __future__ import annotations

import math

from tianlake.lake.recipes import ProductCard
from tianlake.lake.releases import TileFacts
from tianlake.lake.styles.basemap import basemap_layers
from tianlake.lake.styles.data import data_layers
from tianlake.lake.styles.levels import level_of
from tianlake.lake.styles.parts import LAND, SEA, SOURCE, Json
from tianlake.lake.words import Bounds, both


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
        drawn = _vector_layers(card, tiles)
    else:
        source |= {"type": "raster", "tileSize": tiles.tile_size}
        paint = {"raster-resampling": "nearest" if categorical else "linear"}
        drawn = [{"id": "raster", "type": "raster", "source": SOURCE, "paint": paint}]
    longitude, latitude, zoom = _view(tiles.bounds, tiles.max_zoom)
    # Around divisions lies the sea, or what belongs to others; all else is drawn on bare land.
    ground = SEA if any(level_of(layer) for layer in tiles.layers) else LAND
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


def _vector_layers(card: ProductCard, tiles: TileFacts) -> list[Json]:
    """Return what draws vector tiles, by the theme of the recipe."""
    if card.style.theme == "basemap":
        return basemap_layers(tiles, card.style.label, card.style.order)
    return data_layers(tiles, card.product_class, card.style.label)
