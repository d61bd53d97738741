"""A call to the store that a decision waits for: run once, however many requests wait for it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock


class Errand:
    """What has to be fetched before a request can be decided: `run()`, then decide again.

    `run` blocks for as long as the store takes. It raises nothing that a store may fail with: what to do then is
    decided when the request is decided again. Several threads may run the same errand: one works, the others wait.
    """

    __slots__ = ("__weakref__", "_done", "_lock", "_work")

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._lock = Lock()
        self._done = False

    def run(self) -> None:
        """Do the work, or wait until who does it is done."""
        with self._lock:
            if not self._done:
                self._done = True
                self._work()
