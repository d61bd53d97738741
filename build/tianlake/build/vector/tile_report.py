"""What a finished archive holds and lacks: sizes, and features by their ids, zoom by zoom."""

# ruff: noqa: S608 - only names of ours are put into statements

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import duckdb
import numpy as np

from tianlake.build.quality.report import Finding, ZoomReport
from tianlake.build.tiles.entries import Stored, read_tile, stored_tiles
from tianlake.build.vector.mvt import feature_ids
from tianlake.build.vector.tile_cut import Losses
from tianlake.build.vector.tile_plan import LIMIT, Zooms, source_zooms
from tianlake.build.vector.tile_present import Ids, Present
from tianlake.build.vector.tile_rows import ROWS
from tianlake.build.workers import in_order
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Recipe
from tianlake.lake.words import Text

log = logging.getLogger(__name__)

LARGE: Final = 16_000_000
"""Bytes of tiles from which on processes are worth their start."""

TILES_A_PIECE: Final = 256


@dataclass(frozen=True, slots=True)
class TilesReport:
    """What became of the features in the tiles of one archive; all of them are in the GeoParquet file."""

    zooms: tuple[ZoomReport, ...]
    findings: tuple[Finding, ...]
    """`tiles.dropped`: features that the highest zoom lacks. `tiles.thinned`: those that only lower zooms lack."""


def present_ids(archive: Path, tiles: Iterable[Stored]) -> dict[int, Ids]:
    """Return zoom → ids of the features that some of an archive's tiles hold."""
    found: dict[int, set[int]] = {}
    seen: set[tuple[int, int]] = set()
    with archive.open("rb") as file:
        for tile in tiles:
            ids = found.setdefault(tile.zxy[0], set())
            place = (tile.zxy[0], tile.offset)
            if place not in seen:  # identical tiles are stored once
                seen.add(place)
                ids |= feature_ids(read_tile(file, tile))
    return {zoom: np.array(sorted(ids), np.uint64) for zoom, ids in found.items()}


def count_present(connection: duckdb.DuckDBPyConnection, archive: Path, jobs: int) -> dict[int, int]:
    """Return zoom → number of different features in an archive's tiles; a large one is read by `jobs` processes."""
    tiles = stored_tiles(archive)
    pieces = [tiles[start : start + TILES_A_PIECE] for start in range(0, len(tiles), TILES_A_PIECE)]
    workers = jobs if sum(tile.length for tile in tiles) > LARGE else 1
    present = Present(connection)
    with in_order(partial(present_ids, archive), pieces, workers) as results:
        for result in results:
            present.add(result)
    return present.count()


def expected_ids(connection: duckdb.DuckDBPyConnection, recipe: Recipe, zooms: Zooms) -> dict[int, int]:
    """Return zoom → number of different features whose layers are drawn there."""
    ranges = [source_zooms(source, zooms) for source in recipe.sources]
    counted: dict[tuple[int, ...], int] = {}
    found = {}
    for zoom in range(zooms.lowest, zooms.highest + 1):
        drawn = tuple(number for number, (start, end) in enumerate(ranges) if start <= zoom <= end)
        if drawn and drawn not in counted:
            chosen = ", ".join(map(str, drawn))
            query = f"SELECT count(DISTINCT __tile_id) FROM {ROWS} WHERE __source IN ({chosen})"
            [(counted[drawn],)] = connection.sql(query).fetchall()
        found[zoom] = counted.get(drawn, 0)
    return found


def report_tiles(archive: Path, expected: dict[int, int], present: dict[int, int], losses: Losses) -> TilesReport:
    """Walk a finished archive and say what each zoom holds and lacks.

    Args:
        archive: The file.
        expected: Zoom → features that are drawn there.
        present: Zoom → different features found in its tiles.
        losses: What tippecanoe says.

    Raises:
        LakeError: A tile is larger than the limit.
    """
    sizes: dict[int, list[int]] = {zoom: [] for zoom in expected}
    for tile in stored_tiles(archive):
        zoom, x, y = tile.zxy
        if tile.length > LIMIT:
            raise LakeError(f"{archive.name}: tile {zoom}/{x}/{y} has {tile.length} bytes; the limit is {LIMIT}")
        sizes[zoom].append(tile.length)
    zooms = tuple(
        ZoomReport(
            archive.name,
            zoom,
            tiles=len(found),
            bytes=sum(found),
            largest=max(found, default=0),
            lost=losses.get(zoom, {}),
            absent=expected[zoom] - present.get(zoom, 0),
        )
        for zoom, found in sorted(sizes.items())
    )
    return TilesReport(zooms, tuple(_findings(zooms)))


def _findings(zooms: tuple[ZoomReport, ...]) -> Iterable[Finding]:
    *lower, last = zooms
    if last.absent:
        reason = Text(
            f"最高级别 {last.zoom} 的瓦片里没有这些要素（{_ways(last)}）；数据文件里都有。调高 tiles.max_zoom。",
            f"The tiles of the highest zoom {last.zoom} lack these features ({_ways(last)}); the data file has them "
            "all. Raise tiles.max_zoom.",
        )
        yield Finding("tiles.dropped", "dropped", last.absent, reason, unit="tile_feature")
    worst = max(lower, key=lambda zoom: zoom.absent, default=last)
    if worst.absent > last.absent:
        reason = Text(
            f"较低级别的瓦片为了不超过 500 kB 或看得清，省略、合并了一部分要素；最多在第 {worst.zoom} 级。",
            "At lower zooms some features are left out or merged, so that tiles stay below 500 kB and legible; most "
            f"at zoom {worst.zoom}.",
        )
        yield Finding("tiles.thinned", "kept", worst.absent, reason, unit="tile_feature")


def _ways(zoom: ZoomReport) -> str:
    return ", ".join(f"{name} {number}" for name, number in zoom.lost.items()) or "smaller than a unit of the tile"


def tell_losses(report: TilesReport, product: str) -> None:
    """Log what the tiles lack: a warning where the highest zoom does, which nobody can see any more."""
    last = report.zooms[-1]
    if last.absent:
        log.warning(
            "%s: the highest zoom does not hold every feature (%s): %d are missing; raise tiles.max_zoom",
            product,
            _ways(last),
            last.absent,
        )
    for zoom in report.zooms[:-1]:
        if zoom.absent:
            log.info("%s: zoom %d lacks %d features (%s)", product, zoom.zoom, zoom.absent, _ways(zoom))
