"""A footprint covers every valid pixel, in few corners, the way STAC and GeoJSON want it."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin
from rasterio.windows import Window

from tianlake.build.raster.footprint import CORNERS, Coverage
from tianlake.lake.errors import LakeError

GRID = from_origin(100, 50, 0.01, 0.02)


def ring_of(valid, step=100):
    height, width = valid.shape
    coverage = Coverage(width, height)
    for top in range(0, height, step):
        for left in range(0, width, step):
            part = valid[top : top + step, left : left + step]
            coverage.add(Window(left, top, part.shape[1], part.shape[0]), part)
    return coverage.hull(GRID)


def disc(height, width, radius):
    rows, cols = np.ogrid[:height, :width]
    return (rows - height / 2) ** 2 + (cols - width / 2) ** 2 < radius**2


@pytest.mark.parametrize(
    "valid",
    [
        disc(450, 550, 215),
        np.eye(700, dtype=bool),
        np.random.default_rng(5).random((333, 777)) > 0.999,
        np.pad(np.ones((1, 1), bool), ((640, 3), (777, 1))),
    ],
    ids=["disc", "diagonal", "specks", "one pixel"],
)
def test_no_valid_pixel_lies_outside(valid):
    ring = ring_of(valid)
    hull = shapely.Polygon(ring).buffer(1e-8)
    shapely.prepare(hull)
    rows, cols = np.nonzero(valid)
    for dx, dy in ((0, 0), (0, 1), (1, 0), (1, 1)):
        lon, lat = 100 + (cols + dx) * 0.01, 50 - (rows + dy) * 0.02
        assert shapely.covers(hull, shapely.points(lon, lat)).all()
    assert len(ring) - 1 <= CORNERS
    assert ring[0] == ring[-1]
    assert shapely.LinearRing(ring).is_ccw


def test_a_full_raster_has_its_own_edges():
    assert set(ring_of(np.ones((300, 999), bool))) == {(100.0, 50.0), (109.99, 50.0), (109.99, 44.0), (100.0, 44.0)}


def test_it_hugs_the_data_to_a_256th_of_the_longer_side():
    west, south, east, north = shapely.Polygon(ring_of(disc(1024, 1024, 200))).bounds
    assert (west, east) == pytest.approx((100 + 3.12, 100 + 7.12), abs=0.04 + 1e-9)
    assert (south, north) == pytest.approx((50 - 14.24, 50 - 6.24), abs=0.08 + 1e-9)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 700), st.integers(1, 700), st.integers(1, 300), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)))
)
def test_windows_of_any_size_find_the_same_cells(height, width, step, places):
    valid = np.zeros((height, width), bool)
    valid[0, 0] = True
    for x, y in places:
        valid[int(y * (height - 1)), int(x * (width - 1))] = True
    assert ring_of(valid, step) == ring_of(valid, 10_000)


def test_nothing_valid_has_no_footprint():
    with pytest.raises(LakeError, match="without any valid pixel"):
        ring_of(np.zeros((10, 10), bool))
