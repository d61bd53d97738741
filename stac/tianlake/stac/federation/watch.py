"""How long each child of a harvest has taken: what it waits for here, because others are read, is not its own time."""

from __future__ import annotations

import time
from collections.abc import Collection
from threading import Lock
from typing import Final

LONGEST_S: Final = 3600.0


class Watch:
    """When the time of each child is over, by code. Safe to use from several threads."""

    def __init__(self) -> None:
        """Count nobody's time yet."""
        self._ends: dict[str, float] = {}
        self._lock = Lock()

    def start(self, code: str, seconds: float) -> None:
        """Let a child have so many seconds from now on."""
        with self._lock:
            self._ends[code] = time.monotonic() + seconds

    def stop(self, code: str) -> None:
        """Count no more, until it is started again."""
        with self._lock:
            self._ends.pop(code, None)

    def patience(self, waiting: Collection[str], most: float = LONGEST_S) -> float:
        """Return how long to wait for the next answer, seconds: until the first child is late, or `most`.

        One may be started meanwhile, so `most` is no more than the shortest time that any may have.
        """
        with self._lock:
            ends = [self._ends[code] for code in waiting if code in self._ends]
        now = time.monotonic()
        return max(0.01, min([*ends, now + most]) - now)

    def late(self, waiting: Collection[str]) -> list[str]:
        """Return those that have had their time."""
        now = time.monotonic()
        with self._lock:
            return [code for code in waiting if self._ends.get(code, now + 1) <= now]
