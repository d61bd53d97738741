"""Coordinate reference systems of OGC API Features Part 2 (18-058r1), and the axis order that each one has. Pure.

CGCS2000 (EPSG:4490) and WGS 84 differ by less than the accuracy of the data: coordinates are the same numbers. What
differs is the order of the axes: CRS84 has longitude first, EPSG:4490 and EPSG:4326 have latitude first, and the zones
of Gauss–Krüger have northing first (EPSG registry).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tianlake.functions.web.questions import wrong

STORED: Final = "EPSG:4490"
"""What the lake's tables are in, longitude first."""

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CRS84H: Final = "http://www.opengis.net/def/crs/OGC/0/CRS84h"
STORAGE: Final = "http://www.opengis.net/def/crs/EPSG/0/4490"


@dataclass(frozen=True, slots=True)
class Crs:
    """A coordinate reference system that is served."""

    uri: str
    code: str
    """As PROJ names it; `EPSG:4490` for all whose coordinates are the lake's own."""
    swapped: bool
    """Whether its first axis points north."""

    @property
    def is_own(self) -> bool:
        """Whether its coordinates are the lake's own but for the order of axes."""
        return self.code == STORED


def _epsg(number: int, *, swapped: bool = True, own: bool = False) -> Crs:
    code = STORED if own else f"EPSG:{number}"
    return Crs(f"http://www.opengis.net/def/crs/EPSG/0/{number}", code, swapped)


LON_LAT: Final = Crs(CRS84, STORED, swapped=False)

SERVED: Final[dict[str, Crs]] = {
    each.uri: each
    for each in (
        LON_LAT,
        _epsg(4490, own=True),
        _epsg(4326, own=True),
        _epsg(3857, swapped=False),
        # CGCS2000 / Gauss-Kruger: zones of six degrees (4491-4501 with zone numbers, 4502-4512 without), of three
        # degrees (4513-4533 and 4534-4554).
        *(_epsg(number) for number in range(4491, 4555)),
    )
}


def crs_of(name: str, uri: str | None) -> Crs:
    """Return the CRS that a parameter names; without one, longitude and latitude.

    Raises:
        CallError: 400, it is none that is served (18-058r1, `/req/crs/fc-bbox-crs-valid-value`).
    """
    if uri is None or uri == CRS84H:
        return LON_LAT
    found = SERVED.get(uri)
    if found is None:
        rule = "is not among the collection's crs, each by its URI"
        raise wrong(name, "不在该集合的 crs 列表中（须写 URI）", rule)
    return found
