"""From the CRS of a source to CGCS2000, longitude first: which one it is, and what operation brings it there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError
from pyproj.transformer import Transformer, TransformerGroup

from tianlake.build.vector import gcj02, zones
from tianlake.build.vector.reading import Reading
from tianlake.build.vector.zones import Extent, Zone, guess

TARGET: Final = "EPSG:4490"
"""CGCS2000, the datum of article 8's data sets; degrees, written longitude first."""

CGCS2000: Final = CRS.from_user_input(TARGET)

WGS84: Final = "EPSG:4326"

WGS84_M: Final = 2.0
"""Accuracy of WGS 84 as an ensemble of realizations (EPSG datum 6326). CGCS2000 is ITRF97 at 2000.0."""

SHIFTED: Final = {"GCJ02": "GCJ-02", "GCJ-02": "GCJ-02", "BD09": "BD-09", "BD-09": "BD-09"}
"""How the shifted systems are declared → their name."""

NOT_DEGREES: Final = 400.0

Move = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Rows of coordinates → rows of longitude and latitude (and height, where there were three columns)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the coordinates of a source lie, and what brings them to CGCS2000."""

    crs: str
    crs_from: Literal["file", "recipe", "coordinates"]
    operation: str
    accuracy_m: float | None
    move: Move | None = None
    """None where coordinates are taken as they are."""
    three: bool = False
    """Whether `move` takes and gives x, y, z."""
    geographic: bool = True
    """Whether the source is in degrees."""
    zone: Zone | None = None
    """The Gauss-Krüger zone that eastings belong to."""
    notes: tuple[str, ...] = ()
    """Rules of `rules.WHOLE` that hold for the whole source."""


def frame_of(file_crs: str | None, extent: Extent | None, reading: Reading) -> Frame:
    """Return what brings a source to CGCS2000.

    A CRS declared in the recipe goes before the file's own. Coordinates decide one thing alone: whether eastings
    carry the number of the very zone that the CRS names.

    Args:
        file_crs: What the file says.
        extent: Where its coordinates lie; None where it has none.
        reading: The source, for what the recipe declares and for messages.

    Raises:
        LakeError: No CRS is known, the one declared does not exist, or coordinates contradict it.
    """
    declared = reading.source.crs
    if declared is not None and declared.upper().replace(" ", "") in SHIFTED:
        frame = _shifted(SHIFTED[declared.upper().replace(" ", "")])
        _check_degrees(frame.crs, extent, reading)
        return frame
    crs = _known_crs(file_crs, extent, reading)
    origin: Literal["file", "recipe", "coordinates"] = "file" if declared is None else "recipe"
    if crs.is_geographic:
        _check_degrees(crs.name, extent, reading)
    zone, notes = zones.zone_of(crs), tuple[str, ...]()
    if zone is not None and extent is not None:
        agreed = _agreed(zone, extent, reading)
        if agreed != zone:
            crs, origin, notes = CRS.from_user_input(agreed.crs), "coordinates", ("crs.zone",)
        zone = agreed
    return _moved(crs, origin, zone, notes, extent)


def _moved(
    crs: CRS,
    origin: Literal["file", "recipe", "coordinates"],
    zone: Zone | None,
    notes: tuple[str, ...],
    extent: Extent | None,
) -> Frame:
    authority = crs.to_authority(min_confidence=100)
    name = ":".join(authority) if authority else crs.name
    if crs.equals(CGCS2000, ignore_axis_order=True):
        return Frame(name, origin, "none: it is CGCS2000", 0.0)
    if crs.equals(CRS.from_user_input(WGS84), ignore_axis_order=True):
        return Frame(name, origin, "none: WGS 84 is taken as CGCS2000", WGS84_M)
    if crs.is_geocentric:
        # Three columns in and out: EPSG:4480 is CGCS2000 with ellipsoidal height.
        best, accuracy = _best(crs, "EPSG:4480", extent)
    else:
        best, accuracy = _best(crs, TARGET, extent)
    unknown = "crs.own_parameters" if crs.is_bound else "crs.accuracy_unknown"
    return Frame(
        crs=name,
        crs_from=origin,
        operation=_plain(best.description),
        accuracy_m=accuracy,
        move=partial(_project, best),
        three=crs.is_geocentric,
        geographic=crs.is_geographic,
        zone=zone,
        notes=notes if accuracy is not None else (*notes, unknown),
    )


def _best(crs: CRS, target: str, extent: Extent | None) -> tuple[Transformer, float | None]:
    """Return PROJ's best operation for where the data lies, and its accuracy in metres where that is known.

    EPSG has no operation from the older datums straight to CGCS2000, but some to WGS 84, each for one basin.
    """
    if crs.is_bound:  # it carries parameters to WGS 84, which an operation to any other datum would leave out
        return TransformerGroup(crs, WGS84, always_xy=True).transformers[0], None
    direct = TransformerGroup(crs, target, always_xy=True).transformers[0]
    if direct.accuracy >= 0:
        return direct, direct.accuracy
    known = [each for each in TransformerGroup(crs, WGS84, always_xy=True).transformers if each.accuracy >= 0]
    for each in known if not crs.is_geocentric else ():
        if _holds(each, crs, extent):
            return each, max(each.accuracy, WGS84_M)
    wgs84 = crs.geodetic_crs is not None and crs.geodetic_crs.name.startswith("WGS 84")
    return direct, WGS84_M if wgs84 else None


def _holds(operation: Transformer, crs: CRS, extent: Extent | None) -> bool:
    """Whether all the data lies in an operation's area of use; an operation without one holds everywhere."""
    area = operation.area_of_use
    if area is None or (crs.geodetic_crs is not None and crs.geodetic_crs.name.startswith("WGS 84")):
        return True
    if extent is None:
        return False
    corners = ([extent.west, extent.west, extent.east, extent.east], [extent.south, extent.north] * 2)
    x, y = operation.transform(*corners)
    return bool(min(x) >= area.west and max(x) <= area.east and min(y) >= area.south and max(y) <= area.north)


def _plain(description: str) -> str:
    """Return PROJ's words without the exchanges of axes."""
    return " + ".join(part for part in description.split(" + ") if not part.startswith("axis order change"))


def _project(transformer: Transformer, places: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(transformer.transform(*places.T))


def _shifted(system: str) -> Frame:
    """Return the frame of GCJ-02 or BD-09."""
    operation = (
        f"{system} to WGS 84 by the public formula, inverted to {gcj02.BOUND_DEG:g} degrees of it, identity outside "
        "its box; WGS 84 is taken as CGCS2000. The authority publishes neither formula nor accuracy"
    )
    move = partial(_unshift, system)
    return Frame(system, "recipe", operation, None, move, notes=(f"crs.{system.lower().replace('-', '')}",))


def _unshift(system: str, places: NDArray[np.float64]) -> NDArray[np.float64]:
    return gcj02.to_wgs84(places, system)


def _known_crs(file_crs: str | None, extent: Extent | None, reading: Reading) -> CRS:
    declared = reading.source.crs
    if declared is None and file_crs is None:
        raise reading.wrong(f'has no CRS; declare it in the recipe, such as crs = "EPSG:4490"{guess(extent)}')
    try:
        return CRS.from_user_input(declared or file_crs)
    except CRSError:
        if declared is None:
            rule = 'has a CRS that PROJ does not know; declare it in the recipe, such as crs = "EPSG:4490"'
            raise reading.wrong(f"{rule}{guess(extent)}") from None
        rule = f"{declared!r} is not a CRS that PROJ knows; write it as EPSG:4490"
        raise reading.misdeclared("crs", rule) from None


def _check_degrees(name: str, extent: Extent | None, reading: Reading) -> None:
    if extent is not None and max(abs(extent.x), abs(extent.y)) > NOT_DEGREES:
        raise reading.wrong(
            f"is said to be in {name}, but its coordinates are no degrees; declare its CRS{guess(extent)}"
        )


def _agreed(zone: Zone, extent: Extent, reading: Reading) -> Zone:
    """Return the zone or its sister of the same meridian, whichever the eastings belong to."""
    if not reading.source.swap and zones.turned_round(extent) and zones.prefix_of(extent.x) != zone.prefix:
        rule = f"holds northings in x and eastings in y, for {zone}; name the columns the other way round"
        raise reading.wrong(f"{rule}, or say swap = true")
    easting = extent.y if reading.source.swap and zones.turned_round(extent) else extent.x
    prefix = zones.prefix_of(easting)
    agreed = zones.sister(zone, prefix)
    if agreed is not None and easting > 1000:  # noqa: PLR2004 - a kilometre: less are degrees
        return agreed
    other = zones.zone_by_prefix(zone.datum, prefix)
    said = f"those of {other} do" if other else f"no zone of China does{guess(extent)}"
    raise reading.wrong(
        f"is said to be in {zone}, but its eastings begin with {easting:.0f}, as {said}; declare the right one"
    )
