"""The small picture of a raster product in catalogs and on the portal."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import rasterio
from rasterio.enums import Resampling
from rasterio.io import DatasetReader

from tianlake.build.raster.cog import gdal_options
from tianlake.build.raster.image import thumbnail
from tianlake.build.raster.style import Picture, Style


def write_thumbnail(cog: Path, target: Path, style: Style) -> None:
    """Draw a COG in EPSG:4490 as a small PNG, transparent where no data is."""
    with gdal_options(GDAL_PAM_ENABLED="NO"), rasterio.open(cog) as dataset:
        target.write_bytes(thumbnail(partial(_draw, dataset, style)))


def _draw(dataset: DatasetReader, style: Style, side: int) -> Picture:
    width, height = picture_size(dataset, side)
    how = Resampling.nearest if style.resampling is Resampling.nearest else Resampling.average
    data = dataset.read(list(style.bands), out_shape=(len(style.bands), height, width), resampling=how)
    mask = dataset.dataset_mask(out_shape=(height, width), resampling=Resampling.nearest)
    return style.paint(data, mask)


def picture_size(dataset: DatasetReader, side: int) -> tuple[int, int]:
    """Return width and height so that, at the middle latitude, a kilometre east is as long as one north."""
    west, south, east, north = dataset.bounds
    shape = (east - west) * math.cos(math.radians((south + north) / 2)) / (north - south)
    if shape >= 1:
        return side, max(1, round(side / shape))
    return max(1, round(side * shape)), side
