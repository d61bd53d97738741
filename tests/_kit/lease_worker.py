"""One worker that spends leases as fast as it can: a process of its own, so that it can be killed.

    python lease_worker.py URL LIMIT START SECONDS LOG RESTS

Each unit goes into the log before it counts as spent, so that a killed worker has spent no more than its log says.
"""

from __future__ import annotations

import json
import os
import random
import struct
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tianlake.functions.accounts.stores import open_accounts
from tianlake.functions.admission.leases import Ask, Lease, Spent, spend
from tianlake.lake.quotas import Limit

NOON: Final = 1_795_752_000.0
"""2026-11-27, 12:00 in China's time: what the clocks of workers show at the start."""

ACCOUNT: Final = "a0000000000000001"
ENTRY: Final = struct.Struct("<dq")
"""When a unit was spent, seconds after the start, and of which day."""


def entries(log: Path) -> list[tuple[float, int]]:
    """Return what a worker spent; a last entry that was cut off is none."""
    content = log.read_bytes()
    return list(ENTRY.iter_unpack(content[: len(content) // ENTRY.size * ENTRY.size]))


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker is told."""

    url: str
    limit: Limit
    start: float
    """Seconds since the epoch, of the machine's clock."""
    seconds: float
    log: Path
    rests: float
    """How likely it is, after each unit, that the worker gives back what it holds and takes a new lease."""


def main(work: Work) -> None:
    """Spend until the time is over."""
    store = open_accounts(work.url, Path.cwd())
    start, limit = work.start, work.limit
    time.sleep(max(0.0, start - time.time()))
    output = os.open(work.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    lease: Lease | None = None
    while (elapsed := time.time() - start) < work.seconds:
        now = NOON + elapsed
        left = None if lease is None else spend(lease, 1, now)
        if left is None:
            back, lease = lease, None
            got = store.take(Ask(ACCOUNT, "tile", limit, limit.slice, 1, back, keep=True), now)
            if isinstance(got, Lease):
                lease = got
            else:
                pause(got, now)
        elif isinstance(left, Spent):
            pause(left, now)
        else:
            os.write(output, ENTRY.pack(elapsed, left.window))
            lease = left
            if random.random() < work.rests:
                store.give_back(lease, now)
                lease = None
    if lease is not None:
        store.give_back(lease, NOON + time.time() - start)
    store.close()


def pause(spent: Spent, now: float) -> None:
    """Wait as a server does that was told when to ask again."""
    time.sleep(min(max(spent.retry - now, 0.001), 0.05))


if __name__ == "__main__":
    url, limit, start, seconds, log, rests = sys.argv[1:]
    main(Work(url, Limit(**json.loads(limit)), float(start), float(seconds), Path(log), float(rests)))
