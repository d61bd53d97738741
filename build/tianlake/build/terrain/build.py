"""Builds a terrain product: an elevation model as COG, terrain-RGB, hillshade and contours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from tianlake.build.engine.workshop import Workshop, workshop
from tianlake.build.job import Built, Job, Progress, describe_file, recipe_file, silent
from tianlake.build.quality.picture import picture_of_box
from tianlake.build.quality.report import Report
from tianlake.build.quality.write import write_report
from tianlake.build.raster.cog import gdal_options
from tianlake.build.raster.grid import GRIDS, Grid
from tianlake.build.raster.image import thumbnail
from tianlake.build.raster.layers import Layer
from tianlake.build.raster.style import Picture, Style
from tianlake.build.raster.thumbnail import read_box, size_of
from tianlake.build.raster.tiles import Reading, Run, TileSet, describe_tiles, tile_format, write_tiles
from tianlake.build.terrain.contour_assets import make_contours, relief_words
from tianlake.build.terrain.dem import Dem, make_dem
from tianlake.build.terrain.hillshade import shade, steepening
from tianlake.build.terrain.styles import (
    EXACT,
    HEIGHTS,
    MARGIN,
    HeightStyle,
    ShadeStyle,
    Shading,
    degree_cells,
)
from tianlake.build.tiles.facts import read_tile_facts
from tianlake.lake.errors import fault
from tianlake.lake.matrix_sets import TILE
from tianlake.lake.recipes import Terrain
from tianlake.lake.releases import COG, PMTILES, PNG, Asset, Quality
from tianlake.lake.words import Text

TERRAIN_RGB: Final = "terrain-rgb"

ENCODINGS: Final = {"encoding": "mapbox", "encodings": ["mapbox", "maptiler"]}
"""Both services' names of the one formula: the first is MapLibre's, the second QGIS's and Tianditu's clients'."""


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive of pictures that is cut from the heights."""

    name: str
    """File name."""
    title: Text
    style: Style
    reading: Reading
    grid: Grid
    words: dict[str, Any]
    """What its metadata says beside what every raster archive says."""


def build_terrain(job: Job, progress: Progress = silent) -> Built:
    """Build a terrain product's assets into `job.out`.

    They are `<id>.tif`, the hillshade as `<id>.pmtiles` and `<id>-c.pmtiles`, which any map can draw,
    `<id>-terrain-rgb.pmtiles`, `<id>-contours.pmtiles`, `<id>-contours.parquet`, `thumbnail.png` and the quality
    report.

    Raises:
        LakeError: The source holds no heights, or the recipe is wrong; one line that names it.
        OSError: A file could not be written.
    """
    terrain = job.recipe.terrain
    if terrain is None:
        raise fault(recipe_file(job), "terrain", 'say what heights are counted from: [terrain] vertical = "EPSG:5737"')
    dem = make_dem(job, terrain, progress)
    with workshop(job) as shop:
        pictures = [_cut(job, dem, archive, shop, progress) for archive in plan_archives(job, terrain, dem)]
    contours = make_contours(job, dem, progress)
    picture = job.out / "thumbnail.png"
    with progress(Text("缩略图", "Thumbnail")), gdal_options(GDAL_PAM_ENABLED="NO"):
        picture.write_bytes(thumbnail(partial(_draw, dem, terrain)))
    bounds = dem.facts.bounds
    drawn = picture_of_box(picture.read_bytes(), bounds, tuple(ring for part in dem.facts.outline for ring in part))
    report = Report(bounds=bounds, findings=contours.findings, zooms=contours.zooms)
    assets = (
        describe_file(dem.cog, "data", COG, Text("数字高程模型(COG)", "Elevation model (COG)"), dem.facts),
        *pictures,
        *contours.assets,
        describe_file(picture, "thumbnail", PNG, Text("缩略图", "Thumbnail")),
        *write_report(report, job, drawn),
    )
    return Built(assets, bounds, Quality())


def plan_archives(job: Job, terrain: Terrain, dem: Dem) -> list[Archive]:
    """Return what is cut from the heights: the shade in every matrix set of the recipe, terrain-RGB in web mercator."""
    product = job.recipe.card.id
    shading = Reading("float32", EXACT, MARGIN, Shading(dem.stored, terrain.exaggeration))
    archives = []
    for letter in job.recipe.tiles.matrix_sets:
        variant = GRIDS[letter].matrix_set.variant
        name = f"{product}-{variant}.pmtiles" if variant else f"{product}.pmtiles"
        title = Text(f"地形晕渲(PMTiles,{letter})", f"Hillshade (PMTiles, {GRIDS[letter].matrix_set.id})")
        style = ShadeStyle(terrain.exaggeration)
        archives.append(Archive(name, title, style, shading, GRIDS[letter], {"content": "hillshade"}))
    title = Text("高程编码瓦片(PMTiles,terrain-RGB)", "Heights as colours (PMTiles, terrain-RGB)")
    words = {"variant": TERRAIN_RGB, "content": TERRAIN_RGB, **ENCODINGS}
    heights = HeightStyle(dem.stored, terrain.missing)
    archives.append(Archive(f"{product}-{TERRAIN_RGB}.pmtiles", title, heights, HEIGHTS, GRIDS["w"], words))
    return archives


def _cut(job: Job, dem: Dem, archive: Archive, shop: Workshop, progress: Progress) -> Asset:
    target = job.out / archive.name
    layer, form = Layer(dem.cog, dem.facts.bounds), tile_format(archive.style)
    tile_set = TileSet((layer,), archive.style, form, archive.grid, archive.reading)
    zooms = dem.zooms[archive.grid.matrix_set.letter]
    run = Run(dem.facts.bounds, zooms, job.scratch, shop)
    metadata = describe_tiles(job.recipe.card, tile_set, ()) | archive.words | relief_words(dem)
    step = Text(f"切割 {archive.name}", f"Cut {archive.name}")
    with progress(step, archive.grid.count_tiles(run.bounds, zooms)) as advance:
        write_tiles(tile_set, target, metadata, run, advance)
    return describe_file(target, "visual", PMTILES, archive.title, read_tile_facts(target))


def _draw(dem: Dem, terrain: Terrain, side: int) -> Picture:
    """Return the shade of the whole product, as steep as at the zoom whose pixels are as large."""
    box, style = dem.facts.bounds, ShadeStyle(terrain.exaggeration)
    width, height = size_of(box, side)
    across, down = (box.east - box.west) / width, (box.north - box.south) / height
    data, mask = read_box(dem.cog, box, (height, width), style, "float32")
    factor = terrain.exaggeration * steepening(np.log2(360 / (TILE * across)))
    cells = degree_cells(box.north - (np.arange(height, dtype=np.float64) + 0.5) * down, across, down)
    grey = shade(np.pad(dem.stored.metres(data[0]), 1, mode="edge"), np.pad(mask > 0, 1), cells, factor)
    return style.paint(grey[np.newaxis], mask)
