"""The ellipsoid that distances are measured on, and where longitude and latitude end."""

from __future__ import annotations

from typing import Final

from pyproj import Geod

from tianlake.lake.words import Bounds

ELLIPSOID: Final = Geod(a=6378137.0, rf=298.257222101)
"""CGCS2000's (EPSG:1024); semi-major axis in metres. Takes longitude, latitude in degrees and gives metres."""


def world_box(west: float, south: float, east: float, north: float) -> Bounds:
    """Return a box, degrees, that rounding may have carried a hair beyond 180° or 90°."""
    return Bounds(max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0))
