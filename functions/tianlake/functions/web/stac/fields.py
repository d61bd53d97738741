"""The `fields` extension (STAC API fields 1.0.0): what of an Item or Collection is answered. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tianlake.functions.web.questions import wrong

Json = dict[str, Any]

_MOST: Final = 100
_DEFAULT: Final = (
    *("type", "stac_version", "id", "collection", "geometry", "bbox", "links", "assets"),
    *("properties.datetime", "properties.start_datetime", "properties.end_datetime"),
)
"""What is there where nothing is included: the extension's own default set."""
_DEFAULT_OF_COLLECTIONS: Final = ("type", "stac_version", "id", "description", "license", "extent", "links", "assets")

_ALWAYS: Final = ("type", "stac_version", "id", "collection")
"""What is there beside the fields that are included: without it an answer could not be told apart from others."""

Fields = Mapping[str, Sequence[str] | None]
"""`include` and `exclude`."""


def check_fields(fields: Fields | None) -> None:
    """Refuse more names than anybody needs, and empty ones; raises `CallError` 400."""
    names = [name for each in (fields or {}).values() for name in each or ()]
    if len(names) > _MOST or not all(names):
        raise wrong("fields", f"最多 {_MOST} 个，且不得为空", f"has at most {_MOST} names, and none that is empty")


def item_fields(document: Json, fields: Fields | None) -> Json:
    """Return what is wanted of an Item."""
    return _chosen(document, fields, _DEFAULT)


def collection_fields(document: Json, fields: Fields | None) -> Json:
    """Return what is wanted of a Collection."""
    return _chosen(document, fields, _DEFAULT_OF_COLLECTIONS)


def _chosen(document: Json, fields: Fields | None, default: Sequence[str]) -> Json:
    if fields is None:
        return document
    include, exclude = fields.get("include") or (), fields.get("exclude") or ()
    if exclude and "include" not in fields:
        return _without(document, exclude)
    wanted = dict.fromkeys([*_ALWAYS, *include] if include else default)
    found: Json = {}
    for name in wanted:
        _put(found, document, _path(name, document))
    # What is included stays, be it within something that is excluded.
    return _without(found, [each for each in exclude if not any(_begins(name, each) for name in include)])


def _path(name: str, document: Json) -> list[str]:
    """Return the way to a field. Names of properties and assets may hold dots themselves, so the longest one counts."""
    path: list[str] = []
    place: Any = document
    rest = name
    while rest:
        names = [rest] if not isinstance(place, dict) else [each for each in place if _begins(rest, each)]
        best = max(names, key=len, default=rest)
        path.append(best)
        rest = rest[len(best) + 1 :]
        place = place.get(best) if isinstance(place, dict) else None
    return path


def _begins(rest: str, name: str) -> bool:
    return rest == name or rest.startswith(f"{name}.")


def _put(found: Json, document: Json, path: Sequence[str]) -> None:
    *above, last = path
    for name in above:
        inner = document.get(name)
        if not isinstance(inner, dict):
            return
        document = inner
        known = found.setdefault(name, {})
        if known is inner:  # the whole of it is there already
            return
        found = known
    if last in document:
        found[last] = document[last]


def _without(document: Json, exclude: Sequence[str]) -> Json:
    found = document
    for name in exclude:
        path = _path(name, found)
        found = _less(found, path)
    return found


def _less(document: Json, path: Sequence[str]) -> Json:
    first, *rest = path
    if first not in document:
        return document
    if not rest:
        return {name: value for name, value in document.items() if name != first}
    inner = document[first]
    return document | {first: _less(inner, rest)} if isinstance(inner, dict) else document
