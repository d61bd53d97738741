"""Collections as they are answered, and the search among them (STAC API, collection search 1.0.0-rc.1).

There are some thousands in the whole tree: they are in memory. DuckDB answers a CQL2 filter, as that of Items.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urljoin

from tianlake.functions.web.ogc.crs import LON_LAT
from tianlake.functions.web.ogc.links import QUERYABLES, SCHEMA
from tianlake.functions.web.ogc.records import plain
from tianlake.functions.web.ogc.shapes import Ask, corners
from tianlake.functions.web.ogc.sqltext import TRUE
from tianlake.functions.web.ogc.tables import Field, Side
from tianlake.functions.web.questions import wrong
from tianlake.functions.web.stac.addresses import Addresses, Json, link
from tianlake.functions.web.stac.conditions import filtered, span_of
from tianlake.functions.web.stac.records import Record
from tianlake.lake.plain import Text
from tianlake.lake.relations import OF_A_TREE
from tianlake.lake.releases import GEOJSON

_TEXTS: Final = ("id", "title", "description", "license", "version", "node", "theme", "tianlake:access")
_TIMES: Final = ("updated", "start_datetime", "end_datetime")
_EDGES: Final = ("xmin", "ymin", "xmax", "ymax")
SORTABLE: Final = ("id", "title", "updated", "start_datetime", "end_datetime", "node", "version", "theme")
_MOST_TERMS: Final = 50

_ZONED: Final = "TIMESTAMP WITH TIME ZONE"
FIELDS: Final = (
    *(Field(each, "string", "VARCHAR") for each in _TEXTS),
    *(Field(each, "date-time", _ZONED) for each in _TIMES),
)


@dataclass(frozen=True, slots=True)
class CollectionTable:
    """Collections as a relation that is called `lake` in SQL."""

    geometry: str = "geometry"
    number: str | None = "DOUBLE"
    queryables: tuple[Field, ...] = FIELDS

    def field(self, name: str) -> Field | None:
        """Return what is told of collections by this name, or None."""
        return next((each for each in self.queryables if each.name == name), None)

    def edge(self, side: Side) -> str:
        """Return SQL for an edge of a collection's box."""
        return f"lake.{side}"


_STRUCT: Final = json.dumps(
    [dict.fromkeys(_TEXTS, "VARCHAR") | dict.fromkeys(_TIMES, _ZONED) | dict.fromkeys(_EDGES, "DOUBLE")]
)
_FILTER: Final = """
SELECT lake.id FROM (
  SELECT *, ST_MakeEnvelope(xmin, ymin, xmax, ymax) AS geometry
  FROM (SELECT unnest(from_json(?, ?), recursive := true))
) AS lake WHERE """

Test = Callable[[Record], bool]


def chosen(records: Sequence[Record], given: Mapping[str, Any], ask: Ask) -> list[Record]:
    """Return the collections for which all parameters hold, in the order that is asked for.

    Free text puts first what has it in its title; else they come by id.

    Raises:
        CallError: 400, a parameter is wrong.
    """
    tests = [test(given[name]) for name, test in _TESTS.items() if name in given]
    found = [each for each in records if all(test(each) for test in tests)]
    found = _filtered(found, given, ask)
    order = given.get("sortby") or ()
    if not order and given.get("q"):
        terms = _terms(given["q"])
        return sorted(found, key=lambda each: -max(each.fits(term) for term in terms))
    for name, falls in reversed(order):
        if name not in SORTABLE:
            known = ", ".join(SORTABLE)
            raise wrong("sortby", f"不能按 {name[:100]} 排序；可用：{known}", f"has no {name[:100]}; it has {known}")
        known_value = [each for each in found if each.facts[name] is not None]
        known_value.sort(key=lambda each: str(each.facts[name]), reverse=falls)
        found = [*known_value, *(each for each in found if each.facts[name] is None)]
    return found


def _filtered(found: list[Record], given: Mapping[str, Any], ask: Ask) -> list[Record]:
    condition = filtered(CollectionTable(), given, ask)
    if condition == TRUE or not found:
        return found
    rows = json.dumps([_row(each) for each in found], ensure_ascii=False)
    ids = {row[0] for row in ask(_FILTER + condition.text, [rows, _STRUCT, *condition.parameters]).rows}
    return [each for each in found if each.id in ids]


def _row(record: Record) -> Json:
    facts = dict(record.facts)
    return facts | dict(zip(_EDGES, _plain_box(facts.pop("bbox")), strict=True))


def _plain_box(box: Sequence[float]) -> tuple[float, float, float, float]:
    west, south, east, north = box
    return (west, south, east, north) if west <= east else (-180.0, south, 180.0, north)


def _terms(q: Sequence[str]) -> list[str]:
    terms = [found for each in q if (found := plain(each))]
    if not terms or len(terms) > _MOST_TERMS:
        raise wrong("q", f"应为 1 至 {_MOST_TERMS} 个词", f"is 1 to {_MOST_TERMS} terms, parted by commas")
    return terms


def _q(q: Sequence[str]) -> Test:
    terms = _terms(q)
    return lambda record: any(record.fits(term) for term in terms)


def _bbox(numbers: Sequence[object]) -> Test:
    boxes = corners("bbox", numbers, LON_LAT)

    def touches(record: Record) -> bool:
        x1, y1, x2, y2 = record.facts["bbox"]
        parts = [(x1, x2)] if x1 <= x2 else [(x1, 180.0), (-180.0, x2)]
        return any(
            low <= east and high >= west and y1 <= north and y2 >= south
            for west, south, east, north in boxes
            for low, high in parts
        )

    return touches


def _datetime(text: str) -> Test:
    wanted = span_of(text)
    since, until = _moment(wanted.start), _moment(wanted.end)

    def meets(record: Record) -> bool:
        start, end = (_moment(record.facts[name]) for name in ("start_datetime", "end_datetime"))
        if start is None and end is None:
            return False
        return (until is None or start is None or start <= until) and (since is None or end is None or end >= since)

    return meets


def _moment(text: str | None) -> datetime | None:
    """Return a moment; None for one that is open, or that a foreign record tells wrongly."""
    try:
        found = None if text is None else datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


_TESTS: Final[dict[str, Callable[[Any], Test]]] = {"q": _q, "bbox": _bbox, "datetime": _datetime}


def collection(record: Record, addresses: Addresses) -> Json:
    """Return a Collection with absolute addresses and its place in this API."""
    body = record.body()
    base = f"{record.base}/" if record.base else addresses.base
    document = f"{base}{record.key}"
    path = f"/collections/{record.id}"
    links = [
        link("self", addresses.api(path)),
        link("root", addresses.api()),
        link("parent", addresses.api()),
        link("items", addresses.api(f"{path}/items"), GEOJSON, Text("数据项", "Items")),
        link(QUERYABLES, addresses.api(f"{path}/queryables"), SCHEMA, Text("可查询属性", "Queryables")),
        link("canonical", document, title=Text("原始记录", "The original record")),
    ]
    if record.node != addresses.code:
        links.append(link("via", f"{base}catalog.json", title=Text("发布该数据的节点", "The node that publishes it")))
    own = {each["rel"] for each in links}
    told = [each for each in body["links"] if each.get("rel") not in OF_A_TREE | own]
    body["links"] = [*links, *(each | {"href": addresses.asset(urljoin(document, each["href"]))} for each in told)]
    body["assets"] = {
        name: each | {"href": addresses.asset(urljoin(document, each["href"]))}
        for name, each in body.get("assets", {}).items()
    }
    return body
