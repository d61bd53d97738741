"""A change touches only the parts it lies in, and the result equals a full rebuild tile by tile."""

import dataclasses
import os
import random
import shutil
import uuid

import geopandas
import pytest
import shapely
from shapely import LineString, box
from vector_kit import archive_of, decode, ids_by_layer, make_job, make_recipe

from tianlake.build.candidates import BuildOptions
from tianlake.build.candidates import build as builds
from tianlake.build.job import silent
from tianlake.build.vector import cut_plan, tile_bands, tile_parts
from tianlake.build.vector.features import gather
from tianlake.build.vector.tile_cut import cut_piece
from tianlake.build.vector.tiles import plan_cut, write_tiles
from tianlake.lake.duck import connect
from tianlake.lake.recipes import FeatureOptions, Source, Tiles

SIDE = 30
"""Cells in a row of the made-up region: 900 of a tenth of a degree, as of a land register, and a river."""


@pytest.fixture(scope="module", autouse=True)
def few_are_many():
    """Let a few hundred features be cut as a million would be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cut_plan, "MANY", 500)
        patch.setattr(tile_bands, "PART", 200)
        patch.setattr(tile_parts, "SMALL", 100)
        yield


@pytest.fixture(scope="module")
def region() -> geopandas.GeoDataFrame:
    """Cells and a river across them all; ids are texts, as offices write them."""
    rng = random.Random(20261126)
    rows = [
        (f"D{n:05d}", rng.choice(["田", "林", "水"]), box(x, y, x + 0.1, y + 0.1))
        for n in range(SIDE * SIDE)
        for x, y in [(115 + n % SIDE / 10, 38 + n // SIDE / 10)]
    ]
    rows.append(("R1", "河", LineString([(115 + n / 10, 39.5 + n % 3 / 7) for n in range(30)])))
    return geopandas.GeoDataFrame(rows, columns=["code", "kind", "geometry"], geometry="geometry", crs=4490)


@pytest.fixture(scope="module")
def first(tmp_path_factory, region):
    """The first build: its archive, what is said of it, and what it kept."""
    root = tmp_path_factory.mktemp("first")
    return *build(root, region, root / "cache"), root / "cache"


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory, region):
    """The edited region, built in full by one process."""
    return build(tmp_path_factory.mktemp("rebuilt"), edit(region), jobs=1)


@pytest.fixture
def cache(tmp_path, first):
    """What the first build kept."""
    return shutil.copytree(first[2], tmp_path / "cache")


def build(root, frame, cache=None, jobs=2):
    """Cut a product of these features; return its archive and what is said of it."""
    frame.to_parquet(root / "region.parquet")
    recipe = make_recipe(Source("region.parquet"), tiles=Tiles(max_zoom=8))
    job = make_job(root / uuid.uuid4().hex, dataclasses.replace(recipe, features=FeatureOptions(id="code")), root, jobs)
    job = dataclasses.replace(job, cache=cache)
    with connect(threads=jobs, scratch=job.scratch) as connection:
        plan = plan_cut(connection, gather(connection, job, silent), job)
        assert plan.in_parts
        report = write_tiles(connection, plan, job.out / "sample.pmtiles", lambda _done: None)
    return job.out / "sample.pmtiles", report


@pytest.fixture
def cuts(monkeypatch):
    """Count the parts that are cut."""
    names: list[str] = []

    def counted(piece, bench):
        names.append(bench.name)
        return cut_piece(piece, bench)

    monkeypatch.setattr(tile_parts, "cut_piece", counted)
    return names


def edit(frame):
    """Edit, move across the whole region, delete and add."""
    changed = frame.copy()
    changed.loc[5, "kind"] = "镇"
    changed.loc[9, "geometry"] = box(115.3, 38.3, 115.35, 38.35)
    changed = changed.drop(index=[35, 36])
    changed.loc[10_000] = ("N1", "园", box(115.21, 38.21, 115.23, 38.23))
    return changed


def kept_in(cache):
    return {file.name for file in cache.rglob("*") if file.is_file()}


def test_an_incremental_build_equals_a_full_rebuild_tile_by_tile(tmp_path, region, first, rebuilt, cache, cuts):
    archive, report = build(tmp_path, edit(region), cache)
    assert 0 < len(cuts) < len(kept_in(first[2])) / 2
    assert archive_of(archive)[2] == archive_of(rebuilt[0])[2]
    assert archive.read_bytes() == rebuilt[0].read_bytes() != first[0].read_bytes()
    assert report == rebuilt[1]


def test_a_change_across_the_whole_region_is_built_anew_where_it_was_and_where_it_is(tmp_path, region, cache, cuts):
    moved = region.copy()
    moved.loc[0, "geometry"] = box(117.95, 40.95, 118, 41)
    archive, _ = build(tmp_path, moved, cache)
    places = [each for each in decode(archive, 8) if each["properties"]["code"] == "D00000"]
    assert min(shapely.geometry.shape(each["geometry"]).bounds[0] for each in places) > 117.9
    assert {name.split("-")[2] for name in cuts if name.startswith("part-8-")} == {"209", "211"}


def test_nothing_is_cut_where_nothing_changed_and_what_is_not_used_goes(tmp_path, region, first, cache, cuts):
    (cache / "tiles/156000000/sample/.left by a killed build").write_bytes(b"half")
    again, _ = build(tmp_path, region.sample(frac=1, random_state=1), cache)
    assert cuts == []
    assert again.read_bytes() == first[0].read_bytes()
    assert kept_in(cache) == kept_in(first[2])


def test_a_part_that_a_crash_cut_short_is_cut_again(tmp_path, region, first, cache, cuts):
    largest = max((file for file in cache.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
    os.truncate(largest, largest.stat().st_size - 1)
    again, _ = build(tmp_path, region, cache)
    assert len(cuts) == 1
    assert again.read_bytes() == first[0].read_bytes()


def test_every_feature_is_at_the_highest_zoom_where_it_belongs(region, first):
    archive, report, _ = first
    found = geopandas.GeoDataFrame.from_features(decode(archive, 8)).dissolve("code")
    source = region.set_index("code")
    assert set(found.index) == set(source.index)
    drawn = shapely.make_valid(found.loc[source.index[:-1]].geometry.to_numpy())
    wrong = shapely.area(shapely.symmetric_difference(drawn, source.geometry[:-1].to_numpy()))
    assert wrong.max() < 0.03 * 0.1**2
    assert shapely.hausdorff_distance(found.loc["R1"].geometry, source.loc["R1"].geometry) < 0.002
    assert report.zooms[-1].absent == 0


def test_lower_zooms_cover_what_the_source_covers_and_say_what_they_thin_out(region, first):
    archive, report, _ = first
    for zoom in report.zooms:
        assert len(region) - zoom.absent == len(ids_by_layer(archive, zoom.zoom)["sample"])
        areas = [shapely.geometry.shape(each["geometry"]) for each in decode(archive, zoom.zoom)]
        unit = 360 / 4096 / 2**zoom.zoom
        covered = shapely.union_all([shapely.make_valid(area) for area in areas if area.area])
        assert covered.symmetric_difference(box(115, 38, 118, 41)).area < 12 * 40 * unit
    assert report.zooms[0].lost["thinned_by_grid"] > 0
    assert report.zooms[0].absent > report.zooms[-2].absent


def test_ids_stay_the_same_from_release_to_release(first, rebuilt):
    ids = [
        {each["properties"]["code"]: each["id"] for each in decode(archive, 8)} for archive in (first[0], rebuilt[0])
    ]
    common = set(ids[0]) & set(ids[1])
    assert len(common) == SIDE * SIDE + 1 - 2
    assert all(ids[0][code] == ids[1][code] < 2**53 for code in common)


def test_whole_numbers_are_ids_as_they_are(tmp_path, region, monkeypatch):
    monkeypatch.setattr(cut_plan.Plan, "in_parts", True)
    numbered = region[:20].assign(code=range(7_000_000_000, 7_000_000_020))
    archive, _ = build(tmp_path, numbered)
    assert {each["id"] for each in decode(archive, 8)} == set(numbered["code"])


def test_a_part_that_fails_ends_the_others(tmp_path, region, monkeypatch):
    def broken(_piece, bench):
        raise RuntimeError(bench.name)

    monkeypatch.setattr(tile_parts, "cut_piece", broken)
    with pytest.raises(RuntimeError, match=r"^part-"):
        build(tmp_path, region)


def test_a_second_build_of_a_workspace_cuts_only_what_changed(tmp_path, region, cuts):
    region.to_parquet(tmp_path / "region.parquet")
    recipe = make_recipe(Source("region.parquet"), tiles=Tiles(max_zoom=5))
    recipe = dataclasses.replace(recipe, features=FeatureOptions(id="code"))
    options = BuildOptions(tmp_path / "state", jobs=2)
    builds(recipe, "156000000", tmp_path, options, silent)
    assert cuts
    cuts.clear()
    region.to_parquet(tmp_path / "region.parquet", compression="gzip")
    _, built = builds(recipe, "156000000", tmp_path, options, silent)
    assert built
    assert cuts == []
