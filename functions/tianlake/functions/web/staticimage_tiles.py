"""What a static map shows of a layer: its tiles, read from the archive in the store and put together."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from math import ceil, floor
from typing import Final

from PIL import Image
from pmtiles.tile import Compression, Entry, zxy_to_tileid

from tianlake.functions.archives import (
    MAX_DEPTH,
    Archive,
    directory,
    first_part,
    leaf_part,
    parse_archive,
    step,
    too_deep,
)
from tianlake.functions.web.staticimage_view import View
from tianlake.lake.errors import NotFoundError, StoreError, fault
from tianlake.lake.matrix_sets import CGCS2000, TILE
from tianlake.lake.store.protocol import Span, Store

DRAWN: Final = ("png", "jpeg", "webp")
"""Types of tiles that are pictures."""

_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_AT_ONCE: Final = 8
"""Tiles of one layer that are read at a time."""
_ARCHIVES: Final = 64
"""Archives, and leaf directories, that are kept in memory: at most some 40 MB."""


@dataclass(frozen=True, slots=True)
class PictureArchive:
    """An archive of pictures in `c` of a release: its bytes never change."""

    code: str
    """Of its node."""
    key: str
    store: Store = field(compare=False, repr=False)

    def read(self, span: Span) -> bytes:
        """Return some of its bytes; raises `StoreError`, also where it is gone: its release was withdrawn."""
        try:
            return self.store.get(self.key, span)[1]
        except NotFoundError as error:
            raise StoreError(f"{self.key} is there no more") from error


class Tiles:
    """Reads archives; what they begin with and their directories are kept in memory. For several threads."""

    def __init__(self) -> None:
        self._opened = lru_cache(_ARCHIVES)(_opened)
        self._leaf = lru_cache(_ARCHIVES)(_leaf)

    def picture(self, archive: PictureArchive, view: View) -> Image.Image | None:
        """Return what an archive shows of a view, transparent where it has nothing; None where that is everywhere.

        Beyond the archive's last level its tiles are scaled; before its first it shows nothing.

        Raises:
            StoreError: The store fails, or the archive is gone.
            LakeError: It is no archive of pictures.
        """
        header = self._opened(archive).header
        if view.zoom < header["min_zoom"]:
            return None
        level = min(view.zoom, header["max_zoom"])
        factor = 1 << (view.zoom - level)
        left, top = view.left / factor, view.top / factor
        right, bottom = left + view.width / factor, top + view.height / factor
        columns = range(floor(left / TILE), ceil(right / TILE))
        rows = range(floor(top / TILE), ceil(bottom / TILE))
        spots = [(level, x, y) for y in rows for x in columns]
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            tiles = dict(zip(spots, threads.map(lambda spot: self._tile(archive, *spot), spots), strict=True))
        if all(tile is None for tile in tiles.values()):
            return None
        whole = Image.new("RGBA", (len(columns) * TILE, len(rows) * TILE))
        for (_level, x, y), tile in tiles.items():
            if tile is not None:
                whole.paste(tile, ((x - columns[0]) * TILE, (y - rows[0]) * TILE))
        x, y = columns[0] * TILE, rows[0] * TILE
        box = (left - x, top - y, right - x, bottom - y)
        return whole.resize((view.width, view.height), Image.Resampling.BILINEAR, box=box)

    def _tile(self, archive: PictureArchive, level: int, x: int, y: int) -> Image.Image | None:
        """Return a tile; the world begins anew where it ends in the east and west, and has nothing beyond its poles."""
        columns, rows = CGCS2000.size(level)
        if not 0 <= y < rows:
            return None
        opened = self._opened(archive)
        span = self._find(archive, opened, zxy_to_tileid(level, x % columns, y))
        if span is None:
            return None
        body = archive.read(span)
        if opened.header["tile_compression"] is Compression.GZIP:
            body = gzip.decompress(body)
        try:
            tile = Image.open(BytesIO(body), formats=_FORMATS).convert("RGBA")
        except OSError:
            raise fault(archive.key, f"tile {level}/{x % columns}/{y}", "is no picture") from None
        return tile if tile.size == (TILE, TILE) else tile.resize((TILE, TILE), Image.Resampling.LANCZOS)

    def _find(self, archive: PictureArchive, opened: Archive, tile: int) -> Span | None:
        entries = opened.root
        for _level in range(MAX_DEPTH):
            found = step(opened, entries, tile)
            if not isinstance(found, Entry):
                return found
            entries = self._leaf(archive, leaf_part(opened, found), opened.header["internal_compression"])
        raise too_deep(opened)


def _opened(archive: PictureArchive) -> Archive:
    try:
        info = archive.store.head(archive.key)
    except NotFoundError as error:
        raise StoreError(f"{archive.key} is there no more") from error
    return parse_archive(info, archive.read(first_part(info)))


def _leaf(archive: PictureArchive, span: Span, packed: Compression) -> list[Entry]:
    return directory(packed, archive.read(span), file=archive.key)
