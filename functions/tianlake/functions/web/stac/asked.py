"""What a call asks for, by its query or by its body: one form for both. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from tianlake.functions.accounts import answers
from tianlake.functions.accounts.calls import BODY_BYTES
from tianlake.functions.calls import CallError
from tianlake.functions.problems import METHOD_NOT_ALLOWED
from tianlake.functions.web.ogc.negotiate import check
from tianlake.functions.web.questions import Question, wrong
from tianlake.lake.plain import Text
from tianlake.lake.releases import GEOJSON

Given = dict[str, Any]
"""Parameters: lists are lists, geometries and filters in JSON are objects, `sortby` is a list of (name, falls)."""

MOST_NAMES: Final = 1000
"""Ids or collections in a call."""
MOST_KEYS: Final = 8
"""Keys of an order."""
_LISTS: Final = frozenset({"ids", "collections", "q"})
_LONGEST_NUMBER: Final = 300
"""Characters of a whole number: a double has 309 digits at most."""
_DEEPEST: Final = 64
"""Arrays and objects within one another, of a body."""

ITEM_SEARCH: Final = (
    *("ids", "collections", "bbox", "intersects", "datetime", "limit", "token"),
    *("fields", "sortby", "filter", "filter-lang", "filter-crs"),
)
COLLECTION_SEARCH: Final = ("q", *(each for each in ITEM_SEARCH if each not in {"ids", "collections", "intersects"}))


def asked(question: Question, allowed: Collection[str], *, posts: bool = False, media_type: str = GEOJSON) -> Given:
    """Return the parameters of a call.

    Args:
        question: The call.
        allowed: Their names.
        posts: Whether they may stand in a body (STAC API, Item Search).
        media_type: Of the answer.

    Raises:
        CallError: As `negotiate.check`; 400 for a body that is none, 413 for one that is too large.
    """
    if question.call.method == "POST" and posts:
        return _posted(question, allowed)
    if question.call.method == "POST":
        raise CallError(METHOD_NOT_ALLOWED, headers={"allow": "GET, HEAD, OPTIONS"})
    given: Given = dict(check(question, media_type, allowed))
    for name in _LISTS & given.keys():
        given[name] = [each.strip() for each in given[name].split(",") if each.strip()]
    for name, read in _TEXTS.items():
        if name in given:
            given[name] = read(given[name])
    given.setdefault("filter-lang", "cql2-text")
    if given["filter-lang"] == "cql2-json" and "filter" in given:
        given["filter"] = _json("filter", given["filter"])
    return given


def filter_of(given: Mapping[str, str]) -> Given:
    """Return the filter of a query, as `conditions.filtered` takes it; raises `CallError` 400 where it is no JSON."""
    language = given.get("filter-lang", "cql2-text")
    found: Given = {name: given[name] for name in ("filter", "filter-crs") if name in given}
    if language == "cql2-json" and "filter" in found:
        found["filter"] = _json("filter", found["filter"])
    return {"filter-lang": language, **found}


def _posted(question: Question, allowed: Collection[str]) -> Given:
    body = question.call.body
    if len(body) > BODY_BYTES:
        raise CallError(answers.TOO_LARGE, rule=Text(f"至多 {BODY_BYTES} 字节。", f"at most {BODY_BYTES} bytes"))
    found = _json("body", body) if body.strip() else {}
    if not isinstance(found, dict):
        raise wrong("body", "应为 JSON 对象", "is a JSON object")
    # What is null is not there, but for `fields`: null would ask for no fields (STAC API fields 1.0.0).
    given = {name: value for name, value in found.items() if value is not None or name == "fields"}
    for name in ("ids", "collections"):
        if isinstance(given.get(name), str):  # some clients send one as it is
            given[name] = [given[name]]
    if unknown := sorted(given.keys() - set(allowed)):
        known = ", ".join(sorted(allowed))
        raise wrong(unknown[0][:100], f"没有这个参数；可用：{known}", f"there is no such parameter; there are: {known}")
    for name, (zh, en, fits) in _SHAPES.items():
        if name in given and not fits(given[name]):
            raise wrong(name, f"应为{zh}", f"is {en}")
    if "sortby" in given:
        given["sortby"] = [(each["field"], each.get("direction") == "desc") for each in given["sortby"]]
    given.setdefault("filter-lang", "cql2-json")
    return given


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_order(value: object) -> bool:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return False
    return all(isinstance(each.get("field"), str) and each.get("direction", "asc") in {"asc", "desc"} for each in value)


def _is_fields(value: object) -> bool:
    if not isinstance(value, dict) or value.keys() - {"include", "exclude"}:
        return False
    return all(each is None or _is_texts(each) for each in value.values())


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_SHAPES: Final[dict[str, tuple[str, str, Callable[[Any], bool]]]] = {
    "ids": ("文本数组", "an array of texts", _is_texts),
    "collections": ("文本数组", "an array of texts", _is_texts),
    "bbox": ("数字数组", "an array of numbers", lambda value: isinstance(value, list)),
    "intersects": ("GeoJSON 几何", "a GeoJSON geometry", lambda value: isinstance(value, dict)),
    "datetime": ("文本", "a text", lambda value: isinstance(value, str)),
    "limit": ("整数", "a whole number", _is_whole),
    "token": ("文本", "a text", lambda value: isinstance(value, str)),
    "filter-lang": ("文本", "a text", lambda value: isinstance(value, str)),
    "filter-crs": ("文本", "a text", lambda value: isinstance(value, str)),
    "sortby": ('如 [{"field": "datetime", "direction": "desc"}]', 'like [{"field": "datetime"}]', _is_order),
    "fields": ('如 {"include": ["id"], "exclude": []}', 'like {"include": ["id"], "exclude": []}', _is_fields),
}


def _numbers(text: str) -> list[float]:
    try:
        return [float(each) for each in text.split(",")]
    except ValueError:
        raise wrong("bbox", "应为以逗号分隔的数字", "is numbers, parted by commas") from None


def _order(text: str) -> list[tuple[str, bool]]:
    # `+` stands for a space in a query, unless it is written %2B.
    keys = [each.strip() for each in text.split(",") if each.strip()]
    return [(each.removeprefix("+").removeprefix("-"), each.startswith("-")) for each in keys]


def _fields(text: str) -> dict[str, list[str]]:
    names = [each.strip() for each in text.split(",") if each.strip()]
    include = [each.removeprefix("+") for each in names if not each.startswith("-")]
    exclude = [each[1:] for each in names if each.startswith("-")]
    return {"include": include, "exclude": exclude} if include or not exclude else {"exclude": exclude}


def _whole(text: str) -> int:
    # Of a longer number the first digits say that it is large, and no more of it is read.
    if not (text.isascii() and text.removeprefix("-").isdecimal()):
        raise wrong("limit", "应为整数", "is a whole number")
    return int(text[:11])


_TEXTS: Final[Mapping[str, Callable[[str], Any]]] = {
    "bbox": _numbers,
    "intersects": lambda text: _json("intersects", text),
    "limit": _whole,
    "sortby": _order,
    "fields": _fields,
}


def _json(name: str, text: str | bytes) -> Any:  # noqa: ANN401 - foreign JSON
    """Return JSON that a client sent, which is not nested deeply and holds nothing that UTF-8 or a double could not."""
    try:
        found = json.loads(text, parse_constant=_refused, parse_int=_whole_number)
        json.dumps(found, ensure_ascii=False).encode()  # not so half a surrogate
    except (ValueError, RecursionError):
        raise wrong(name, "应为 JSON", "is JSON") from None
    depth, level = 0, [found]
    while level:
        depth += 1
        if depth > _DEEPEST:
            raise wrong(name, f"嵌套不得超过 {_DEEPEST} 层", f"is nested at most {_DEEPEST} deep")
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return found


def _whole_number(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(text[:_LONGEST_NUMBER])
    return int(text)


def _refused(text: str) -> Any:  # noqa: ANN401 - of json
    raise ValueError(text)
