"""Several pictures of one product: a COG each, one set of tiles over all, the one on top chosen by rule."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import rasterio
import shapely
from pmtiles.reader import MmapSource, all_tiles
from rasterio.transform import from_origin

from tianlake.build.fingerprint import source_files
from tianlake.build.job import Job
from tianlake.build.raster.scenes import find_shots, top_first
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Raster, SceneOptions, Source, Tiles
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.releases import Asset

ZOOM = 9
TILES = Tiles(min_zoom=7, max_zoom=ZOOM)
RED, GREEN, BLUE = (200, 40, 30), (30, 180, 60), (40, 60, 220)


def picture(color, hole=None):
    """Return 100 × 100 pixels of one colour, black where `hole` says that nothing is."""
    data = np.broadcast_to(np.reshape(np.array(color, np.uint8), (3, 1, 1)), (3, 100, 100)).copy()
    if hole is not None:
        data[:, hole] = 0
    return data


def at(west, north):
    return {"transform": from_origin(west, north, 0.01, 0.01), "nodata": 0}


@pytest.fixture
def folder(tmp_path, write):
    """Three pictures of 1° × 1°: a and b overlap by half, c lies under both; a's west is missing."""
    hole = np.zeros((100, 100), bool)
    hole[:, :20] = True
    write(picture(RED, hole), "GF2_20260501_a.tif", **at(116.5, 40))
    write(picture(GREEN), "GF2_20260420_b.tif", **at(116.0, 40))
    write(picture(BLUE), "GF2_20260101_c.tif", **at(116.25, 40))
    return tmp_path


def scenes(**options):
    return [Source("*.tif", scene=SceneOptions(each=True, acquired_pattern="_%Y%m%d_", **options))]


@pytest.fixture
def made(build, folder):
    return build(folder, tiles=TILES, sources=scenes(sensor="GF-2 PMS", accuracy_m=2.0))


def color(made, rgba, lon, lat, letter="w"):
    x = (lon + 180) / 360 * 2**ZOOM
    if letter == "c":
        y = (90 - lat) / 360 * 2**ZOOM
    else:
        y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**ZOOM
    data = made.tile(ZOOM, int(x), int(y), letter)
    return None if data is None else tuple(rgba(data)[:, int(y % 1 * 256), int(x % 1 * 256)].tolist())


def near(found, wanted):
    return found is not None and found[3] > 250 and max(abs(a - b) for a, b in zip(found, wanted, strict=False)) < 12


def test_each_scene_is_a_cog_of_its_own_and_all_are_in_one_archive(made):
    assert sorted(each.name for each in made.job.out.glob("*.tif")) == [
        "GF2_20260101_c.tif",
        "GF2_20260420_b.tif",
        "GF2_20260501_a.tif",
    ]
    assert sorted(each.name for each in made.job.out.glob("*.pmtiles")) == ["demo-c.pmtiles", "demo.pmtiles"]
    assert made.built.bounds.as_list() == [116, 39, 117.5, 40]


def test_a_scene_says_how_it_was_taken(made):
    facts = {each.name: each.facts for each in made.built.assets if each.name.endswith(".tif")}
    scene = facts["GF2_20260501_a.tif"].scene
    assert (scene.acquired_start, scene.acquired_end) == ("2026-05-01T00:00:00Z", "2026-05-01T23:59:59Z")
    assert (scene.sensor, scene.accuracy_m) == ("GF-2 PMS", 2.0)
    assert scene.native_gsd_m == pytest.approx(facts["GF2_20260501_a.tif"].gsd_m)


@pytest.mark.parametrize("letter", ["w", "c"])
def test_the_newest_scene_lies_on_top_and_older_ones_show_where_it_holds_nothing(made, rgba, letter):
    assert near(color(made, rgba, 117.2, 39.5, letter), RED)  # a alone is newest
    assert near(color(made, rgba, 116.8, 39.5, letter), RED)  # over b and c
    assert near(color(made, rgba, 116.6, 39.5, letter), GREEN)  # a's missing west: b, not the older c
    assert near(color(made, rgba, 116.1, 39.5, letter), GREEN)
    assert color(made, rgba, 117.9, 39.5, letter) in {None, (0, 0, 0, 0)}


def test_tiles_that_no_scene_touches_are_not_stored(made):
    with made.archive.open("rb") as file:
        top = {place[1:] for place, _data in all_tiles(MmapSource(file)) if place[0] == ZOOM}
    columns = {x for x, _ in top}
    assert columns == set(range(int(296 / 360 * 2**ZOOM), int(297.5 / 360 * 2**ZOOM) + 1))


def test_clouds_or_the_recipe_may_decide_instead(build, folder, rgba):
    a, b, c = (f"GF2_{name}.tif" for name in ("20260501_a", "20260420_b", "20260101_c"))
    told = {a: 80, b: 5, c: 30}
    sources = [
        Source(name, scene=SceneOptions(acquired="2026-05-01T11:00:00+08:00", cloud_cover=cloud))
        for name, cloud in told.items()
    ]
    least = build(folder, Raster(order="least-cloud"), tiles=TILES, sources=sources)
    assert near(color(least, rgba, 116.9, 39.5), GREEN)
    assert near(color(least, rgba, 117.1, 39.5), BLUE)
    declared = build(folder, Raster(order="declared"), tiles=TILES, sources=[sources[2], sources[0]])
    assert near(color(declared, rgba, 116.9, 39.5), BLUE)
    scene = least.built.assets[0].facts.scene
    assert (scene.acquired_start, scene.acquired_end) == ("2026-05-01T03:00:00Z", "2026-05-01T03:00:00Z")


def test_of_scenes_of_one_day_the_one_with_least_cloud_lies_on_top(build, folder):
    sources = [
        Source(f"GF2_{name}.tif", scene=SceneOptions(acquired="2026-05-01", cloud_cover=cloud))
        for name, cloud in (("20260501_a", 80), ("20260420_b", 5), ("20260101_c", None))
    ]
    made = build(folder, tiles=TILES, sources=sources)
    facts = [each.facts for each in made.built.assets if each.name.endswith(".tif")]
    assert top_first(facts, "newest") == [1, 0, 2]


def test_the_native_resolution_is_that_of_the_grid_before_it_was_warped(build, write, tmp_path):
    write(
        (np.mgrid[0:200, 0:200].sum(axis=0) % 250 + 1).astype(np.uint8),
        "zone.tif",
        crs="EPSG:4527",
        transform=from_origin(39_450_000, 4_400_000, 30, 30),
    )
    sources = [Source("zone.tif", scene=SceneOptions(acquired="2026-05-01"))]
    scene = build(tmp_path, tiles=Tiles(max_zoom=9, min_zoom=9), sources=sources).facts.scene
    assert scene.native_gsd_m == pytest.approx(30, rel=2e-3)
    said = [Source("zone.tif", scene=SceneOptions(acquired="2026-05-01", native_gsd_m=0.8))]
    assert build(tmp_path, tiles=Tiles(max_zoom=9, min_zoom=9), sources=said).facts.scene.native_gsd_m == 0.8


def test_the_outline_of_a_turned_picture_leaves_its_black_corners_out(build, write, tmp_path):
    row, col = np.mgrid[0:300, 0:300]
    u, v = (col - 150) * 0.95 + (row - 150) * 0.31, (row - 150) * 0.95 - (col - 150) * 0.31
    inside = (np.abs(u) < 110) & (np.abs(v) < 90)
    path = write(np.where(inside, 200, 0).astype(np.uint8), nodata=0)
    facts = build(path, tiles=Tiles(max_zoom=7, min_zoom=7)).facts
    outline = shapely.MultiPolygon([(part[0], part[1:]) for part in facts.outline])
    centres = shapely.points(116 + (col[inside] + 0.5) * 0.01, 40 - (row[inside] + 0.5) * 0.01)
    assert outline.is_valid
    assert shapely.covers(outline, centres).all()
    assert outline.area == pytest.approx(inside.sum() * 1e-4, rel=0.05)
    assert shapely.get_num_coordinates(outline) <= 60


def test_an_outline_has_the_parts_and_the_holes_of_the_data(build, write):
    row, col = np.mgrid[0:250, 0:250]
    ring = np.hypot(row - 125, col - 125)
    valid = ((ring < 120) & (ring > 60)) | (ring < 20)
    facts = build(write(np.where(valid, 9, 0).astype(np.uint8), nodata=0), tiles=Tiles(max_zoom=7, min_zoom=7)).facts
    outline = shapely.MultiPolygon([(part[0], part[1:]) for part in facts.outline])
    assert sorted(len(part.interiors) for part in outline.geoms) == [0, 1]
    assert not outline.contains(shapely.Point(116 + 1.25 + 0.4, 40 - 1.25))
    assert shapely.box(*facts.bounds.as_list()).covers(outline)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"acquired_pattern": "_%Y_"}, "must hold %Y, %m and %d once"),
        ({"acquired_pattern": "-%Y%m%d"}, "GF2_20260101_c.tif: its name holds no time like"),
        ({}, "say when GF2_20260101_c.tif was taken"),
        ({"acquired": "2026-05-01T03:00:00"}, "is no RFC 3339 time with its offset"),
        ({"acquired": "May"}, "is no RFC 3339 time with its offset"),
        ({"acquired": "2026-05-02", "acquired_end": "2026-05-01"}, "2026-05-01T23:59:59Z is before 2026-05-02"),
    ],
)
def test_a_time_that_is_missing_or_none(build, folder, options, expected):
    with pytest.raises(LakeError) as caught:
        build(folder, tiles=TILES, sources=[Source("*.tif", scene=SceneOptions(each=True, **options))])
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_scenes_of_different_kinds_are_refused_by_name(build, folder, write):
    write(np.ones((3, 50, 50), np.uint16), "GF2_20260601_d.tif", **at(116, 40))
    with pytest.raises(LakeError, match=r"^GF2_20260601_d.tif: has bands .* of uint16, but GF2_20260101_c.tif has"):
        build(folder, tiles=TILES, sources=scenes())


def test_two_scenes_of_one_name_are_refused(folder, made):
    other = folder / "x"
    other.mkdir()
    (folder / "GF2_20260501_a.tif").rename(other / "GF2_20260420_b.tif")
    job = Job(made.job.recipe, made.job.node, folder, made.job.out, made.job.scratch)
    twice = replace(job.recipe, sources=(Source("GF2_20260420_b.tif"), Source("x/GF2_20260420_b.tif")))
    with pytest.raises(LakeError, match=r"would both be GF2_20260420_b.tif; give each source a name"):
        find_shots(replace(job, recipe=twice))


def test_every_picture_of_a_pattern_is_in_the_fingerprint(made, folder):
    (folder / "GF2_20260501_a.tfw").write_text("world file")
    (folder / "other.txt").write_text("no picture")
    found = {path.name for path in source_files(folder, made.job.recipe)}
    assert found == {"GF2_20260501_a.tif", "GF2_20260501_a.tfw", "GF2_20260420_b.tif", "GF2_20260101_c.tif"}


def test_facts_survive_json(made):
    for asset in made.built.assets:
        assert parse_record(Asset, dump_record(asset), file="asset") == asset


def test_the_thumbnail_shows_all_scenes(made, rgba):
    drawn = rgba(made.thumbnail.read_bytes())
    height, width = drawn.shape[1:]
    assert near(tuple(drawn[:, height // 2, int(width * 0.9)]), RED)
    assert near(tuple(drawn[:, height // 2, int(width * 0.05)]), GREEN)


def test_jpeg_shows_white_where_nothing_is(build, folder, rgba):
    made = build(folder, tiles=Tiles(min_zoom=ZOOM, max_zoom=ZOOM, format="jpeg"), sources=scenes())
    assert made.header()["tile_type"].name == "JPEG"
    assert made.metadata()["format"] == "jpeg"
    with made.archive.open("rb") as file:
        tiles = dict(all_tiles(MmapSource(file)))
    assert all(data.startswith(b"\xff\xd8\xff") for data in tiles.values())
    assert near(color(made, rgba, 117.2, 39.5), RED)
    assert near(color(made, rgba, 117.55, 39.5), (255, 255, 255))
    with rasterio.open(made.job.out / "GF2_20260501_a.tif") as cog:
        assert cog.count == 3
