"""The picture that the map of a quality report is drawn on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MapPicture:
    """What was written, drawn in degrees of CGCS2000 with north up."""

    png: bytes
    width: int
    """Pixels."""
    height: int
    west: float
    """Degrees, of the left edge; it may lie beyond -180."""
    south: float
    east: float
    north: float
    ring: tuple[tuple[float, float], ...] = ()
    """Lon, lat around what holds data, to be drawn over it; closed."""
