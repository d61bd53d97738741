"""Builds a raster product: a COG in CGCS2000, raster PMTiles and a thumbnail."""

from __future__ import annotations

from pathlib import Path

import rasterio

from tianlake.build.job import Built, Job, Progress, describe_file, recipe_file, silent
from tianlake.build.quality.report import Report
from tianlake.build.quality.write import write_report
from tianlake.build.raster.cog import gdal_options, write_cog, write_plain
from tianlake.build.raster.facts import read_facts
from tianlake.build.raster.grid import count_tiles, zoom_range
from tianlake.build.raster.source import open_source
from tianlake.build.raster.style import Style, choose_style
from tianlake.build.raster.thumbnail import write_thumbnail
from tianlake.build.raster.tiles import Run, TileSet, describe_tiles, tile_format, write_tiles
from tianlake.build.tiles.facts import read_tile_facts
from tianlake.lake.recipes import Raster
from tianlake.lake.releases import COG, PMTILES, PNG, Quality
from tianlake.lake.words import Text


def build_raster(job: Job, progress: Progress = silent) -> Built:
    """Build a raster product's assets into `job.out`.

    They are `<id>.tif`, `<id>.pmtiles`, `thumbnail.png`, `quality.json` and `quality.html`.

    Raises:
        LakeError: The source or the recipe is wrong; one line that names it.
        OSError: A file could not be written.
    """
    product = job.recipe.card.id
    classes = (job.recipe.raster or Raster()).classes
    cog, tiles, thumbnail = (job.out / name for name in (f"{product}.tif", f"{product}.pmtiles", "thumbnail.png"))
    style, zooms = _make_cog(job, cog, progress)
    with progress(Text("检查栅格", "Read back the raster")):
        raster_facts = read_facts(cog, classes)
    run = Run(raster_facts.bounds, zooms, job.scratch, job.jobs)
    with progress(Text("切割瓦片", "Cut the tiles"), count_tiles(run.bounds, zooms)) as advance:
        metadata = describe_tiles(job.recipe.card, style, classes)
        write_tiles(TileSet(cog, style, tile_format(style)), tiles, metadata, run, advance)
    with progress(Text("缩略图", "Thumbnail")):
        write_thumbnail(cog, thumbnail, style)
    assets = (
        describe_file(cog, "data", COG, Text("栅格数据(COG)", "Raster data (COG)"), raster_facts),
        describe_file(
            tiles, "visual", PMTILES, Text("栅格瓦片(PMTiles)", "Raster tiles (PMTiles)"), read_tile_facts(tiles)
        ),
        describe_file(thumbnail, "thumbnail", PNG, Text("缩略图", "Thumbnail")),
        *write_report(Report(bounds=raster_facts.bounds), job),
    )
    return Built(assets, raster_facts.bounds, Quality())


def _make_cog(job: Job, cog: Path, progress: Progress) -> tuple[Style, tuple[int, int]]:
    """Write the COG; return how it is drawn and the lowest and highest zoom of its tiles."""
    plain = job.scratch / "plain.tif"
    with open_source(job) as (reader, plan):
        zooms = zoom_range(job.recipe.tiles, plan.transform.a, recipe_file(job))
        with progress(Text("读取栅格", "Read the raster"), plan.height) as advance:
            seen = write_plain(reader, plan, plain, advance)
        with progress(Text("写出 COG", "Write the COG")):
            write_cog(plain, cog, plan, job.jobs)
        plain.unlink()
    with gdal_options(), rasterio.open(cog) as dataset:
        return choose_style(dataset, {value: plan.colors[value] for value in seen}), zooms
