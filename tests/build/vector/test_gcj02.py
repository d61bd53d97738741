"""GCJ-02 and BD-09 go back to WGS 84 as closely as the public formula can be inverted."""

import numpy as np
import pytest
from messy_kit import bd09, gcj02

from tianlake.build.vector.gcj02 import BOUND_DEG, FORWARD, inside, to_gcj02, to_wgs84

CHINA = np.random.default_rng(20261126).uniform([73, 3.4], [135.1, 53.6], (50_000, 2))


def test_the_formula_is_the_one_that_everybody_uses():
    """Places that the tests of eviltransform and of coordtransform give, longitude first."""
    wgs84 = np.array([[121.5272106, 31.1774276], [113.912316, 22.543847], [116.377817, 39.911954], [116.404, 39.915]])
    wanted = [
        [121.531541859215, 31.17530398364597],
        [113.9171764808363, 22.540796131694766],
        [116.38404722455657, 39.91334545536069],
        [116.41024449916938, 39.91640428150164],
    ]
    assert to_gcj02(wgs84) == pytest.approx(np.array(wanted), abs=1e-12)


@pytest.mark.parametrize(("system", "shift"), [("GCJ-02", gcj02), ("BD-09", bd09)])
def test_every_place_of_china_comes_back(system, shift):
    shifted = FORWARD[system](CHINA)
    assert shifted[:100] == pytest.approx(np.array([shift(*row) for row in CHINA[:100]]), abs=1e-11)
    assert 200 < np.hypot(*((shifted - CHINA) * [85_000, 111_000]).T).max() < 2_000  # metres
    found = to_wgs84(shifted, system)
    assert np.abs(found - CHINA).max() < BOUND_DEG
    assert np.abs(FORWARD[system](found) - shifted).max() < BOUND_DEG


@pytest.mark.parametrize("system", FORWARD)
def test_outside_the_box_nothing_moves(system):
    abroad = np.array([[2.35, 48.86], [-74.0, 40.7], [151.2, -33.9], [72.0, 30.0], [139.7, 35.7], [100.0, 56.0]])
    assert not inside(abroad).any()
    assert (to_wgs84(abroad, system) == abroad).all()
    mixed = np.vstack([abroad, CHINA[:3]])
    assert (to_wgs84(mixed, system)[:6] == abroad).all()
