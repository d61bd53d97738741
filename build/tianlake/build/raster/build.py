"""Builds a raster product: a COG in CGCS2000, raster PMTiles in each matrix set and a thumbnail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import rasterio

from tianlake.build.job import Built, Job, Progress, describe_file, recipe_file, silent
from tianlake.build.quality.picture import picture_of_box
from tianlake.build.quality.report import Report
from tianlake.build.quality.write import write_report
from tianlake.build.raster.cog import gdal_options, write_cog, write_plain
from tianlake.build.raster.facts import read_facts
from tianlake.build.raster.grid import GRIDS, Grid, zoom_range
from tianlake.build.raster.source import open_source
from tianlake.build.raster.style import Style, choose_style
from tianlake.build.raster.thumbnail import write_thumbnail
from tianlake.build.raster.tiles import Layer, Run, TileSet, describe_tiles, tile_format, write_tiles
from tianlake.build.tiles.facts import read_tile_facts
from tianlake.lake.recipes import Raster
from tianlake.lake.releases import COG, PMTILES, PNG, Asset, Quality
from tianlake.lake.words import Text, union


@dataclass(frozen=True, slots=True)
class Drawn:
    """What tiles and thumbnail are made from."""

    layers: tuple[Layer, ...]
    style: Style
    zooms: dict[str, tuple[int, int]]
    """Matrix set's letter → lowest and highest zoom."""


def build_raster(job: Job, progress: Progress = silent) -> Built:
    """Build a raster product's assets into `job.out`.

    They are `<id>.tif`, `<id>.pmtiles`, `<id>-c.pmtiles`, `thumbnail.png`, `quality.json` and `quality.html`.

    Raises:
        LakeError: The source or the recipe is wrong; one line that names it.
        OSError: A file could not be written.
    """
    product = job.recipe.card.id
    classes = (job.recipe.raster or Raster()).classes
    cog, thumbnail = job.out / f"{product}.tif", job.out / "thumbnail.png"
    style, zooms = _make_cog(job, cog, progress)
    with progress(Text("检查栅格", "Read back the raster")):
        raster_facts = read_facts(cog, classes)
    drawn = Drawn((Layer(cog, raster_facts.bounds),), style, zooms)
    archives = [_cut(job, drawn, GRIDS[letter], progress) for letter in job.recipe.tiles.matrix_sets]
    with progress(Text("缩略图", "Thumbnail")):
        write_thumbnail(cog, thumbnail, style)
    picture = picture_of_box(thumbnail.read_bytes(), raster_facts.bounds, (raster_facts.footprint,))
    assets = (
        describe_file(cog, "data", COG, Text("栅格数据(COG)", "Raster data (COG)"), raster_facts),
        *archives,
        describe_file(thumbnail, "thumbnail", PNG, Text("缩略图", "Thumbnail")),
        *write_report(Report(bounds=raster_facts.bounds), job, picture),
    )
    return Built(assets, raster_facts.bounds, Quality())


def _make_cog(job: Job, cog: Path, progress: Progress) -> tuple[Style, dict[str, tuple[int, int]]]:
    """Write the COG; return how it is drawn, and the zooms of its tiles by matrix set."""
    plain = job.scratch / "plain.tif"
    with open_source(job) as (reader, plan):
        tiles = job.recipe.tiles
        pixel = plan.transform.a
        zooms: dict[str, tuple[int, int]] = {
            each: zoom_range(GRIDS[each], tiles, pixel, recipe_file(job)) for each in tiles.matrix_sets
        }
        with progress(Text("读取栅格", "Read the raster"), plan.height) as advance:
            seen = write_plain(reader, plan, plain, advance)
        with progress(Text("写出 COG", "Write the COG")):
            write_cog(plain, cog, plan, job.jobs)
        plain.unlink()
    with gdal_options(), rasterio.open(cog) as dataset:
        return choose_style(dataset, {value: plan.colors[value] for value in seen}), zooms


def _cut(job: Job, drawn: Drawn, grid: Grid, progress: Progress) -> Asset:
    """Cut the tiles of one matrix set."""
    matrix_set = grid.matrix_set
    product = job.recipe.card.id
    target = job.out / f"{product}{'-' if matrix_set.variant else ''}{matrix_set.variant}.pmtiles"
    form = job.recipe.tiles.format or tile_format(drawn.style)
    tile_set = TileSet(drawn.layers, drawn.style, form, grid)
    run = Run(
        union([layer.bounds for layer in drawn.layers]),
        drawn.zooms[matrix_set.letter],
        job.scratch,
        job.jobs,
    )
    title = Text(f"切割瓦片({matrix_set.letter})", f"Cut the tiles ({matrix_set.letter})")
    with progress(title, grid.count_tiles(run.bounds, run.zooms)) as advance:
        metadata = describe_tiles(job.recipe.card, tile_set, (job.recipe.raster or Raster()).classes)
        write_tiles(tile_set, target, metadata, run, advance)
    return describe_file(
        target,
        "visual",
        PMTILES,
        Text(
            f"栅格瓦片(PMTiles,{matrix_set.letter})",
            f"Raster tiles (PMTiles, {matrix_set.id})",
        ),
        read_tile_facts(target),
    )
