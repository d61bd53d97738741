"""Bounding volumes of 3D Tiles: where on Earth they lie, and whether one lies in another.

Boxes and spheres are in Earth-centred coordinates of WGS 84 (EPSG:4978) once the transforms above them are applied;
regions are in radians of EPSG:4979. WGS 84 and CGCS2000 differ by less than a metre, and are taken as one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from tianlake.build.threed.records import VolumeRecord

TOLERANCE: Final = 0.001
"""Share of a parent's size by which a child may stick out: what rounding to single precision does."""

DEEPEST_M: Final = -100_000.0
"""Metres. What lies deeper in the Earth was never put in its place."""

Matrix = NDArray[np.float64]
Points = NDArray[np.float64]
"""`(n, 3)`: x, y, z in metres, or longitude, latitude in degrees and height in metres."""

IDENTITY: Final = np.eye(4)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a volume lies."""

    west: float
    """Degrees; above `east` across the antimeridian."""
    south: float
    east: float
    north: float
    low: float
    """Metres above the ellipsoid."""
    high: float


@dataclass(frozen=True, slots=True)
class Region:
    """Longitude, latitude and height between limits."""

    place: Place

    def points(self) -> Points:
        """Return its corners and the middles of its sides, Earth-centred."""
        at = self.place
        width = (at.east - at.west) % 360
        lons = [at.west + width * share for share in (0, 0.5, 1)]
        lats = [at.south, (at.south + at.north) / 2, at.north]
        found = np.array(list(product(lons, lats, (at.low, at.high))))
        lon, lat, height = found.T
        return np.column_stack(_to_earth().transform(lon, lat, height, direction="INVERSE"))

    def contains(self, points: Points) -> bool:
        """Tell whether points lie in it, within `TOLERANCE` of its size."""
        at = self.place
        lon, lat, height = lonlat(points).T
        width, tall, deep = (at.east - at.west) % 360, at.north - at.south, at.high - at.low
        east = (lon - at.west + 180) % 360 - 180
        slack = TOLERANCE * np.array([width, tall, max(deep, 1)])
        inside = (east >= -slack[0]) & (east <= width + slack[0]) | (width + slack[0] >= 360)  # noqa: PLR2004
        inside &= (lat >= at.south - slack[1]) & (lat <= at.north + slack[1])
        # The straight edges of boxes cut through the curved sides of regions: heights are left to the geometry.
        return bool(inside.all() and (height.max() >= at.low - slack[2]) and (height.min() <= at.high + slack[2]))


@dataclass(frozen=True, slots=True)
class Box:
    """A box in any direction."""

    centre: NDArray[np.float64]
    axes: Matrix
    """`(3, 3)`: one half axis a row."""

    def points(self) -> Points:
        """Return its eight corners."""
        return np.asarray([self.centre + np.array(sign) @ self.axes for sign in product((-1, 1), repeat=3)])

    def contains(self, points: Points) -> bool:
        """Tell whether points lie in it, within `TOLERANCE` of its size."""
        size = np.linalg.norm(self.axes, axis=1)
        slack = TOLERANCE * max(float(size.max()), 1.0)
        unit = self.axes / np.where(size > 0, size, 1)[:, np.newaxis]
        return bool((np.abs((points - self.centre) @ unit.T) <= size + slack).all())


@dataclass(frozen=True, slots=True)
class Sphere:
    """A ball."""

    centre: NDArray[np.float64]
    radius: float

    def points(self) -> Points:
        """Return its outermost points up and down, and in the four directions of the horizon."""
        up = self.centre / (np.linalg.norm(self.centre) or 1)
        east = np.cross([0, 0, 1], up)
        east = east / np.linalg.norm(east) if np.linalg.norm(east) > 0 else np.array([0.0, 1.0, 0.0])
        north = np.cross(up, east)
        return np.array([self.centre + sign * self.radius * way for way in (up, east, north) for sign in (-1, 1)])

    def contains(self, points: Points) -> bool:
        """Tell whether points lie in it, within `TOLERANCE` of its size."""
        far = np.linalg.norm(points - self.centre, axis=1).max()
        return bool(far <= self.radius + TOLERANCE * max(self.radius, 1.0))


Volume = Region | Box | Sphere


def read_volume(record: VolumeRecord, matrix: Matrix) -> Volume | str:
    """Return a volume in Earth-centred coordinates, or which rule it breaks.

    Args:
        record: As the tile has it.
        matrix: From the tile's to Earth-centred coordinates; regions are not moved by it.
    """
    given = [name for name in ("region", "box", "sphere") if getattr(record, name) is not None]
    if len(given) != 1:
        return "needs one of region, box and sphere"
    if record.region is not None:
        return _region(record.region)
    if record.box is not None:
        numbers = np.array(record.box).reshape(4, 3)
        if np.linalg.matrix_rank(numbers[1:]) < 2 or not np.isfinite(numbers).all():  # noqa: PLR2004 - a flat one is one
            return "box has half axes that span no area"
        return Box(_moved(numbers[0], matrix), numbers[1:] @ matrix[:3, :3].T)
    x, y, z, radius = record.sphere or (0, 0, 0, 0)
    if radius <= 0:
        return f"sphere has the radius {radius:g}; it must be above 0"
    scale = float(np.linalg.norm(matrix[:3, :3], axis=0).max())
    return Sphere(_moved(np.array([x, y, z]), matrix), radius * scale)


def _region(numbers: tuple[float, ...]) -> Region | str:
    west, south, east, north, low, high = numbers
    if not (-math.pi <= west <= math.pi and -math.pi <= east <= math.pi):
        return f"region has west {west:g} and east {east:g}; they are radians between -π and π"
    if not -math.pi / 2 <= south <= north <= math.pi / 2:
        return f"region has south {south:g} and north {north:g}; they are radians between -π/2 and π/2, south first"
    if low > high:
        return f"region has the lowest height {low:g} above the highest {high:g}"
    west, south, east, north = (math.degrees(each) for each in (west, south, east, north))
    return Region(Place(west, south, east, north, low, high))


def _moved(point: NDArray[np.float64], matrix: Matrix) -> NDArray[np.float64]:
    moved: NDArray[np.float64] = (matrix @ np.append(point, 1.0))[:3]
    return moved


def locate(volume: Volume) -> Place | None:
    """Return the box of longitude, latitude and height around a volume; None where it lies in no place on Earth.

    Around a box it is that of its corners, around a sphere that of its outermost points.
    """
    if isinstance(volume, Region):
        return volume.place
    found = lonlat(np.vstack((volume.points(), volume.centre)))
    if not np.isfinite(found).all() or found[-1, 2] < DEEPEST_M:
        return None
    lon, lat, height = found.T
    centre = lon[-1]
    lon = (lon - centre + 180) % 360 - 180 + centre  # around the centre, so that none is far across 180°
    west, east = ((float(each) + 180) % 360 - 180 for each in (lon.min(), lon.max()))
    return Place(west, float(lat.min()), east, float(lat.max()), float(height.min()), float(height.max()))


def lonlat(points: Points) -> Points:
    """Return longitude, latitude in degrees and height above the ellipsoid of Earth-centred points."""
    x, y, z = points.T
    return np.column_stack(_to_earth().transform(x, y, z))


@cache
def _to_earth() -> Transformer:
    return Transformer.from_crs(4978, 4979, always_xy=True)
