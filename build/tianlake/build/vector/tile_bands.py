"""Which features the tiles of which part of the world depend on, where a product is cut in parts.

A band is a range of zooms, a part one tile at the zoom where its band is split, with all tiles below it in the band.
The features of a part are those that touch that tile and what is drawn around it. In the band of the highest zooms
these are all of them; above, what is too small to be seen is thinned out first, cell by cell of a grid, so that every
tile depends on what lies in and around it, and nothing else.
"""

# ruff: noqa: S608 - only names and numbers of ours are put into statements

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import duckdb

from tianlake.build.vector.features import TABLE
from tianlake.build.vector.tile_plan import UNITS
from tianlake.build.vector.tile_rows import Rows

SPOTS: Final = "tile_spots"
"""A table with one row a feature: where it lies, a digest of all that its tiles may depend on, its rank by size."""

PART: Final = 50_000
"""Features in the fullest part of the highest band, at most, unless the highest zoom itself has fuller tiles."""

SMALL: Final = 20_000
"""Thinned features up to which all lower zooms are one band of one part."""

CELL: Final = 16
"""Width in tile units of the grid's cells: two pixels of a tile that is drawn 512 pixels wide."""

TOGETHER: Final = 1_000_000
"""Features whose digests are put together at once: what DuckDB puts together does not go to the disk."""

PRECISION: Final = 1 << 60
"""Areas are summed as whole numbers of this part of the world, so that the order of the sum does not matter."""

MAKE_SPOTS: Final = f"""
CREATE OR REPLACE TABLE {SPOTS} AS
SELECT *, row_number() OVER (ORDER BY area DESC, id, row) AS rank FROM (
    SELECT rowid AS row, $id AS id, __source AS source,
        md5(concat(ST_AsHEXWKB(ST_Force2D(geometry)), $properties, $directions)) AS digest,
        ST_Dimension(geometry) = 2 AS filled,
        (ST_XMin(geometry) + 180) / 360 AS x0, (ST_XMax(geometry) + 180) / 360 AS x1,
        down(ST_YMax(geometry)) AS y0, down(ST_YMin(geometry)) AS y1,
        (ST_Area(geometry) / 360 / 360 / cos(radians((ST_YMin(geometry) + ST_YMax(geometry)) / 2))
            * {PRECISION})::HUGEINT AS area
    FROM {TABLE}
)
"""

CHOOSE_ALL: Final = "SELECT *, false AS square FROM {spots}"

CHOOSE_SEEN: Final = """
WITH sized AS (
    SELECT *, greatest(x1 - x0, y1 - y0) < {width} AS tiny,
        floor((x0 + x1) / 2 / {width})::BIGINT AS cell_x, floor((y0 + y1) / 2 / {width})::BIGINT AS cell_y
    FROM {spots}
), cells AS (
    SELECT min(rank) AS rank, sum(area) >= {half} AS covered FROM sized WHERE tiny GROUP BY source, cell_x, cell_y
)
SELECT row, id, source, digest, filled,
    if(covered AND filled, cell_x * {width}, x0) AS x0, if(covered AND filled, (cell_x + 1) * {width}, x1) AS x1,
    if(covered AND filled, cell_y * {width}, y0) AS y0, if(covered AND filled, (cell_y + 1) * {width}, y1) AS y1,
    covered AND filled AS square
FROM sized JOIN cells USING (rank)
UNION ALL BY NAME
SELECT row, id, source, digest, filled, x0, x1, y0, y1, false AS square FROM sized WHERE NOT tiny
"""
"""Of the features that are smaller than a cell, the largest one in each; it stands for the whole cell, as a square,
where they cover half of it."""

MAKE_MEMBERS: Final = """
CREATE OR REPLACE TABLE {table} AS
WITH chosen AS ({chosen}), ranges AS (
    SELECT *, greatest(floor((x0 - {margin}) * {tiles}), 0)::BIGINT AS west,
        least(floor((x1 + {margin}) * {tiles}), {tiles} - 1)::BIGINT AS east,
        greatest(floor((y0 - {margin}) * {tiles}), 0)::BIGINT AS north,
        least(floor((y1 + {margin}) * {tiles}), {tiles} - 1)::BIGINT AS south
    FROM chosen
), columns AS (
    SELECT *, unnest(range(west, east + 1)) AS x FROM ranges
), cells AS (
    SELECT *, unnest(range(north, south + 1)) AS y, square OR (west = east AND north = south) AS sure FROM columns
), looked_at AS MATERIALIZED (
    SELECT cells.*, shape FROM cells JOIN (SELECT rowid AS number, geometry AS shape FROM {features}) ON number = row
    WHERE NOT sure
), found AS (
    SELECT * FROM cells WHERE sure
    UNION ALL BY NAME
    SELECT * EXCLUDE (shape) FROM looked_at WHERE ST_Intersects(shape, ST_MakeEnvelope(
        (x / {tiles} - {margin}) * 360 - 180, lat_of((y + 1) / {tiles} + {margin}),
        ((x + 1) / {tiles} + {margin}) * 360 - 180, lat_of(y / {tiles} - {margin})))
)
SELECT x, y, row, id, if(square, md5(digest || 'square'), digest) AS digest,
    if(square, ST_MakeEnvelope(x0 * 360 - 180, lat_of(y1), x1 * 360 - 180, lat_of(y0)), NULL) AS square
FROM found
ORDER BY x, y, id
"""
"""A row for each feature in each part; a feature whose box reaches into several is looked at more closely."""


@dataclass(frozen=True, slots=True)
class Band:
    """A range of zooms whose tiles are cut together."""

    lowest: int
    highest: int
    split: int
    """Zoom of the tiles that its parts are."""
    thinned: bool
    """Whether what is too small to be seen is left out."""

    @property
    def table(self) -> str:
        """The table of which features belong to which part."""
        return f"tile_members_{self.highest}"


@dataclass(frozen=True, slots=True)
class Part:
    """One tile at the zoom where its band is split, and what it depends on."""

    band: Band
    x: int
    y: int
    features: int
    digest: str
    """SHA-256 over the digests of its features in the order of their ids."""

    def holds(self, zoom: int, x: int, y: int) -> bool:
        """Say whether a tile is this part's."""
        below = zoom - self.band.split
        return self.band.lowest <= zoom <= self.band.highest and (x >> below, y >> below) == (self.x, self.y)

    def key(self) -> tuple[int, int, int]:
        """Return zoom, column and row of the tile that it is."""
        return self.band.split, self.x, self.y


def split_zoom(fullest: tuple[int, ...], lowest: int, highest: int) -> int:
    """Return the zoom whose tiles are the parts of the highest band: the lowest one where none is too full."""
    fits = (zoom for zoom, features in enumerate(fullest) if features <= PART and zoom >= lowest)
    return min(next(fits, highest), highest)


def make_spots(connection: duckdb.DuckDBPyConnection, rows: Rows) -> None:
    """Make the table `SPOTS`."""
    statement = MAKE_SPOTS.replace("$id", rows.tile_id)
    statement = statement.replace("$properties", rows.properties).replace("$directions", rows.directions)
    connection.execute(statement)


def make_members(connection: duckdb.DuckDBPyConnection, band: Band, drawn: tuple[int, ...], buffer: int) -> list[Part]:
    """Make the table of a band's parts, and return them in the order of columns and rows.

    Args:
        connection: Where `SPOTS` is.
        band: Which zooms.
        drawn: The sources that are drawn in some of them.
        buffer: What is drawn around a tile, in 256ths of its width.
    """
    width = CELL / UNITS / (1 << band.highest)
    spots = f"(FROM {SPOTS} WHERE source IN ({', '.join(map(str, drawn))}))"
    values = {"spots": spots, "width": width, "half": int(width * width * PRECISION / 2)}
    chosen = (CHOOSE_SEEN if band.thinned else CHOOSE_ALL).format(**values)
    tiles = 1 << band.split
    margin = buffer / 256 / tiles
    connection.execute(MAKE_MEMBERS.format(table=band.table, chosen=chosen, margin=margin, tiles=tiles, features=TABLE))
    return [Part(band, x, y, features, digest) for x, y, features, digest in _digests(connection, band)]


def _digests(connection: duckdb.DuckDBPyConnection, band: Band) -> Iterator[tuple[int, int, int, str]]:
    """Yield column, row, number of features and digest of each part: of so many at once as fit in memory."""
    counted = connection.sql(f"SELECT x, y, count(*) FROM {band.table} GROUP BY x, y ORDER BY x, y").fetchall()
    first = total = 0
    for number, (*_, features) in enumerate(counted, 1):
        total += features
        if total < TOGETHER and number < len(counted):
            continue
        (west, top, _), (east, bottom, _) = counted[first], counted[number - 1]
        yield from connection.sql(
            f"SELECT x, y, count(*), sha256(string_agg(digest, '' ORDER BY id, digest)) FROM {band.table} "
            f"WHERE (x > {west} OR (x = {west} AND y >= {top})) AND (x < {east} OR (x = {east} AND y <= {bottom})) "
            "GROUP BY x, y ORDER BY x, y"
        ).fetchall()
        first, total = number, 0


def count_seen(connection: duckdb.DuckDBPyConnection, zoom: int, drawn: tuple[int, ...]) -> int:
    """Return how many features are left of a zoom's when they are thinned out."""
    width = CELL / UNITS / (1 << zoom)
    chosen = ", ".join(map(str, drawn))
    [(number,)] = connection.sql(
        f"SELECT count(DISTINCT (source, floor((x0 + x1) / 2 / {width}), floor((y0 + y1) / 2 / {width}))) "
        f"FILTER (greatest(x1 - x0, y1 - y0) < {width}) + count(*) FILTER (greatest(x1 - x0, y1 - y0) >= {width}) "
        f"FROM {SPOTS} WHERE source IN ({chosen})"
    ).fetchall()
    return int(number)
