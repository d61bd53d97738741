"""Products built once from real data, and places to build in."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import geopandas
import pytest
from kit import DATA
from vector_kit import AREAS, CITIES, COUNTIES, LINES, PROVINCES, make_job, make_recipe

from tianlake.build.job import Built, Job
from tianlake.build.vector.build import build_vector
from tianlake.lake.recipes import ClipStep, FieldsStep, Recipe, Source, Tiles

OSM = ["道路", "交通", "建筑", "水系", "水域"]


@pytest.fixture
def job_of(tmp_path: Path) -> Callable[..., Job]:
    """Return what makes a job for a recipe; every job has folders of its own."""
    made: list[Job] = []

    def make(recipe: Recipe, root: Path = DATA, jobs: int = 2) -> Job:
        made.append(make_job(tmp_path / f"job {len(made)}", recipe, root, jobs))
        return made[-1]

    return make


@pytest.fixture(scope="session")
def divisions(tmp_path_factory) -> tuple[Path, Built]:
    """All divisions of China with the national boundary lines: four layers of three files."""
    recipe = make_recipe(
        Source(PROVINCES, name="boundary", where=LINES),
        Source(PROVINCES, name="province", where=AREAS),
        Source(CITIES, name="city", where=AREAS, min_zoom=3),
        Source(COUNTIES, name="county", where=AREAS, min_zoom=4),
        steps=(FieldsStep("fields", {"code": "gb", "name": "name"}),),
        tiles=Tiles(max_zoom=5),
    )
    job = make_job(tmp_path_factory.mktemp("divisions"), recipe)
    return job.out, build_vector(job)


@pytest.fixture(scope="session")
def named_features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """181,803 named features of OpenStreetMap as a GeoPackage, in a folder whose name is no plain word."""
    folder: Path = tmp_path_factory.mktemp("places") / "O'Brien 的 资料"
    folder.mkdir()
    with gzip.open(DATA / "siontiles/web/search_index.json.gz") as file:
        rows = {tuple(row[key] for key in "nctxy"): None for row in json.load(file) if row["c"] in OSM}
    name, category, kind, x, y = zip(*rows, strict=True)
    columns = {"name": name, "category": category, "type": kind}
    frame = geopandas.GeoDataFrame(columns, geometry=geopandas.points_from_xy(x, y), crs=4326)
    frame.to_file(folder / "named features.gpkg", layer="点 位")
    for link, path in (("省.geojson", PROVINCES), ("市.geojson", CITIES)):
        (folder / link).symlink_to(DATA / path)
    return folder


@pytest.fixture(scope="session")
def places(tmp_path_factory, named_features) -> tuple[Path, Built]:
    """The named features of Langfang, a city in two parts."""
    recipe = make_recipe(
        Source("named features.gpkg", layer="点 位"),
        steps=(
            ClipStep("clip", "市.geojson", where="gb = '156131000'"),
            FieldsStep("fields", {"name": "name", "category": "category"}),
        ),
        tiles=Tiles(min_zoom=5, max_zoom=10),
    )
    job = make_job(tmp_path_factory.mktemp("it's a 'place' 地方"), recipe, named_features)
    return job.out, build_vector(job)
