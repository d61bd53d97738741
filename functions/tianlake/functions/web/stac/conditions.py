"""Parameters of a search as conditions over a relation. Pure but for geometries, which DuckDB places."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from tianlake.functions.web.ogc.cql2_sql import Compiler
from tianlake.functions.web.ogc.cql2_tree import LANGUAGES, read
from tianlake.functions.web.ogc.crs import LON_LAT
from tianlake.functions.web.ogc.shapes import Ask, Box, box_shape, checked, compared, corners, geometry_of, placed
from tianlake.functions.web.ogc.sqltext import TRUE, Sql, both, joined
from tianlake.functions.web.ogc.tables import Field, Queried
from tianlake.functions.web.ogc.times import Span, span
from tianlake.functions.web.ogc.values import moment
from tianlake.functions.web.questions import wrong
from tianlake.functions.web.stac.asked import MOST_NAMES
from tianlake.functions.web.stac.index import END, START

LIMIT: Final = 10
MOST: Final = 1000
"""Items or collections in an answer: by default, and at most."""

_TIME: Final = Field("datetime", "date-time", "TIMESTAMP WITH TIME ZONE")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})")
"""RFC 3339 `date-time`: STAC API knows no days without a time."""


def limit_of(given: Mapping[str, Any]) -> int:
    """Return how many are wanted; a greater number than `MOST` is none that is wrong (17-069r4 §7.15.2)."""
    limit = int(given.get("limit", LIMIT))
    if limit < 1:
        raise wrong("limit", "应为 1 以上的整数", "is a whole number from 1 on")
    return min(limit, MOST)


def where(table: Queried, given: Mapping[str, Any], ask: Ask) -> Sql:
    """Return the condition that all parameters of a search hold.

    Args:
        table: A relation with the moments `_start` and `_end`.
        given: Parameters (`asked.Given`).
        ask: Places geometries.

    Raises:
        CallError: 400, a parameter is wrong.
    """
    if "bbox" in given and "intersects" in given:
        raise wrong("intersects", "不能与 bbox 同时使用", "is not used together with bbox")
    return both(
        *(_listed(name, column, given[name]) for name, column in _NAMES if name in given),
        during(given["datetime"]) if "datetime" in given else TRUE,
        boxed(table, given["bbox"]) if "bbox" in given else TRUE,
        _intersecting(table, given["intersects"], ask) if "intersects" in given else TRUE,
        filtered(table, given, ask),
    )


_NAMES: Final = (("collections", "collection"), ("ids", "id"))


def _listed(name: str, column: str, values: Sequence[str]) -> Sql:
    if len(values) > MOST_NAMES:
        raise wrong(name, f"最多 {MOST_NAMES} 个", f"has at most {MOST_NAMES} of them")
    if not values:
        return TRUE
    return Sql(f"lake.{column} IN ({', '.join('?' * len(values))})", tuple(values))


def span_of(text: str) -> Span:
    """Return the interval that `datetime` says (STAC API, Item Search); its ends are moments with a zone."""
    for each in text.split("/"):
        if each not in {"", ".."} and not _MOMENT.fullmatch(each):
            rule = "is an RFC 3339 date-time, or an interval of two: 2026-01-01T00:00:00Z/.."
            raise wrong("datetime", "应为 RFC 3339 时刻或区间，如 2026-01-01T00:00:00Z/..", rule)
    found = span(text.upper())
    if found.start and found.end and _utc(found.start) > _utc(found.end):
        raise wrong("datetime", "起始时刻不应晚于终止时刻", "does not end before it starts")
    return found


def during(text: str) -> Sql:
    """Return that a row has a moment in common with an interval; where its time is not known, it has none."""
    wanted = span_of(text)
    since = Sql(f"lake.{END} >= ?::TIMESTAMPTZ", (_utc(wanted.start),)) if wanted.start else TRUE
    until = Sql(f"lake.{START} <= ?::TIMESTAMPTZ", (_utc(wanted.end),)) if wanted.end else TRUE
    return both(since, until)


def _utc(text: str) -> date | datetime:
    return moment("datetime", _TIME, text.upper())


def boxed(table: Queried, numbers: Sequence[object]) -> Sql:
    """Return that a row's geometry touches a box, or one of the two that a box across the antimeridian is."""
    return joined("OR", [_in_box(table, each) for each in corners("bbox", numbers, LON_LAT)])


def _in_box(table: Queried, box: Box) -> Sql:
    west, south, east, north = box
    x1, y1, x2, y2 = (table.edge(side) for side in ("xmin", "ymin", "xmax", "ymax"))
    near = Sql(f"{x1} <= ? AND {x2} >= ? AND {y1} <= ? AND {y2} >= ?", (east, west, north, south))
    # Most of what is near lies within, and need not be looked at.
    within = Sql(f"{x1} >= ? AND {x2} <= ? AND {y1} >= ? AND {y2} <= ?", (west, east, south, north))
    shape = json.dumps(box_shape(box))
    touches = Sql(f"ST_Intersects({geometry_of(table)}, ST_GeomFromGeoJSON(?))", (shape,))
    return both(near, joined("OR", (within, touches)))


def _intersecting(table: Queried, geometry: object, ask: Ask) -> Sql:
    shape = placed("intersects", checked("intersects", geometry, swapped=False), LON_LAT, ask)
    return compared(table, "ST_Intersects", shape)


def filtered(table: Queried, given: Mapping[str, Any], ask: Ask) -> Sql:
    """Return the condition of a CQL2 filter; its geometries are in longitude and latitude."""
    language = next((each for each in LANGUAGES if each == given["filter-lang"]), None)
    if language is None:
        raise wrong("filter-lang", f"可用：{'、'.join(LANGUAGES)}", f"is one of {', '.join(LANGUAGES)}")
    if given.get("filter-crs", LON_LAT.uri) != LON_LAT.uri:
        raise wrong("filter-crs", f"只有 {LON_LAT.uri}", f"is {LON_LAT.uri} only")
    if "filter" not in given:
        return TRUE
    found = given["filter"]
    if language == "cql2-text" and not isinstance(found, str):
        raise wrong("filter", "应为文本", "is a text in cql2-text")
    text = found if language == "cql2-text" else json.dumps(_as_published(found), ensure_ascii=False)
    return Compiler(table, LON_LAT, ask).condition(read(text, language))


def _as_published(tree: Any) -> Any:  # noqa: ANN401 - foreign JSON, of bounded depth
    """Return CQL2 JSON in its published form: clients of its drafts write the bounds of `between` as an array."""
    if isinstance(tree, list):
        return [_as_published(each) for each in tree]
    if not isinstance(tree, dict):
        return tree
    found = {name: _as_published(each) for name, each in tree.items()}
    match found:
        case {"op": "between", "args": [value, [low, high]]}:
            return found | {"args": [value, low, high]}
        case _:
            return found
