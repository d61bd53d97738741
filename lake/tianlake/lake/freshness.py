"""How old published data is (article 12: every area updates its data sets at least once a year). Pure: dates in.

Days are days of China Standard Time (UTC+08:00 all year): a time with an offset is the day it then was in China, a date
or a time without one is taken as it stands. An age is counted in days, not in calendar years, so that a leap year gives
no day more: 365 days after an update a year has passed without another one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final, Literal

from tianlake.lake.errors import LakeError
from tianlake.lake.releases import Candidate

WARN_DAYS: Final = 300
"""From this age on an update is due soon; of the year that article 12 gives."""

LIMIT_DAYS: Final = 365
"""From this age on article 12 is not kept."""

CHINA: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has kept one time without daylight saving since 1992 (IANA time zone Asia/Shanghai)."""

DIVISION_COLUMNS: Final = ("county_code", "city_code", "province_code", "admin_code", "code")
"""Columns that may hold a feature's division; the first one there is asked."""

UPDATED_COLUMN: Final = "updated_at"
"""When a feature was updated last, where a product has this column."""

State = Literal["fresh", "due", "late"]
Basis = Literal["updated_at", "period", "built"]
"""Where a date comes from: the features, the end of the card's period, the build of the release."""

_DURATION: Final = re.compile(r"(\d+)([YMWD])")


@dataclass(frozen=True, slots=True)
class Limits:
    """Ages in days from which on a product is due, and late."""

    due: int
    late: int


@dataclass(frozen=True, slots=True)
class Updated:
    """When something was updated last, a day of China, and how that is known."""

    on: date
    basis: Basis


@dataclass(frozen=True, slots=True)
class Freshness:
    """The age of a product, or of its features in one division."""

    node: str
    product: str
    division: str | None
    """Node code of the division; None for the whole product."""
    name: str | None
    """The division's full name."""
    features: int | None
    updated: date
    basis: Basis
    days: int
    state: State


def limits(update_cycle: str) -> Limits:
    """Return the limits of an update cycle: those of article 12, or as large a part of a shorter cycle.

    Args:
        update_cycle: ISO 8601 duration of years, months, weeks and days; a year has 365 days and twelve equal months.
    """
    days = 0.0
    for count, unit in _DURATION.findall(update_cycle):
        days += int(count) * {"Y": 365, "M": 365 / 12, "W": 7, "D": 1}[unit]
    late = max(1, min(LIMIT_DAYS, int(days + 1e-6)))
    return Limits(due=-(-late * WARN_DAYS // LIMIT_DAYS), late=late)


def judge(days: int, limit: Limits) -> State:
    """Return the state of data of an age in days."""
    if days >= limit.late:
        return "late"
    return "due" if days >= limit.due else "fresh"


def china_day(text: str) -> date:
    """Return the day of an RFC 3339 date or date-time in China.

    Raises:
        ValueError: The text is neither.
    """
    if len(text) == len("2026-01-01"):
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return moment.date() if moment.tzinfo is None else moment.astimezone(CHINA).date()


def today(now: datetime) -> date:
    """Return the day in China of a moment with an offset."""
    return now.astimezone(CHINA).date()


def release_updated(candidate: Candidate) -> Updated:
    """Return when a release's data was updated, as its card and its build tell: the earlier of both.

    A period that ends counts by its end: building again does not make data newer. One that ends after the build, or
    not at all, counts by the build.

    Raises:
        LakeError: The period is no date.
    """
    built = china_day(candidate.built)
    period = candidate.card.period
    if period is None or period.end is None:
        return Updated(built, "built")
    try:
        end = china_day(period.end)
    except ValueError:
        rule = "period.end: an RFC 3339 date or date-time is needed"
        raise LakeError(f"{candidate.card.id}: {rule}; got {period.end!r}") from None
    return Updated(end, "period") if end <= built else Updated(built, "built")


def newest(features: date | None, release: Updated) -> Updated:
    """Return when features were updated last: by their own dates, or by their release where they have none."""
    return release if features is None else Updated(features, "updated_at")
