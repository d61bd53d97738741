"""Reads where the tiles of a PMTiles v3 archive lie, whole directories at a time.

https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from pmtiles.tile import deserialize_directory, deserialize_header, tileid_to_zxy

HEADER: Final = 127
"""Bytes of the header (spec v3 §3)."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One tile of an archive."""

    tile_id: int
    """Place on the Hilbert curve of all zooms (spec v3 §4.1)."""
    offset: int
    """From the beginning of the file."""
    length: int

    @property
    def zxy(self) -> tuple[int, int, int]:
        """Zoom, column, row."""
        zoom, x, y = tileid_to_zxy(self.tile_id)
        return zoom, x, y


def stored_tiles(archive: Path) -> list[Stored]:
    """Return every addressed tile of an archive in the order of their ids."""
    with archive.open("rb") as file:
        header = deserialize_header(file.read(HEADER))
        start = header["tile_data_offset"]
        root = (header["root_offset"], header["root_length"])
        return [
            Stored(tile_id, start + offset, length)
            for tile_id, offset, length in _walk(file, root, header["leaf_directory_offset"])
        ]


def read_tile(file: IO[bytes], tile: Stored) -> bytes:
    """Return the bytes of a tile as they are stored."""
    file.seek(tile.offset)
    return file.read(tile.length)


def _walk(file: IO[bytes], place: tuple[int, int], leaves: int) -> Iterator[tuple[int, int, int]]:
    file.seek(place[0])
    for entry in deserialize_directory(file.read(place[1])):
        if entry.run_length == 0:  # leads to a leaf directory
            yield from _walk(file, (leaves + entry.offset, entry.length), leaves)
        for number in range(entry.run_length):
            yield entry.tile_id + number, entry.offset, entry.length
