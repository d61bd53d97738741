"""A node with layers of today's clients over small archives whose tiles are pictures that differ."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from gateway_kit import CARD, NODE, RELEASE_1, pointer, release
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from tianlake.lake.matrix_sets import CGCS2000, WEB_MERCATOR, MatrixSet
from tianlake.lake.records import dump_json
from tianlake.lake.releases import TileFacts
from tianlake.lake.words import Bounds, Text

BOX: Final = Bounds(90, 20, 134, 44)
"""Degrees; of all archives here."""

TOP: Final = 4
"""The last level."""

LAYERS: Final = {
    "img": "imagery",
    "vec": "places/map",
    "ter": "imagery/shade",
    "terrain-rgb": "imagery/terrain-rgb",
    "vts": "places",
    "cta": "nothing",
    "cia": "imagery/nothing",
}
KINDS: Final = {"mvt": TileType.MVT, "png": TileType.PNG, "jpeg": TileType.JPEG}
DRIVERS: Final = {"png": "PNG", "jpeg": "JPEG"}

Tiles = dict[tuple[int, int, int], bytes]


def picture(driver: str, colour: tuple[int, int, int]) -> bytes:
    """Return an image of 256 × 256 pixels of one colour, with a white square in its north-western corner."""
    pixels = np.empty((3, 256, 256), "uint8")
    pixels[:] = np.reshape(colour, (3, 1, 1))
    pixels[:, :32, :32] = 255
    place = from_origin(100, 40, 1, 1)  # rasterio warns of an image without one
    with MemoryFile() as file:
        with file.open(driver=driver, width=256, height=256, count=3, dtype="uint8", transform=place) as image:
            image.write(pixels)
        return bytes(file.read())


def colour(z: int, x: int, y: int) -> tuple[int, int, int]:
    """Return the colour of a tile, unlike that of its neighbours."""
    return 40 + z * 30, (x * 53) % 200, (y * 71) % 200


def covered(matrix_set: MatrixSet, zoom: int) -> list[tuple[int, int]]:
    """Return the tiles of a level over `BOX`, computed as tianditu.md §1.2 and OGC 17-083r4 annex D.1 say."""
    if matrix_set is CGCS2000:
        side = 360 / 2**zoom
        columns = range(int((BOX.west + 180) // side), int((BOX.east + 180) // side) + 1)
        rows = range(int((90 - BOX.north) // side), int((90 - BOX.south) // side) + 1)
    else:
        columns = range(int((BOX.west + 180) / 360 * 2**zoom), int((BOX.east + 180) / 360 * 2**zoom) + 1)
        north, south = (
            np.arctanh(np.sin(np.radians(latitude))) / np.pi for latitude in (BOX.north, BOX.south)
        )  # Gudermann
        rows = range(int((1 - north) / 2 * 2**zoom), int((1 - south) / 2 * 2**zoom) + 1)
    return [(x, y) for x in columns for y in rows]


def facts(tile_type: Any, matrix_set: MatrixSet, variant: str = "", *, top: int = TOP) -> TileFacts:
    return TileFacts(tile_type, matrix_set.id, matrix_set.lowest, top, BOX, 1, tile_size=256, variant=variant)


def tiles_of(about: TileFacts) -> Tiles:
    """Return the tiles of an archive: pictures, or what stands for vector tiles."""
    matrix_set = CGCS2000 if about.matrix_set == CGCS2000.id else WEB_MERCATOR
    spots = [(z, x, y) for z in range(about.min_zoom, about.max_zoom + 1) for x, y in covered(matrix_set, z)]
    if about.tile_type == "mvt":
        return {spot: f"vectors of {spot}".encode() for spot in spots}
    return {spot: picture(DRIVERS[about.tile_type], colour(*spot)) for spot in spots}


def archive(path: Path, tiles: Tiles, about: TileFacts) -> bytes:
    """Return a PMTiles archive written by the reference writer."""
    with path.open("wb") as file:
        writer: Any = Writer(file)  # type: ignore[no-untyped-call]
        for zxy in sorted(tiles, key=lambda zxy: zxy_to_tileid(*zxy)):
            writer.write_tile(zxy_to_tileid(*zxy), tiles[zxy])
        header = {"tile_type": KINDS[about.tile_type], "tile_compression": Compression.NONE, "center_zoom": 1}
        header |= {"min_zoom": about.min_zoom, "max_zoom": about.max_zoom}
        header |= {f"{edge}_e7": 0 for edge in ("min_lon", "min_lat", "max_lon", "max_lat", "center_lon", "center_lat")}
        writer.finalize(header, {"tile_matrix_set": about.matrix_set})
    return path.read_bytes()


FACTS: Final = {
    "imagery-c.pmtiles": facts("jpeg", CGCS2000, "c"),
    "imagery-shade.pmtiles": facts("png", WEB_MERCATOR, "shade", top=2),
    "imagery-terrain-rgb.pmtiles": facts("png", WEB_MERCATOR, "terrain-rgb", top=2),
    "imagery.pmtiles": facts("jpeg", WEB_MERCATOR),
    "places-map-c.pmtiles": facts("png", CGCS2000, "map-c"),
    "places-map.pmtiles": facts("png", WEB_MERCATOR, "map"),
    "places.pmtiles": facts("mvt", WEB_MERCATOR),
}


def lake(folder: Path, **settings: Any) -> tuple[dict[str, bytes], Mapping[str, Tiles]]:
    """Return the objects of a node with `LAYERS`, and the tiles of each archive by its name.

    Args:
        folder: For files on the way.
        settings: Further settings of the node, as `node.json` has them.
    """
    tiles = {name: tiles_of(about) for name, about in FACTS.items()}
    files = {name: archive(folder / name, tiles[name], about) for name, about in FACTS.items()}
    objects: dict[str, bytes] = {}
    for product, title in (("imagery", Text("影像", "Imagery")), ("places", Text("地名", "Places"))):
        own = {name: body for name, body in files.items() if name.startswith(product)}
        card = replace(CARD, id=product, title=title)
        objects |= release(RELEASE_1, own, card=card, tiles=FACTS) | pointer(RELEASE_1, product)
    return objects | node_json(**settings), tiles


def node_json(**settings: Any) -> dict[str, bytes]:
    """Return the object that says what the node is."""
    operator = {"name": "示例中心 & <Centre>", "url": "https://example.org/?a=1&b=2"}
    card = {
        "identity": {"code": NODE, "name": "河北省地理信息公共服务平台"},
        "settings": {"operator": operator, "layers": LAYERS, **settings},
    }
    return {"node.json": dump_json(card)}


def corner(letter: str, zoom: int, x: int, y: int) -> tuple[float, float]:
    """Return longitude and latitude of a tile's north-western corner, by the formulas of tianditu.md §1.2."""
    lon = x / 2**zoom * 360 - 180
    if letter == "c":
        return lon, 90 - y / 2 ** (zoom - 1) * 180
    return lon, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / 2**zoom))))


def pixels(image: bytes) -> Any:
    """Return bands, rows, columns of an image."""
    with warnings.catch_warnings(), MemoryFile(image) as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open() as opened:
            return opened.read()[:3].astype(int)
