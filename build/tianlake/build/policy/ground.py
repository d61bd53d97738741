"""The division of a node with a tolerance around it, and sizes on the ground."""

from __future__ import annotations

from math import cos, radians
from typing import Final

import shapely
from shapely.affinity import scale
from shapely.geometry.base import BaseGeometry

from tianlake.build.earth import ELLIPSOID
from tianlake.build.policy.area import Area
from tianlake.lake.words import Bounds

KM_PER_DEG: Final = 111.32
"""Kilometres of a degree of latitude, and of longitude on the equator."""


def allowed(area: Area, tolerance_km: float) -> BaseGeometry | None:
    """Return where a node may publish, in degrees: its division and so many kilometres around; None where unknown.

    Its outline is thinned by a tenth of the tolerance: features are many.
    """
    if area.wkb is not None:
        shape = shapely.from_wkb(area.wkb)
    elif area.box is not None and area.box.west <= area.box.east:
        shape = shapely.box(*area.box.as_list())
    else:
        return None
    middle = (shape.bounds[1] + shape.bounds[3]) / 2
    narrow = cos(radians(middle))
    flat = scale(shape, xfact=narrow, yfact=1, origin=(0, 0))
    reach = tolerance_km / KM_PER_DEG
    thin = flat.simplify(reach / 10)
    return scale(thin.buffer(reach * 1.1), xfact=1 / narrow, yfact=1, origin=(0, 0))


def box_km2(box: Bounds) -> float:
    """Return the area of a lon/lat box on the ellipsoid, km²; it may cross the antimeridian."""
    east = box.east if box.west <= box.east else box.east + 360
    return area_km2(shapely.box(box.west, box.south, east, box.north))


def area_km2(shape: BaseGeometry) -> float:
    """Return the area of polygons in degrees on CGCS2000's ellipsoid, km²."""
    return abs(float(ELLIPSOID.geometry_area_perimeter(shapely.orient_polygons(shape))[0])) / 1e6
