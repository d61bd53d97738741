"""Cloud-optimised GeoTIFF: one product's pixels as clients read them over HTTP, in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioIOError
from rasterio.io import DatasetReader, DatasetWriter
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from tianlake.build.job import Advance
from tianlake.build.raster.source import CGCS2000, RasterPlan, reason
from tianlake.build.raster.values import FLOATS, check_values, valid_mask
from tianlake.lake.errors import fault

BLOCK: Final = 512
"""Pixels on a side of an internal tile: GDAL's default for COG, one range request a block."""

CHUNK: Final = 8192
"""Columns read at once; with `BLOCK` rows, 4 Mpx a band."""

CACHE_BYTES: Final = 64 * 2**20
"""GDAL's block cache; its own default is 5 % of the machine's memory for every process."""

PALETTE_TYPES: Final = {"uint8", "uint16"}
"""Band types for which TIFF 6.0 §5 knows a colour map."""


def gdal_options(**more: Any) -> rasterio.Env:  # noqa: ANN401 - GDAL options are strings and numbers
    """Return the GDAL set-up of every step: a small cache, and no `.aux.xml` beside a file that is written."""
    return rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES, **more)


def write_plain(reader: DatasetReader | WarpedVRT, plan: RasterPlan, target: Path, advance: Advance) -> frozenset[int]:
    """Copy the kept pixels to a tiled GeoTIFF in CGCS2000 that carries nothing else of the source.

    Returns the classes that occur; nothing where values are amounts.

    Args:
        reader: The source as `open_source` gives it.
        plan: What to keep of it.
        target: A scratch file.
        advance: Told the rows that are done.

    Raises:
        LakeError: The source is damaged, holds no valid pixel or a value that no class explains.
    """
    seen: set[int] = set()
    valid = False
    with gdal_options(), rasterio.open(target, "w", **_profile(plan)) as dataset:
        _describe(dataset, reader, plan)
        for part in chunks(plan.width, plan.height):
            data, mask = _read(reader, plan, part)
            valid = valid or bool(mask.any())
            if plan.categorical:
                seen.update(np.unique(data[0][mask > 0]).tolist())
            dataset.write(data, window=part)
            if plan.mask and plan.nodata is None:
                dataset.write_mask(mask, window=part)
            if part.col_off + part.width == plan.width:
                advance(part.height)
    if not valid:
        raise fault(plan.source, "", "no pixel holds data; check raster.nodata and raster.bounds")
    check_values(seen, plan.colors, plan.source)
    return frozenset(seen)


def write_cog(plain: Path, target: Path, plan: RasterPlan, jobs: int) -> None:
    """Write a COG of a plain GeoTIFF with GDAL's COG driver, through a scratch name beside `plain`.

    Raises:
        OSError: The file could not be written.
    """
    scratch = plain.with_name(f"cog-{target.name}")
    with gdal_options(GDAL_PAM_ENABLED="NO", GDAL_NUM_THREADS=str(jobs)):
        rasterio.shutil.copy(plain, scratch, driver="COG", **cog_options(plan, jobs))
    scratch.replace(target)


def cog_options(plan: RasterPlan, jobs: int) -> dict[str, str]:
    """Return the creation options of GDAL's COG driver (https://gdal.org/drivers/raster/cog.html)."""
    return {
        "BLOCKSIZE": str(BLOCK),
        "COMPRESS": "DEFLATE",
        # Differences between neighbours compress amounts; class numbers compress better as they are.
        "PREDICTOR": "NO" if plan.categorical else "YES",
        "OVERVIEWS": "IGNORE_EXISTING",
        "OVERVIEW_RESAMPLING": "NEAREST" if plan.categorical else "AVERAGE",
        "STATISTICS": "YES",  # of classes too: catalogs quote minimum, maximum and the share of valid pixels
        "BIGTIFF": "IF_SAFER",
        "NUM_THREADS": str(jobs),
    }


def chunks(width: int, height: int) -> Iterator[Window]:
    """Yield windows that cover a raster row by row, each a whole number of blocks but at the edges."""
    for top in range(0, height, BLOCK):
        for left in range(0, width, CHUNK):
            yield Window(left, top, min(CHUNK, width - left), min(BLOCK, height - top))


def _profile(plan: RasterPlan) -> dict[str, Any]:
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "width": plan.width,
        "height": plan.height,
        "count": len(plan.colorinterp),
        "dtype": plan.dtype,
        "crs": CGCS2000,
        "transform": plan.transform,
        "nodata": plan.nodata,
        "tiled": True,
        "blockxsize": BLOCK,
        "blockysize": BLOCK,
        # Plain bytes: the file lives for minutes, and the COG driver reads it three times.
        "bigtiff": "if_safer",
    }
    if plan.colorinterp[:3] == (ColorInterp.red, ColorInterp.green, ColorInterp.blue):
        profile["photometric"] = "RGB"
    return profile


def _describe(dataset: DatasetWriter, reader: DatasetReader | WarpedVRT, plan: RasterPlan) -> None:
    """Carry over what gives the numbers their meaning; tags and names of the source stay behind."""
    if plan.colors and plan.dtype in PALETTE_TYPES:
        dataset.write_colormap(1, plan.colors)
    elif plan.categorical:
        dataset.colorinterp = (ColorInterp.gray,)
    else:
        dataset.colorinterp = plan.colorinterp
    bands = slice(0, len(plan.colorinterp))
    dataset.scales, dataset.offsets = reader.scales[bands], reader.offsets[bands]
    for band, unit in enumerate(reader.units[bands], start=1):
        if unit:
            dataset.set_band_unit(band, unit)


def _read(reader: DatasetReader | WarpedVRT, plan: RasterPlan, part: Window) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Return one chunk: `(bands, height, width)` and the `(height, width)` mask, above 0 where valid."""
    kept = plan.window
    window = Window(kept.col_off + part.col_off, kept.row_off + part.row_off, part.width, part.height)
    bands = list(range(1, len(plan.colorinterp) + 1))
    try:
        data = reader.read(bands, window=window)
        mask = valid_mask(reader, window) if plan.mask else None
    except RasterioIOError as error:
        rows = f"rows {window.row_off} to {window.row_off + window.height - 1}"
        name = plan.source.rsplit("/", 1)[-1]
        raise fault(plan.source, rows, f"the file is damaged, fetch it again ({reason(error, name)})") from None
    if plan.nodata is None:
        return data, _marked(data, mask, plan)
    if mask is not None:  # a mask in a file of floats becomes the one nodata value
        data[:, mask == 0] = plan.nodata
    if plan.dtype in FLOATS:  # NaN is never a value
        data[np.isnan(data)] = plan.nodata
    missing = np.isnan(data) if math.isnan(plan.nodata) else data == plan.nodata
    return data, np.where(missing.all(axis=0), 0, 255).astype(np.uint8)


def _marked(data: NDArray[Any], mask: NDArray[np.uint8] | None, plan: RasterPlan) -> NDArray[np.uint8]:
    if mask is not None:
        return mask
    if ColorInterp.alpha in plan.colorinterp:
        return np.where(data[plan.colorinterp.index(ColorInterp.alpha)] > 0, 255, 0).astype(np.uint8)
    return np.full(data.shape[1:], 255, np.uint8)
