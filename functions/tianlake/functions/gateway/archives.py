"""Where a tile lies in a PMTiles archive (spec v3), from headers and directories that are kept in memory."""

from __future__ import annotations

from typing import Final, TypeVar

from cachetools import LRUCache
from pmtiles.tile import Entry, zxy_to_tileid

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
from tianlake.functions.gateway.node import Node
from tianlake.lake.store.protocol import ObjectInfo, Span

K = TypeVar("K")
V = TypeVar("V")

_MAX_ENTRIES: Final = 250_000
"""Directory entries kept in memory, of all archives together: about 40 MB."""


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
            opened = parse_archive(info, await node.read(info, first_part(info)))
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
        for _level in range(MAX_DEPTH):
            found = step(archive, entries, tile)
            if not isinstance(found, Entry):
                return found
            entries = await self._leaf(node, archive, found)
        raise too_deep(archive)

    async def _leaf(self, node: Node, archive: Archive, entry: Entry) -> list[Entry]:
        info = archive.info
        key = (node.code, info.key, info.etag, entry.offset)
        if (leaf := self._leaves.get(key)) is None:
            packed = archive.header["internal_compression"]
            leaf = directory(packed, await node.read(info, leaf_part(archive, entry)), file=info.key)
            _keep(self._leaves, key, leaf)
        return leaf


def _keep(cache: LRUCache[K, V], key: K, value: V) -> None:
    if cache.getsizeof(value) <= cache.maxsize:
        cache[key] = value
