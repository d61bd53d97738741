"""Reverse geocoding: what lies at a point and around it (逆地理编码)."""

# ruff: noqa: S608 - names of files and columns cannot be bound; all that is foreign is quoted or a parameter

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from tianlake.lake.areas import AREA_CLASSES, area_tables
from tianlake.lake.current import CurrentRelease
from tianlake.lake.divisions import load_divisions
from tianlake.lake.naming import CHINA
from tianlake.lake.search.areas_in_text import prefix_of
from tianlake.lake.search.rows import Rows, place_rows, rows_of
from tianlake.lake.search.wanted import Ask
from tianlake.lake.words import Bounds

RADII_M: Final = (500.0, 5000.0)
"""How far around a point is looked, metres: farther where nothing is near, and no farther than the last."""

_DEGREE_M: Final = 110_574.0
"""The shortest degree of latitude of CGCS2000, metres: a box made by it is never too small."""
_POINTS: Final = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest of a kind."""

    name: str
    lon: float
    """Of its nearest point, degrees of CGCS2000; like `lat`."""
    lat: float
    distance_m: float
    """To there, on the ellipsoid."""
    position: str
    """Where the point that was asked about lies, seen from there: `东北`; empty where it lies on it."""


@dataclass(frozen=True, slots=True)
class Division:
    """A division by name and code; both empty where there is none."""

    name: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of a point. What is None lies farther off than `RADII_M`."""

    province: Division = Division()
    city: Division = Division()
    """None in a municipality and in counties that a province administers itself."""
    county: Division = Division()
    town: Division = Division()
    """That of the nearest place that tells one, in the same county."""
    place: Near | None = None
    road: Near | None = None
    address: Near | None = None


@dataclass(frozen=True, slots=True)
class _Nearby:
    """Nearest rows of each kind: a tuple, with the distance last; None where there is none."""

    place: tuple[Any, ...] | None = None
    road: tuple[Any, ...] | None = None
    address: tuple[Any, ...] | None = None
    coded: tuple[Any, ...] | None = None
    """Of those that tell their county."""
    town: tuple[Any, ...] | None = None


def reverse(lon: float, lat: float, releases: Sequence[CurrentRelease], ask: Ask) -> Around | None:
    """Return what lies at a point, or None where no division holds it and nothing is near.

    Divisions are those whose area holds the point. Where no published table of areas reaches there, they are those of
    the nearest place, as is the county where only larger areas are published; where a table does and none of its areas
    holds the point, as at sea or abroad, they are empty.

    Args:
        lon: Degrees of CGCS2000, -180 to 180.
        lat: Degrees of CGCS2000, -90 to 90.
        releases: What is searched.
        ask: Asks DuckDB; what it raises is passed on.
    """
    inside = _inside(lon, lat, releases, ask)
    near = _nearby(lon, lat, releases, ask)
    codes = _told(near) if inside is None else _completed(inside, _told(near))
    if not codes and not any((near.place, near.road, near.address)):
        return None
    around = replace(
        _divisions(codes),
        place=_near(lon, lat, near.place),
        road=_near(lon, lat, near.road),
        address=_near(lon, lat, near.address),
    )
    return replace(around, town=_town(near, around.county.code))


def position(lon: float, lat: float, origin: tuple[float, float]) -> str:
    """Return in which of eight directions a point lies from another, `东北`; empty where they are the same.

    Args:
        lon: Of the point, degrees.
        lat: Of the point, degrees.
        origin: Longitude and latitude of the other, a few kilometres away at most.
    """
    east = (lon - origin[0]) * math.cos(math.radians(lat))
    north = lat - origin[1]
    if not east and not north:
        return ""
    return _POINTS[round(math.degrees(math.atan2(east, north)) / 45) % 8]


def box_around(lon: float, lat: float, radius_m: float) -> Bounds:
    """Return a box that holds all within a distance of a point; where it touches a pole or 180°, all longitudes."""
    up = radius_m / _DEGREE_M
    south, north = max(lat - up, -90), min(lat + up, 90)
    narrowest = math.cos(math.radians(max(abs(south), abs(north))))
    aside = up / narrowest if narrowest > 1e-6 else 360  # noqa: PLR2004 - a pole
    if lon - aside < -180 or lon + aside > 180:  # noqa: PLR2004 - degrees
        return Bounds(-180, south, 180, north)
    return Bounds(lon - aside, south, lon + aside, north)


def _inside(lon: float, lat: float, releases: Sequence[CurrentRelease], ask: Ask) -> dict[str, str] | None:
    """Return names of the divisions whose areas hold a point, by code; None where no table of areas reaches there."""
    here = Bounds(lon, lat, lon, lat)
    tables = [each for each in rows_of(area_tables(releases)) if each.meets(here)]
    if not tables:
        return None
    parts = [
        f"SELECT code, name FROM {each.source} WHERE bbox.xmin <= $1::FLOAT AND bbox.xmax >= $1::FLOAT "
        "AND bbox.ymin <= $2::FLOAT AND bbox.ymax >= $2::FLOAT "
        f"AND class_code LIKE '{AREA_CLASSES}%' AND regexp_full_match(code, '{CHINA}[0-9]{{6}}') "
        f"AND ST_Intersects({each.geometry}, ST_Point($1, $2))"
        for each in tables
    ]
    found = ask(" UNION ALL ".join(parts), [lon, lat]).rows
    return dict(sorted(found))


def _nearby(lon: float, lat: float, releases: Sequence[CurrentRelease], ask: Ask) -> _Nearby:
    """Look in growing boxes: what is nearer than a box is wide cannot be beaten by what lies outside it."""
    found = _Nearby()
    for radius in RADII_M:
        box = box_around(lon, lat, radius)
        tables = [each for each in place_rows(releases) if each.meets(box)]
        if tables:
            [row] = ask(_nearest(tables), [lon, lat, box.west, box.south, box.east, box.north]).rows
            seen = (None if each is None or each["d"] > radius else tuple(each.values()) for each in row)
            found = _Nearby(*seen)
        if all(getattr(found, each.name) is not None for each in fields(found)[:3]):
            break
    return found


def _nearest(tables: list[Rows]) -> str:
    """Return SQL for the nearest row of each kind in a box: longitude, latitude, west, south, east, north."""
    parts = " UNION ALL ".join(
        f"SELECT {each.kind} AS kind, std_name, road, number, county_code, county, city_code, city, province_code, "
        f"province, town_code, town, {_closest(each)} AS spot FROM {each.source} "
        "WHERE bbox.xmin <= $5::FLOAT AND bbox.xmax >= $3::FLOAT AND bbox.ymin <= $6::FLOAT AND bbox.ymax >= $4::FLOAT"
        for each in tables
    )
    known = (
        f"SELECT *, ST_Distance_Spheroid(ST_Point2D(ST_X(spot), ST_Y(spot)), ST_Point2D($1, $2)) AS d FROM ({parts})"
    )
    where = "lon := ST_X(spot), lat := ST_Y(spot), d := d"
    kinds = (
        (f"name := std_name, {where}", "kind = 'place'"),
        (f"name := CASE WHEN kind = 'road' THEN std_name ELSE road END, {where}", "kind = 'road' OR road IS NOT NULL"),
        (f"name := concat(road, number), {where}", "road IS NOT NULL AND number IS NOT NULL"),
        (
            _fields("county_code", "county", "city_code", "city", "province_code", "province"),
            "province_code IS NOT NULL",
        ),
        (_fields("town_code", "town", "county_code"), "town_code IS NOT NULL"),
    )
    told = ", ".join(f"arg_min(struct_pack({struct}), d) FILTER (WHERE {which})" for struct, which in kinds)
    return f"SELECT {told} FROM ({known})"


def _fields(*names: str) -> str:
    return ", ".join(f"{each} := {each}" for each in (*names, "d"))


def _closest(rows: Rows) -> str:
    """Return SQL for a feature's point nearest to the one that is asked about.

    Of a line or area it is sought where degrees of longitude are as long as those of latitude.
    """
    if rows.points_only:
        return rows.geometry
    narrow = "cos(radians($2))"
    squeezed = f"ST_ClosestPoint(ST_Scale({rows.geometry}, {narrow}, 1.0), ST_Point($1 * {narrow}, $2))"
    return f"ST_Scale({squeezed}, 1 / {narrow}, 1.0)"


def _near(lon: float, lat: float, row: tuple[Any, ...] | None) -> Near | None:
    if row is None:
        return None
    name, its_lon, its_lat, distance = row
    return Near(name, its_lon, its_lat, distance, position(lon, lat, (its_lon, its_lat)))


def _told(near: _Nearby) -> dict[str, str]:
    """Return the divisions of the nearest place that tells them, by code."""
    if near.coded is None:
        return {}
    county_code, county, city_code, city, province_code, province, _ = near.coded
    named = {province_code: province, city_code: city, county_code: county}
    return {code: name or "" for code, name in named.items() if code}


def _completed(inside: dict[str, str], told: dict[str, str]) -> dict[str, str]:
    """Return the divisions whose areas hold a point, with the nearest place's county where no areas of counties do."""
    smallest, county = _smallest(inside), _smallest(told)
    lacking = smallest.endswith("00") and not county.endswith("00")
    return told | inside if lacking and county.startswith(prefix_of(smallest)) else inside


def _smallest(named: dict[str, str]) -> str:
    """Return the code of the smallest of some divisions; empty where there is none.

    Areas of neighbours may overlap by a digitised line: of several counties one is as good as the other.
    """
    return min(named, key=lambda code: (code.endswith("00"), code.endswith("0000"), code), default="")


def _divisions(named: dict[str, str]) -> Around:
    """Return the smallest of some divisions and those above it; names that are missing come from the list."""
    smallest = _smallest(named)
    found = []
    for code in dict.fromkeys((f"{smallest[:5]}0000", f"{smallest[:7]}00", smallest)) if smallest else ():
        listed = load_divisions().find(code.removeprefix(CHINA))
        name = named.get(code) or (listed.name if listed else "")
        found.append(Division(name, code) if name else Division())
    found += [Division()] * (3 - len(found))
    province, city, county = found
    return Around(province, city, county)


def _town(near: _Nearby, county: str) -> Division:
    if near.town is None:
        return Division()
    code, name, its_county, _ = near.town
    return Division(name or "", code) if county in {"", its_county} else Division()
