"""The parameter `datetime` (17-069r4 §7.15.4), and what it means for features and records. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from tianlake.functions.web.ogc.sqltext import FALSE, TRUE, Sql, both
from tianlake.functions.web.ogc.tables import FeatureTable, Field
from tianlake.functions.web.ogc.values import moment
from tianlake.functions.web.questions import wrong
from tianlake.lake.duck import identifier
from tianlake.lake.freshness import china_day
from tianlake.lake.recipes import Period

_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2}))?")
"""RFC 3339, `full-date` or `date-time`."""
_OPEN: Final = frozenset({"", ".."})
_DAY_ONLY: Final = len("2026-11-27")


@dataclass(frozen=True, slots=True)
class Span:
    """An interval of time, both ends included; None where it is open."""

    start: str | None
    """RFC 3339 date or date-time."""
    end: str | None

    @property
    def days(self) -> tuple[date | None, date | None]:
        """First and last day, in China."""
        return (
            None if self.start is None else china_day(self.start),
            None if self.end is None else china_day(self.end),
        )

    def meets(self, period: Period | None) -> bool:
        """Say whether a period of a product has a day in common; one that is not told has none."""
        if period is None:
            return False
        return self.touches(china_day(period.start), None if period.end is None else china_day(period.end))

    def touches(self, first: date | None, last: date | None) -> bool:
        """Say whether days from `first` to `last` have one in common; None is open."""
        start, end = self.days
        return (first is None or end is None or first <= end) and (last is None or start is None or last >= start)


def span(text: str) -> Span:
    """Return the interval that `datetime` says: an instant, or two with `/` between, `..` or nothing for an open end.

    Raises:
        CallError: 400, it is none.
    """
    parts = text.split("/")
    ends = [None if each in _OPEN and len(parts) > 1 else each for each in parts]
    try:
        if len(ends) > 2 or not any(ends) or not all(each is None or _INSTANT.fullmatch(each) for each in ends):  # noqa: PLR2004
            raise ValueError(text)  # noqa: TRY301 - one rule for all that is no interval
        found = Span(ends[0], ends[-1])
        start, end = found.days
        if start is not None and end is not None and start > end:
            raise ValueError(text)  # noqa: TRY301
    except (ValueError, OverflowError):
        rule = "is an RFC 3339 date or date-time, or an interval of two: 2026-01-01/.."
        raise wrong("datetime", "应为 RFC 3339 日期、时刻或区间，如 2026-01-01/..", rule) from None
    return found


def during(table: FeatureTable, wanted: Span) -> Sql:
    """Return that a feature is of some time of an interval.

    What tells its time are `valid_from` and `valid_to`; where it has neither, the day of its last update; where it has
    none of them, the period of the product.
    """
    start, end, updated = table.times()
    found = TRUE if wanted.meets(table.release.card.period) else FALSE
    if updated is not None:
        found = _known(_column(updated), both(*_since(updated, wanted), *_until(updated, wanted)), found)
    if start is None or end is None:
        return found
    lasts = both(
        *(Sql(f"({_column(start)} IS NULL OR {each.text})", each.parameters) for each in _until(start, wanted)),
        *(Sql(f"({_column(end)} IS NULL OR {each.text})", each.parameters) for each in _since(end, wanted)),
    )
    return _known(f"coalesce({_column(start)}, {_column(end)})", lasts, found)


def _known(what: str, then: Sql, otherwise: Sql) -> Sql:
    text = f"CASE WHEN {what} IS NOT NULL THEN {then.text} ELSE {otherwise.text} END"
    return Sql(text, then.parameters + otherwise.parameters)


def _since(field: Field, wanted: Span) -> list[Sql]:
    if wanted.start is None:
        return []
    return [Sql(f"{_column(field)} >= ?", (_moment(field, wanted.start, "00:00:00"),))]


def _until(field: Field, wanted: Span) -> list[Sql]:
    if wanted.end is None:
        return []
    return [Sql(f"{_column(field)} <= ?", (_moment(field, wanted.end, "23:59:59.999999"),))]


def _moment(field: Field, text: str, hour: str) -> date | datetime:
    if field.kind == "date":
        return china_day(text)
    # A day without a zone is one of China, as everywhere in the lake.
    return moment("datetime", field, f"{text}T{hour}+08:00" if len(text) == _DAY_ONLY else text)


def _column(field: Field) -> str:
    return f"lake.{identifier(field.name)}"
