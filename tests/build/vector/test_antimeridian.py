"""Geometry across the antimeridian is cut there, with its heights, and everything else is left alone."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon, box

from tianlake.build.vector.antimeridian import cut

WORLD = box(-180, -90, 180, 90)


@pytest.mark.parametrize(
    "geometry",
    [
        Point(180, 0),
        Point(-180, 90),
        Point(200, 40),
        WORLD,
        box(-90, 0, 90, 10),
        LineString([(-180, 5), (180, 5)]),
        MultiPoint([(-179, 0), (179, 0)]),
        LineString([(170, 0), (180, 5)]),
        box(200, 0, 220, 10),
        Point(10, 95),
        Polygon(),
    ],
)
def test_what_does_not_cross_is_left_alone(geometry):
    assert cut(geometry, turns=False) is None


def cut_up(geometry, *, turns=False):
    found = cut(geometry, turns=turns)
    assert found is not None
    return found


def test_a_line_that_jumps_is_cut_where_the_short_way_crosses_and_keeps_its_heights():
    found = cut_up(LineString([(170, 10, 0), (-170, 30, 100)]))
    wanted = MultiLineString([[(170, 10, 0), (180, 20, 50)], [(-180, 20, 50), (-170, 30, 100)]])
    assert found.wkt == wanted.wkt


def test_a_line_may_cross_there_and_back():
    found = cut_up(LineString([(170, 0), (-170, 10), (-170, 20), (170, 30)]))
    assert [part.coords[0] for part in found.geoms] == [(170, 0), (180, 25), (-180, 5)]
    assert found.length == pytest.approx(2 * shapely.length(LineString([(0, 0), (20, 10)])) + 10)


def test_an_area_that_lies_on_both_sides_becomes_two():
    found = cut_up(box(170, 60, 190, 70))
    assert found.equals(MultiPolygon([box(170, 60, 180, 70), box(-180, 60, -170, 70)]))
    assert found.area == 200


def test_an_area_round_the_pole_is_closed_by_the_pole():
    antarctica = Polygon([(x, -70) for x in (-180, -120, -60, 0, 60, 120, 179)] + [(-180, -70)])
    found = cut_up(antarctica)
    assert found.is_valid
    assert found.equals(box(-180, -90, 180, -70))


def test_longitudes_of_0_to_360_are_moved_where_the_source_counts_so():
    assert cut_up(Point(200, 40), turns=True).wkt == "POINT (-160 40)"
    assert cut_up(box(200, 0, 220, 10), turns=True).equals(box(-160, 0, -140, 10))
    assert cut_up(MultiPoint([(10, 0), (350, 0)]), turns=True).equals(MultiPoint([(10, 0), (-10, 0)]))
    assert cut(Point(361, 0), turns=True) is None


BOX = st.tuples(st.integers(-179, 179), st.integers(-89, 88), st.integers(1, 179), st.integers(1, 40))


@settings(deadline=None)
@given(size=BOX, hole=st.booleans())
@example(size=(175, 0, 40, 20), hole=True)  # the hole lies on the other side than the first corner
def test_an_area_loses_nothing_and_lies_in_the_world(size, hole):
    west, south, width, height = size
    north = min(90, south + height)
    area = box(west, south, west + width, north)
    if hole:
        area = area.difference(box(west + width / 4, south + 0.25, west + width / 2, south + 0.5))
    wrapped = shapely.transform(area, lambda rows: [[(x + 180) % 360 - 180, y] for x, y in rows])
    found = cut(wrapped, turns=False)
    if found is None:
        found = wrapped
    assert found.is_valid
    assert WORLD.covers(found)
    assert found.area == pytest.approx(area.area)
