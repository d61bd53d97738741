"""Many files that together are one picture, as a VRT (https://gdal.org/drivers/raster/vrt.html)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.io import DatasetReader

from tianlake.build.raster.values import has_alpha, has_mask
from tianlake.lake.errors import fault

TYPES: Final = {"uint8": "Byte", "int8": "Int8"} | {
    f"{prefix}{bits}": f"{name}{bits}"
    for prefix, name in (("uint", "UInt"), ("int", "Int"), ("float", "Float"))
    for bits in (16, 32, 64)
    if (prefix, bits) != ("float", 16)
}
"""numpy's names of band types → GDAL's."""

DRIFT: Final = 0.1
"""Pixels by which the far edge of a file may be off because its pixels are not quite as large as the first one's."""

ALIGNED: Final = 0.01
"""Pixels a file may be off the common grid by rounding; one that is off by more is moved to it, and counted."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of a mosaic: what the others must agree with."""

    name: str
    """As messages show it."""
    file: str
    """Where GDAL finds it."""
    width: int
    height: int
    transform: Affine
    crs: CRS | None
    bands: tuple[Any, ...]
    """Type, meaning, scale, offset and unit of each band."""
    nodata: tuple[str, ...]
    colors: tuple[tuple[int, tuple[int, ...]], ...]
    """The palette; empty where there is none."""
    alpha: bool
    mask: bool


def sheet(dataset: DatasetReader, name: str) -> Sheet:
    """Return what a mosaic needs to know of an open file."""
    parts = (dataset.dtypes, dataset.colorinterp, dataset.scales, dataset.offsets, dataset.units)
    palette = dataset.colormap(1) if ColorInterp.palette in dataset.colorinterp[:1] else {}
    return Sheet(
        name,
        dataset.name,
        dataset.width,
        dataset.height,
        dataset.transform,
        dataset.crs,
        tuple(zip(*parts, strict=True)),
        tuple(str(value) for value in dataset.nodatavals),
        tuple(sorted(palette.items())),
        has_alpha(dataset),
        has_mask(dataset),
    )


def check_alike(sheets: Sequence[Sheet], *, nodata_declared: bool) -> None:
    """Refuse files that are no one picture.

    Raises:
        LakeError: Names the first file that differs from the first one, and how.
    """
    first = sheets[0]
    for each in sheets:
        if each.transform.b or each.transform.d or each.transform.a <= 0 or each.transform.e >= 0:
            raise fault(each.name, "", "is rotated or stands on its head; files of a mosaic must be north-up")
        for what, ours, theirs in _compared(each, first, nodata_declared=nodata_declared):
            if ours != theirs:
                rule = f"has {what} {ours}, but {first.name} has {theirs}; files of a mosaic must be alike"
                raise fault(each.name, "", rule)
        off = abs(each.transform.a - first.transform.a) * each.width / first.transform.a
        off = max(off, abs(each.transform.e - first.transform.e) * each.height / -first.transform.e)
        if off > DRIFT:
            sizes = [f"{at.a:.9g} × {-at.e:.9g}" for at in (each.transform, first.transform)]
            rule = f"has pixels of {sizes[0]}, but {first.name} of {sizes[1]}; bring them to one size first"
            raise fault(each.name, "", rule)


def _compared(each: Sheet, first: Sheet, *, nodata_declared: bool) -> list[tuple[str, object, object]]:
    def kinds(found: Sheet) -> str:
        return ", ".join(f"{dtype} {meaning.name}" for dtype, meaning, *_ in found.bands)

    def crs(found: Sheet) -> str:
        return found.crs.to_string().split(",")[0] if found.crs else "none"

    compared: list[tuple[str, object, object]] = [
        ("bands", kinds(each), kinds(first)),
        ("scales, offsets and units", [band[2:] for band in each.bands], [band[2:] for band in first.bands]),
        ("CRS", crs(each), crs(first)),
        ("a palette", f"of {len(each.colors)} colours", f"of {len(first.colors)} colours"),
    ]
    if each.colors != first.colors and len(each.colors) == len(first.colors):
        compared.append(("a palette", "of other colours", "its own"))
    if not (nodata_declared or any(found.alpha or found.mask for found in (each, first))):
        compared.append(("nodata", ", ".join(each.nodata), ", ".join(first.nodata)))
    return compared


@dataclass(frozen=True, slots=True)
class Grid:
    """The pixels of a mosaic."""

    transform: Affine
    width: int
    height: int
    places: tuple[tuple[int, int], ...]
    """Column and row of the north-western pixel of each file."""
    moved: int
    """Files that did not lie on the grid of the first one, by up to half a pixel."""


def lay_out(sheets: Sequence[Sheet]) -> Grid:
    """Return the smallest grid, in line with the first file's, that holds all files."""
    at = sheets[0].transform
    exact = [((each.transform.c - at.c) / at.a, (each.transform.f - at.f) / at.e) for each in sheets]
    places = [(round(col), round(row)) for col, row in exact]
    moved = sum(math.dist(place, where) > ALIGNED for place, where in zip(places, exact, strict=True))
    left, top = min(col for col, _ in places), min(row for _, row in places)
    right = max(col + each.width for (col, _), each in zip(places, sheets, strict=True))
    bottom = max(row + each.height for (_, row), each in zip(places, sheets, strict=True))
    origin = at * Affine.translation(left, top)
    moved_places = tuple((col - left, row - top) for col, row in places)
    return Grid(origin, right - left, bottom - top, moved_places, moved)


def write_vrt(sheets: Sequence[Sheet], grid: Grid, nodata: float | None) -> str:
    """Return a VRT of the files; where two overlap, the later one lies on top, but for its missing pixels.

    Args:
        sheets: Alike; drawn in this order.
        grid: Where they lie.
        nodata: The recipe's nodata value, if it has one. Else missing pixels, those of gaps too, are marked by the
            files' alpha band or common nodata value, else by a mask.
    """
    first = sheets[0]
    own = next((value for value in first.nodata if value != "None"), None)
    mark = None if first.alpha else (str(nodata) if nodata is not None else own)
    if any(each.mask for each in sheets):
        mark = None
    root = Element("VRTDataset", rasterXSize=str(grid.width), rasterYSize=str(grid.height))
    if first.crs:
        SubElement(root, "SRS").text = first.crs.to_wkt()
    SubElement(root, "GeoTransform").text = ", ".join(repr(float(value)) for value in grid.transform.to_gdal())
    for number, (dtype, meaning, scale, offset, unit) in enumerate(first.bands, start=1):
        band = SubElement(root, "VRTRasterBand", dataType=TYPES[dtype], band=str(number))
        told = {"NoDataValue": mark, "UnitType": unit, "Offset": repr(offset), "Scale": repr(scale)}
        for tag, text in told.items():
            if text:
                SubElement(band, tag).text = text
        SubElement(band, "ColorInterp").text = meaning.name.capitalize()
        if first.colors and number == 1:
            _palette(band, first)
        for each, place in zip(sheets, grid.places, strict=True):
            _source(band, each, place, str(number), mark)
    if mark is None and not first.alpha:
        mask = SubElement(SubElement(root, "MaskBand"), "VRTRasterBand", dataType="Byte")
        for each, place in zip(sheets, grid.places, strict=True):
            _source(mask, each, place, "mask,1", "0")
    return ET.tostring(root, encoding="unicode")


def _palette(band: Element, first: Sheet) -> None:
    table = SubElement(band, "ColorTable")
    known = dict(first.colors)
    for value in range(max(known) + 1):
        entry = zip(("c1", "c2", "c3", "c4"), known.get(value, (0, 0, 0, 255)), strict=True)
        SubElement(table, "Entry", {name: str(part) for name, part in entry})


def _source(band: Element, each: Sheet, place: tuple[int, int], number: str, mark: str | None) -> None:
    source = SubElement(band, "ComplexSource")
    SubElement(source, "SourceFilename", relativeToVRT="0").text = each.file
    SubElement(source, "SourceBand").text = number
    size = {"xSize": str(each.width), "ySize": str(each.height)}
    SubElement(source, "SrcRect", size | {"xOff": "0", "yOff": "0"})
    SubElement(source, "DstRect", size | {"xOff": str(place[0]), "yOff": str(place[1])})
    if mark is None:
        SubElement(source, "UseMaskBand").text = "true"
    else:
        SubElement(source, "NODATA").text = mark
