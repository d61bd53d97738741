"""Processes that kill themselves at one of their changes to the file system.

Every call that changes it raises an audit event; before the N-th of them the process kills itself with SIGKILL.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass

CHANGES = {"os.link", "os.rename", "os.remove", "os.mkdir", "os.truncate"}
"""`os.replace` raises `os.rename`; `open` counts where it may write."""


@dataclass
class Dying:
    """Counts the changes of this process from now on; dies before the one that is `fatal`, or lives where that is 0."""

    fatal: int
    seen: int = 0

    def __post_init__(self) -> None:
        sys.addaudithook(self._watch)

    def _watch(self, event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in CHANGES or writes:
            self.seen += 1
            if self.seen == self.fatal:
                os.kill(os.getpid(), signal.SIGKILL)
