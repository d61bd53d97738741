"""From the CRS of a source to CGCS2000, longitude first. Pure."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final, Literal

from pyproj import CRS
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from tianlake.build.vector.reading import Reading
from tianlake.lake.duck import literal
from tianlake.lake.errors import fault

log = logging.getLogger(__name__)

TARGET: Final = "EPSG:4490"
"""CGCS2000, the datum of article 8's data sets; degrees, written longitude first."""

CGCS2000: Final = CRS.from_user_input(TARGET)

SEMI_MAJOR_M: Final = 6_378_137.0
"""Of CGCS2000, WGS 84 and GRS 80 alike. Beijing 1954 and Xian 1980 have other ellipsoids."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the coordinates of a source lie, and what brings them to CGCS2000."""

    moved: str
    """SQL of the geometry in CGCS2000, longitude first."""
    crs: str
    crs_from: Literal["file", "recipe", "coordinates"]
    operation: str
    accuracy_m: float | None


def to_cgcs2000(expression: str, file_crs: str | None, reading: Reading) -> Frame:
    """Return SQL for a geometry in CGCS2000, longitude first, and what it does.

    A CRS declared in the recipe goes before the file's own. WGS 84 is taken as it is: the frames agree within
    decimetres, and PROJ knows no better operation.

    Args:
        expression: SQL of the geometry in the CRS of the source.
        file_crs: What the file says.
        reading: The source, for what the recipe declares and for messages.

    Raises:
        LakeError: No CRS is known, or the one declared does not exist.
    """
    crs = _known_crs(file_crs, reading)
    plain = f"({expression})::GEOMETRY"
    authority = crs.to_authority(min_confidence=100)
    source = ":".join(authority) if authority else crs.to_wkt()
    name = source if authority else crs.name
    origin: Literal["file", "recipe"] = "file" if reading.source.crs is None else "recipe"
    if crs.equals(CGCS2000, ignore_axis_order=True):
        return Frame(plain, name, origin, "none", 0.0)
    ellipsoid = crs.ellipsoid
    if ellipsoid is None or ellipsoid.semi_major_metre != SEMI_MAJOR_M:
        log.warning(
            "%s: from %s to CGCS2000 without a datum transformation: positions may be off by some 100 m",
            reading.source.path,
            crs.name,
        )
    best = TransformerGroup(crs, TARGET, always_xy=True).transformers[0]
    moved = f"ST_Transform({plain}, {literal(source)}, {literal(TARGET)}, always_xy := true)"
    return Frame(moved, name, origin, best.description, best.accuracy if best.accuracy >= 0 else None)


def _known_crs(file_crs: str | None, reading: Reading) -> CRS:
    declared = reading.source.crs
    if declared is None and file_crs is None:
        rule = 'has no CRS; declare it in the recipe, such as crs = "EPSG:4490"'
        raise fault(reading.source.path, reading.source.layer or "", rule)
    try:
        return CRS.from_user_input(declared or file_crs)
    except CRSError:
        if declared is None:
            rule = 'has a CRS that PROJ does not know; declare it in the recipe, such as crs = "EPSG:4490"'
            raise fault(reading.source.path, reading.source.layer or "", rule) from None
        rule = f"{declared!r} is not a CRS that PROJ knows; write it as EPSG:4490"
        raise fault(reading.recipe, f"{reading.place}.crs", rule) from None
