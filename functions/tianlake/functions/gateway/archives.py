"""Where a tile lies in a PMTiles archive (spec v3), from headers and directories that are kept in memory."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Final, TypeVar

from cachetools import LRUCache
from pmtiles.tile import (
    Compression,
    Entry,
    HeaderDict,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from tianlake.functions.gateway.node import Node
from tianlake.lake.errors import fault
from tianlake.lake.store.protocol import ObjectInfo, Span

K = TypeVar("K")
V = TypeVar("V")

_HEADER_BYTES: Final = 127
"""PMTiles v3 §3: the header's length."""

_FIRST_BYTES: Final = 16_384
"""PMTiles v3 §4: header and root directory lie within the first 16 KiB, so that one read brings both."""

_MAX_DEPTH: Final = 4
"""Levels of directories that are followed; the specification recommends at most one below the root."""

_MAX_ENTRIES: Final = 250_000
"""Directory entries kept in memory, of all archives together: about 40 MB."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An opened archive."""

    info: ObjectInfo
    header: HeaderDict
    root: list[Entry]


class Archives:
    """Opened archives and their leaf directories, the least recently used forgotten first.

    They are kept by key and etag: an archive that was replaced is another one.
    """

    def __init__(self, max_entries: int = _MAX_ENTRIES) -> None:
        self._opened: LRUCache[tuple[str, str, str], Archive] = LRUCache(
            max_entries, getsizeof=lambda archive: 1 + len(archive.root)
        )
        self._leaves: LRUCache[tuple[str, str, str, int], list[Entry]] = LRUCache(max_entries, getsizeof=len)

    async def open(self, node: Node, info: ObjectInfo) -> Archive:
        """Return the archive that `info` tells of.

        Raises:
            LakeError: It is no PMTiles v3 archive, or compressed in a way nobody here reads.
            ConflictError: The object was replaced meanwhile.
        """
        key = (node.code, info.key, info.etag)
        if (opened := self._opened.get(key)) is None:
            opened = _parse(info, await node.read(info, Span(0, min(_FIRST_BYTES, info.size))))
            _keep(self._opened, key, opened)
        return opened

    async def find(self, node: Node, archive: Archive, zxy: tuple[int, int, int]) -> Span | None:
        """Return where tile `(z, x, y)` lies in the archive, or None where it holds none.

        Raises:
            ValueError: No such tile exists in a quadtree: `x` or `y` is not below 2**z.
            ConflictError: The object was replaced meanwhile.
        """
        tile = zxy_to_tileid(*zxy)
        entries = archive.root
        for _level in range(_MAX_DEPTH):
            entry = find_tile(entries, tile)
            if entry is None:
                return None
            if entry.run_length > 0:
                return Span(archive.header["tile_data_offset"] + entry.offset, entry.length)
            entries = await self._leaf(node, archive, entry)
        raise fault(archive.info.key, "directories", f"nested deeper than {_MAX_DEPTH} levels")

    async def _leaf(self, node: Node, archive: Archive, entry: Entry) -> list[Entry]:
        info = archive.info
        key = (node.code, info.key, info.etag, entry.offset)
        if (leaf := self._leaves.get(key)) is None:
            span = Span(archive.header["leaf_directory_offset"] + entry.offset, entry.length)
            leaf = _directory(archive.header, await node.read(info, span))
            _keep(self._leaves, key, leaf)
        return leaf


def _parse(info: ObjectInfo, first: bytes) -> Archive:
    try:
        header = deserialize_header(first[:_HEADER_BYTES])
    except (MagicNumberNotFound, SpecVersionUnsupported, IndexError, ValueError):
        raise fault(info.key, "header", "is no PMTiles v3 archive") from None
    if header["internal_compression"] not in {Compression.GZIP, Compression.NONE}:
        raise fault(info.key, "header", "directories must be gzip or not compressed")
    start = header["root_offset"]
    return Archive(info, header, _directory(header, first[start : start + header["root_length"]]))


def _directory(header: HeaderDict, raw: bytes) -> list[Entry]:
    # The package reads gzip only, although the specification allows directories that are not compressed.
    packed = raw if header["internal_compression"] is Compression.GZIP else gzip.compress(raw, 0)
    return deserialize_directory(packed)


def _keep(cache: LRUCache[K, V], key: K, value: V) -> None:
    if cache.getsizeof(value) <= cache.maxsize:
        cache[key] = value
