"""Contours lie where the heights are theirs, and go on where blocks meet."""

import math
from collections import defaultdict
from typing import Any

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from vector_kit import decode

from tianlake.build.terrain import contours
from tianlake.build.terrain.contours import choose_interval, is_index, levels_between, trace
from tianlake.build.terrain.heights import TALLEST, count_steps, open_heights
from tianlake.lake.recipes import Terrain


def hills(side=90):
    """Return a ridge with three tops, heights in metres."""
    rows, cols = np.indices((side, side))
    tops = ((20, 25, 900), (60, 30, 700), (45, 70, 1100))
    return 100 + sum(top * np.exp(-((rows - row) ** 2 + (cols - col) ** 2) / 300) for row, col, top in tops)


def traced(path, interval):
    """Return elevation → lines in pixels."""
    found: defaultdict[float, list[Any]] = defaultdict(list)
    with open_heights(path) as heights:
        for each in trace(heights, interval):
            if each.lines:
                found[each.elevation].extend(map(shapely.linestrings, each.lines))
    return found


@pytest.mark.parametrize(("dtype", "rough"), [("int16", 0), ("float32", 0), ("float64", 60)])
def test_lines_are_the_same_whatever_the_size_of_blocks(write, monkeypatch, dtype, rough):
    noise = np.random.default_rng(3).uniform(0, 1, (90, 90)) * rough
    path = write((hills() + noise).astype(dtype))
    whole = traced(path, 50)
    monkeypatch.setattr(contours, "STEP", 13)
    cut = traced(path, 50)
    assert len(whole) == len(cut) > 15
    for elevation, lines in whole.items():
        assert len(cut[elevation]) == len(lines)
        assert sum(line.is_closed for line in cut[elevation]) == sum(line.is_closed for line in lines)
        ours, theirs = shapely.union_all(cut[elevation]), shapely.union_all(lines)
        assert ours.length == pytest.approx(theirs.length, rel=1e-9)
        assert shapely.hausdorff_distance(ours, theirs) < 1e-9


def test_a_closed_line_around_a_top_is_closed_across_four_blocks(write, monkeypatch):
    monkeypatch.setattr(contours, "STEP", 8)
    rows, cols = np.indices((17, 17))
    found = traced(write((500 - 60 * np.hypot(rows - 8, cols - 8)).astype("float32")), 100)
    for elevation in (100, 200, 300, 400):
        [line] = found[elevation]
        assert line.is_closed
        assert line.length == pytest.approx(2 * math.pi * (500 - elevation) / 60, rel=0.06)


def test_missing_pixels_end_lines_and_make_none(write):
    data = hills().astype("int16")
    data[:, 40:] = -32768
    found = traced(write(data, nodata=-32768), 100)
    assert min(found) == 200
    assert max(line.bounds[2] for lines in found.values() for line in lines) <= 39


def test_flat_ground_at_an_elevation_of_the_interval_is_no_tangle(write):
    data = np.full((20, 20), 500, "int16")
    data[5:15, 5:15] = 540
    found = traced(write(data), 100)
    assert {elevation: len(lines) for elevation, lines in found.items()} == {500: 1}
    data[5:15, 5:15] = 600
    found = traced(write(data), 100)
    assert {elevation: len(lines) for elevation, lines in found.items()} == {500: 1}


def test_levels_are_those_that_a_relief_reaches():
    assert levels_between(101, 300, 100) == [200]
    assert levels_between(100, 301, 100) == [100, 200, 300]
    assert levels_between(-60, 10, 25) == [-50, -25, 0]
    assert levels_between(1, 4, 5) == []


@pytest.mark.parametrize(("elevation", "interval", "index"), [(0, 20, True), (100, 20, True), (80, 20, False), (-500, 100, True), (2500, 500, True), (2000, 500, False)])  # fmt: skip  # noqa: E501
def test_every_fifth_contour_is_an_index_contour(elevation, interval, index):
    assert is_index(elevation, interval) is index


@pytest.mark.parametrize(
    ("step", "relief", "interval"),
    [(0.4, 300, 1), (4.5, 900, 5), (18, 1500, 20), (90, 4000, 100), (420, 7000, 500), (420, 300, 100), (0.2, 1, 1)],
)
def test_the_interval_suits_slopes_and_relief(step, relief, interval):
    ramp = np.ma.MaskedArray(np.cumsum(np.full((3, 40), step), axis=1))
    steps = count_steps(ramp)
    steps[0] = 0  # rows are level: what counts here is the slope
    if step < 1:
        steps[0] = 100
    assert choose_interval(steps, relief) == interval


def test_steps_between_pixels_are_counted_in_metres():
    values = np.ma.MaskedArray(
        [[0.0, 0.5, 3.0], [0.0, 20000.0, 3.0]], mask=[[False, False, False], [False, False, True]]
    )
    counts = count_steps(values)
    assert (counts[0], counts[2], counts[TALLEST - 1], counts.sum()) == (2, 1, 2, 5)


def test_vertices_of_the_real_model_have_the_elevation_that_their_line_says(rockies, heights):
    table = geopandas.read_parquet(rockies.file("demo-contours.parquet"))
    assert table.crs.to_epsg() == 4490
    [facts] = [each.facts for each in rockies.built.assets if each.name == "demo-contours.parquet"]
    assert facts.bounds.as_list() == pytest.approx(rockies.built.bounds.as_list())
    assert len(table) > 100
    assert set(table.geometry.geom_type) == {"LineString"}
    for row in table.itertuples():
        lon, lat = row.geometry.coords.xy
        assert np.abs(heights(lon, lat) - row.elevation).max() < 0.0011
        assert row.index == (round(row.elevation / rockies.facts.relief.contour_interval_m) % 5 == 0)


def test_lines_of_the_real_model_end_nowhere_but_at_its_edge(rockies):
    table = geopandas.read_parquet(rockies.file("demo-contours.parquet"))
    with rasterio.open(rockies.file("demo.tif")) as dataset:
        half = dataset.transform.a / 2, -dataset.transform.e / 2
        west, south, east, north = dataset.bounds
        assert dataset.dataset_mask().all()
    edge = shapely.box(west + half[0], south + half[1], east - half[0], north - half[1]).exterior
    ends = [shapely.Point(line.coords[end]) for line in table.geometry if not line.is_closed for end in (0, -1)]
    assert len(ends) > 10
    assert max(edge.distance(end) for end in ends) < 1e-9


def test_tiles_hold_index_contours_at_low_zooms_and_all_at_high_ones(rockies):
    archive = rockies.file("demo-contours.pmtiles")
    [facts] = [each.facts for each in rockies.built.assets if each.name == archive.name]
    assert facts.bounds.as_list() == pytest.approx(rockies.built.bounds.as_list(), abs=1e-7)
    assert (facts.variant, facts.tile_type, facts.min_zoom, facts.max_zoom) == ("contours", "mvt", 8, 12)
    assert [(layer.id, layer.geometry, layer.fields) for layer in facts.layers] == [
        ("contours", "line", ("elevation", "index"))
    ]
    table = geopandas.read_parquet(rockies.file("demo-contours.parquet"))
    low = {feature["properties"]["index"] for feature in decode(archive, 8)}
    high = {feature["properties"]["elevation"] for feature in decode(archive, 12)}
    assert low == {True}
    assert high == set(table.elevation)


def test_the_recipes_interval_wins_and_is_recorded(build, write):
    made = build(write(hills().astype("int16")), Terrain("EPSG:5737", contour_interval_m=250))
    assert set(geopandas.read_parquet(made.file("demo-contours.parquet")).elevation) == {250, 500, 750, 1000}
    assert made.facts.relief.contour_interval_m == 250
    assert made.metadata("contours")["contour_interval_m"] == "250"


def test_a_relief_without_any_contour_is_told(build, write):
    made = build(write(np.full((30, 30), 12, "int16")), Terrain("EPSG:5737", contour_interval_m=50))
    assert not [each.name for each in made.built.assets if "contours" in each.name]
    assert "terrain.contours" in made.file("quality.json").read_text("utf-8")
