"""A job for reports made by hand, and one messy product built from a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from page_kit import HOSTILE
from vector_kit import make_job, make_recipe

from tianlake.build.job import Built, Job
from tianlake.build.vector.build import build_vector
from tianlake.lake.recipes import Source, Tiles


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job with an empty folder."""
    return make_job(tmp_path / "job", make_recipe(Source("points.geojson")))


@pytest.fixture(scope="session")
def messy_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what offices hand over: a hostile name, no geometry, a bow-tie, a place off the globe."""
    square = [[[116, 39], [117, 39], [117, 40], [116, 40], [116, 39]]]
    bow_tie = [[[116, 39], [117, 40], [117, 39], [116, 40], [116, 39]]]
    rows = [
        (HOSTILE, {"type": "Point", "coordinates": [116.5, 39.5]}, "13912345678"),
        ("no place", None, "13812345678"),
        ("bow-tie", {"type": "Polygon", "coordinates": bow_tie}, "15012345678"),
        ("square", {"type": "Polygon", "coordinates": square}, None),
        ("swapped", {"type": "Point", "coordinates": [39.5, 116.5]}, "13112345678"),
        ("elsewhere", {"type": "Point", "coordinates": [80, 30]}, ""),
    ]
    features = [
        {"type": "Feature", "properties": {"name": name, "contact": number}, "geometry": geometry}
        for name, geometry, number in rows
    ]
    folder = tmp_path_factory.mktemp("messy")
    (folder / "messy.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return folder


@pytest.fixture(scope="session")
def build_messy(messy_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], tuple[Path, Built]]:
    """Return what builds it with so many processes."""

    def build(jobs: int) -> tuple[Path, Built]:
        recipe = make_recipe(Source("messy.geojson", where="name <> 'elsewhere'"), tiles=Tiles(max_zoom=4))
        job = make_job(tmp_path_factory.mktemp("build"), recipe, messy_source, jobs)
        return job.out, build_vector(job)

    return build


@pytest.fixture(scope="session")
def messy(build_messy: Callable[[int], tuple[Path, Built]]) -> tuple[Path, Built]:
    """It, built."""
    return build_messy(2)
