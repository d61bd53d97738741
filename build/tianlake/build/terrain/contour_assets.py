"""Contours as GeoParquet and as vector tiles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
from pmtiles.tile import deserialize_header, serialize_header

from tianlake.build.duck import open_database
from tianlake.build.job import Job, Progress, describe_file
from tianlake.build.quality.report import Finding, ZoomReport
from tianlake.build.terrain.contours import Traced, is_index, to_wkb, trace
from tianlake.build.terrain.dem import Dem
from tianlake.build.terrain.heights import Heights, open_heights
from tianlake.build.tiles.facts import E7, HEADER, read_metadata, read_tile_facts, rewrite_metadata
from tianlake.build.vector.features import Features
from tianlake.build.vector.geoparquet import read_table_facts, write_geoparquet
from tianlake.build.vector.made import add_rows, finish_rows
from tianlake.build.vector.sql_errors import sql_faults
from tianlake.build.vector.tiles import WHOLE, plan_cut, write_tiles
from tianlake.lake.duck import interruptible
from tianlake.lake.recipes import Source, Tiles
from tianlake.lake.releases import PARQUET, PMTILES, Asset
from tianlake.lake.words import Text

LAYER: Final = "contours"

VARIANT: Final = "contours"

BATCH: Final = 20_000
"""Lines that are handed to DuckDB at once: a statement for each block and elevation would cost more than tracing."""

ALL_ZOOMS: Final = 3
"""All contours are in the tiles of so many zooms, the highest ones; below, index contours alone: from zoom to zoom
twice as many lines meet in a piece of a tile."""

NONE: Final = Text(
    "起伏小于一个等高距，没有等高线",
    "the relief is less than one interval: there is no contour; set terrain.contour_interval_m",
)


@dataclass(frozen=True, slots=True)
class Contours:
    """The files of contours, and what the quality report says of them."""

    assets: tuple[Asset, ...] = ()
    zooms: tuple[ZoomReport, ...] = ()
    findings: tuple[Finding, ...] = ()


def make_contours(job: Job, dem: Dem, progress: Progress) -> Contours:
    """Write `<id>-contours.parquet` and `<id>-contours.pmtiles`; neither where no contour lies in the relief.

    Raises:
        LakeError: A tool failed.
    """
    product = job.recipe.card.id
    with (
        sql_faults(product),
        open_database(job) as connection,
        open_heights(dem.cog) as heights,
    ):
        with progress(Text("追踪等高线", "Trace the contours")):
            found = _gather(connection, heights, dem)
        if not found:
            none = Finding("terrain.contours", "left_out", 1, NONE, job.recipe.sources[0].path, unit="file")
            return Contours(findings=(none,))
        box = dem.facts.bounds
        # Not the box of the lines: catalogs hold every file of a product against the product's.
        features = replace(finish_rows(connection, (LAYER, LAYER)), bounds=(box.west, box.south, box.east, box.north))
        return _write(connection, features, job, dem, progress)


def _gather(connection: duckdb.DuckDBPyConnection, heights: Heights, dem: Dem) -> int:
    """Put all contours into the table of rows; return how many there are."""
    count, waiting = 0, []
    for traced in trace(heights, dem.relief.contour_interval_m):
        if traced.lines:
            waiting.append(_rows(traced, heights, dem))
            count += len(traced.lines)
        if sum(map(len, waiting)) >= BATCH:
            add_rows(connection, pa.concat_tables(waiting))
            waiting = []
    if waiting:
        add_rows(connection, pa.concat_tables(waiting))
    return count


def _rows(traced: Traced, heights: Heights, dem: Dem) -> pa.Table:
    number = len(traced.lines)
    index = is_index(traced.elevation, dem.relief.contour_interval_m)
    return pa.table(
        {
            "elevation": pa.array(np.full(number, traced.elevation)),
            "index": pa.array(np.full(number, index)),
            "__source": pa.array(np.full(number, 0 if index else 1, np.int32)),
            "geometry": pa.array(to_wkb(traced.lines, heights.transform), pa.binary()),
        }
    )


def _write(
    connection: duckdb.DuckDBPyConnection, features: Features, job: Job, dem: Dem, progress: Progress
) -> Contours:
    product = job.recipe.card.id
    table, tiles = (job.out / f"{product}-{VARIANT}.{form}" for form in ("parquet", "pmtiles"))
    with progress(Text("写出等高线", "Write the contours")):
        interruptible(connection, partial(write_geoparquet, connection, features, table))
    raw = job.scratch / tiles.name
    with progress(Text("切割等高线瓦片", "Cut the tiles of contours"), WHOLE) as advance:
        cut = interruptible(connection, partial(plan_cut, connection, features, tile_job(job, dem)))
        report = write_tiles(connection, cut, raw, advance)
    rewrite_metadata(raw, tiles, read_metadata(raw) | archive_words(dem))
    raw.unlink()
    _widen(tiles, dem)
    facts = read_table_facts(connection, table)
    assets = (
        describe_file(table, "data", PARQUET, Text("等高线(GeoParquet)", "Contours (GeoParquet)"), facts),
        describe_file(
            tiles, "visual", PMTILES, Text("等高线瓦片(PMTiles)", "Contours (PMTiles)"), read_tile_facts(tiles)
        ),
    )
    return Contours(assets, report.zooms, report.findings)


def _widen(archive: Path, dem: Dem) -> None:
    """Let an archive's header say the bounds of the model, which its lines may not reach."""
    box = dem.facts.bounds
    with archive.open("r+b") as file:
        header = deserialize_header(file.read(HEADER))
        header["min_lon_e7"], header["min_lat_e7"] = round(box.west * E7), round(box.south * E7)
        header["max_lon_e7"], header["max_lat_e7"] = round(box.east * E7), round(box.north * E7)
        file.seek(0)
        file.write(serialize_header(header))


def tile_job(job: Job, dem: Dem) -> Job:
    """Return a job that cuts index contours and the others into one layer, the others at high zooms alone."""
    lowest, highest = dem.zooms["w"]
    path = job.recipe.sources[0].path
    fine = max(lowest, highest - ALL_ZOOMS + 1)
    sources = (Source(path, name=LAYER), Source(path, name=LAYER, min_zoom=fine))
    tiles = Tiles(min_zoom=lowest, max_zoom=highest, fields=("elevation", "index"))
    return replace(job, recipe=replace(job.recipe, sources=sources, tiles=tiles, raster=None))


def archive_words(dem: Dem) -> dict[str, Any]:
    """Return what the archive's metadata says beside what every vector archive says."""
    told = {name: value if isinstance(value, str) else f"{value:g}" for name, value in relief_words(dem).items()}
    return {"variant": VARIANT, **told}  # tippecanoe's tools take texts alone


def relief_words(dem: Dem) -> dict[str, Any]:
    """Return what the metadata of every archive of a terrain product says of its heights."""
    relief = dem.relief
    return {
        "vertical_crs": relief.vertical_crs,
        "grid_spacing_m": relief.grid_spacing_m,
        "contour_interval_m": relief.contour_interval_m,
    }
