"""A small node in a folder whose layers are pictures of known colours, and static maps of it as pixels."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import numpy as np
from archive_kit import write_archive
from gateway_kit import CARD, NODE, RELEASE_1, release
from lake_kit import NODE as HEBEI
from PIL import Image
from pmtiles.tile import Compression, TileType

from tianlake.functions.calls import Call, Reply
from tianlake.functions.web.desk import Came, WebDesk
from tianlake.functions.web.start import open_web
from tianlake.lake.plain import Access
from tianlake.lake.records import dump_record
from tianlake.lake.releases import TileFacts
from tianlake.lake.words import Bounds, Text

WORLD: Final = Bounds(-180, -90, 180, 90)
LAYERS: Final = {
    "vec": "base/map",
    "cva": "base/labels",
    "img": "photo",
    "ter": "gone",
    "vts": "base",
    "heights": "photo/rgb",
}
ACCESS: Final[dict[str, Access]] = {"base": "open", "photo": "professional"}

GREY: Final = (128, 128, 128)
SQUARE: Final = slice(120, 136)
"""Rows and columns of the black square in the middle of each tile of `cva` in an even column."""


def colour(z: int, x: int, y: int) -> tuple[int, int, int]:
    """Return the colour of a tile of `vec`."""
    return 60 + z * 30, 10 + x * 7, 20 + y * 13


def _file(pixels: Any, kind: str) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def _spots(zooms: Iterable[int]) -> list[tuple[int, int, int]]:
    """Return all tiles of levels of `c` (tianditu.md §1.2: 2^z columns, 2^(z-1) rows)."""
    return [(z, x, y) for z in zooms for x in range(2**z) for y in range(2 ** (z - 1))]


def _base() -> dict[tuple[int, int, int], bytes]:
    return {spot: _file(np.full((256, 256, 3), colour(*spot), "uint8"), "PNG") for spot in _spots((3, 4, 5))}


def _labels() -> dict[tuple[int, int, int], bytes]:
    pixels = np.zeros((256, 256, 4), "uint8")
    pixels[SQUARE, SQUARE, 3] = 255
    tile = _file(pixels, "PNG")
    return {spot: tile for spot in _spots((4, 5)) if spot[1] % 2 == 0}


def _photo() -> dict[tuple[int, int, int], bytes]:
    """Return tiles of the eastern half of the world, in levels that no map starts with."""
    tile = _file(np.full((256, 256, 3), GREY, "uint8"), "JPEG")
    return {spot: tile for spot in _spots((1, 2)) if spot[1] >= 2 ** (spot[0] - 1)}


def write_node(folder: Path, layers: Mapping[str, str] = LAYERS) -> None:
    """Write the node's objects into a folder."""
    one = {(0, 0, 0): b"x"}
    kinds = {"png": TileType.PNG, "jpeg": TileType.JPEG, "mvt": TileType.MVT}
    archives: dict[str, tuple[str, str, str, dict[tuple[int, int, int], bytes]]] = {
        "base.pmtiles": ("mvt", "WebMercatorQuad", "", one),
        "base-c.pmtiles": ("mvt", "CGCS2000Quad", "c", one),
        "base-map.pmtiles": ("png", "WebMercatorQuad", "map", one),
        "base-map-c.pmtiles": ("png", "CGCS2000Quad", "map-c", _base()),
        "base-labels.pmtiles": ("png", "WebMercatorQuad", "labels", one),
        "base-labels-c.pmtiles": ("png", "CGCS2000Quad", "labels-c", _labels()),
        "photo.pmtiles": ("jpeg", "WebMercatorQuad", "", one),
        "photo-c.pmtiles": ("jpeg", "CGCS2000Quad", "c", _photo()),
        "photo-rgb.pmtiles": ("png", "WebMercatorQuad", "rgb", one),
        "photo-rgb-c.pmtiles": ("png", "CGCS2000Quad", "rgb-c", one),
    }
    objects: dict[str, bytes] = {}
    for product, access in ACCESS.items():
        files, facts = {}, {}
        for name, (kind, matrix_set, variant, tiles) in archives.items():
            if name.startswith(product):
                write_archive(folder / "one", tiles, kinds[kind], Compression.NONE)
                files[name] = (folder / "one").read_bytes()
                zooms = [z for z, _x, _y in tiles]
                of: Any = {"tile_type": kind, "encoding": "mapbox" if "rgb" in variant else None}
                of |= {"min_zoom": min(zooms), "max_zoom": max(zooms), "tiles": len(tiles), "variant": variant}
                facts[name] = TileFacts(matrix_set=matrix_set, bounds=WORLD, **of)
        terms = Text("演示数据，不具有审图号", "Demo data") if product == "base" else None
        card = replace(CARD, id=product, attribution=f"归属 {product}", access=access, terms=terms)
        objects |= release(RELEASE_1, files, card=card, tiles=facts)
        pointer = {"type": "Collection", "version": RELEASE_1, "updated": "2026-11-01T00:00:00Z"}
        objects[f"collections/{product}/collection.json"] = json.dumps(pointer).encode()
    (folder / "one").unlink()
    links = [{"rel": "child", "href": f"./collections/{product}/collection.json"} for product in ACCESS]
    objects["catalog.json"] = json.dumps({"links": links}).encode()
    objects["node.json"] = dump_record(replace(HEBEI, settings=replace(HEBEI.settings, layers=dict(layers))))
    for key, body in objects.items():
        path = folder / NODE / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def desk_of(folder: Path) -> WebDesk:
    """Return the web API over the node in a folder."""
    return open_web(f"file:{folder}", [NODE], None, folder)


@dataclass
class StaticMaps:
    """Asks for static maps."""

    desk: WebDesk

    def ask(self, **parameters: object) -> Reply:
        query = urlencode({name: str(value) for name, value in parameters.items()}, safe=",;|")
        return self.desk.answer(Call("GET", "/staticimage", query=query), Came(NODE, "http://lake.test/"))

    def field(self, **parameters: object) -> str:
        """Return the parameter that is wrong."""
        reply = self.ask(**parameters)
        assert reply.status == 400, reply
        return str(json.loads(reply.body)["field"])

    def __call__(self, **parameters: object) -> Any:
        """Return rows, columns, bands of a picture, whose attribution is at its lower left."""
        reply = self.ask(**parameters)
        assert (reply.status, dict(reply.headers)["content-type"]) == (200, "image/png"), reply.body
        with Image.open(BytesIO(reply.body)) as opened:
            assert opened.mode == "RGB"
            return np.asarray(opened).astype(int)


RED, BLUE, GREEN, WHITE, BLACK = (255, 0, 0), (0, 0, 255), (0, 255, 0), (255, 255, 255), (0, 0, 0)


def where(picture: Any, wanted: tuple[int, int, int], near: int = 12) -> Any:
    """Return rows and columns of the pixels of a colour."""
    return np.nonzero(np.abs(picture - np.array(wanted)).max(axis=2) <= near)


def is_near(pixel: Any, wanted: Any, within: int = 3) -> bool:
    """Say whether a pixel has about a colour."""
    return bool(np.abs(np.array(pixel) - np.array(wanted)).max() <= within)
