"""Searches answered in plain Python and shapely over the Items themselves, for comparison: none of our code is used."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import cmp_to_key
from typing import Any

from shapely.geometry import box, shape

Item = dict[str, Any]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.upper())


def value(item: Item, name: str) -> Any:
    name = name.removeprefix("properties.")
    if name in {"id", "collection"}:
        return item[name]
    found = item["properties"].get(name)
    return moment(found) if isinstance(found, str) and name.endswith("datetime") else found


def in_box(item: Item, west: float, south: float, east: float, north: float) -> bool:
    parts = [(west, east)] if west <= east else [(west, 180), (-180, east)]
    return any(shape(item["geometry"]).intersects(box(low, south, high, north)) for low, high in parts)


def in_time(item: Item, text: str) -> bool:
    first, _, last = text.partition("/")
    start, end = (first, last) if "/" in text else (text, text)
    told = item["properties"]
    begins = moment(told.get("start_datetime") or told["datetime"])
    ends = moment(told.get("end_datetime") or told["datetime"])
    return (end in {"", ".."} or begins <= moment(end)) and (start in {"", ".."} or ends >= moment(start))


def holds(item: Item, tree: Any) -> bool | None:
    """Return what a CQL2 filter says of an Item; None where a value that is not there leaves it unknown."""
    op, args = tree["op"], tree["args"]
    if op in {"and", "or"}:
        found = [holds(item, each) for each in args]
        decisive = op == "or"
        return decisive if decisive in found else (None if None in found else not decisive)
    if op == "not":
        inner = holds(item, args[0])
        return None if inner is None else not inner
    left = value(item, args[0]["property"])
    if op == "isNull":
        return left is None
    return None if left is None else compared(op, left, args)


def compared(op: str, left: Any, args: list[Any]) -> bool:
    right: Any = moment(args[1]["timestamp"]) if isinstance(args[1], dict) else args[1]
    pattern = "".join(".*" if each == "%" else "." if each == "_" else re.escape(each) for each in str(right))
    tests: dict[str, Callable[[], Any]] = {
        "=": lambda: left == right,
        "<>": lambda: left != right,
        "<": lambda: left < right,
        ">": lambda: left > right,
        "<=": lambda: left <= right,
        ">=": lambda: left >= right,
        "in": lambda: left in right,
        "between": lambda: right <= left <= args[2],
        "like": lambda: re.fullmatch(pattern, left, re.DOTALL) is not None,
    }
    return bool(tests[op]())


def ordered(items: list[Item], keys: list[tuple[str, bool]], places: dict[str, int]) -> list[Item]:
    """Return Items in an order; those without a value last, equals as the index has them."""

    def compare(one: Item, other: Item) -> int:
        for name, falls in keys:
            a, b = sort_value(one, name), sort_value(other, name)
            if a == b:
                continue
            if a is None or b is None:
                return 1 if a is None else -1
            return (1 if a > b else -1) * (-1 if falls else 1)
        return places[one["id"]] - places[other["id"]]

    return sorted(items, key=cmp_to_key(compare))


def sort_value(item: Item, name: str) -> Any:
    """Return what an Item is sorted by: one without an instant by its beginning."""
    found = value(item, name)
    if name == "datetime" and found is None:
        found = value(item, "start_datetime")
    return found.encode() if isinstance(found, str) else found
