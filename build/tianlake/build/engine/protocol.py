"""What makes parts: the one interface that builds know, and how this process does it by itself."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tianlake.build.engine.meter import Meter
from tianlake.build.engine.parts import Record
from tianlake.build.engine.worker import Task, make
from tianlake.build.job import Progress, silent


@dataclass(frozen=True, slots=True)
class Tls:
    """What a command shows a cluster, and knows it by; files in PEM."""

    ca: Path
    """Of the authority that signed the certificates of scheduler, workers and command: the cluster's own."""
    cert: Path
    key: Path


class Engine(Protocol):
    """Makes parts somewhere, each by `worker.make`."""

    @property
    def remote(self) -> bool:
        """Whether parts are made on other machines, so that what they need has to be files."""

    def room(self) -> int:
        """Return how many parts are worth handing over at once: enough to keep every worker busy."""

    def submit(self, task: Task) -> Future[Record]:
        """Hand over a part."""

    def lost(self, error: BaseException) -> str | None:
        """Return why an error means that a worker was lost and not that the part is wrong; None where it does not."""

    def again(self, key: str) -> list[str]:
        """Return why the engine had a part made again by itself, once for each time."""

    def check(self) -> None:
        """Raise `StoreError` where waiting is in vain: nobody is left to make parts."""

    def close(self, *, now: bool = False) -> None:
        """End what was started; `now`: parts in the making too."""


class Inline:
    """Makes each part here, at once."""

    remote = False

    def __init__(self, threads: int, progress: Progress = silent) -> None:
        """Take the threads that a part may use, and who is told its steps."""
        self._threads = threads
        self._progress = progress

    def room(self) -> int:
        """Return 1."""
        return 1

    def submit(self, task: Task) -> Future[Record]:
        """Make a part."""
        future: Future[Record] = Future()
        try:
            future.set_result(make(task, self._threads, self._progress, Meter(forget=False)))
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            future.set_exception(error)
        return future

    def lost(self, error: BaseException) -> str | None:  # noqa: ARG002 - there is no worker
        """Return None."""
        return None

    def again(self, key: str) -> list[str]:  # noqa: ARG002 - as above
        """Return nothing."""
        return []

    def check(self) -> None:
        """Do nothing."""

    def close(self, *, now: bool = False) -> None:
        """Do nothing."""
