"""The small picture of a raster product in catalogs and on the portal."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import rasterio
from rasterio.enums import Resampling
from rasterio.io import DatasetReader

from tianlake.build.cog import gdal_options
from tianlake.build.raster_image import encode
from tianlake.build.raster_style import ClassStyle, Style

LONGEST: Final = 512
"""Pixels on the longer side."""

LIMIT_BYTES: Final = 200_000
"""A page of catalog cards must load on a phone."""

SHRINK: Final = 0.8
"""A picture that is too heavy is drawn again at this share of its side."""


def write_thumbnail(cog: Path, target: Path, style: Style) -> None:
    """Draw a COG in EPSG:4490 as a PNG of at most `LIMIT_BYTES`, transparent where no data is."""
    side = LONGEST
    with gdal_options(GDAL_PAM_ENABLED="NO"), rasterio.open(cog) as dataset:
        data = _draw(dataset, style, side)
        while len(data) > LIMIT_BYTES:
            side = int(side * SHRINK)
            data = _draw(dataset, style, side)
    target.write_bytes(data)


def _draw(dataset: DatasetReader, style: Style, side: int) -> bytes:
    width, height = picture_size(dataset, side)
    how = Resampling.nearest if isinstance(style, ClassStyle) else Resampling.average
    data = dataset.read(list(style.bands), out_shape=(len(style.bands), height, width), resampling=how)
    mask = dataset.dataset_mask(out_shape=(height, width), resampling=Resampling.nearest)
    return encode(style.paint(data, mask), "png")


def picture_size(dataset: DatasetReader, side: int) -> tuple[int, int]:
    """Return width and height so that, at the middle latitude, a kilometre east is as long as one north."""
    west, south, east, north = dataset.bounds
    shape = (east - west) * math.cos(math.radians((south + north) / 2)) / (north - south)
    if shape >= 1:
        return side, max(1, round(side / shape))
    return max(1, round(side * shape)), side
