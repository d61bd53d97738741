"""Frozen dataclasses to and from JSON and TOML.

Domain values are plain dataclasses; pydantic checks them only here, where foreign text enters.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError

from tianlake.lake.errors import fault

T = TypeVar("T")

STRICT = ConfigDict(extra="forbid")
"""`__pydantic_config__` of records that people type: an unknown field is an error, not silence."""


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - a dataclass or a type form
    return TypeAdapter(kind)


def read_record(kind: type[T], raw: object, *, file: object) -> T:
    """Return `raw` (parsed JSON or TOML) as a `kind`.

    Raises:
        LakeError: One line that names `file`, the first wrong place and the rule it broke.
    """
    adapter: TypeAdapter[T] = _adapter(cast("Any", kind))
    try:
        return adapter.validate_python(raw)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        first = problems[0]
        place = ".".join(str(part) for part in first["loc"])
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise fault(file, place, f"{_rule(first)}{more}") from None


def _rule(problem: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    rule = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "unexpected_keyword_argument":
        return "there is no such field here; correct its name, or move it above the first [table]"
    if problem["type"] in {"missing", "missing_argument"}:
        return rule
    shown = repr(problem["input"])
    return f"{rule}; got {shown if len(shown) <= 60 else shown[:57] + '...'}"  # noqa: PLR2004


def parse_record(kind: type[T], text: bytes, *, file: object) -> T:
    """Return the JSON document `text` as a `kind`; raises `LakeError` as `read_record` does."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise fault(file, "", f"not a JSON document: {error}") from None
    return read_record(kind, raw, file=file)


def dump_record(value: object) -> bytes:
    """Return `value` (a dataclass) as canonical JSON: UTF-8, sorted keys, two-space indent, final newline."""
    plain = _adapter(cast("Any", type(value))).dump_python(value, mode="json")
    return dump_json(plain)


def dump_json(plain: object) -> bytes:
    """Return a JSON value in the one form in which Tianlake writes JSON, so that equal means byte-equal."""
    return (json.dumps(plain, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n").encode()
