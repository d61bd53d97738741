"""Geocoding: from an address to a place, with a score and a level (地理编码)."""

# ruff: noqa: S608 - names of files and columns cannot be bound; all that is foreign is quoted or a parameter

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tianlake.lake.areas import area_tables
from tianlake.lake.current import CurrentRelease
from tianlake.lake.divisions import Division
from tianlake.lake.naming import CHINA
from tianlake.lake.search.addresses import Address, readings
from tianlake.lake.search.areas_in_text import prefix_of
from tianlake.lake.search.fits import (
    ALIKE,
    AMBIGUOUS,
    DIVISION_ONLY,
    ELSEWHERE,
    ROAD_ONLY,
    WHOLE,
    Level,
    Located,
    Row,
    best_fit,
    lowered,
    middle,
    names_of,
    roads_of,
    town_stem,
)
from tianlake.lake.search.rows import SEAT, STATION, level_column, names_a_road, place_rows, rows_of
from tianlake.lake.search.wanted import Ask, Finder, Hit, Match, Wanted

_MOST_ROWS: Final = 20_000
"""Rows of one name that are looked at."""

_LEVELS: Final[dict[str, Level]] = {"provincial": "省", "city": "市", "county": "区"}
_CAPS: Final[dict[Match, int]] = {
    "exact": WHOLE,
    "alias": ALIKE,
    "prefix": 80,
    "pinyin": 80,
    "initials": 60,
    "typo": 60,
}
"""Most that a name which fits so can score; what only shares parts with the text is no answer."""

_SHORT: Final = 3
"""Characters of a name in which one wrong character is a slip only where it sounds like the right one."""
_SOUNDS_ALIKE: Final = 83
"""Score of a hit, from which a wrong character of it sounds like the right one (docs/search.md)."""


def geocode(text: str, releases: Sequence[CurrentRelease], ask: Ask, find: Finder) -> Located | None:
    """Return where an address lies, or None where nothing of it is known.

    Roads, numbers and names are first looked up as they are written, which reads little more than the row groups that
    hold them (DuckDB writes Bloom filters of repeated text), then by `find`.

    Args:
        text: As people write it; at most `addresses.LONGEST` characters of it are read.
        releases: What is searched.
        ask: Asks DuckDB; what it raises is passed on.
        find: Finds names that are not written so.
    """
    ways = readings(text)
    if not ways[0].name and (division := _division(ways[0], releases, ask)):
        return division  # 廊坊 is the city, though a station is named so, too
    found: list[Located] = []
    for way in ways:
        fit = _fit(way, way.codes, releases, ask)
        if fit is None and (above := _above(way)):
            fit = _fit(way, (above,), releases, ask)
            # Of several one cannot tell which is meant: then the county itself is surer.
            fit = lowered(fit, ELSEWHERE) if fit and not fit.several else None
        if fit is not None:
            found.append(fit)
        if found and found[-1].score == WHOLE:
            return found[-1]
    best = max(found, key=lambda each: each.score, default=None)
    if best is None or best.score < ROAD_ONLY:
        more = (_alike(text, ways[0], releases, ask, find), _division(ways[0], releases, ask))
        best = max((each for each in (best, *more) if each), key=lambda each: each.score, default=None)
    return best


def overlapping(releases: Sequence[CurrentRelease], codes: Sequence[str]) -> Sequence[CurrentRelease]:
    """Return the releases of nodes that may hold something in one of some divisions; all where none is named."""
    if not codes:
        return releases
    wanted = [prefix_of(code) for code in codes]
    return [
        each
        for each in releases
        if any(prefix_of(each.code).startswith(one) or one.startswith(prefix_of(each.code)) for one in wanted)
    ]


def _fit(way: Address, codes: tuple[str, ...], releases: Sequence[CurrentRelease], ask: Ask) -> Located | None:
    if not way.name:
        return None
    return best_fit(way, _named(names_of(way), roads_of(way), codes, releases, ask))


def _named(
    names: tuple[str, ...],
    roads: tuple[str, ...],
    codes: tuple[str, ...],
    releases: Sequence[CurrentRelease],
    ask: Ask,
) -> list[Row]:
    """Return the rows of these names, and those in these roads, within divisions."""
    wanted = {"std_name": tuple(dict.fromkeys((*names, *roads))), "road": roads}
    inside = " OR ".join(f"{level_column(code)} = ?" for code in codes) or "true"
    parts: list[str] = []
    parameters: list[object] = []
    for rows in place_rows(overlapping(releases, codes)):
        for column, values in wanted.items():
            if values:
                marks = ", ".join("?" * len(values))
                parts.append(
                    f"SELECT {rows.kind}, coalesce({STATION}, false), {_COLUMNS} FROM {rows.source} "
                    f"WHERE {column} IN ({marks}) AND ({inside})"
                )
                parameters += [*values, *codes]
    return _rows(parts, parameters, ask)


_COLUMNS: Final = (
    "coalesce(std_name, ''), coalesce(road, ''), coalesce(number, ''), coalesce(county_code, city_code, ''), "
    "coalesce(town, ''), coalesce(full_address, ''), lon, lat"
)


def _rows(parts: list[str], parameters: list[object], ask: Ask) -> list[Row]:
    if not parts:
        return []
    answer = ask(f"{' UNION ALL '.join(parts)} LIMIT {_MOST_ROWS}", parameters)
    return [Row(*row) for row in answer.rows]


def _above(way: Address) -> str | None:
    """Return the city of the one county that is named, where people may have the wrong county."""
    if len(way.divisions) != 1 or way.divisions[0].level != "county":
        return None
    parent = way.divisions[0].parent
    # A county that a province administers itself has no neighbours within a city.
    municipal = {"110000", "120000", "310000", "500000"}
    return f"{CHINA}{parent}" if parent and (not parent.endswith("0000") or parent in municipal) else None


def _alike(text: str, way: Address, releases: Sequence[CurrentRelease], ask: Ask, find: Finder) -> Located | None:
    """Return the place whose name is most like the text."""
    if not way.name:
        return None
    hits = find(Wanted(text), tuple(releases), ask).hits
    inside = [each for each in hits if _inside(each, way) and _score(each, way) > 0]
    best = max(inside, key=lambda each: _score(each, way), default=None)
    if best is None:
        return None
    level: Level = "路" if names_a_road(best.type, best.type_code, best.name) else "兴趣点"
    return Located(best.lon, best.lat, _score(best, way), level, best.name, best.address, best.division)


def _inside(hit: Hit, way: Address) -> bool:
    return not way.codes or any(hit.division.startswith(prefix_of(code)) for code in way.codes)


def _score(hit: Hit, way: Address) -> int:
    if hit.match == "typo" and hit.score < _SOUNDS_ALIKE and len(hit.name) == len(way.name) <= _SHORT:
        return 0  # 右安门 is not 天安门
    cap = _CAPS.get(hit.match, 0)
    if hit.match == "prefix":
        cap = cap * min(len(way.name), len(hit.name)) // max(len(hit.name), 1)
    return min(cap, int(hit.score))


def _division(way: Address, releases: Sequence[CurrentRelease], ask: Ask) -> Located | None:
    """Return the town or the division that is named, where nothing smaller is known."""
    unread = way.road or way.rest
    off = AMBIGUOUS if way.contradicts or len(way.divisions) > 1 else 0
    if way.town and (town := _town(way, releases, ask)):
        return lowered(town, (WHOLE - DIVISION_ONLY if unread else 0) + off)
    for division in way.divisions:
        if (at := division_point(division, releases, ask)) is not None:
            code = f"{CHINA}{division.code}"
            found = Located(*at, WHOLE, _LEVELS[division.level], division.name, "", code)
            return lowered(found, (WHOLE - DIVISION_ONLY if way.name else 0) + off)
    return None


def _town(way: Address, releases: Sequence[CurrentRelease], ask: Ask) -> Located | None:
    """Return the middle of what is known to lie in a town."""
    stem = town_stem(way.town)
    inside = " OR ".join(f"{level_column(code)} = ?" for code in way.codes) or "true"
    parts: list[str] = []
    parameters: list[object] = []
    for rows in place_rows(overlapping(releases, way.codes)):
        parts.append(
            f"SELECT 'other', false, {_COLUMNS} FROM {rows.source} WHERE town IN (?, ?) AND ({inside}) LIMIT 1000"
        )
        parameters += [stem, f"{stem}办事处", *way.codes]
    found = _rows([f"({each})" for each in parts], parameters, ask)
    if not found:
        return None
    row = middle(found)
    several = len({each.county for each in found}) > 1
    located = Located(row.lon, row.lat, WHOLE, "乡", stem, "", row.county)
    return lowered(located, AMBIGUOUS) if several else located


def division_point(division: Division, releases: Sequence[CurrentRelease], ask: Ask) -> tuple[float, float] | None:
    """Return longitude and latitude of a division's seat, or else of a point within its area, degrees of CGCS2000."""
    code = f"{CHINA}{division.code}"
    releases = overlapping(releases, (code,))
    seats = [
        f"SELECT lon, lat FROM {rows.source} WHERE std_name = ? AND {level_column(code)} = ? AND {SEAT}"
        for rows in place_rows(releases)
    ]
    answer: list[tuple[Any, ...]] = []
    if seats:
        answer = ask(f"{' UNION ALL '.join(seats)} LIMIT 1", [division.name, code] * len(seats)).rows
    areas = [
        f"SELECT ST_PointOnSurface({rows.geometry}) AS spot, ST_Area({rows.geometry}) AS size FROM {rows.source} "
        "WHERE code = ?"
        for rows in rows_of(area_tables(releases))
    ]
    if not answer and areas:
        largest = f"SELECT ST_X(spot), ST_Y(spot) FROM ({' UNION ALL '.join(areas)}) ORDER BY size DESC LIMIT 1"
        answer = ask(largest, [code] * len(areas)).rows
    return (answer[0][0], answer[0][1]) if answer else None
