"""What a PMTiles v3 archive says of itself: rewritten without traces of the machine, and read back.

https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import IO, Any, Final

from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import HeaderDict, deserialize_header, serialize_header

from tianlake.lake.releases import TileFacts, TileLayer
from tianlake.lake.words import Bounds

HEADER: Final = 127
"""Bytes of the header (spec v3 §3)."""

E7: Final = 10_000_000
"""Headers hold degrees times ten million (spec v3 §3)."""

VECTOR_TILE: Final = 512
"""Pixels a vector tile is drawn at, whatever its coordinates; images say theirs as `tile_size`."""


def rewrite_metadata(source: Path, target: Path, metadata: dict[str, Any]) -> None:
    """Copy an archive with other JSON metadata; directories and tiles stay as they are.

    Offsets in directories are relative to their section, so that only the header changes with the length of
    the metadata.
    """
    packed = gzip.compress(json.dumps(metadata, ensure_ascii=False, sort_keys=True).encode(), mtime=0)
    with source.open("rb") as old, target.open("wb") as new:
        header = deserialize_header(old.read(HEADER))
        directory = (header["root_offset"], header["root_length"])
        leaves = (header["leaf_directory_offset"], header["leaf_directory_length"])
        tiles = (header["tile_data_offset"], header["tile_data_length"])
        header["root_offset"] = HEADER
        header["metadata_offset"] = HEADER + header["root_length"]
        header["metadata_length"] = len(packed)
        header["leaf_directory_offset"] = header["metadata_offset"] + len(packed)
        header["tile_data_offset"] = header["leaf_directory_offset"] + header["leaf_directory_length"]
        _give_width(header)
        new.write(serialize_header(header))
        _copy(old, new, directory)
        new.write(packed)
        _copy(old, new, leaves)
        _copy(old, new, tiles)


def _give_width(header: HeaderDict) -> None:
    """Make bounds that have no width, as of a single point, two centimetres wide.

    pmtiles.js tells users that bounds without a width are not valid.
    """
    if header["min_lon_e7"] == header["max_lon_e7"]:
        header["min_lon_e7"] -= 1
        header["max_lon_e7"] += 1
    if header["min_lat_e7"] == header["max_lat_e7"]:
        header["min_lat_e7"] -= 1
        header["max_lat_e7"] += 1


def _copy(old: IO[bytes], new: IO[bytes], section: tuple[int, int]) -> None:
    offset, length = section
    old.seek(offset)
    while length:
        block = old.read(min(length, 1 << 20))
        if not block:
            msg = "the archive ends within a section"
            raise ValueError(msg)
        new.write(block)
        length -= len(block)


def read_metadata(archive: Path) -> dict[str, Any]:
    """Return an archive's JSON metadata."""
    with archive.open("rb") as file:
        metadata: dict[str, Any] = Reader(MmapSource(file)).metadata()  # type: ignore[no-untyped-call]
    return metadata


def read_tile_facts(archive: Path) -> TileFacts:
    """Read back what an archive holds, from its header and metadata."""
    with archive.open("rb") as file:
        reader = Reader(MmapSource(file))  # type: ignore[no-untyped-call]
        head, metadata = reader.header(), reader.metadata()  # type: ignore[no-untyped-call]
    west, south, east, north = (head[f"{edge}_e7"] / E7 for edge in ("min_lon", "min_lat", "max_lon", "max_lat"))
    return TileFacts(
        tile_type=head["tile_type"].name.lower(),
        matrix_set=metadata["tile_matrix_set"],
        min_zoom=head["min_zoom"],
        max_zoom=head["max_zoom"],
        bounds=Bounds(west, south, east, north),
        tiles=head["addressed_tiles_count"],
        layers=tuple(
            TileLayer(layer["id"], layer["geometry_type"], tuple(layer["fields"]), layer["minzoom"], layer["maxzoom"])
            for layer in metadata.get("vector_layers", ())
        ),
        tile_size=metadata.get("tile_size", VECTOR_TILE),
        variant=metadata.get("variant", ""),
        encoding=metadata.get("encoding"),
    )
