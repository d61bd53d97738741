"""What is done to the log now and then: the parts of a day become one file, and what is too old goes."""

from __future__ import annotations

import re
import time
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pyarrow as pa

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, NotFoundError
from tianlake.lake.logs.parts import (
    MERGED,
    SOURCES,
    WHOLE,
    Days,
    Part,
    encode,
    first_kept,
    parts_of,
    read_days,
    read_part,
)
from tianlake.lake.releases import PARQUET
from tianlake.lake.store import ABSENT, Store

_SETTLED: Final = timedelta(hours=2)
"""How long after its end a day is left alone: servers put what they still hold."""

_NUMBER: Final = re.compile(r"\D")

Erase = Callable[[str], object]
"""Deletes what a store keeps of objects below a prefix that were deleted: older versions."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """What `tidy` did."""

    merged: int
    """Files that became part of another."""
    removed: int
    """Files that were too old."""
    secrets: int
    """Secrets of months that were destroyed."""
    since: date
    """The first day that is kept, in UTC."""


def tidy(store: Store, kept_days: int, erase: Erase, now: float | None = None) -> Tidied:
    """Merge the parts of days that are over, remove days before those that are kept, and destroy their secrets.

    May be broken off and called again, by several at a time, while servers put parts and others read.

    Args:
        store: The node's.
        kept_days: For how many days rows are kept.
        erase: Of the store: what was removed must not be readable as an older version.
        now: Seconds since the epoch; the clock's by default.

    Raises:
        LakeError: A file is none of the log.
        StoreError: The store does not answer.
    """
    moment = time.time() if now is None else now
    first = first_kept(moment, kept_days)
    removed = [part for part in parts_of(store) if part.day < first]
    for part in removed:
        store.delete(part.key)
        erase(part.key)
    gone = _destroy(store, first, erase)
    over = (datetime.fromtimestamp(moment, UTC) - _SETTLED).date() - timedelta(days=1)
    return Tidied(_merge(store, first, over, erase), len(removed), gone, first)


def _destroy(store: Store, first: date, erase: Erase) -> int:
    """Destroy the secrets of months of which no day is kept."""
    gone = 0
    for info in list(store.list(f"{keys.LOGS}secrets/")):
        year, _, month = info.key.rpartition("/")[2].removesuffix(".key").partition("-")
        last = date(int(year), int(month), monthrange(int(year), int(month))[1])
        if last < first:
            store.delete(info.key)
            erase(info.key)
            gone += 1
    return gone


def _merge(store: Store, since: date, until: date, erase: Erase) -> int:
    """Put one file in the place of the parts of each day; return how many files went."""
    days = read_days(store, since, until)
    for part in days.spent:  # somebody was broken off after the file that holds it was put
        store.delete(part.key)
        erase(part.key)
    gone = len(days.spent)
    for day in sorted({part.day for part in days.parts}):
        of_day = [part for part in days.parts if part.day == day]
        if len(of_day) > 1:
            gone += _merge_day(store, of_day, days, erase)
    return gone


def _merge_day(store: Store, parts: list[Part], days: Days, erase: Erase) -> int:
    day = parts[0].day
    held = days.merged.get(day, frozenset()) | {part.name for part in parts}
    number = 1 + max((int(_NUMBER.sub("", name)) for name in held if name.startswith(WHOLE)), default=0)
    try:
        rows = pa.concat_tables([read_part(store, part) for part in parts])
        body = encode(rows, {MERGED: [*held], SOURCES: [*days.sources.get(day, frozenset())]})
        name = f"{WHOLE}{number:06d}.parquet"
        store.put(keys.log_part(day, name), body, media_type=PARQUET, condition=ABSENT)
    except (NotFoundError, ConflictError):  # another one merges this day
        return 0
    for part in parts:
        store.delete(part.key)
        erase(part.key)
    return len(parts)
