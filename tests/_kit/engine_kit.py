"""Small products that are built in many parts, and parts that fail; workers import them from here."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import rasterio
from rasterio.transform import from_origin
from shapely import box

from tianlake.build.engine.parts import Bench, Part, Record
from tianlake.build.engine.worker import Task, make
from tianlake.lake.recipes import FeatureOptions, ProductCard, Recipe, SceneOptions, Source, Tiles
from tianlake.lake.words import Text

NODE = "156000000"
SAY = Text("甲", "A")


def scenes(root: Path, number: int = 3, side: int = 96) -> Recipe:
    """Write pictures side by side, and return the recipe of a product of them."""
    rng = np.random.default_rng(20261128)
    (root / "scenes").mkdir(parents=True)
    for place in range(number):
        profile = {"driver": "GTiff", "width": side, "height": side, "count": 1, "dtype": "int16", "crs": "EPSG:4490"}
        at = from_origin(115 + place * side / 100, 40, 0.01, 0.01)
        with rasterio.open(root / f"scenes/s{place}.tif", "w", transform=at, **profile) as dataset:
            dataset.write(rng.integers(0, 2000, (side, side), np.int16), 1)
    source = Source("scenes", scene=SceneOptions(each=True, acquired="2026-01-01"))
    return Recipe(ProductCard("demo", "raster", "theme", SAY, SAY, "MIT", "A"), (source,), tiles=Tiles(max_zoom=7))


def cells(root: Path, side: int = 12) -> Recipe:
    """Write areas with ids, and return the recipe of a product of them."""
    rng = random.Random(20261128)
    rows = [
        (f"D{n:05d}", rng.choice("abc"), box(x, y, x + 0.1, y + 0.1))
        for n in range(side * side)
        for x, y in [(115 + n % side / 10, 38 + n // side / 10)]
    ]
    frame = geopandas.GeoDataFrame(rows, columns=["code", "kind", "geometry"], geometry="geometry", crs=4490)
    frame.to_parquet(root / "cells.parquet")
    card = ProductCard("cells", "vector", "theme", SAY, SAY, "MIT", "A")
    features = FeatureOptions(id="code")
    return Recipe(card, (Source("cells.parquet"),), tiles=Tiles(max_zoom=8), features=features)


def write_number(number: int, bench: Bench) -> dict[str, Any]:
    """Make a part that holds a number."""
    bench.out.write_text(str(number))
    return {"number": number}


def die_once(marker: Path, bench: Bench) -> dict[str, Any]:
    """End the process the first time, as the system does where memory runs out."""
    if not marker.exists():
        marker.touch()
        os._exit(9)
    return write_number(1, bench)


def take_memory(size: int, bench: Bench) -> dict[str, Any]:
    """Hold so many bytes for a moment."""
    return write_number(int(np.ones(size, np.uint8).sum()), bench)


def numbers(how_many: int, root: Path) -> list[Part]:
    from functools import partial  # noqa: PLC0415 - for parts alone

    return [Part(f"numbers/{number}", partial(write_number, number), root, ()) for number in range(how_many)]


@dataclass
class Unruly:
    """Makes parts here, in an order of its own, and loses some of them first."""

    rng: random.Random
    losses: dict[str, list[Exception]] = field(default_factory=dict)
    """Name of a part → what happens to its first tries."""
    waiting: list[tuple[Task, Future[Record]]] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    remote = False

    def room(self) -> int:
        return 5

    def submit(self, task: Task) -> Future[Record]:
        future: Future[Record] = Future()
        self.waiting.append((task, future))
        if len(self.waiting) >= self.rng.randint(1, 5):
            self.check()
        return future

    def check(self) -> None:
        """Finish what waits, in any order."""
        self.rng.shuffle(self.waiting)
        while self.waiting:
            task, future = self.waiting.pop()
            if losses := self.losses.get(task.part.name):
                future.set_exception(losses.pop(0))
                continue
            self.made.append(task.part.name)
            try:
                future.set_result(make(task))
            except Exception as error:  # noqa: BLE001 - handed over
                future.set_exception(error)

    def lost(self, error: BaseException) -> str | None:
        return "its worker was lost" if isinstance(error, ConnectionError) else None

    def again(self, key: str) -> list[str]:
        return []

    def close(self, *, now: bool = False) -> None:
        pass


def hashes(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Hash files as anybody would."""
    import hashlib  # noqa: PLC0415

    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
