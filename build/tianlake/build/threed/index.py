"""`index.parquet`: what parts a product taken in as it is has, as a table with places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import duckdb
import pyarrow as pa
import shapely

from tianlake.build.threed.volumes import Place
from tianlake.build.threed.walk import Tile
from tianlake.build.vector.features import Features
from tianlake.build.vector.made import add_rows, finish_rows

BATCH: Final = 50_000
"""Rows handed to DuckDB at once."""

TILESET: Final = "tileset"
"""Folder of a release that a tileset is copied to."""

TILES: Final = pa.schema(
    [
        ("uri", pa.string()),
        ("tile", pa.string()),
        ("tileset", pa.string()),
        ("level", pa.int32()),
        ("geometric_error", pa.float64()),
        ("refine", pa.string()),
        ("content_type", pa.string()),
        ("bytes", pa.int64()),
        ("height_min", pa.float64()),
        ("height_max", pa.float64()),
        ("__source", pa.int32()),
        ("geometry", pa.binary()),
    ]
)
"""Columns of the index of a tileset; heights are metres above the ellipsoid, paths are those in the release."""


def index_tiles(connection: duckdb.DuckDBPyConnection, tiles: Iterable[Tile], layer: str) -> Features:
    """Put tiles into the table of features."""
    rows = (_row(tile) for tile in tiles)
    for batch in _batches(rows):
        add_rows(connection, pa.Table.from_pylist(batch, TILES))
    return finish_rows(connection, (layer,))


def _batches(rows: Iterator[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _row(tile: Tile) -> dict[str, object]:
    content = tile.content
    return {
        "uri": f"{TILESET}/{content.path}" if content else None,
        "tile": tile.name,
        "tileset": f"{TILESET}/{tile.tileset}",
        "level": tile.level,
        "geometric_error": tile.geometric_error,
        "refine": tile.refine,
        "content_type": content.kind if content else None,
        "bytes": content.size if content else None,
        "height_min": tile.place.low,
        "height_max": tile.place.high,
        "__source": 0,
        "geometry": footprint(tile.place),
    }


def footprint(place: Place) -> bytes:
    """Return the box of a place as WKB; two boxes where it crosses the antimeridian (RFC 7946 §3.1.9)."""
    west, south, east, north = place.west, place.south, place.east, place.north
    if west <= east:
        shape = shapely.box(west, south, east, north)
    else:
        shape = shapely.multipolygons([shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)])
    wkb: bytes = shapely.to_wkb(shape)
    return wkb
