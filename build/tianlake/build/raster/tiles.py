"""Raster PMTiles: 256 px tiles of a matrix set, cut from COGs in CGCS2000.

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
from typing import Any, Final, Protocol

import numpy as np
import rasterio
from numpy.typing import NDArray
from pmtiles.tile import Compression, TileType
from rasterio.enums import ColorInterp
from rasterio.io import DatasetReader
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT

from tianlake.build.job import Advance
from tianlake.build.raster.cog import gdal_options
from tianlake.build.raster.grid import GRIDS, Block, Grid
from tianlake.build.raster.image import Format, encode
from tianlake.build.raster.layers import Layer, Pixels, compose
from tianlake.build.raster.style import Style
from tianlake.build.raster.values import valid_mask
from tianlake.build.tiles.archive import TileArchive
from tianlake.build.tiles.facts import E7
from tianlake.build.workers import in_order
from tianlake.lake.errors import LakeError
from tianlake.lake.matrix_sets import TILE
from tianlake.lake.recipes import ProductCard, RasterClass
from tianlake.lake.words import Bounds

TYPES: Final[dict[Format, TileType]] = {"png": TileType.PNG, "webp": TileType.WEBP, "jpeg": TileType.JPEG}


class Prepare(Protocol):
    """Makes what is painted of what is read, from neighbouring pixels; travels to other processes."""

    def __call__(self, data: NDArray[Any], mask: NDArray[np.uint8], grid: Grid, block: Block) -> NDArray[Any]:
        """Return the pixels of a block `(bands, height, width)`; `data` and `mask` have the margin around it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How pixels are read before they are painted."""

    dtype: str | None = None
    """Type to interpolate in; that of the raster where absent, whose values between two whole numbers are rounded."""
    tolerance: float = 0.125
    """Pixels by which GDAL may misplace one to be quicker; its own default. Neighbouring blocks differ by this."""
    margin: int = 0
    """Pixels around a block that are read with it."""
    prepare: Prepare | None = None


@dataclass(frozen=True, slots=True)
class TileSet:
    """What is cut: everything a worker needs to know."""

    layers: tuple[Layer, ...]
    """The one on top first: a pixel of a later one is drawn only where earlier ones hold no data."""
    style: Style
    form: Format
    grid: Grid = GRIDS["w"]
    reading: Reading = Reading()


def tile_format(style: Style) -> Format:
    """Return PNG where colours must stay exact, and WebP for everything else."""
    return "png" if style.lossless else "webp"


def cut_block(tile_set: TileSet, block: Block) -> list[tuple[int, bytes]]:
    """Return `(tile id, file)` of each tile of a block that holds data, by tile id."""
    with gdal_options(GDAL_PAM_ENABLED="NO", GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
        read = compose(tile_set.layers, tile_set.grid.lonlat(block), partial(_warp, tile_set, block))
        if read is None:
            return []
        data, mask = _prepared(tile_set, block, *read)
        cut = []
        for tile_id, col, row in block.tiles():
            part = (slice(row * TILE, (row + 1) * TILE), slice(col * TILE, (col + 1) * TILE))
            if mask[part].any():
                picture = tile_set.style.paint(data[:, *part], mask[part])
                cut.append((tile_id, encode(picture, tile_set.form)))
        return cut


def _prepared(tile_set: TileSet, block: Block, data: NDArray[Any], mask: NDArray[np.uint8]) -> Pixels:
    reading = tile_set.reading
    if reading.prepare is not None:
        data = reading.prepare(data, mask, tile_set.grid, block)
    inner = slice(reading.margin, reading.margin + TILE * block.side)
    return data, mask[inner, inner]


def _warp(tile_set: TileSet, block: Block, cog: Path) -> Pixels:
    with rasterio.open(cog) as full:
        level = tile_set.grid.overview_level(full, block.zoom)
    options = {} if level is None else {"overview_level": level}
    with rasterio.open(cog, **options) as dataset:
        view = _view(dataset, tile_set, block)
        with WarpedVRT(dataset, **view) as warped:
            return warped.read(list(tile_set.style.bands)), valid_mask(warped)


def _view(dataset: DatasetReader, tile_set: TileSet, block: Block) -> dict[str, Any]:
    margin = tile_set.reading.margin
    size = TILE * block.side + 2 * margin
    west, south, east, north = tile_set.grid.bounds(block)
    edge = margin * tile_set.grid.matrix_set.cell(block.zoom)
    how: dict[str, Any] = {
        "crs": tile_set.grid.crs,
        "transform": from_bounds(west - edge, south - edge, east + edge, north + edge, size, size),
        "width": size,
        "height": size,
        "resampling": tile_set.style.resampling,
        "tolerance": tile_set.reading.tolerance,
    }
    if tile_set.reading.dtype is not None:
        how["dtype"] = tile_set.reading.dtype
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
        LakeError: A process died, or no tile shows any data.
    """
    found = list(tile_set.grid.all_blocks(run.bounds, run.zooms))
    work = partial(cut_block, tile_set)
    with TileArchive(run.scratch) as archive, in_order(work, found, run.jobs) as results:
        for block, tiles in zip(found, results, strict=True):
            for tile_id, data in tiles:
                archive.add(tile_id, data)
            advance(block.side**2)
        if not len(archive):
            low, high = run.zooms
            where = f"zooms {low} to {high} of {tile_set.grid.matrix_set.id}"
            rule = f"no pixel of {where} falls on data; raise tiles.max_zoom"
            raise LakeError(f"{target.stem}: {rule}")
        archive.write(target, header(tile_set.form, tile_set.grid, run.bounds, run.zooms), metadata)


def header(form: Format, grid: Grid, bounds: Bounds, zooms: tuple[int, int]) -> dict[str, Any]:
    """Return the header fields that the content does not tell; longitude and latitude in degrees × 10^7."""
    within = grid.clipped(bounds)
    whole_in_view = math.floor(math.log2(360 / max(within.east - within.west, within.north - within.south)))
    return {
        "tile_type": TYPES[form],
        "tile_compression": Compression.NONE,
        "min_lon_e7": round(within.west * E7),
        "min_lat_e7": round(within.south * E7),
        "max_lon_e7": round(within.east * E7),
        "max_lat_e7": round(within.north * E7),
        "center_zoom": min(max(whole_in_view, zooms[0]), zooms[1]),
        "center_lon_e7": round((within.west + within.east) / 2 * E7),
        "center_lat_e7": round((within.south + within.north) / 2 * E7),
    }


def describe_tiles(card: ProductCard, tile_set: TileSet, classes: tuple[RasterClass, ...]) -> dict[str, Any]:
    """Return the JSON metadata of an archive, as docs/rasters.md lists it."""
    described: dict[str, Any] = {
        "name": card.title.zh,
        "description": card.description.zh,
        "attribution": card.attribution,
        "type": "overlay",
        "format": tile_set.form,
        "tile_matrix_set": tile_set.grid.matrix_set.id,
        "tile_size": TILE,
        "title": asdict(card.title),
        "render": tile_set.style.render(),
    }
    if tile_set.grid.matrix_set.variant:
        described["variant"] = tile_set.grid.matrix_set.variant
    if classes:
        described["classes"] = [asdict(each) for each in classes]
    return described
