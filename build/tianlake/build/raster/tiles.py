"""Raster PMTiles in WebMercatorQuad: 256 px tiles cut from a COG in CGCS2000.

The archive's JSON metadata is described in docs/rasters.md.

A tile is GDAL's warp of the overview that suits its zoom, four by four tiles at once. rio-tiler's reader is not
used here: it computes the raster's own resolution anew for each tile, and knows the latitude limit of the
projection for EPSG:4326 only, so that a global raster in EPSG:4490 gets a wrong highest zoom.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import rasterio
from pmtiles.tile import Compression, TileType
from rasterio.enums import ColorInterp, Resampling
from rasterio.io import DatasetReader
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT

from tianlake.build.job import Advance
from tianlake.build.raster.cog import gdal_options
from tianlake.build.raster.grid import GRID, LIMIT_DEG, TILE, Block, all_blocks, overview_level
from tianlake.build.raster.image import Format, encode
from tianlake.build.raster.style import ClassStyle, Style
from tianlake.build.tiles.archive import TileArchive
from tianlake.build.tiles.facts import E7
from tianlake.build.workers import in_order
from tianlake.lake.recipes import ProductCard, RasterClass
from tianlake.lake.words import Bounds

TYPES: Final[dict[Format, TileType]] = {"png": TileType.PNG, "webp": TileType.WEBP}


@dataclass(frozen=True, slots=True)
class TileSet:
    """What is cut: everything a worker needs to know."""

    cog: Path
    style: Style
    form: Format


def tile_format(style: Style) -> Format:
    """Return PNG for classes, whose colours must stay exact, and WebP for everything else."""
    return "png" if isinstance(style, ClassStyle) else "webp"


def cut_block(tile_set: TileSet, block: Block) -> list[tuple[int, bytes]]:
    """Return `(tile id, file)` of each tile of a block that holds data, by tile id."""
    with gdal_options(GDAL_PAM_ENABLED="NO", GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
        with rasterio.open(tile_set.cog) as full:
            level = overview_level(full, block.zoom)
        options = {} if level is None else {"overview_level": level}
        size = TILE * block.side
        with (
            rasterio.open(tile_set.cog, **options) as dataset,
            WarpedVRT(dataset, **_warp(dataset, tile_set.style, block, size)) as warped,
        ):
            data = warped.read(list(tile_set.style.bands))
            mask = warped.dataset_mask()
        cut = []
        for tile_id, col, row in block.tiles():
            part = (slice(row * TILE, (row + 1) * TILE), slice(col * TILE, (col + 1) * TILE))
            if mask[part].any():
                picture = tile_set.style.paint(data[:, *part], mask[part])
                cut.append((tile_id, encode(picture, tile_set.form)))
        return cut


def _warp(dataset: DatasetReader, style: Style, block: Block, size: int) -> dict[str, Any]:
    how: dict[str, Any] = {
        "crs": GRID.rasterio_crs,
        "transform": from_bounds(*block.bounds(), size, size),
        "width": size,
        "height": size,
        "resampling": Resampling.nearest if isinstance(style, ClassStyle) else Resampling.bilinear,
    }
    if dataset.nodata is not None:
        how["nodata"] = dataset.nodata
    elif ColorInterp.alpha not in dataset.colorinterp:
        how["add_alpha"] = True
    return how


@dataclass(frozen=True, slots=True)
class Run:
    """Where and how far tiles are cut."""

    bounds: Bounds
    zooms: tuple[int, int]
    """Lowest and highest."""
    scratch: Path
    jobs: int


def write_tiles(tile_set: TileSet, target: Path, metadata: dict[str, Any], run: Run, advance: Advance) -> None:
    """Cut all tiles and write them as one clustered archive, its bytes the same for any number of processes.

    Args:
        tile_set: What is cut.
        target: The archive.
        metadata: What the archive says of itself, from `describe_tiles`.
        run: What part of the world, which zooms, how many processes.
        advance: Told the tiles that were looked at, empty ones included.

    Raises:
        LakeError: A process died.
    """
    found = list(all_blocks(run.bounds, run.zooms))
    work = partial(cut_block, tile_set)
    with TileArchive(run.scratch) as archive, in_order(work, found, run.jobs) as results:
        for block, tiles in zip(found, results, strict=True):
            for tile_id, data in tiles:
                archive.add(tile_id, data)
            advance(block.side**2)
        archive.write(target, header(run.bounds, run.zooms, tile_set.form), metadata)


def header(bounds: Bounds, zooms: tuple[int, int], form: Format) -> dict[str, Any]:
    """Return the header fields that the content does not tell; longitude and latitude in degrees × 10^7."""
    south, north = max(bounds.south, -LIMIT_DEG), min(bounds.north, LIMIT_DEG)
    whole_in_view = math.floor(math.log2(360 / max(bounds.east - bounds.west, north - south)))
    return {
        "tile_type": TYPES[form],
        "tile_compression": Compression.NONE,
        "min_lon_e7": round(bounds.west * E7),
        "min_lat_e7": round(south * E7),
        "max_lon_e7": round(bounds.east * E7),
        "max_lat_e7": round(north * E7),
        "center_zoom": min(max(whole_in_view, zooms[0]), zooms[1]),
        "center_lon_e7": round((bounds.west + bounds.east) / 2 * E7),
        "center_lat_e7": round((south + north) / 2 * E7),
    }


def describe_tiles(card: ProductCard, style: Style, classes: tuple[RasterClass, ...]) -> dict[str, Any]:
    """Return the JSON metadata of an archive, as docs/rasters.md lists it."""
    described: dict[str, Any] = {
        "name": card.title.zh,
        "description": card.description.zh,
        "attribution": card.attribution,
        "type": "overlay",
        "format": tile_format(style),
        "tile_matrix_set": GRID.id,
        "tile_size": TILE,
        "title": asdict(card.title),
        "render": style.render(),
    }
    if classes:
        described["classes"] = [asdict(each) for each in classes]
    return described
