"""Looks at nodes whether or not anybody asks: what was withdrawn from one must not stay on this machine's disk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from threading import Event, Thread
from typing import Final

from tianlake.lake.errors import LakeError

_log = logging.getLogger(__name__)

EVERY_S: Final = 60.0


class Watch:
    """A thread that tidies up again and again until it is closed."""

    def __init__(
        self, codes: Callable[[], Collection[str]], tidy: Callable[[str], None], every_s: float = EVERY_S
    ) -> None:
        """Begin.

        Args:
            codes: Returns the nodes of which something is kept here.
            tidy: Forgets what was withdrawn from one of them; raises `LakeError` where it cannot be looked at.
            every_s: How long it waits between two looks, seconds.
        """
        self._codes = codes
        self._tidy = tidy
        self._every_s = every_s
        self._stop = Event()
        self._thread = Thread(target=self._work, name="stac-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(self._every_s):
            for code in sorted(self._codes()):
                try:
                    self._tidy(code)
                except LakeError as error:
                    _log.warning("node %s: what was withdrawn is looked for again in a while: %s", code, error)
