"""What backups, drills and restores came to: `private/backups/<time>.json`, which is how a node knows its backups."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.releases import JSON
from tianlake.lake.store import ABSENT, Store
from tianlake.lake.words import Instant, instant

Kind = Literal["backup", "drill", "restore", "gone"]


@dataclass(frozen=True, slots=True)
class Result:
    """One of them."""

    kind: Kind
    """`gone`: a place whose backups are there no more."""
    place: str
    """`file:DIRECTORY` or `s3://BUCKET/PREFIX`, as it was named: without the node's code."""
    at: Instant
    """When it ended."""
    endpoint: str | None = None
    """Of an S3 service other than that of `[aws]`."""
    snapshot: Instant | None = None
    """The recovery point."""
    objects: int = 0
    """Of the snapshot."""
    bytes: int = 0
    copied: int = 0
    """Objects that were sent: to the backup, or back."""
    copied_bytes: int = 0
    took_s: float = 0
    """Of a drill or restore: the recovery time."""
    whole: bool = False
    """Whether every byte of the snapshot was read in the backup, and right."""
    releases: tuple[str, ...] = ()
    """`<product>/<release>` that are whole in the snapshot."""
    wrong: tuple[str, ...] = ()
    """Keys of objects that were lost or changed."""
    reason: str = ""
    accounts: int | None = None
    """Accounts that were saved, compared or brought back with it; None: the node keeps none."""

    @property
    def lag_s(self) -> float:
        """From the recovery point to the end, seconds: what is newer than that would be lost."""
        if self.snapshot is None:
            return 0.0
        return (datetime.fromisoformat(self.at) - datetime.fromisoformat(self.snapshot)).total_seconds()


def note(store: Store, result: Callable[[Instant], Result], clock: Callable[[], float] = time.time) -> Result:
    """Keep a result in the node's lake, under its time, or the next second that is free; return it."""
    now = clock()
    while True:
        found = result(instant(now))
        try:
            store.put(keys.backup_result(found.at), dump_record(found), media_type=JSON, condition=ABSENT)
        except ConflictError:
            now += 1
        else:
            return found


def results(store: Store) -> list[Result]:
    """Return all results of a node, oldest first."""
    return [
        parse_record(Result, store.get(info.key)[1], file=info.key)
        for info in store.list(keys.BACKUPS)
        if info.key.endswith(".json")
    ]


def known_places(found: Iterable[Result]) -> list[tuple[str, str | None]]:
    """Return the places that hold backups of a node, with their endpoints: those whose last word is not `gone`."""
    last = {(each.place, each.endpoint): each.kind for each in found if each.kind != "restore"}
    return [place for place, kind in last.items() if kind != "gone"]


def fresh(found: Iterable[Result], now: datetime, within: timedelta) -> list[Result]:
    """Return results by which a backup was read whole, and right, not longer ago than `within`, newest first."""
    every = list(found)
    alive = set(known_places(every))
    return [
        each
        for each in reversed(every)
        if each.whole
        and not each.wrong
        and (each.place, each.endpoint) in alive
        and now - datetime.fromisoformat(each.at).astimezone(UTC) <= within
    ]
