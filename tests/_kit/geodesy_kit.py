"""Lengths and areas by PROJ, on the ellipsoid of CGCS2000. Places are `(lon, lat)` in degrees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pyproj import Geod

ELLIPSOID: Final = Geod(a=6378137, rf=298.257222101)
"""GB 22021-2008."""

Place = Sequence[float]


def length_of(path: Sequence[Place]) -> float:
    """Return the length of a path in metres."""
    return float(ELLIPSOID.line_length([lon for lon, _lat in path], [lat for _lon, lat in path]))


def area_of(ring: Sequence[Place]) -> tuple[float, float]:
    """Return area in square metres, however the ring runs, and perimeter in metres."""
    area, perimeter = ELLIPSOID.polygon_area_perimeter([lon for lon, _lat in ring], [lat for _lon, lat in ring])
    return abs(area), perimeter


def apart(one: Place, other: Place) -> float:
    """Return the distance of two places in metres."""
    return length_of([one, other])
