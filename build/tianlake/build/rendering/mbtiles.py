"""Copies vector tiles from PMTiles into MBTiles, which every version of the renderer reads from a disk.

https://github.com/mapbox/mbtiles-spec/blob/master/1.3/spec.md
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from tianlake.build.tiles.entries import read_tile, stored_tiles

TABLES: Final = """
CREATE TABLE metadata (name text, value text);
CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob);
CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row);
"""


def write_mbtiles(archive: Path, target: Path, zooms: tuple[int, int]) -> None:
    """Write the tiles of some zooms, the lowest and highest one included, into a new file.

    Raises:
        OSError: The disk failed.
    """
    told = (("name", "tiles"), ("format", "pbf"), ("minzoom", str(zooms[0])), ("maxzoom", str(zooms[1])))
    try:
        with closing(sqlite3.connect(target)) as database, database:
            database.execute("PRAGMA journal_mode = OFF")  # a scratch file: half of one is never read
            database.executescript(TABLES)
            database.executemany("INSERT INTO metadata VALUES (?, ?)", told)
            database.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", _rows(archive, zooms))
    except sqlite3.Error as error:
        raise OSError(f"{target.name}: {error}") from error


def _rows(archive: Path, zooms: tuple[int, int]) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield zoom, column, row counted from the south, data."""
    with archive.open("rb") as file:
        for tile in stored_tiles(archive):
            zoom, x, y = tile.zxy
            if zooms[0] <= zoom <= zooms[1]:
                yield zoom, x, (1 << zoom) - 1 - y, read_tile(file, tile)
