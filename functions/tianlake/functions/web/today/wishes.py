"""What `/v2/search` is asked: the parameters of each query type, and which number a wrong one is refused with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from tianlake.functions.web.posted import Fields, PostedError, needed, number, posted, text, whole
from tianlake.functions.web.today.status import (
    FORMAT,
    MISSING,
    NO_CHOICE,
    NO_COORDINATES,
    TOO_MANY_POINTS,
    TOO_MUCH,
    WRONG,
    InfoCode,
    SearchError,
)
from tianlake.functions.web.today.units import Unit, named
from tianlake.lake.words import Bounds

ORDINARY: Final = 1
IN_VIEW: Final = 2
NEARBY: Final = 3
SUGGEST: Final = 4
PLACE_NAME: Final = 7
IN_POLYGON: Final = 10
IN_DIVISION: Final = 12
BY_TYPE: Final = 13
COUNTS: Final = 14

DETAILED: Final = 2
"""`show`: all that is known of a place; else what names it."""

MOST_AT_ONCE: Final = 300
MOST_IN_ALL: Final = 500
MOST_POINTS: Final = 20
MOST_RADIUS_M: Final = 10_000
MOST_TYPES: Final = 10

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{0,15})?")
_TYPE_CODE: Final = re.compile(r"[0-9]{2,6}")
_INFOCODES: Final[dict[str, InfoCode]] = {
    **dict.fromkeys(("queryType", "show"), NO_CHOICE),
    **dict.fromkeys(("start", "count"), TOO_MUCH),
    **dict.fromkeys(("pointLonlat", "mapBound", "polygon"), NO_COORDINATES),
}
"""Which number a wrong parameter is refused with; any other with `WRONG`."""

_Read = TypeVar("_Read")

Point = tuple[float, float]
"""Longitude and latitude, degrees of CGCS2000."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One search."""

    kind: int
    """`queryType`."""
    text: str = ""
    """`keyWord`; empty for `BY_TYPE` alone."""
    view: Bounds | None = None
    """`mapBound`."""
    near: Point | None = None
    """`pointLonlat`."""
    radius_m: float = 0
    """`queryRadius`."""
    ring: tuple[Point, ...] = ()
    """`polygon`, closed."""
    division: Unit | None = None
    """`specify`."""
    types: tuple[str, ...] = ()
    """`dataTypes`: names, or codes without the zeros that end them."""
    asked_types: tuple[str, ...] = ()
    """The same as they were sent."""
    start: int = 0
    count: int = 10
    detailed: bool = False
    """`show` is `DETAILED`."""


def read_wish(parameters: Mapping[str, str]) -> Wish:
    """Return the search that a query asks for.

    Args:
        parameters: Of the address, names in any case; `postStr` holds the search.

    Raises:
        SearchError: A parameter is missing or wrong.
    """
    try:
        sent = {name.lower(): value for name, value in parameters.items()}
        fields = posted(needed(sent.get("poststr") or None, "postStr"))
        return _read(fields)
    except PostedError as error:
        raise SearchError(*_numbered(error)) from None


def _numbered(error: PostedError) -> tuple[InfoCode, str]:
    if error.kind == "missing":
        return MISSING, error.field
    if error.kind == "format":
        return FORMAT, error.rule.zh
    return _INFOCODES.get(error.field, WRONG), f"{error.field} {error.rule.zh}"


def _read(fields: Fields) -> Wish:
    try:
        kind = needed(whole(fields, "queryType", least=1, most=99), "queryType")
        required = _REQUIRED[kind]
    except KeyError:
        known = "、".join(str(each) for each in _REQUIRED)
        raise SearchError(NO_CHOICE, f"queryType 应为 {known} 之一") from None
    for name in required:
        needed(text(fields, name, most=4096), name)
    start, count = _page(fields)
    sent = _types(fields)
    whole(fields, "level", least=1, most=18)
    show = whole(fields, "show", least=1, most=2)
    return Wish(
        kind,
        text(fields, "keyWord", most=100) or "",
        view=_if_sent(fields, "mapBound", _view),
        near=_if_sent(fields, "pointLonlat", _point),
        radius_m=number(fields, "queryRadius", least=0, most=MOST_RADIUS_M) or 0,
        ring=_if_sent(fields, "polygon", _ring) or (),
        division=_if_sent(fields, "specify", _division),
        types=tuple(_shortened(each) for each in sent),
        asked_types=sent,
        start=start,
        count=count,
        detailed=show == DETAILED,
    )


_REQUIRED: Final[dict[int, tuple[str, ...]]] = {
    ORDINARY: ("keyWord", "mapBound", "level"),
    IN_VIEW: ("keyWord", "mapBound", "level"),
    NEARBY: ("keyWord", "queryRadius", "pointLonlat"),
    SUGGEST: ("keyWord",),
    PLACE_NAME: ("keyWord", "mapBound", "level"),
    IN_POLYGON: ("keyWord", "polygon"),
    IN_DIVISION: ("keyWord", "specify"),
    BY_TYPE: ("specify", "dataTypes"),
    COUNTS: ("keyWord", "specify"),
}
"""Parameters that each query type needs, in the order in which a missing one is told."""


def _page(fields: Fields) -> tuple[int, int]:
    """Return `start` and `count`; clients leave them out, though they are documented as required."""
    start = whole(fields, "start", least=0, most=MOST_AT_ONCE)
    count = whole(fields, "count", least=1, most=MOST_AT_ONCE)
    found = start or 0, 10 if count is None else count
    if sum(found) > MOST_IN_ALL:
        raise SearchError(TOO_MUCH, f"start 与 count 之和最多 {MOST_IN_ALL}")
    return found


def _if_sent(fields: Fields, name: str, read: Callable[[str, str], _Read]) -> _Read | None:
    value = text(fields, name, most=4096)
    return None if value is None else read(name, value)


def _numbers(name: str, value: str) -> list[float]:
    parts = [each.strip() for each in re.split("[,;，；]", value.strip(" ,;"))]
    if not all(_NUMBER.fullmatch(each) for each in parts):
        raise SearchError(NO_COORDINATES, f"{name} 应为以逗号分隔的“经度,纬度”")
    found = [float(each) for each in parts]
    if any(abs(each) > (90 if index % 2 else 180) for index, each in enumerate(found)):
        raise SearchError(NO_COORDINATES, f"{name} 应在 -180,-90 至 180,90 之间")
    return found


def _view(name: str, value: str) -> Bounds:
    match _numbers(name, value):
        case [west, south, east, north] if south <= north and west <= east:
            return Bounds(west, south, east, north)
        case _:
            raise SearchError(NO_COORDINATES, f"{name} 应为 minx,miny,maxx,maxy")


def _point(name: str, value: str) -> Point:
    match _numbers(name, value):
        case [lon, lat]:
            return lon, lat
        case _:
            raise SearchError(NO_COORDINATES, f"{name} 应为一个“经度,纬度”")


def _ring(name: str, value: str) -> tuple[Point, ...]:
    numbers = _numbers(name, value)
    if len(numbers) % 2:
        raise SearchError(NO_COORDINATES, f"{name} 应为以逗号分隔的“经度,纬度”")
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    if len(set(points)) < 3:  # noqa: PLR2004 - what an area has at least
        raise SearchError(NO_COORDINATES, f"{name} 至少有三个不同的点")
    if len(points) > MOST_POINTS:
        raise SearchError(TOO_MANY_POINTS, f"{name} 最多 {MOST_POINTS} 个点")
    return tuple(points if points[0] == points[-1] else [*points, points[0]])


def _division(name: str, value: str) -> Unit:
    found = named(value)
    highest = [each for each in found if each.level == found[0].level]
    if not highest:
        raise SearchError(WRONG, f"{name} 不是行政区代码或名称")
    if len(highest) > 1:
        codes = "、".join(each.code for each in highest)
        raise SearchError(WRONG, f"{name} 有多个同名行政区，请用代码：{codes}")
    return highest[0]


def _types(fields: Fields) -> tuple[str, ...]:
    value = text(fields, "dataTypes", most=500) or ""
    found = tuple(dict.fromkeys(each for part in re.split("[,，]", value) if (each := part.strip())))
    if len(found) > MOST_TYPES:
        raise SearchError(TOO_MUCH, f"dataTypes 最多 {MOST_TYPES} 个")
    return found


def _shortened(sent: str) -> str:
    """Return a type's code without the zeros that stand for all types below it: `11` of 110000, `1101` of 110100."""
    if not _TYPE_CODE.fullmatch(sent):
        return sent
    while len(sent) > 2 and len(sent) % 2 == 0 and sent.endswith("00"):  # noqa: PLR2004 - digits of a class
        sent = sent[:-2]
    return sent
