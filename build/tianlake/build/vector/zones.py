"""Gauss-Krüger zones of China, and what eastings tell of them. Pure.

Codes of the EPSG registry. Zone n of 6° has the central meridian 6n − 3, of 3° the central meridian 3n; an easting is
500 km at the central meridian, and many files carry the number of the zone before it: 39 500 000.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pyproj import CRS

MILLION: Final = 1_000_000
MIDDLE_M: Final = 500_000.0

FIRST: Final[dict[tuple[str, int, bool], int]] = {
    ("CGCS2000", 6, True): 4491,
    ("CGCS2000", 6, False): 4502,
    ("CGCS2000", 3, True): 4513,
    ("CGCS2000", 3, False): 4534,
    ("Xian 1980", 6, True): 2327,
    ("Xian 1980", 6, False): 2338,
    ("Xian 1980", 3, True): 2349,
    ("Xian 1980", 3, False): 2370,
    ("Beijing 1954", 6, True): 21413,
    ("Beijing 1954", 6, False): 21453,
    ("Beijing 1954", 3, True): 2401,
    ("Beijing 1954", 3, False): 2422,
}
"""Datum, width in degrees, whether eastings carry the zone's number → EPSG code of the first zone."""

NUMBERS: Final = {6: range(13, 24), 3: range(25, 46)}
"""Width → numbers of the zones of China; none is in both."""

DATUMS: Final = {6_378_137.0: "CGCS2000", 6_378_140.0: "Xian 1980", 6_378_245.0: "Beijing 1954"}
"""Semi-major axis of the ellipsoid, metres → datum of the zones."""

NORTHINGS_M: Final = (1_800_000.0, 6_100_000.0)
"""Of China, 16° to 55° N."""


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone of one datum, with or without its number in eastings."""

    datum: str
    width: int
    number: int
    prefixed: bool

    @property
    def meridian(self) -> int:
        """The central meridian, degrees east."""
        return 3 * self.number if self.width == 3 else 6 * self.number - 3  # noqa: PLR2004

    @property
    def prefix(self) -> int:
        """What stands before the six digits of an easting."""
        return self.number if self.prefixed else 0

    @property
    def crs(self) -> str:
        """The code of the zone's CRS."""
        return f"EPSG:{FIRST[self.datum, self.width, self.prefixed] + self.number - NUMBERS[self.width].start}"

    def __str__(self) -> str:
        """Name the zone for people."""
        return (
            f"{self.crs} (central meridian {self.meridian}°E, eastings {'with' if self.prefixed else 'without'} zone)"
        )


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the coordinates of a source lie, in its own CRS."""

    west: float
    south: float
    east: float
    north: float
    x: float
    """Median of the western edges."""
    y: float
    """Median of the southern edges."""


def zone_of(crs: CRS) -> Zone | None:
    """Return the zone that a projected CRS is, whatever it calls itself; None where it is none of China."""
    if not crs.is_projected or crs.coordinate_operation is None or crs.ellipsoid is None:
        return None
    if crs.coordinate_operation.method_name not in {"Transverse Mercator", "Gauss-Kruger", "Gauss_Kruger"}:
        return None
    values = {each.name.lower().replace("_", " "): float(each.value) for each in crs.coordinate_operation.params}
    meridian = values.get("longitude of natural origin", values.get("central meridian"))
    east = values.get("false easting")
    datum = DATUMS.get(crs.ellipsoid.semi_major_metre)
    if datum is None or meridian is None or east is None or (datum == "CGCS2000" and "2000" not in crs.name):
        return None
    all_zones = (
        Zone(datum, w, number, prefixed) for name, w, prefixed in FIRST if name == datum for number in NUMBERS[w]
    )
    fitting = [each for each in all_zones if (each.meridian, each.prefix * MILLION + MIDDLE_M) == (meridian, east)]
    return next((each for each in fitting if _is_width(crs, each)), None)


def _is_width(crs: CRS, zone: Zone) -> bool:
    """Tell zones of 3° and 6° apart that have one central meridian: by code, or else by name; 3° in doubt."""
    authority = crs.to_authority(min_confidence=100)
    if authority is not None:
        return ":".join(authority) == zone.crs
    return zone.width == 3 or not any(mark in crs.name for mark in ("3-degree", "3_Degree", "3 Degree"))  # noqa: PLR2004


def prefix_of(easting: float) -> int:
    """Return the zone's number in an easting, 0 where it has none."""
    return int(easting // MILLION)


def zone_by_prefix(datum: str, prefix: int) -> Zone | None:
    """Return the zone whose number eastings carry; None where there is no such zone in China."""
    for width, numbers in NUMBERS.items():
        if prefix in numbers:
            return Zone(datum, width, prefix, prefixed=True)
    return None


def sister(zone: Zone, prefix: int) -> Zone | None:
    """Return the zone of the same central meridian whose eastings carry `prefix`; None where there is none."""
    if prefix == zone.prefix:
        return zone
    if prefix == 0:
        return Zone(zone.datum, zone.width, zone.number, prefixed=False)
    found = zone_by_prefix(zone.datum, prefix)
    return found if found is not None and found.meridian == zone.meridian else None


def turned_round(extent: Extent) -> bool:
    """Whether x holds northings and y eastings, as in tables of surveyors, whose X axis points north."""
    low, high = NORTHINGS_M
    eastings = prefix_of(extent.y) in (*NUMBERS[3], *NUMBERS[6]) or 0 < extent.y < MILLION
    return low <= extent.x <= high and eastings


def guess(extent: Extent | None) -> str:
    """Return what coordinates look like, as the end of a message; a guess that nobody acts on."""
    if extent is None:
        return ""
    if abs(extent.x) <= 360 and abs(extent.y) <= 90:  # noqa: PLR2004
        return "; its coordinates look like degrees of longitude and latitude"
    if turned_round(extent):
        return "; its coordinates look like a Gauss-Krüger zone with northing before easting"
    zone = zone_by_prefix("CGCS2000", prefix_of(extent.x))
    if zone is not None:
        return f"; its eastings begin with {zone.number}, as those of {zone.crs} do if the datum is CGCS2000"
    low, high = NORTHINGS_M
    if 0 < extent.x < MILLION and low <= extent.y <= high:
        return "; its coordinates look like a Gauss-Krüger zone without its number, such as EPSG:4548 of 117°E"
    return f"; its coordinates begin at {extent.x:.1f} {extent.y:.1f}"
