"""Changes: told by a build that has a base, feature by feature, and by readers that are not ours."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import geopandas
import pyarrow.parquet as pq
import pytest
import shapely
from kit import DATA
from vector_kit import PROVINCES, gpio, make_job, make_recipe, table_facts

from tianlake.build import builders
from tianlake.build.candidates import BuildOptions, Published, build
from tianlake.build.job import Base, Built, Job, silent
from tianlake.build.table.build import build_table
from tianlake.build.vector.build import build_vector
from tianlake.lake.errors import StoreError
from tianlake.lake.recipes import FeatureOptions, FieldsStep, Kind, Recipe, Source, Tiles
from tianlake.lake.releases import Changes, Quality, TableFacts
from tianlake.lake.words import Bounds

BASE = "20261101T000000Z-0a1b2c3d"
RECIPE = replace(
    make_recipe(
        Source("provinces.geojson"),
        steps=(FieldsStep("fields", {"code": "gb", "name": "name"}),),
        tiles=Tiles(max_zoom=2),
    ),
    features=FeatureOptions(id="code"),
)


def write(folder: Path, frame: geopandas.GeoDataFrame) -> Path:
    """Put a source where the recipe looks for it."""
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_file(folder / "provinces.geojson")
    return folder


def turned(polygon: shapely.MultiPolygon) -> shapely.MultiPolygon:
    """Return the same area, each ring of which starts at another vertex, in another order of parts."""
    parts = []
    for part in reversed(polygon.geoms):
        ring = list(part.exterior.coords)[:-1]
        ring = [*ring[3:], *ring[:3]]
        parts.append(shapely.Polygon([*ring, ring[0]], [hole.coords for hole in part.interiors]))
    return shapely.MultiPolygon(parts)


@pytest.fixture(scope="module")
def provinces() -> geopandas.GeoDataFrame:
    """All provinces, with few vertices: what is compared is not how they are cut."""
    frame = geopandas.read_file(DATA / PROVINCES, where="gb <> ''")
    return frame.set_geometry(frame.make_valid().simplify(0.05)).reset_index(drop=True)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, provinces: geopandas.GeoDataFrame) -> Path:
    """The table of a release without one province."""
    place = tmp_path_factory.mktemp("first")
    job = make_job(place, RECIPE, write(place / "root", provinces[provinces["gb"] != "156500000"]))
    built = build_vector(job)
    assert built.changes is None
    assert table_facts(built).id_column == "code"
    assert not (job.out / "changes.parquet").exists()
    return job.out / "sample.parquet"


@pytest.fixture(scope="module")
def second(
    tmp_path_factory: pytest.TempPathFactory, provinces: geopandas.GeoDataFrame, first: Path
) -> tuple[Path, Built]:
    """One province more, one fewer, one renamed, one moved, one moved and renamed, one only drawn another way."""
    frame = provinces[provinces["gb"] != "156610000"].set_index("gb", drop=False)
    frame.loc["156110000", "name"] = "京"
    frame.loc["156530000", "name"] = "滇"
    for code in ("156120000", "156530000"):
        frame.loc[[code], "geometry"] = frame.loc[[code]].translate(1e-9)
    frame.loc[["156130000"], "geometry"] = frame.loc[["156130000"], "geometry"].map(turned)
    place = tmp_path_factory.mktemp("second")
    source = write(place / "root", frame.reset_index(drop=True))
    job = replace(make_job(place, RECIPE, source), base=Base(BASE, first))
    return job.out, build_vector(job)


def rows(file: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in pq.read_table(file).to_pylist()}


def test_a_build_counts_and_lists_what_differs_from_the_release_before(
    second: tuple[Path, Built], provinces: geopandas.GeoDataFrame
) -> None:
    out, built = second
    assert built.changes == Changes(BASE, added=1, geometry=2, attributes=1, removed=1, unchanged=29)
    found = rows(out / "changes.parquet")
    assert {code: (row["change"], row["attributes"]) for code, row in found.items()} == {
        "156500000": ("added", []),
        "156120000": ("geometry", []),
        "156530000": ("geometry", ["name"]),
        "156110000": ("attributes", ["name"]),
        "156610000": ("removed", []),
    }
    [asset] = [each for each in built.assets if each.name == "changes.parquet"]
    assert (asset.role, built.assets[0].name) == ("metadata", "sample.parquet")


def test_a_change_holds_the_newer_geometry_and_where_the_older_was(
    second: tuple[Path, Built], first: Path, provinces: geopandas.GeoDataFrame
) -> None:
    out, _ = second
    old, new = (geopandas.read_parquet(file).set_index("code").geometry for file in (first, out / "sample.parquet"))
    changed = geopandas.read_parquet(out / "changes.parquet").set_index("id")
    assert changed.crs.to_epsg() == 4490
    for code, row in changed.iterrows():
        wanted = old if row["change"] == "removed" else new
        assert row.geometry.equals_exact(wanted[code], 0)
        before = row["before"]
        assert (before is not None) == (row["change"] == "geometry")
        if before is not None:
            assert tuple(before[side] for side in ("xmin", "ymin", "xmax", "ymax")) == old[code].bounds


def test_the_file_of_changes_passes_the_validators(second: tuple[Path, Built], tmp_path: Path) -> None:
    file = second[0] / "changes.parquet"
    report = json.loads(gpio(tmp_path, "check", "spec", "--json", "--sample-size", "0", file).stdout)
    assert {check["status"] for check in report["checks"]} == {"passed", "skipped"}
    advice = gpio(tmp_path, "check", "all", file)
    assert (advice.returncode, "✗" in advice.stdout + advice.stderr) == (0, False)
    command = [str(Path(sys.executable).with_name("geoparquet-validator")), "check", "--class", "all", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_build_of_the_same_features_has_no_changes_to_list(
    second: tuple[Path, Built], tmp_path: Path, provinces: geopandas.GeoDataFrame
) -> None:
    out, built = second
    root = out.parent / "root"
    job = replace(make_job(tmp_path, RECIPE, root), base=Base(BASE, out / "sample.parquet"))
    again = build_vector(job)
    assert again.changes == Changes(BASE, added=0, geometry=0, attributes=0, removed=0, unchanged=33)
    assert not (job.out / "changes.parquet").exists()
    told = {each.name: each.sha256 for each in again.assets if not each.name.startswith("quality")}
    assert told.items() <= {each.name: each.sha256 for each in built.assets}.items()


def test_a_product_without_an_id_has_no_changes(first: Path, tmp_path: Path) -> None:
    recipe = replace(RECIPE, features=FeatureOptions())
    job = replace(make_job(tmp_path, recipe, first.parent.parent / "root"), base=Base(BASE, first))
    built = build_vector(job)
    assert built.changes is None
    assert table_facts(built).id_column is None


def test_a_release_that_cannot_be_compared_stops_no_build(
    first: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    older = tmp_path / "older.parquet"
    duckdb.sql(f"COPY (SELECT * RENAME (code AS other) FROM '{first}') TO '{older}'")
    job = replace(make_job(tmp_path, RECIPE, first.parent.parent / "root"), base=Base(BASE, older))
    with caplog.at_level(logging.WARNING):
        assert build_vector(job).changes is None
    assert f"release {BASE}: has no column 'code'" in caplog.text


ROWS_CARD = replace(RECIPE.card, kind="table", product_class="theme", extent=Bounds(116, 38, 117, 40))
ROWS_RECIPE = Recipe(ROWS_CARD, (Source("rows.csv"),), features=FeatureOptions(id="code"))
OLD_ROWS = "code,name,people\na,甲,1\nb,乙,2\nc,丙,3\n"
NEW_ROWS = "code,name,people\nd,丁,4\nb,乙二,2\na,甲,1\n"


def rows_job(place: Path, text: str, recipe: Recipe = ROWS_RECIPE) -> Job:
    root = place / "root"
    root.mkdir(parents=True)
    (root / "rows.csv").write_text(text, "utf-8")
    return make_job(place, recipe, root)


@pytest.fixture
def old_rows(tmp_path: Path) -> Path:
    """The plain table of a release."""
    job = rows_job(tmp_path / "old", OLD_ROWS)
    built = build_table(job)
    assert (built.changes, table_facts(built).id_column) == (None, "code")
    return job.out / "sample.parquet"


def test_rows_of_a_plain_table_are_compared_too(old_rows: Path, tmp_path: Path) -> None:
    job = replace(rows_job(tmp_path / "new", NEW_ROWS), base=Base(BASE, old_rows))
    built = build_table(job)
    assert built.changes == Changes(BASE, added=1, geometry=0, attributes=1, removed=1, unchanged=1)
    file = pq.ParquetFile(job.out / "changes.parquet")
    assert b"geo" not in (file.metadata.metadata or {}), "plain Parquet"
    assert file.read().to_pylist() == [
        {"id": "b", "change": "attributes", "attributes": ["name"]},
        {"id": "c", "change": "removed", "attributes": []},
        {"id": "d", "change": "added", "attributes": []},
    ]
    assert {each.name for each in built.assets} == {each.name for each in job.out.iterdir()}
    [asset] = [each for each in built.assets if each.name == "changes.parquet"]
    assert (asset.role, asset.title.en) == ("metadata", "Changes since the release before (Parquet)")
    assert isinstance(asset.facts, TableFacts)
    assert (asset.facts.rows, asset.facts.geometry_column) == (3, None)
    told = json.loads((job.out / "quality.json").read_bytes())["changes"]
    assert (told["base"], told["added"], told["attributes"], told["unchanged"]) == (BASE, 1, 1, 1)
    assert BASE in (job.out / "quality.html").read_text("utf-8")


def test_the_same_rows_in_another_order_are_no_change(old_rows: Path, tmp_path: Path) -> None:
    head, *lines = OLD_ROWS.splitlines(keepends=True)
    job = replace(rows_job(tmp_path / "new", head + "".join(reversed(lines))), base=Base(BASE, old_rows))
    assert build_table(job).changes == Changes(BASE, added=0, geometry=0, attributes=0, removed=0, unchanged=3)
    assert not (job.out / "changes.parquet").exists()


def test_a_table_whose_release_before_had_geometry_is_built_without_changes(
    first: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job = replace(rows_job(tmp_path, NEW_ROWS), base=Base(BASE, first))
    with caplog.at_level(logging.WARNING):
        assert build_table(job).changes is None
    assert f"changes are not told: release {BASE}: has geometry and the newer rows have none" in caplog.text
    assert not (job.out / "changes.parquet").exists()


CARD = replace(RECIPE.card, id="places", product_class="theme")
PLAIN = replace(RECIPE, card=CARD, sources=(Source("places.csv"),), features=FeatureOptions())
COMPARED = replace(PLAIN, features=FeatureOptions(id="name"))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Job]:
    """The builds that were made, by a builder that stands in for the real one."""
    seen: list[Job] = []

    def run(job: Job, progress: object) -> Built:
        seen.append(job)
        assert job.base is None or job.base.table.read_bytes() == b"1"
        return Built((), Bounds(116, 39, 117, 40), Quality())

    monkeypatch.setattr(builders, "builder", lambda _kind: run)
    (tmp_path / "places.csv").write_text("name,x,y\n", "utf-8")
    return seen


def made(root: Path, recipe: Recipe, published: Published) -> bool:
    options = BuildOptions(root / ".tianlake", published=published)
    return build(recipe, "156130000", root, options, silent)[1]


@pytest.mark.parametrize("kind", ["vector", "table"])
def test_a_build_is_given_what_is_published_and_no_other_looks_there(
    tmp_path: Path, runs: list[Job], kind: Kind
) -> None:
    own, other = (replace(each, card=replace(CARD, kind=kind)) for each in (COMPARED, PLAIN))
    asked: list[tuple[str, str]] = []

    def published(node: str, product: str, folder: Path) -> Base:
        asked.append((node, product))
        (folder / "old.parquet").write_bytes(b"1")
        return Base(BASE, folder / "old.parquet")

    assert made(tmp_path, own, published) is True
    assert runs[0].base is not None
    assert (runs[0].base.release, asked) == (BASE, [("156130000", "places")])
    assert not runs[0].base.table.exists(), "what was fetched stays nowhere"
    assert made(tmp_path, own, published) is False, "what is published decides no fingerprint"
    made(tmp_path, other, published)
    assert (len(asked), runs[1].base) == (1, None), "features without ids are compared with nothing"


def test_a_lake_that_cannot_be_read_stops_no_build(
    tmp_path: Path, runs: list[Job], caplog: pytest.LogCaptureFixture
) -> None:
    def published(node: str, product: str, folder: Path) -> Base:
        raise StoreError("s3://lake: no route")

    assert made(tmp_path, COMPARED, published) is True
    assert runs[0].base is None
    assert "places: changes are not told: s3://lake: no route" in caplog.text
