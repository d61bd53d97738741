"""How long a map approval holds, and when additions must be filed again. Pure.

Two years and six months are what people of the field know, not what a text that could be read says (tianditu.md §3.2):
both come from the policy.
"""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from tianlake.lake.reviews.steps import MapApproval
from tianlake.lake.words import Text

CHINA: Final = timezone(timedelta(hours=8))
AHEAD_DAYS: Final = 60
"""How early a date that comes is told of: a review takes up to 20 working days (地图管理条例, article 19)."""


@dataclass(frozen=True, slots=True)
class Validity:
    """The dates of a map approval, in China; None where the policy counts none."""

    until: date | None
    """Its last day."""
    filing: date | None
    """The last day to file additions."""

    def expired(self, today: date) -> bool:
        """Say whether the approval is over."""
        return self.until is not None and today > self.until


UNDATED: Final = Validity(None, None)


def validity(approval: MapApproval, years: float, months: float) -> Validity:
    """Return the dates of an approval.

    Args:
        approval: What was recorded; an exemption has no dates.
        years: For which an approval holds; infinite where that is not counted.
        months: Within which additions are filed after the approval, and after each filing.
    """
    if approval.approved is None or approval.exemption is not None:
        return UNDATED
    filed = max(approval.approved, approval.filed or approval.approved)
    return Validity(_later(approval.approved, years * 12), _later(filed, months))


def day_in_china(seconds: float) -> date:
    """Return the day in China at a time, seconds since the epoch."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(CHINA).date()


def coming(dates: Validity, today: date) -> tuple[Text, ...]:
    """Return what has to be told of dates that come within `AHEAD_DAYS`, or are past."""
    found: list[Text] = []
    for day, zh, en in (
        (dates.until, "审图号有效期至", "the map approval ends on"),
        (dates.filing, "新增内容备案期限为", "additions are to be filed by"),
    ):
        if day is not None and today > day:
            found.append(Text(f"{zh} {day}，已过期", f"{en} {day}, which is past"))
        elif day is not None and day - today <= timedelta(days=AHEAD_DAYS):
            left = (day - today).days
            found.append(Text(f"{zh} {day}，还有 {left} 天", f"{en} {day}, in {left} days"))
    return tuple(found)


def _later(day: date, months: float) -> date | None:
    """Return the day some months later; the last one of its month where that is shorter."""
    if not math.isfinite(months):
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + int(months), 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
