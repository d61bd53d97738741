"""Days of China that are asked about, and the days of UTC whose files have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tianlake.lake.freshness import CHINA


@dataclass(frozen=True, slots=True)
class Window:
    """Days of China, both included."""

    since: date
    until: date

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """First moment, and the first one after it."""
        first = datetime(self.since.year, self.since.month, self.since.day, tzinfo=CHINA)
        after = self.until + timedelta(days=1)
        return first, datetime(after.year, after.month, after.day, tzinfo=CHINA)

    @property
    def utc_days(self) -> tuple[date, date]:
        """First and last day of UTC that it touches."""
        first, after = self.bounds
        return first.astimezone(UTC).date(), (after - timedelta(microseconds=1)).astimezone(UTC).date()
