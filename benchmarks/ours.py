"""One step of a build as a process of its own, to be measured beside another program that does the same.

    python benchmarks/ours.py geoparquet|vector-tiles|cog|raster-tiles SOURCE TARGET [HIGHEST ZOOM [LOWEST]]

`geoparquet` reads, orders and writes features; `vector-tiles` reads features and cuts them; `cog` copies a picture and
writes it as a COG; `raster-tiles` cuts a COG. All as builds do, by two processes or threads.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import rasterio

from tianlake.build.duck import open_database
from tianlake.build.engine.workshop import workshop
from tianlake.build.job import Job, silent
from tianlake.build.raster.cog import gdal_options, write_cog, write_plain
from tianlake.build.raster.grid import GRIDS
from tianlake.build.raster.layers import Layer
from tianlake.build.raster.source import open_source
from tianlake.build.raster.style import choose_style
from tianlake.build.raster.tiles import Run, TileSet, describe_tiles, tile_format, write_tiles
from tianlake.build.vector import tiles as vector_tiles
from tianlake.build.vector.features import gather
from tianlake.build.vector.geoparquet import write_geoparquet
from tianlake.lake.recipes import FeatureOptions, ProductCard, Recipe, Source, Tiles
from tianlake.lake.words import Bounds, Text

JOBS: Final = 2
NODE: Final = "156000000"

Zooms = tuple[int, ...]
"""The highest, then the lowest, as far as they are given."""


def job(source: Path, place: Path, highest: int | None = None) -> Job:
    """Return a job over one source, with fresh folders under `place`."""
    out, scratch = place / "out", place / "scratch"
    out.mkdir()
    scratch.mkdir()
    vector = source.suffix == ".parquet"
    title = Text("基准", "Benchmark")
    card = ProductCard("bench", "vector" if vector else "raster", "theme", title, title, "CC0-1.0", "made up")
    features = FeatureOptions(id="id") if vector else FeatureOptions()
    recipe = Recipe(card, (Source(source.name),), tiles=Tiles(max_zoom=highest), features=features)
    return Job(recipe, NODE, source.parent, out, scratch, JOBS)


def geoparquet(source: Path, target: Path, place: Path, _zooms: Zooms) -> None:
    """Write features in the order of the Hilbert curve, with a box each."""
    given = job(source, place)
    with open_database(given) as connection:
        write_geoparquet(connection, gather(connection, given, silent), target)


def cut_vector(source: Path, target: Path, place: Path, zooms: Zooms) -> None:
    """Cut features into vector tiles."""
    given = job(source, place, *zooms[:1])
    with open_database(given) as connection:
        plan = vector_tiles.plan_cut(connection, gather(connection, given, silent), given)
        vector_tiles.write_tiles(connection, plan, target, lambda _percent: None)


def cog(source: Path, target: Path, place: Path, _zooms: Zooms) -> None:
    """Write a picture as a COG in CGCS2000."""
    plain = place / "plain.tif"
    with open_source(job(source, place)) as (reader, plan):
        write_plain(reader, plan, plain, lambda _rows: None)
        write_cog(plain, target, plan, JOBS)


def cut_raster(source: Path, target: Path, place: Path, zooms: Zooms) -> None:
    """Cut a COG into tiles of web mercator."""
    highest, lowest = zooms
    given = job(source, place)
    with gdal_options():
        style = choose_style([source], {})
        with rasterio.open(source) as dataset:
            bounds = Bounds(*dataset.bounds)
    tile_set = TileSet((Layer(source, bounds),), style, tile_format(style), GRIDS["w"])
    with workshop(given) as shop:
        run = Run(bounds, (lowest, highest), given.scratch, shop)
        write_tiles(tile_set, target, describe_tiles(given.recipe.card, tile_set, ()), run, lambda _tiles: None)


STEPS: Final[dict[str, Callable[[Path, Path, Path, Zooms], None]]] = {
    "geoparquet": geoparquet,
    "vector-tiles": cut_vector,
    "cog": cog,
    "raster-tiles": cut_raster,
}


def main() -> None:
    """Do one step."""
    step, source, target, *zooms = sys.argv[1:]
    with TemporaryDirectory(dir=Path(target).parent) as place:
        STEPS[step](Path(source), Path(target), Path(place), tuple(map(int, zooms)))


if __name__ == "__main__":
    main()
