"""How long each child of a harvest has taken: what it waits for here, because others are read, is not its own time."""

from __future__ import annotations

import time
from collections.abc import Collection
from threading import Lock


class Watch:
    """The times of children, by code. Safe to use from several threads."""

    def __init__(self, limit_s: float) -> None:
        """Let each child have so many seconds to be fetched, and as many again to be read."""
        self._limit_s = limit_s
        self._started: dict[str, float] = {}
        self._lock = Lock()

    def start(self, code: str) -> None:
        """Begin to count the time of a child anew."""
        with self._lock:
            self._started[code] = time.monotonic()

    def stop(self, code: str) -> None:
        """Count no more, until it is started again."""
        with self._lock:
            self._started.pop(code, None)

    def patience(self, waiting: Collection[str]) -> float:
        """Return how long to wait for the next answer, seconds: until the first child is late."""
        with self._lock:
            ends = [self._started[code] + self._limit_s for code in waiting if code in self._started]
        # Not longer: one may be started meanwhile.
        return max(0.01, min([*ends, time.monotonic() + self._limit_s]) - time.monotonic())

    def late(self, waiting: Collection[str]) -> list[str]:
        """Return those that have had their time."""
        with self._lock:
            started = {code: self._started[code] for code in waiting if code in self._started}
        return [code for code, begin in started.items() if time.monotonic() - begin >= self._limit_s]
