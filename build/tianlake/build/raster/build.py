"""Builds a raster product: a COG in CGCS2000 for each picture, PMTiles over all in each matrix set, a thumbnail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rasterio.enums import ColorInterp

from tianlake.build.engine.parts import Done
from tianlake.build.engine.perform import perform
from tianlake.build.engine.workshop import Workshop, workshop
from tianlake.build.job import Built, Job, Progress, describe_file, recipe_file, silent
from tianlake.build.quality.picture import picture_of_box
from tianlake.build.quality.report import Finding, Report
from tianlake.build.quality.write import write_report
from tianlake.build.raster.cog import gdal_options
from tianlake.build.raster.facts import native_gsd
from tianlake.build.raster.grid import GRIDS, Grid, zoom_range
from tianlake.build.raster.layers import Layer
from tianlake.build.raster.picture import scene_part
from tianlake.build.raster.scenes import Shot, find_shots, scene_of, top_first
from tianlake.build.raster.source import open_shot
from tianlake.build.raster.style import Style, choose_style
from tianlake.build.raster.thumbnail import write_thumbnail
from tianlake.build.raster.tiles import Run, TileSet, describe_tiles, tile_format, write_tiles
from tianlake.build.tiles.facts import read_tile_facts
from tianlake.lake.errors import fault
from tianlake.lake.recipes import Raster
from tianlake.lake.records import read_record
from tianlake.lake.releases import COG, PMTILES, PNG, Asset, Quality, RasterFacts, Scene
from tianlake.lake.words import Text, union


@dataclass(frozen=True, slots=True)
class Planned:
    """One picture before it is read."""

    shot: Shot
    pixel: float
    """Width of its pixels in CGCS2000, degrees."""
    kind: tuple[str, tuple[ColorInterp, ...]]
    """Type and meaning of its bands, the same for all pictures of a product."""
    scene: Scene | None
    moved: int
    """Files that were moved to the grid they have in common."""


@dataclass(frozen=True, slots=True)
class Made:
    """One finished picture."""

    cog: Path
    facts: RasterFacts
    colors: dict[int, tuple[int, int, int]]
    """Colours of the classes that occur in it."""


def build_raster(job: Job, progress: Progress = silent) -> Built:
    """Build a raster product's assets into `job.out`.

    They are `<id>.tif` (or one `<scene>.tif` each), `<id>.pmtiles`, `<id>-c.pmtiles`, `thumbnail.png`,
    `quality.json` and `quality.html`.

    Raises:
        LakeError: A source or the recipe is wrong; one line that names it.
        OSError: A file could not be written.
    """
    raster = job.recipe.raster or Raster()
    planned = _plan(job)
    tiles = job.recipe.tiles
    finest = min(each.pixel for each in planned)
    zooms = {each: zoom_range(GRIDS[each], tiles, finest, recipe_file(job)) for each in tiles.matrix_sets}
    with workshop(job) as shop:
        made = _make(job, planned, shop, progress)
        order = top_first([each.facts for each in made], raster.order)
        layers = [Layer(made[i].cog, made[i].facts.bounds) for i in order]
        style = _style(made)
        run = Run(union([layer.bounds for layer in layers]), (0, 0), job.scratch, shop)
        runs = [(GRIDS[each], replace(run, zooms=zooms[each])) for each in tiles.matrix_sets]
        archives = [_cut(job, layers, style, each, progress) for each in runs]
    thumbnail = job.out / "thumbnail.png"
    with progress(Text("缩略图", "Thumbnail")):
        write_thumbnail(layers, thumbnail, style)
    bounds = union([layer.bounds for layer in layers])
    rings = tuple(ring for each in made for part in each.facts.outline for ring in part)
    picture = picture_of_box(thumbnail.read_bytes(), bounds, rings)
    assets = (
        *(describe_file(each.cog, "data", COG, _title(each, made), each.facts) for each in made),
        *archives,
        describe_file(thumbnail, "thumbnail", PNG, Text("缩略图", "Thumbnail")),
        *write_report(Report(findings=_findings(planned), bounds=bounds), job, picture),
    )
    return Built(assets, bounds, Quality())


def _findings(planned: Sequence[Planned]) -> tuple[Finding, ...]:
    """Return what was changed of the pictures on the way."""
    reason = Text(
        "分幅文件的像元没有对齐,已就近移到共同格网上,偏移不超过半个像元",
        "files did not lie on the grid of the first one; they were moved there, by up to half a pixel",
    )
    return tuple(
        Finding("raster.moved", "changed", each.moved, reason, each.shot.label, unit="file")
        for each in planned
        if each.moved
    )


def _title(each: Made, made: Sequence[Made]) -> Text:
    of = f" {each.cog.stem}" if len(made) > 1 else ""
    return Text(f"栅格数据(COG){of}", f"Raster data (COG){of}")


def _plan(job: Job) -> list[Planned]:
    """Look at every picture before any is read, so that what is wrong is said at once.

    Raises:
        LakeError: A picture cannot be built from, or is of another kind than the first one.
    """
    planned: list[Planned] = []
    for shot in find_shots(job):
        with open_shot(job, shot) as (reader, plan):
            scene = scene_of(job, shot, native_gsd(reader, plan.crs))
            planned.append(Planned(shot, plan.transform.a, (plan.dtype, plan.colorinterp), scene, plan.moved))
        first = planned[0]
        if planned[-1].kind != first.kind:
            rule = f"has bands {_words(planned[-1])}, but {first.shot.label} has {_words(first)}; make them alike"
            raise fault(shot.label, "", rule)
    return planned


def _words(each: Planned) -> str:
    dtype, meanings = each.kind
    return f"{', '.join(meaning.name for meaning in meanings)} of {dtype}"


def _make(job: Job, planned: Sequence[Planned], shop: Workshop, progress: Progress) -> list[Made]:
    """Write each picture as a COG, and read back what it holds."""
    parts = [scene_part(job, each.shot) for each in planned]
    if len(parts) == 1:
        done = perform(shop, parts, lambda _done: None, progress)
    else:
        with progress(Text("写出各景 COG", "Write the COGs"), len(parts)) as advance:
            done = perform(shop, parts, advance)
    return [_take(job, each, scene) for each, scene in zip(planned, done, strict=True)]


def _take(job: Job, planned: Planned, scene: Done) -> Made:
    """Put a finished picture among the assets."""
    cog = job.out / f"{planned.shot.name}.tif"
    scene.place(cog)
    facts = read_record(RasterFacts, scene.record.note["facts"], file=cog.name)
    colors = {int(value): (red, green, blue) for value, (red, green, blue) in scene.record.note["colors"].items()}
    return Made(cog, replace(facts, scene=planned.scene), colors)


def _style(made: Sequence[Made]) -> Style:
    """Return how all pictures are drawn."""
    colors = {value: color for each in made for value, color in each.colors.items()}
    with gdal_options():
        return choose_style([each.cog for each in made], colors)


def _cut(job: Job, layers: Sequence[Layer], style: Style, where: tuple[Grid, Run], progress: Progress) -> Asset:
    """Cut the tiles of one matrix set, from its lowest to its highest zoom."""
    grid, run = where
    matrix_set, product = grid.matrix_set, job.recipe.card.id
    target = job.out / f"{product}{'-' if matrix_set.variant else ''}{matrix_set.variant}.pmtiles"
    tile_set = TileSet(tuple(layers), style, job.recipe.tiles.format or tile_format(style), grid)
    step = Text(f"切割瓦片({matrix_set.letter})", f"Cut the tiles ({matrix_set.letter})")
    with progress(step, grid.count_tiles(run.bounds, run.zooms)) as advance:
        metadata = describe_tiles(job.recipe.card, tile_set, (job.recipe.raster or Raster()).classes)
        write_tiles(tile_set, target, metadata, run, advance)
    title = Text(f"栅格瓦片(PMTiles,{matrix_set.letter})", f"Raster tiles (PMTiles, {matrix_set.id})")
    return describe_file(target, "visual", PMTILES, title, read_tile_facts(target))
