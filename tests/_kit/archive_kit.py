"""PMTiles archives by the reference writer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer


def write_archive(
    path: Path,
    tiles: dict[tuple[int, int, int], bytes],
    kind: TileType,
    packed: Compression,
    metadata: dict[str, Any] | None = None,
) -> None:
    """Write tiles into an archive with the reference writer."""
    zooms = [z for z, _, _ in tiles]
    with path.open("wb") as file:
        writer: Any = cast("Any", Writer)(file)  # it has no types
        for zxy in sorted(tiles, key=lambda zxy: zxy_to_tileid(*zxy)):
            writer.write_tile(zxy_to_tileid(*zxy), tiles[zxy])
        header = {
            "tile_type": kind,
            "tile_compression": packed,
            "min_zoom": min(zooms),
            "max_zoom": max(zooms),
            "min_lon_e7": 0,
            "min_lat_e7": 0,
            "max_lon_e7": 1_800_000_000,
            "max_lat_e7": 850_000_000,
            "center_zoom": min(zooms),
            "center_lon_e7": 0,
            "center_lat_e7": 0,
        }
        writer.finalize(header, metadata or {})


def one_tile(folder: Path, tile: bytes = b"tile") -> bytes:
    """Return an archive that holds the tile 0/0/0 alone, as it is."""
    path = folder / "one.pmtiles"
    write_archive(path, {(0, 0, 0): tile}, TileType.MVT, Compression.NONE)
    return path.read_bytes()
