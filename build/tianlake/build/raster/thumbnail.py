"""The small picture of a raster product in catalogs and on the portal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import rasterio
from rasterio.enums import ColorInterp, Resampling
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
    read = partial(read_box, bounds=bounds, shape=(height, width), style=style)
    found = compose(layers, (bounds.west, bounds.south, bounds.east, bounds.north), read)
    if found is None:
        raise LakeError("there is nothing to draw a thumbnail of")
    return style.paint(*found)


def read_box(cog: Path, bounds: Bounds, shape: tuple[int, int], style: Style, dtype: str | None = None) -> Pixels:
    """Return what of a COG in EPSG:4490 lies in a box, on a grid of `shape` (height, width) that others can share.

    A pixel that covers several is their mean, one that is smaller than they lies between them as `style` says; classes
    are never mixed. Missing pixels take no part, and one that any valid pixel gave a value is valid: asking for the
    mask apart from the values would part the two along coasts.

    Args:
        cog: The file.
        bounds: Degrees.
        shape: Pixels down and across.
        style: Says which bands, and whether they are classes.
        dtype: What to calculate in, where whole numbers are too coarse between pixels.
    """
    height, width = shape
    place = from_bounds(bounds.west, bounds.south, bounds.east, bounds.north, width, height)
    with rasterio.open(cog) as dataset:
        how: dict[str, Any] = {
            "transform": place,
            "width": width,
            "height": height,
            "resampling": _resampling(style, enlarged=place.a < dataset.transform.a),
        }
        if dataset.nodata is None and ColorInterp.alpha not in dataset.colorinterp:
            how["add_alpha"] = True
        if dtype:
            how["dtype"] = dtype
        with WarpedVRT(dataset, crs=dataset.crs, **how) as warped:
            return warped.read(list(style.bands)), valid_mask(warped)


def _resampling(style: Style, *, enlarged: bool) -> Resampling:
    return style.resampling if enlarged or style.resampling is Resampling.nearest else Resampling.average


def size_of(bounds: Bounds, side: int) -> tuple[int, int]:
    """Return width and height so that, at the middle latitude, a kilometre east is as long as one north."""
    lon, lat = bounds.east - bounds.west, bounds.north - bounds.south
    shape = lon * math.cos(math.radians((bounds.south + bounds.north) / 2)) / lat
    if shape >= 1:
        return side, max(1, round(side / shape))
    return max(1, round(side * shape)), side
