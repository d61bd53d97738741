"""Which records a call asks for (20-004r1, "Record core query parameters"). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tianlake.functions.web.ogc.crs import LON_LAT
from tianlake.functions.web.ogc.records import SORTABLE, Entry, plain
from tianlake.functions.web.ogc.shapes import Box, corners
from tianlake.functions.web.ogc.times import Span, span
from tianlake.functions.web.ogc.wanted import limit_of, numbers, whole
from tianlake.functions.web.questions import wrong
from tianlake.lake.freshness import china_day

MOST: Final = 1000
"""Records in an answer, at most: they are open to all and not counted."""

_TERMS: Final = 50
"""Terms of a search, ids of a list."""
_FURTHEST: Final = 10**9

PARAMETERS: Final = ("q", "bbox", "datetime", "limit", "offset", "type", "externalIds", "ids", "sortby")

_OPEN: Final = ".."

Test = Callable[[Entry], bool]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Records that a call asks for."""

    entries: tuple[Entry, ...]
    """Of this page."""
    matched: int
    limit: int
    offset: int


def choose(entries: Sequence[Entry], given: Mapping[str, str]) -> Chosen:
    """Return the records for which all parameters hold.

    Args:
        entries: Of the catalog, by id.
        given: Parameters, all of them of `PARAMETERS`.

    Raises:
        CallError: 400, a parameter is wrong.
    """
    tests = [_TESTS[name](given[name]) for name in PARAMETERS if name in _TESTS and name in given]
    found = _sorted([each for each in entries if all(test(each) for test in tests)], given.get("sortby", ""))
    limit, offset = limit_of(given, MOST), whole("offset", given.get("offset", "0"), 0, _FURTHEST)
    return Chosen(tuple(found[offset : offset + limit]), len(found), limit, offset)


def _listed(name: str, text: str) -> list[str]:
    found = [each.strip() for each in text.split(",") if each.strip()]
    if not found or len(found) > _TERMS:
        raise wrong(name, f"应为 1 至 {_TERMS} 项，以逗号分隔", f"is 1 to {_TERMS} of them, parted by commas")
    return found


def _q(text: str) -> Test:
    """Return whether a record holds one of the terms; a term of several words holds them in this order."""
    terms = [plain(each) for each in _listed("q", text)]
    return lambda entry: any(each in entry.words for each in terms)


def _bbox(text: str) -> Test:
    boxes = corners("bbox", numbers("bbox", text), LON_LAT)
    return lambda entry: any(_touches(box, own) for box in boxes for own in _boxes(entry.document.get("geometry")))


def _boxes(geometry: Any) -> list[Box]:  # noqa: ANN401 - JSON
    """Return the boxes that a record's geometry is made of."""
    if not isinstance(geometry, dict):
        return []
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    rings = [polygon[0] for polygon in polygons]
    return [
        (min(x for x, _ in ring), min(y for _, y in ring), max(x for x, _ in ring), max(y for _, y in ring))
        for ring in rings
    ]


def _touches(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1]


def _datetime(text: str) -> Test:
    wanted = span(text)
    return lambda entry: _meets(wanted, entry.document.get("time"))


def _meets(wanted: Span, time: Any) -> bool:  # noqa: ANN401 - JSON
    if not isinstance(time, dict):
        return False
    first, last = time.get("interval", (time.get("date"), time.get("date")))
    return wanted.touches(_day(first), _day(last))


def _day(text: str | None) -> date | None:
    return None if text is None or text == _OPEN else china_day(text)


def _type(text: str) -> Test:
    kinds = set(_listed("type", text))
    return lambda entry: entry.properties.get("type") in kinds


def _ids(text: str) -> Test:
    ids = set(_listed("ids", text))
    return lambda entry: entry.id in ids


def _external(text: str) -> Test:
    """Return whether a record has one of the ids: `value`, `scheme:value`, or `scheme:` for any of a scheme."""
    wanted = _listed("externalIds", text)

    def holds(entry: Entry) -> bool:
        own = [(str(each.get("scheme", "")), str(each["value"])) for each in entry.properties.get("externalIds", ())]
        return any(each in {value, f"{scheme}:{value}", f"{scheme}:"} for scheme, value in own for each in wanted)

    return holds


def _sorted(entries: list[Entry], sortby: str) -> list[Entry]:
    """Return records in an order; by several keys, by the first one first. Those without a value come last."""
    for key in reversed([each.strip() for each in sortby.split(",") if each.strip()]):
        name = key.removeprefix("+").removeprefix("-")
        if name not in SORTABLE:
            rule = f"has no {name[:100]}; it has {', '.join(SORTABLE)}"
            raise wrong("sortby", f"不能按 {name[:100]} 排序；可用：{', '.join(SORTABLE)}", rule)
        known = [each for each in entries if _value(each, name) is not None]
        known.sort(key=lambda each: str(_value(each, name)), reverse=key.startswith("-"))
        entries = [*known, *(each for each in entries if _value(each, name) is None)]
    return entries


def _value(entry: Entry, name: str) -> Any:  # noqa: ANN401 - JSON
    return entry.id if name == "id" else entry.properties.get(name)


_TESTS: Final[dict[str, Callable[[str], Test]]] = {
    "q": _q,
    "bbox": _bbox,
    "datetime": _datetime,
    "type": _type,
    "externalIds": _external,
    "ids": _ids,
}
