"""How well rows fit an address, and where it therefore lies. Pure.

What was found and the score it has, of 100:

| found | score |
|---|---|
| the number (门址); the road, no number asked for (路); the name (兴趣点); divisions alone (省, 市, 区, 乡) | 100 |
| the house of which the number is a part: 12号 for 12-3号, 1025弄 for 1025弄12号 | 90 |
| a name like it: the station without 站, another name of it | 95 |
| a name after a road that it is not known to lie in | 90 |
| a place between the nearest known numbers of that side of the road | 85 |
| the road, where its number or what follows it is not known | 70 |
| a name that begins so, is read so, or is written almost so | at most 80, 60 |
| the division alone, where what follows it is not known | 40 |

Off that: 50 where it lies in another county of the same city than the one named, and only in one; 20 where it lies in
several counties and none is named, or divisions are named that may be several or do not lie in one another.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from tianlake.lake.search.addresses import Address
from tianlake.lake.search.doors import Door, door

Level = Literal["省", "市", "区", "乡", "路", "门址", "兴趣点"]

WHOLE: Final = 100
ALIKE: Final = 95
PARTLY: Final = 90
BETWEEN: Final = 85
ROAD_ONLY: Final = 70
DIVISION_ONLY: Final = 40
ELSEWHERE: Final = 50
AMBIGUOUS: Final = 20

_FARTHEST_NUMBERS: Final = 100
"""How far apart two known numbers may be for a place between them to mean anything."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table of places."""

    kind: str
    """As of `rows.Rows.kind`."""
    station: bool
    name: str
    road: str
    number: str
    county: str
    """Code; empty where none is known, like all text here."""
    town: str
    address: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Located:
    """Where an address lies."""

    lon: float
    """Degrees of CGCS2000, like `lat`."""
    lat: float
    score: int
    """0..100, by the table above."""
    level: Level
    name: str
    """Of what was found there: `金光道66号`."""
    address: str = ""
    """Full address of it, where it is known."""
    division: str = ""
    """Code of the smallest division it is known to lie in."""
    several: bool = False
    """Whether other counties have one of that name, too."""


def best_fit(address: Address, rows: Sequence[Row]) -> Located | None:
    """Return where an address lies by the rows of its road and names; None where none of them fits.

    Args:
        address: One reading of it.
        rows: Those of `names_of` and `roads_of`, in the divisions that it names.
    """
    if address.town:
        near = [row for row in rows if town_stem(row.town) == town_stem(address.town)]
        rows = near or rows
    fits = [_by_number(address, rows), _by_road(address, rows), _by_name(address, rows)]
    found = [each for each in fits if each is not None]
    return max(found, key=lambda each: each.score) if found else None


def names_of(address: Address) -> tuple[str, ...]:
    """Return the names under which a place may be, beside its road."""
    names = [address.name, *address.longer, *([address.rest] if len(address.rest) > 1 else ())]
    stems = [each.removesuffix("站").removesuffix("火车") for each in names if each.endswith("站")]
    return tuple(dict.fromkeys(each for each in (*names, *stems) if each))


def roads_of(address: Address) -> tuple[str, ...]:
    """Return the names under which a table may have the road of an address, its own first."""
    road = address.road
    if not road:
        return ()
    names = [road]
    if road.endswith("高速"):
        names.append(f"{road}公路")
    elif road.endswith("高速公路"):
        names.append(road.removesuffix("公路"))
    if road[0] in "GSXYC" and road.endswith(("国道", "省道", "县道", "乡道")):
        names += [road[:-2], road[1:]]
    if road[-1] in "段侧":
        names.append(road[:-2])
    return tuple(names)


def town_stem(name: str) -> str:
    """Return a town's name as it is compared: 街道办事处 is the office of 街道."""
    return name.removesuffix("办事处")


def lowered(found: Located, by: int) -> Located:
    """Return the same with a lower score."""
    return replace(found, score=max(found.score - by, 0))


def _by_number(address: Address, rows: Sequence[Row]) -> Located | None:
    asked, roads = address.door, set(roads_of(address))
    if asked is None:
        return None
    known = [(row, number) for row in rows if row.road in roads and (number := door(row.number))]
    for score, fits in _tries(asked):
        if fitting := [row for row, number in known if fits(number)]:
            return _chosen(address, fitting, score, "门址", lambda row: f"{row.road}{row.number}")
    return _between(address, asked, known)


def _tries(asked: Door) -> list[tuple[int, Callable[[Door], bool]]]:
    """Return what numbers fit, the best first."""
    tries: list[tuple[int, Callable[[Door], bool]]] = [(WHOLE, lambda known: known == asked)]
    if asked.main and (asked.stem or asked.part):
        house = Door(asked.main, lane=asked.lane)
        tries.append((PARTLY, lambda known: known == house))
    if asked.main and asked.lane:
        tries.append((PARTLY, lambda known: known == Door(0, lane=asked.lane)))
    return tries


def _between(address: Address, asked: Door, known: list[tuple[Row, Door]]) -> Located | None:
    """Place a number between its neighbours: odd and even ones lie on either side of a road."""
    counties = {row.county for row, _ in known}
    if not asked.plain or len(counties) != 1:
        return None
    side = [(number.main, row) for row, number in known if number.plain and (number.main - asked.main) % 2 == 0]
    below = max((each for each in side if each[0] < asked.main), key=lambda each: each[0], default=None)
    above = min((each for each in side if each[0] > asked.main), key=lambda each: each[0], default=None)
    if below is None or above is None or above[0] - below[0] > _FARTHEST_NUMBERS:
        return None
    part = (asked.main - below[0]) / (above[0] - below[0])
    lon = below[1].lon + part * (above[1].lon - below[1].lon)
    lat = below[1].lat + part * (above[1].lat - below[1].lat)
    found = Located(lon, lat, BETWEEN, "门址", f"{below[1].road}{asked}", "", below[1].county)
    return lowered(found, AMBIGUOUS) if address.contradicts else found


def _by_road(address: Address, rows: Sequence[Row]) -> Located | None:
    roads = set(roads_of(address))
    on_it = [row for row in rows if (row.kind == "road" and row.name in roads) or row.road in roads]
    score = ROAD_ONLY if address.door or address.rest else WHOLE
    return _chosen(address, on_it, score, "路", lambda row: row.name if row.kind == "road" else row.road)


def _by_name(address: Address, rows: Sequence[Row]) -> Located | None:
    places = [row for row in rows if row.kind == "place"]
    whole = [row for row in places if row.name in {address.name, *address.longer}]
    after = [row for row in places if row.name == address.rest]
    stem = [row for row in places if row.station and row.name in names_of(address)]
    if whole:
        return _chosen(address, whole, WHOLE, "兴趣点", lambda row: row.name)
    if after:
        there = [row for row in after if address.road and row.road in roads_of(address)]
        return _chosen(address, there or after, WHOLE if there else PARTLY, "兴趣点", lambda row: row.name)
    return _chosen(address, stem, ALIKE, "兴趣点", lambda row: row.name)


def _chosen(
    address: Address, rows: Sequence[Row], score: int, level: Level, named: Callable[[Row], str]
) -> Located | None:
    """Return the middle one of the rows, of the county with most of them."""
    if not rows:
        return None
    counties: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        counties[row.county].append(row)
    largest = max(counties.values(), key=len)
    row = middle(largest)
    several = len(counties) > 1
    found = Located(row.lon, row.lat, score, level, named(row), row.address, row.county, several)
    return lowered(found, AMBIGUOUS) if several or address.contradicts else found


def middle(rows: Iterable[Row]) -> Row:
    """Return the one nearest to the mean of all."""
    several = list(rows)
    lon = sum(row.lon for row in several) / len(several)
    lat = sum(row.lat for row in several) / len(several)
    narrow = math.cos(math.radians(lat))
    return min(several, key=lambda row: ((row.lon - lon) * narrow) ** 2 + (row.lat - lat) ** 2)
