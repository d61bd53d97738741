"""Raster PMTiles: 256 px tiles of a matrix set, cut from COGs in CGCS2000.

The archive's JSON metadata is described in docs/rasters.md.

A tile is GDAL's warp of the overview that suits its zoom, four by four tiles at once. rio-tiler's reader is not
used here: it computes the raster's own resolution anew for each tile, and knows the latitude limit of the
projection for EPSG:4326 only, so that a global raster in EPSG:4490 gets a wrong highest zoom.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import count, islice
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

from tianlake.build.engine.parts import Bench, Part, read_input
from tianlake.build.engine.perform import perform
from tianlake.build.engine.workshop import Workshop
from tianlake.build.job import Advance, silent
from tianlake.build.raster.cog import gdal_options
from tianlake.build.raster.grid import GRIDS, Block, Grid
from tianlake.build.raster.image import Format, encode
from tianlake.build.raster.layers import Layer, Pixels, compose, touches
from tianlake.build.raster.style import Style
from tianlake.build.raster.values import valid_mask
from tianlake.build.tiles.archive import TileArchive
from tianlake.build.tiles.entries import read_tile, stored_tiles
from tianlake.build.tiles.facts import E7
from tianlake.lake.errors import LakeError
from tianlake.lake.matrix_sets import TILE
from tianlake.lake.recipes import ProductCard, RasterClass
from tianlake.lake.words import Bounds

TYPES: Final[dict[Format, TileType]] = {"png": TileType.PNG, "webp": TileType.WEBP, "jpeg": TileType.JPEG}

RANGE: Final = 32
"""Blocks of tiles that are cut as one part: a second's work or a few, megabytes of tiles."""

FEW: Final = 2
"""Parts up to which no process is started: one takes as long to start as such a part to cut."""


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
    shop: Workshop


def write_tiles(tile_set: TileSet, target: Path, metadata: dict[str, Any], run: Run, advance: Advance) -> None:
    """Cut all tiles and write them as one clustered archive, its bytes the same whoever cuts them.

    Args:
        tile_set: What is cut.
        target: The archive.
        metadata: What the archive says of itself, from `describe_tiles`.
        run: What part of the world, which zooms, who cuts.
        advance: Told the tiles that were looked at, empty ones included.

    Raises:
        LakeError: A part could not be made, or no tile shows any data.
    """
    parts = list(plan_ranges(tile_set, run, target.stem))
    blocks = tile_set.grid.count_tiles(run.bounds, run.zooms)
    advance(blocks - sum(part.weight for part in parts))
    cut = perform(run.shop, parts, advance, silent if len(parts) <= FEW else None)
    with TileArchive(run.scratch) as archive:
        for file in (each.file for each in cut if each.file):
            with file.open("rb") as opened:
                for tile in stored_tiles(file):
                    archive.add(tile.tile_id, read_tile(opened, tile))
        if not len(archive):
            low, high = run.zooms
            where = f"zooms {low} to {high} of {tile_set.grid.matrix_set.id}"
            rule = f"no pixel of {where} falls on data; raise tiles.max_zoom"
            raise LakeError(f"{target.stem}: {rule}")
        archive.write(target, header(tile_set.form, tile_set.grid, run.bounds, run.zooms), metadata)


def plan_ranges(tile_set: TileSet, run: Run, name: str) -> Iterator[Part]:
    """Yield the parts of an archive: runs of tiles on the curve of tile ids, each with the rasters that lie there."""
    known = {layer.cog: read_input(layer.cog.parent, layer.cog.name) for layer in tile_set.layers}
    blocks = tile_set.grid.all_blocks(run.bounds, run.zooms)
    for number in count():
        taken = tuple(islice(blocks, RANGE))
        if not taken:
            return
        boxes = [tile_set.grid.lonlat(block) for block in taken]
        layers = [layer for layer in tile_set.layers if any(touches(layer.bounds, box) for box in boxes)]
        if layers:
            there = replace(tile_set, layers=tuple(replace(each, cog=Path(each.cog.name)) for each in layers))
            work = partial(cut_range, there, taken)
            inputs = tuple(known[each.cog] for each in layers)
            weight = sum(block.side**2 for block in taken)
            yield Part(f"{name}/{number:05d}", work, layers[0].cog.parent, inputs, weight)


def cut_range(tile_set: TileSet, blocks: Sequence[Block], bench: Bench) -> dict[str, Any]:
    """Cut some blocks into an archive of their own; none where they hold no data."""
    there = replace(tile_set, layers=tuple(replace(each, cog=bench.root / each.cog) for each in tile_set.layers))
    with TileArchive(bench.scratch) as archive:
        for block in blocks:
            for tile_id, data in cut_block(there, block):
                archive.add(tile_id, data)
        if len(archive):
            kind = {"tile_type": TYPES[tile_set.form], "tile_compression": Compression.NONE}
            archive.write(bench.out, kind, {})
    return {}


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
