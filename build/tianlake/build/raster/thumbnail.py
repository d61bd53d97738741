"""The small picture of a raster product in catalogs and on the portal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import rasterio
from rasterio.enums import ColorInterp, Resampling
from rasterio.io import DatasetReader
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT

from tianlake.build.raster.cog import gdal_options
from tianlake.build.raster.image import thumbnail
from tianlake.build.raster.layers import Layer, Pixels, compose
from tianlake.build.raster.style import Picture, Style
from tianlake.build.raster.values import valid_mask
from tianlake.lake.errors import LakeError
from tianlake.lake.words import Bounds, union


def write_thumbnail(layers: Sequence[Layer], target: Path, style: Style) -> None:
    """Draw COGs in EPSG:4490 as a small PNG, the first one on top, transparent where no data is."""
    with gdal_options(GDAL_PAM_ENABLED="NO"):
        target.write_bytes(thumbnail(partial(_draw, layers, style)))


def _draw(layers: Sequence[Layer], style: Style, side: int) -> Picture:
    bounds = union([layer.bounds for layer in layers])
    width, height = size_of(bounds, side)
    read = (
        partial(_read, style, bounds, (height, width))
        if len(layers) > 1
        else partial(_overview, style, (height, width))
    )
    found = compose(layers, (bounds.west, bounds.south, bounds.east, bounds.north), read)
    if found is None:
        raise LakeError("there is nothing to draw a thumbnail of")
    return style.paint(*found)


def _overview(style: Style, shape: tuple[int, int], cog: Path) -> Pixels:
    """Return all of a raster, made smaller."""
    with rasterio.open(cog) as dataset:
        data = dataset.read(list(style.bands), out_shape=(len(style.bands), *shape), resampling=_shrinking(style))
        return data, dataset.dataset_mask(out_shape=shape, resampling=Resampling.nearest)


def _read(style: Style, bounds: Bounds, shape: tuple[int, int], cog: Path) -> Pixels:
    """Return the part of a raster that lies in `bounds`, on a grid that others share."""
    height, width = shape
    with rasterio.open(cog) as dataset:
        how: dict[str, Any] = {
            "transform": from_bounds(bounds.west, bounds.south, bounds.east, bounds.north, width, height),
            "width": width,
            "height": height,
            "resampling": _shrinking(style),
        }
        if dataset.nodata is None and ColorInterp.alpha not in dataset.colorinterp:
            how["add_alpha"] = True
        with WarpedVRT(dataset, crs=dataset.crs, **how) as warped:
            return warped.read(list(style.bands)), valid_mask(warped)


def _shrinking(style: Style) -> Resampling:
    return Resampling.nearest if style.resampling is Resampling.nearest else Resampling.average


def picture_size(dataset: DatasetReader, side: int) -> tuple[int, int]:
    """Return width and height of a picture of a raster in degrees, as `size_of` does."""
    return size_of(Bounds(*dataset.bounds), side)


def size_of(bounds: Bounds, side: int) -> tuple[int, int]:
    """Return width and height so that, at the middle latitude, a kilometre east is as long as one north."""
    lon, lat = bounds.east - bounds.west, bounds.north - bounds.south
    shape = lon * math.cos(math.radians((bounds.south + bounds.north) / 2)) / lat
    if shape >= 1:
        return side, max(1, round(side / shape))
    return max(1, round(side * shape)), side
