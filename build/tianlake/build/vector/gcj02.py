"""GCJ-02 and BD-09, the shifted coordinates of Chinese map services, back to WGS 84 by numpy.

The authority that shifts has published no formula. What is here is the one that everybody uses since 2010, known as
"eviltransform" and taken over by coordtransform, gcoord and others: a polynomial and sines on Krasovsky's ellipsoid.
Its inverse has no closed form and is found by iteration, to `BOUND_DEG` of the forward formula. How far the formula
is from what the authority does is not published; single points compared with the converters of map services agreed
to centimetres or decimetres.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Coordinates = NDArray[np.float64]
"""Rows of longitude and latitude, degrees."""

SEMI_MAJOR_M: Final = 6_378_245.0
ECCENTRICITY_SQUARED: Final = 0.00669342162296594323
"""Of the ellipsoid of Krasovsky 1940, as the formula takes it."""

WEST, SOUTH, EAST, NORTH = 72.004, 0.8293, 137.8347, 55.8271
"""The box in which the formula shifts; outside, coordinates stay what they are."""

TURN: Final = np.pi * 3000.0 / 180.0
"""Of the waves that BD-09 adds."""

BOUND_DEG: Final = 1e-9
"""Largest distance between the forward image of what is found and what was asked, degrees: a tenth of a millimetre."""

ROUNDS: Final = 30


def to_gcj02(place: Coordinates) -> Coordinates:
    """Return WGS 84 as GCJ-02, inside the box."""
    x, y = place[:, 0] - 105.0, place[:, 1] - 35.0
    root = np.sqrt(np.abs(x))
    wave = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    latitude = np.radians(place[:, 1])
    magic = 1.0 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    meridian = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (magic * np.sqrt(magic))
    parallel = SEMI_MAJOR_M / np.sqrt(magic) * np.cos(latitude)
    return place + np.degrees(np.column_stack([east / parallel, north / meridian]))


def to_bd09(place: Coordinates) -> Coordinates:
    """Return WGS 84 as BD-09, inside the box: GCJ-02 with another turn of the screw."""
    x, y = to_gcj02(place).T
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * TURN)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])


FORWARD: Final[dict[str, Callable[[Coordinates], Coordinates]]] = {"GCJ-02": to_gcj02, "BD-09": to_bd09}


def inside(place: Coordinates) -> NDArray[np.bool_]:
    """Return which places lie in the box."""
    x, y = place[:, 0], place[:, 1]
    return (x >= WEST) & (x <= EAST) & (y >= SOUTH) & (y <= NORTH)


def to_wgs84(shifted: Coordinates, system: str) -> Coordinates:
    """Return coordinates in GCJ-02 or BD-09 as WGS 84, the identity outside the box.

    Each round moves by what the forward formula misses the mark; it halves the miss at least a hundredfold.
    """
    found = shifted.copy()
    chosen = inside(shifted)
    wanted, near = shifted[chosen], shifted[chosen]
    for _ in range(ROUNDS):
        miss = FORWARD[system](near) - wanted
        near = near - miss
        if not miss.size or np.abs(miss).max() < BOUND_DEG / 1000:
            break
    found[chosen] = near
    return found
