"""Large inputs with fixed seeds: points, polygons, a picture and scenes; the same bytes of data each time.

    python benchmarks/generated.py points|polygons|picture|scenes TARGET [--scale 1]

At scale 1 they are 10 million points, 2 million polygons (GeoParquet), an RGB image of 40,000 x 40,000 pixels, and
1,000 scenes of 512 x 512 pixels with their days in their names. `--scale` makes fewer features, pixels and scenes. None
takes more memory for being larger: DuckDB writes row group after row group, pictures are written window by window.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.transform import from_origin
from rasterio.windows import Window

from tianlake.lake.duck import connect, literal

SEED: Final = 20_261_128

POINTS: Final = 10_000_000
POLYGONS: Final = 2_000_000
SIDE: Final = 40_000
SCENES: Final = 1_000

SCENE: Final = 512
"""Pixels on the side of a scene."""

PIXEL: Final = 0.00001
"""Degrees: about a metre."""

WINDOW: Final = 2_048
"""Pixels on the side of what is written at once."""

_FIELDS: Final = """
printf('%012d', i) AS id, '地名' || hash(i, 5) % 100000 AS name,
['居民点', '山', '河', '学校', '医院'][1 + (hash(i, 2) % 5)::INT] AS kind, (hash(i, 9) % 100 + {more})::INT AS weight
"""

_POINTS: Final = """
SELECT {fields}, ST_Point(round(x, 6), round(y, 6))::GEOMETRY('EPSG:4490') AS geometry
FROM (SELECT i,
    greatest(74, least(134, 80 + hash(town, 3) % 45000 / 1000 + 0.3 * away * cos(angle))) AS x,
    greatest(19, least(53, 22 + hash(town, 7) % 27000 / 1000 + 0.25 * away * sin(angle))) AS y
  FROM (SELECT i, hash(i, 1) % 3000 AS town, hash(i, 3) % 360000 / 360000 * 2 * pi() AS angle,
    sqrt(-2 * ln((hash(i, 4) % 999983 + 1) / 999984)) AS away FROM range({count}) t(i)))
"""
"""Around 3,000 towns, as people live."""

_POLYGONS: Final = """
SELECT {fields}, ST_MakePolygon(ST_MakeLine(list_append(corners, corners[1])))::GEOMETRY('EPSG:4490') AS geometry
FROM (SELECT i, list_transform(range(8), lambda k: ST_Point(
    round(105 + (i % {wide} + 0.5 + (0.30 + hash(i, k) % 18 / 100) * cos(k * pi() / 4)) * {step}, 8),
    round(25 + (i // {wide} + 0.5 + (0.30 + hash(i, k) % 18 / 100) * sin(k * pi() / 4)) * {step}, 8))) AS corners
  FROM range({count}) t(i))
"""
"""Eight corners each, beside one another without touching, in a square of 12 degrees."""


def points(target: Path, count: int = POINTS) -> None:
    """Write places as GeoParquet, in no order."""
    _copy(_POINTS.format(fields=_FIELDS.format(more=0), count=count), target)


def polygons(target: Path, count: int = POLYGONS, *, changed: bool = False) -> None:
    """Write areas as GeoParquet, row by row from the south.

    `changed` gives about a thousandth of them, those of a square in the south-west, another `weight`.
    """
    wide = math.ceil(math.sqrt(count))
    side = math.ceil(math.sqrt(count / 1000))
    more = f"CASE WHEN i % {wide} < {side} AND i // {wide} < {side} THEN 1000 ELSE 0 END" if changed else "0"
    fields = _FIELDS.format(more=more)
    _copy(_POLYGONS.format(fields=fields, count=count, wide=wide, step=12 / wide), target)


def _copy(query: str, target: Path) -> None:
    with connect(memory_limit="1GiB", threads=2, scratch=target.parent) as connection:
        connection.execute(
            f"COPY ({query}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)"
        )


def picture(target: Path, side: int = SIDE) -> None:
    """Write an RGB image in EPSG:4490: ground of several grains, fields with edges, and noise, none of it repeated."""
    profile = _profile(side, 105.0, 35.0) | {"tiled": True, "blockxsize": 512, "blockysize": 512, "bigtiff": "if_safer"}
    ground = _ground()
    with (
        rasterio.Env(GDAL_CACHEMAX=64 * 2**20),
        rasterio.open(target, "w", compress="zstd", zstd_level=1, **profile) as file,
    ):
        for window in _windows(side):
            file.write(_pixels(ground, window, 0), window=window)


def scenes(folder: Path, count: int = SCENES) -> None:
    """Write scenes `scene_YYYYMMDD_NNNN.tif` side by side, overlapping by an eighth, over four years."""
    folder.mkdir(parents=True, exist_ok=True)
    ground, wide, first = _ground(), math.ceil(math.sqrt(count)), date(2022, 1, 1)
    step = SCENE * 7 // 8 * PIXEL
    for number in range(count):
        day = first + timedelta(days=number * 1461 // count)
        name = f"scene_{day:%Y%m%d}_{number:04d}.tif"
        profile = _profile(SCENE, 110 + number % wide * step, 30 - number // wide * step)
        with rasterio.open(folder / name, "w", compress="deflate", **profile) as file:
            file.write(_pixels(ground, Window(0, 0, SCENE, SCENE), number + 1))


def _profile(side: int, west: float, north: float) -> dict[str, Any]:
    return {
        "driver": "GTiff",
        "width": side,
        "height": side,
        "count": 3,
        "dtype": "uint8",
        "crs": "EPSG:4490",
        "transform": from_origin(west, north, PIXEL, PIXEL),
        "photometric": "RGB",
    }


def _windows(side: int) -> Iterator[Window]:
    for top in range(0, side, WINDOW):
        for left in range(0, side, WINDOW):
            yield Window(left, top, min(WINDOW, side - left), min(WINDOW, side - top))


def _ground() -> NDArray[np.float32]:
    """Return a square of noise of several grains, 0 to about 160, that others are cut and shaded from."""
    draw = np.random.default_rng(SEED)
    total = np.zeros((WINDOW, WINDOW), np.float32)
    for cells in (8, 32, 128, 512):
        coarse = draw.random((cells, cells), np.float32)
        total += np.kron(coarse, np.ones((WINDOW // cells, WINDOW // cells), np.float32)) * 40
    return total


def _pixels(ground: NDArray[np.float32], window: Window, number: int) -> NDArray[np.uint8]:
    """Return `(3, height, width)`: the ground moved by what place it is, shaded from afar, with a little noise."""
    draw = np.random.default_rng((SEED, number, window.col_off, window.row_off))
    moved = np.roll(ground, draw.integers(0, WINDOW, 2), (0, 1))[: window.height, : window.width]
    shade = 30 * np.sin(np.arange(window.width, dtype=np.float32) / 700 + draw.random())
    noise = draw.integers(0, 6, (3, window.height, window.width), np.uint8)
    bands = (moved * strength + shade + base for strength, base in ((0.9, 40), (0.8, 50), (0.7, 35)))
    drawn: NDArray[np.uint8] = np.stack([np.clip(each, 0, 249).astype(np.uint8) for each in bands]) + noise
    return drawn


MAKERS: Final[dict[str, tuple[Callable[[Path, int], None], int, float]]] = {
    "points": (points, POINTS, 1),
    "polygons": (polygons, POLYGONS, 1),
    "picture": (picture, SIDE, 0.5),
    "scenes": (scenes, SCENES, 1),
}
"""Name → what makes it, its size at scale 1, and the power of the scale that its size grows by: a side is a root."""


def main() -> None:
    """Make one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=MAKERS)
    parser.add_argument("target", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    make, size, power = MAKERS[given.what]
    make(given.target, max(1, round(size * given.scale**power)))
    print(given.target)


if __name__ == "__main__":
    main()
