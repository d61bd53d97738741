"""What a COG holds, read back from the file that was written."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.crs import CRS
from rasterio.io import DatasetReader
from rasterio.vrt import WarpedVRT

from tianlake.build.earth import ELLIPSOID, world_box
from tianlake.build.raster.cog import chunks, gdal_options
from tianlake.build.raster.footprint import DIGITS, Coverage
from tianlake.lake.recipes import RasterClass
from tianlake.lake.releases import Band, RasterFacts
from tianlake.lake.words import CGCS2000, Bounds


def read_facts(cog: Path, classes: tuple[RasterClass, ...]) -> RasterFacts:
    """Read every pixel of a COG in EPSG:4490 once, and say what it holds.

    Args:
        cog: The finished file.
        classes: Meanings of its values, from the recipe; the file has no place for names.
    """
    with gdal_options(), rasterio.open(cog) as dataset:
        coverage = Coverage(dataset.width, dataset.height)
        extremes: list[list[float]] = [[] for _ in dataset.indexes]
        for window in chunks(dataset.width, dataset.height):
            data, masks = dataset.read(window=window), dataset.read_masks(window=window)
            coverage.add(window, masks.any(axis=0))
            for seen, values, mask in zip(extremes, data, masks, strict=True):
                _widen(seen, values[mask > 0])
        return RasterFacts(
            width=dataset.width,
            height=dataset.height,
            bands=tuple(_band(dataset, index, seen) for index, seen in enumerate(extremes)),
            transform=tuple(dataset.transform)[:6],
            bounds=lonlat_bounds(dataset),
            crs=f"EPSG:{dataset.crs.to_epsg()}",
            gsd_m=ground_sample_distance(dataset.transform, dataset.width, dataset.height),
            footprint=coverage.hull(dataset.transform),
            outline=coverage.outline(dataset.transform),
            classes=classes,
        )


def _widen(seen: list[float], values: NDArray[Any]) -> None:
    if values.size:
        found = [*seen, float(values.min()), float(values.max())]
        seen[:] = [min(found), max(found)]


def _band(dataset: DatasetReader, index: int, seen: list[float]) -> Band:
    nodata = dataset.nodatavals[index]
    # JSON has no NaN: STAC's raster extension writes the word, our record writes none (the type says it).
    plain = None if nodata is None or math.isnan(nodata) else float(nodata)
    low, high = seen or (None, None)
    return Band(dataset.dtypes[index], plain, low, high, dataset.units[index] or None)


def lonlat_bounds(dataset: DatasetReader) -> Bounds:
    """Return the outer edges of a raster in EPSG:4490, freed of the noise of binary fractions."""
    west, south, east, north = (round(edge, DIGITS) for edge in dataset.bounds)
    return world_box(west, south, east, north)


def native_gsd(reader: DatasetReader | WarpedVRT, crs: CRS) -> float:
    """Return the ground sample distance of a picture's own grid, before it was brought to CGCS2000, metres.

    Measured on the ellipsoid across the pixel in its middle, rounded to a millimetre.

    Args:
        reader: The picture, or the view of it in CGCS2000.
        crs: Of the picture itself.
    """
    own = reader.src_dataset if isinstance(reader, WarpedVRT) else reader
    col, row = own.width / 2, own.height / 2
    ends = [(col - 0.5, row), (col + 0.5, row), (col, row - 0.5), (col, row + 0.5)]
    x, y = zip(*(own.transform @ end for end in ends), strict=True)
    lon, lat = Transformer.from_crs(crs.to_wkt(), CGCS2000, always_xy=True).transform(x, y)
    across = ELLIPSOID.inv(lon[0], lat[0], lon[1], lat[1])[2]
    along = ELLIPSOID.inv(lon[2], lat[2], lon[3], lat[3])[2]
    return round(math.sqrt(across * along), 3)


def ground_sample_distance(transform: Affine, width: int, height: int) -> float:
    """Return the side, in metres, of a square as large as the pixel in the middle of a lon/lat raster.

    Measured on CGCS2000's ellipsoid along the pixel's two middle lines, rounded to a millimetre.
    """
    col, row = width / 2, height / 2
    west, lat = transform @ (col - 0.5, row)
    east, _ = transform @ (col + 0.5, row)
    lon, north = transform @ (col, row - 0.5)
    _, south = transform @ (col, row + 0.5)
    across = ELLIPSOID.inv(west, lat, east, lat)[2]
    along = ELLIPSOID.inv(lon, north, lon, south)[2]
    return round(math.sqrt(across * along), 3)
