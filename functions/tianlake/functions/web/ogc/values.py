"""Values that clients send, as what a column holds. Pure."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Final

from tianlake.functions.web.ogc.tables import Field
from tianlake.functions.web.questions import wrong

Value = str | float | int | bool | date | datetime

_BOOLEANS: Final = {"true": True, "false": False}
_INTEGER: Final = re.compile(r"[+-]?\d{1,18}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def read(name: str, field: Field, text: str) -> Value:
    """Return the value that a parameter's text stands for, to compare a field with.

    Raises:
        CallError: 400, it is none that the field could hold.
    """
    if field.kind == "string":
        return text
    if field.kind == "boolean" and text in _BOOLEANS:
        return _BOOLEANS[text]
    if field.kind == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if field.kind in {"number", "integer"}:
        return _number(name, text)
    if field.kind in {"date", "date-time"}:
        return moment(name, field, text)
    raise wrong(name, "应为 true 或 false", "is true or false")


def moment(name: str, field: Field, text: str) -> date | datetime:
    """Return the day or the moment, in UTC, that a text tells, to compare a field of time with.

    Raises:
        CallError: 400, it is none (RFC 3339), or a moment where the field holds days.
    """
    try:
        if field.kind == "date":
            if not _DAY.fullmatch(text):
                raise ValueError(text)  # noqa: TRY301 - one rule for all that is no day
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
    except ValueError:
        like = "2026-11-27" if field.kind == "date" else "2026-11-27T08:00:00Z"
        raise wrong(name, f"应形如 {like}", f"is like {like}") from None
    if found.tzinfo is not None:
        found = found.astimezone(UTC)
    # DuckDB compares a moment with a zone only with a column that has one, and the other way round.
    return found.replace(tzinfo=UTC if "ZONE" in field.type else None)


def _number(name: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise wrong(name, "应为数字", "is a number")
    return found
