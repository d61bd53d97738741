"""What the numbers of a raster mean: which mark missing pixels, and which class has which colour."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.io import DatasetReader
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from tianlake.lake.errors import fault
from tianlake.lake.recipes import Raster, RasterClass

FLOATS: Final = {"float32", "float64"}

DATA_TYPES: Final = FLOATS | {"uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"}
"""Band types that a product may have; complex numbers have no place in a map."""

Rgb = tuple[int, int, int]


def find_nodata(dataset: DatasetReader, raster: Raster, source: str) -> float | None:
    """Return the value that marks missing pixels: the recipe's, else the file's, else NaN for floats.

    None where an alpha band or a mask marks them: GDAL RFC 15 puts those before a nodata value.
    """
    dtype = dataset.dtypes[0]
    marked = has_alpha(dataset) or has_mask(dataset)
    if raster.nodata is not None:
        if marked:
            raise fault(source, "", "its alpha band or mask says where data is; remove raster.nodata")
        if not _fits(raster.nodata, dtype):
            raise fault(source, "", f"raster.nodata {raster.nodata:g} is no value of type {dtype}")
        return raster.nodata
    if marked:
        return None
    if len({str(value) for value in dataset.nodatavals}) > 1:
        raise fault(source, "", "bands have different nodata values; declare one as raster.nodata")
    # A value that no pixel can have, such as -9999 for uint8, marks nothing.
    if dataset.nodata is not None and _fits(dataset.nodata, dtype):
        return float(dataset.nodata)
    return math.nan if dtype in FLOATS else None


def _fits(value: float, dtype: str) -> bool:
    if dtype in FLOATS:
        return True
    limits = np.iinfo(dtype)
    return float(value).is_integer() and limits.min <= value <= limits.max


def has_alpha(dataset: DatasetReader | WarpedVRT) -> bool:
    """Tell whether one of the bands is an alpha band."""
    return ColorInterp.alpha in dataset.colorinterp


def has_mask(dataset: DatasetReader) -> bool:
    """Tell whether a mask beside the bands marks missing pixels (GDAL RFC 15, `GMF_PER_DATASET`)."""
    flags = dataset.mask_flag_enums[0]
    return MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags


def valid_mask(reader: DatasetReader | WarpedVRT, window: Window | None = None) -> NDArray[np.uint8]:
    """Return the `(height, width)` mask of a data set, above 0 where valid.

    The alpha band that `WarpedVRT` adds has the type of the others, and GDAL takes alpha of signed and of floating
    types for full everywhere: it is looked at here.
    """
    if isinstance(reader, WarpedVRT) and has_alpha(reader) and reader.dtypes[0] != "uint8":
        alpha = reader.read(reader.colorinterp.index(ColorInterp.alpha) + 1, window=window)
        return np.where(alpha > 0, 255, 0).astype(np.uint8)
    mask: NDArray[np.uint8] = reader.dataset_mask(window=window)
    return mask


def find_colors(dataset: DatasetReader, raster: Raster, recipe_file: str) -> dict[int, Rgb]:
    """Return the colours of classes: the recipe's, else the palette in the file."""
    if raster.classes:
        return {each.value: _rgb(each.color) for each in raster.classes}
    if dataset.colorinterp[0] is ColorInterp.palette:
        return {value: color[:3] for value, color in dataset.colormap(1).items()}
    if raster.categorical:
        raise fault(recipe_file, "raster.classes", "a categorical raster needs its classes, or a palette in the file")
    return {}


def _rgb(color: str) -> Rgb:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def check_classes(
    dataset: DatasetReader, classes: tuple[RasterClass, ...], nodata: float | None, recipe_file: str
) -> None:
    """Refuse classes that contradict the file or each other.

    Raises:
        LakeError: Names the recipe and the value.
    """
    if dataset.count != 1 or dataset.dtypes[0] in FLOATS:
        found = f"{dataset.count} of {dataset.dtypes[0]}"
        raise fault(recipe_file, "raster", f"classes need one band of whole numbers; the file has {found}")
    values = [each.value for each in classes]
    for value in values:
        if values.count(value) > 1:
            raise fault(recipe_file, "raster.classes", f"value {value} is declared twice")
        if not _fits(value, dataset.dtypes[0]):
            raise fault(recipe_file, "raster.classes", f"value {value} is no value of type {dataset.dtypes[0]}")
        if nodata is not None and value == nodata:
            rule = f"value {value} is the nodata value; remove the class or declare another raster.nodata"
            raise fault(recipe_file, "raster.classes", rule)


def check_values(seen: set[int], colors: dict[int, Rgb], source: str) -> None:
    """Refuse values that no class explains: they would be invisible holes in the map.

    Raises:
        LakeError: Names the source and the first values.
    """
    unknown = sorted(seen - colors.keys())
    if unknown:
        shown = ", ".join(map(str, unknown[:5]))
        rule = f"value {shown} has no class; add it to raster.classes or declare raster.nodata"
        raise fault(source, "", rule)
