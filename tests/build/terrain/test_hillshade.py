"""The shade of a slope is what geometry, GDAL's formula and matplotlib say."""

import math

import numpy as np
import pytest
from matplotlib.colors import LightSource

from tianlake.build.raster.grid import GRIDS, Block
from tianlake.build.terrain.hillshade import Cells, shade, steepening
from tianlake.build.terrain.styles import block_cells

SQUARE = Cells(np.array([[30.0]]), np.array([[30.0]]))


def plane(east, north):
    """Return heights of 7 × 9 pixels of 30 m that rise so many metres a metre to the east and north."""
    rows, cols = np.indices((7, 9))
    return 1000 + 30 * (east * cols - north * rows)


def shaded(heights, cells=SQUARE, factor=1.0):
    return shade(heights, np.ones(heights.shape, bool), cells, factor)


@pytest.mark.parametrize(
    ("east", "north", "cosine"),
    [
        (0, 0, math.sin(math.radians(45))),  # flat: the height of the light above the horizon
        (math.sqrt(0.5), -math.sqrt(0.5), 1),  # 45° down to the north-west: the light falls at right angles
        (-math.sqrt(0.5), math.sqrt(0.5), 0),  # 45° down to the south-east: the light grazes it
        (-2, 2, 0),  # steeper: in the dark
        (1, 1, math.sin(math.radians(45)) / math.sqrt(3)),  # across the light, by as much as the normal leans
    ],
)
def test_a_tilted_plane_has_the_shade_of_its_angle_to_the_light(east, north, cosine):
    found = shaded(plane(east, north))
    assert found.shape == (5, 7)
    assert set(found.ravel().tolist()) == {round(1 + 254 * cosine)}


def gdal(window, cell, z):
    """Return GDAL's shade of a 3 × 3 window, from its documentation: Horn's slope, `1 + 254 * cang`."""
    a, b, c, d, _, f, g, h, i = window.ravel()
    x = ((a + 2 * d + g) - (c + 2 * f + i)) / (8 * cell)
    y = ((g + 2 * h + i) - (a + 2 * b + c)) / (8 * -cell)  # the geotransform counts rows southwards
    slope, aspect = math.atan(z * math.hypot(x, y)), math.atan2(y, x)
    altitude, azimuth = math.radians(45), math.radians(315)
    cang = math.sin(altitude) * math.cos(slope) - math.cos(altitude) * math.sin(slope) * math.sin(aspect - azimuth)
    return 1 if cang <= 0 else 1 + 254 * cang


def test_a_real_relief_has_the_shade_of_gdals_formula():
    heights = np.random.default_rng(1).uniform(0, 60, (12, 12))
    found = shaded(heights, factor=1.5)
    expected = [[gdal(heights[row : row + 3, col : col + 3], 30, 1.5) for col in range(10)] for row in range(10)]
    assert np.abs(found - np.array(expected)).max() <= 0.5 + 1e-9
    assert np.ptp(found) > 100


def test_a_smooth_relief_has_the_shade_of_matplotlib():
    rows, cols = np.indices((60, 60))
    heights = 400 * np.exp(-((rows - 30) ** 2 + (cols - 30) ** 2) / 200)
    ours = shaded(heights).astype(float)
    theirs = LightSource(azdeg=315, altdeg=45).hillshade(heights, dx=30, dy=30)[1:-1, 1:-1]
    # It takes slopes from two neighbours and stretches the result to 0..1.
    ours = (ours - ours.min()) / np.ptp(ours)
    assert np.abs(ours - theirs).max() < 0.08
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.998


def test_a_pixel_beside_missing_ones_is_shaded_as_if_they_were_level_with_it():
    heights = np.full((5, 5), 500.0)
    valid = np.ones((5, 5), bool)
    heights[:, 3:], valid[:, 3:] = -32768, False
    found = shade(heights, valid, SQUARE, 1.0)
    assert (found[:, 2] == 0).all()
    assert (found[:, :2] == 181).all()


@pytest.mark.parametrize(
    ("zoom", "factor"), [(16, 1), (20, 1), (15, 2**0.3), (6, 2**3), (5, 2 ** (0.35 * 11)), (0, 2**6.4)]
)
def test_slopes_are_steepened_as_maplibre_does(zoom, factor):
    assert steepening(zoom) == pytest.approx(factor)


@pytest.mark.parametrize(("letter", "y", "lat"), [("w", 24, 40.98), ("c", 8, 44.99)])
def test_pixels_are_as_large_as_they_are_on_the_ground(letter, y, lat):
    cells = block_cells(GRIDS[letter], Block(6, 52, y, 1))
    across = 360 / 2**6 / 256 * 111_319.49 * math.cos(math.radians(lat))
    assert cells.across[0, 0] == pytest.approx(across, rel=2e-3)
    down = across if letter == "w" else 360 / 2**6 / 256 * 111_319.49
    assert cells.down[0, 0] == pytest.approx(down, rel=2e-3)
    assert cells.across[0, 0] < cells.across[-1, 0]
