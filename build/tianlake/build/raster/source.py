"""Opens the source of a raster product and decides, before a pixel is read, what becomes of it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioError, RasterioIOError
from rasterio.io import DatasetReader
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from tianlake.build.job import Job, recipe_file
from tianlake.build.pictures import referred
from tianlake.build.raster.mosaic import check_alike, lay_out, sheet, write_vrt
from tianlake.build.raster.scenes import Shot, find_shots
from tianlake.build.raster.values import (
    DATA_TYPES,
    FLOATS,
    Rgb,
    check_classes,
    find_colors,
    find_nodata,
    has_alpha,
    has_mask,
)
from tianlake.lake.errors import fault
from tianlake.lake.recipes import Raster, Source
from tianlake.lake.words import Bounds

CGCS2000: Final = CRS.from_epsg(4490)
"""The CRS of all published data: longitude, latitude in degrees (GDAL's traditional axis order)."""

LONLAT: Final = {4326, 4490}
"""EPSG codes whose degrees are taken as CGCS2000 without a shift: the two frames differ by less than a metre."""

TOUCH: Final = 1e-3
"""Pixels. A box that reaches less than this into a pixel does not take it: 73° may be read as 72.99999999°."""

SLACK_DEG: Final = 1e-6
"""Degrees that a raster's edge may lie outside -180..180, -90..90 by rounding; a tenth of a metre."""


@dataclass(frozen=True, slots=True)
class RasterPlan:
    """What a raster product will be: a north-up grid in CGCS2000 and the meaning of its values."""

    source: str
    """The source's path as the recipe has it; errors name it."""
    crs: CRS
    """The source's own, declared or in the file."""
    window: Window
    """The kept part of the reader, whole pixels."""
    transform: Affine
    """From (column, row) of the kept part to (longitude, latitude) in degrees."""
    dtype: str
    colorinterp: tuple[ColorInterp, ...]
    """One for each band."""
    nodata: float | None
    """None where an alpha band or a mask tells which pixels are valid, or where all are."""
    mask: bool
    """Whether the reader has a mask beside the bands that tells which pixels are valid."""
    categorical: bool
    """Values are classes: never averaged."""
    colors: dict[int, Rgb]
    """Colour of each class; empty where values are amounts."""
    moved: int = 0
    """Files of a mosaic that did not lie on its grid and were moved there, by up to half a pixel."""

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.window.width)

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.window.height)


@contextmanager
def open_source(job: Job) -> Iterator[tuple[DatasetReader | WarpedVRT, RasterPlan]]:
    """Open the one picture of a product, as `open_shot` does.

    Raises:
        LakeError: There is none, or more than one.
    """
    shots = find_shots(job)
    if len(shots) > 1:
        raise fault(recipe_file(job), "sources", f"one picture is needed, not {len(shots)}; name a folder of files")
    with open_shot(job, shots[0]) as opened:
        yield opened


@contextmanager
def open_shot(job: Job, shot: Shot) -> Iterator[tuple[DatasetReader | WarpedVRT, RasterPlan]]:
    """Open one picture of a raster product as a north-up grid in CGCS2000, and say what to make of it.

    A source in EPSG:4326 or EPSG:4490 keeps its pixels; any other CRS, and a rotated grid, is warped
    while it is read (nearest neighbour for classes, bilinear otherwise).

    Raises:
        LakeError: The source or the recipe cannot be built from; one line that says why.
    """
    file = recipe_file(job)
    source, label = shot.source, shot.label
    raster = job.recipe.raster or Raster()
    with ExitStack() as stack:
        dataset, moved = stack.enter_context(_open(job, shot, raster))
        nodata = find_nodata(dataset, raster, label)
        colors = find_colors(dataset, raster, file)
        categorical = raster.categorical or bool(colors)
        if categorical:
            check_classes(dataset, raster.classes, nodata, file)
        crs = _crs(dataset, source, label)
        reader = _north_up(dataset, crs, nodata, categorical=categorical, source=label)
        if reader is not dataset:
            stack.enter_context(reader)
        window = _crop(reader, raster.bounds, label)
        mask = nodata is None and not has_alpha(dataset) and (reader is not dataset or has_mask(dataset))
        dtype = dataset.dtypes[0]
        yield (
            reader,
            RasterPlan(
                source=label,
                crs=crs,
                window=window,
                transform=reader.window_transform(window),
                dtype=dtype,
                colorinterp=tuple(dataset.colorinterp),
                nodata=math.nan if mask and dtype in FLOATS else nodata,
                mask=mask,
                categorical=categorical,
                colors=colors,
                moved=moved,
            ),
        )


@contextmanager
def _open(job: Job, shot: Shot, raster: Raster) -> Iterator[tuple[DatasetReader, int]]:
    """Open a picture as one data set, whatever the number of its files; say too how many of them were moved."""
    if len(shot.files) == 1:
        with _open_file(job, shot.files[0]) as dataset:
            yield dataset, 0
        return
    sheets = []
    for file in shot.files:
        with _open_file(job, file) as dataset:
            sheets.append(sheet(dataset, file.relative_to(job.root).as_posix()))
    check_alike(sheets, nodata_declared=raster.nodata is not None)
    together = job.scratch / f"{shot.name}.vrt"
    grid = lay_out(sheets)
    together.write_text(write_vrt(sheets, grid, raster.nodata), "utf-8")
    try:
        with rasterio.open(together) as dataset:
            yield dataset, grid.moved
    finally:
        together.unlink()


@contextmanager
def _open_file(job: Job, file: Path) -> Iterator[DatasetReader]:
    name = file.relative_to(job.root).as_posix()
    referred(job.root, file)  # a VRT that leads out of the workspace is not opened
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # said in our own words below
            dataset = rasterio.open(file)
    except RasterioIOError as error:
        raise fault(name, "", f"cannot be read as a raster: {reason(error, file.name)}") from None
    with dataset:
        _check_bands(dataset, name)
        yield dataset


def reason(error: BaseException, name: str) -> str:
    """Return what GDAL said, on one line and without the machine's path to the file `name`."""
    root: BaseException = error
    while root.__cause__ is not None:
        root = root.__cause__
    words = " ".join(str(root).split()).split(" ")
    return " ".join(name if word.strip("'\":,").endswith(f"/{name}") else word for word in words)


def _check_bands(dataset: DatasetReader, source: str) -> None:
    if dataset.count == 0:
        inside = len(dataset.subdatasets)
        raise fault(source, "", f"holds no raster band ({inside} data sets inside it); take one out first")
    for band, dtype in enumerate(dataset.dtypes, start=1):
        if dtype not in DATA_TYPES:
            raise fault(source, f"band {band}", f"values of type {dtype} cannot be published; convert the file")
    if len(set(dataset.dtypes)) > 1:
        kinds = ", ".join(dataset.dtypes)
        raise fault(source, "", f"bands have different types ({kinds}); convert them to one")
    if dataset.transform.is_identity:
        raise fault(source, "", "has no geographic position (no geotransform); georeference it first")


def _crs(dataset: DatasetReader, source: Source, label: str) -> CRS:
    """Return the source's CRS, which must be an EPSG code so that a reader can check what it means."""
    how = 'declare it in the recipe, for example crs = "EPSG:4326"'
    if source.crs is not None:
        try:
            crs = CRS.from_user_input(source.crs)
        except CRSError:
            raise fault(label, "crs", f"{source.crs!r} is no CRS; write it as EPSG:4326") from None
    elif not dataset.crs:
        raise fault(label, "crs", f"the file has no CRS; {how}")
    else:
        crs = dataset.crs
    if crs.to_epsg() is None:
        names = ", ".join(crs.to_wkt().split('"')[1:4:2])
        raise fault(label, "crs", f"{names} is no EPSG code; {how}")
    if not (crs.is_geographic or crs.is_projected):
        raise fault(label, "crs", f"EPSG:{crs.to_epsg()} is neither geographic nor projected; {how}")
    return crs


def _north_up(
    dataset: DatasetReader, crs: CRS, nodata: float | None, *, categorical: bool, source: str
) -> DatasetReader | WarpedVRT:
    """Return the data set itself where its grid is north-up lon/lat, else a view of it that is."""
    lonlat = crs.to_epsg() in LONLAT
    at = dataset.transform
    straight = at.b == 0 and at.d == 0 and at.a > 0
    if lonlat and straight and at.e < 0:
        return dataset
    how = {
        "src_crs": CGCS2000 if lonlat else crs,
        "crs": CGCS2000,
        "resampling": Resampling.nearest if categorical else Resampling.bilinear,
    }
    if lonlat and straight:  # south-up: turned over, the pixels stay as they are
        top = at.f + at.e * dataset.height
        flipped = Affine(at.a, 0, at.c, 0, -at.e, top)
        how |= {"transform": flipped, "width": dataset.width, "height": dataset.height}
        how["resampling"] = Resampling.nearest
    if nodata is not None:
        how |= {"src_nodata": nodata, "nodata": nodata}
    elif not has_alpha(dataset):
        how["add_alpha"] = True
    try:
        return WarpedVRT(dataset, **how)
    except (RasterioError, ValueError) as error:
        raise fault(source, "crs", f"cannot be brought to CGCS2000 from EPSG:{crs.to_epsg()}: {error}") from None


def _crop(reader: DatasetReader | WarpedVRT, bounds: Bounds | None, source: str) -> Window:
    """Return the pixels that `bounds` touches, clipped to the source; whole pixels of the source's grid."""
    at = reader.transform
    cols, rows = (0.0, float(reader.width)), (0.0, float(reader.height))
    if bounds is not None:
        if bounds.west >= bounds.east:
            raise fault(source, "raster.bounds", "west must be less than east: a crop cannot cross 180°")
        cols = max(0.0, (bounds.west - at.c) / at.a), min(cols[1], (bounds.east - at.c) / at.a)
        rows = max(0.0, (bounds.north - at.f) / at.e), min(rows[1], (bounds.south - at.f) / at.e)
    left, right = math.floor(cols[0] + TOUCH), math.ceil(cols[1] - TOUCH)
    top, bottom = math.floor(rows[0] + TOUCH), math.ceil(rows[1] - TOUCH)
    if left >= right or top >= bottom:
        edges = ", ".join(f"{edge:.6g}" for edge in reader.bounds)
        raise fault(source, "raster.bounds", f"no pixel lies in the box; the file reaches from {edges} (W, S, E, N)")
    window = Window(left, top, right - left, bottom - top)
    _check_range(reader.window_bounds(window), source)
    return window


def _check_range(edges: tuple[float, float, float, float], source: str) -> None:
    west, south, east, north = edges
    if west < -180 - SLACK_DEG or east > 180 + SLACK_DEG or south < -90 - SLACK_DEG or north > 90 + SLACK_DEG:
        shown = ", ".join(f"{edge:.6g}" for edge in edges)
        rule = f"reaches beyond -180..180, -90..90 degrees ({shown}: W, S, E, N); crop it with raster.bounds"
        raise fault(source, "", rule)
