"""Makes parts in processes of this machine."""

from __future__ import annotations

import resource
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, Final

from tianlake.build.engine.parts import Record
from tianlake.build.engine.worker import Task, make
from tianlake.build.workers import interrupts_held, obey_parent

AHEAD: Final = 2
"""Parts handed over for each process: the one it makes, and the next."""


class Processes:
    """A pool of processes, started when the first part comes; a process that dies costs its part one try."""

    remote = False

    def __init__(self, jobs: int, memory: int) -> None:
        """Take the number of processes, and the bytes that each may hold."""
        self._jobs = jobs
        self._memory = memory
        self._pool: ProcessPoolExecutor | None = None
        self._context = _Remembering()

    def room(self) -> int:
        """Return two for each process."""
        return self._jobs * AHEAD

    def submit(self, task: Task) -> Future[Record]:
        """Hand over a part; after a death, to a new pool."""
        with interrupts_held():  # the first calls start the processes
            try:
                return self._opened().submit(make, task)
            except BrokenProcessPool:
                self.close()
                return self._opened().submit(make, task)

    def lost(self, error: BaseException) -> str | None:
        """Return why, where a process died: the system ends one that memory is short for."""
        if isinstance(error, BrokenProcessPool):
            return "a worker process died, most likely for lack of memory; use fewer --jobs"
        return None

    def again(self, key: str) -> list[str]:  # noqa: ARG002 - a pool tries nothing again
        """Return nothing."""
        return []

    def check(self) -> None:
        """Do nothing: a pool is never out of reach."""

    def close(self, *, now: bool = False) -> None:
        """End the processes, and no others: whoever builds may have started some of its own."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        started, self._context = self._context.started, _Remembering()
        # What waits goes first: Python 3.11 fails in a thread where a pool with cancelled work breaks.
        pool.shutdown(wait=not now, cancel_futures=True)
        if now:
            for each in (one for one in started if one.pid is not None):  # one may not have been born
                each.terminate()
                each.join()

    def _opened(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._jobs, self._context, _begin, (self._memory,))
        return self._pool


class _Remembering(SpawnContext):
    """Starts processes and remembers which: a pool does not tell.

    Spawned, not forked: GDAL and DuckDB hold threads and locks that a fork would copy half-way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.started: list[SpawnProcess] = []

    def Process(self, *given: Any, **named: Any) -> SpawnProcess:  # type: ignore[override]  # noqa: ANN401, N802 - as in SpawnContext
        process = SpawnProcess(*given, **named)
        self.started.append(process)
        return process


def _begin(memory: int) -> None:
    obey_parent()
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    # What a process may write to, of its own: not the files it has mapped, which the system can take back.
    resource.setrlimit(resource.RLIMIT_DATA, (memory, hard))
