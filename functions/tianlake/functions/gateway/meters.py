"""What a worker of the gateway counts of its requests, for whoever watches the server; a file of each worker.

A request costs additions in memory. A thread writes the counts every second; `metrics` reads those of all workers,
of those that ended, too: counts of a server never go back while it runs.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from bisect import bisect_left
from collections import Counter
from pathlib import Path
from threading import Event, Thread
from typing import Final

from tianlake.functions.gateway.lease_counts import LeaseCounts
from tianlake.lake.logs import Row

_log = logging.getLogger(__name__)

BOUNDS_MS: Final = (1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 1000.0, 5000.0)
"""Upper ends of the classes of latency, milliseconds; the last class has none."""

EVERY_S: Final = 1.0

_MS: Final = len(BOUNDS_MS) + 1
"""Where a cell has the sum of milliseconds; before it are the classes, after it the bytes."""


class Meter:
    """Counts requests of one worker."""

    def __init__(self, folder: Path, every_s: float = EVERY_S, leases: LeaseCounts | None = None) -> None:
        """Write what is counted, `leases` too, into a file of one's own in `folder`, which is there."""
        self._leases = leases or LeaseCounts()
        self._file = folder / f"{os.getpid()}-{secrets.token_hex(4)}.json"
        self._cells: dict[tuple[str, int, bool], list[float]] = {}
        self._codes: Counter[str] = Counter()
        self._confirmed = 0
        self._written = b""
        self._every_s = every_s
        self._stop = Event()
        self._thread = Thread(target=self._run, name="meter", daemon=True)
        self._thread.start()

    def note(self, row: Row) -> None:
        """Count a request. Takes no time and fails never."""
        name = (row.kind, row.status // 100, bool(row.account))
        cell = self._cells.get(name)
        if cell is None:
            cell = self._cells[name] = [0.0] * (_MS + 2)
        cell[bisect_left(BOUNDS_MS, row.ms)] += 1
        cell[_MS] += row.ms
        cell[_MS + 1] += row.bytes
        if row.code:
            self._codes[row.code] += 1
        if row.cache == "hit":
            self._confirmed += 1

    def close(self) -> None:
        """Write what was counted last."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self._write()
        self._write()

    def _write(self) -> None:
        """Write the counts where they changed; a disk that is full or gone is logged, and stops nothing."""
        cells = [[*name, *cell] for name, cell in list(self._cells.items())]
        codes = dict(list(self._codes.items()))
        found = {"cells": cells, "codes": codes, "confirmed": self._confirmed, "leases": self._leases.rows()}
        body = json.dumps(found).encode()
        if body == self._written:
            return
        fresh = self._file.with_suffix(".new")
        try:
            fresh.write_bytes(body)
            fresh.replace(self._file)
        except OSError as error:
            _log.warning("%s: counts of this worker are not written: %s", self._file.name, error.strerror)
        else:
            self._written = body
