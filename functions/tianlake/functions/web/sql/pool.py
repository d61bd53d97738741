"""Processes that run statements: started when first needed, killed when one does not end, replaced when it is gone."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore, Event, Lock, Timer
from typing import Final, Protocol

from tianlake.functions.web.sql.jobs import Job, Outcome, is_taken, read_outcome, too_slow, write_job
from tianlake.functions.web.sql.limits import Limits
from tianlake.lake.errors import LakeError

_log = logging.getLogger(__name__)

START_S: Final = 30.0
"""How long a process may take to start and to open what a statement asks, seconds."""

WAIT_S: Final = 3.0
"""How long a statement waits for a free process, seconds."""

_JOBS: Final = 500
"""Statements after which a process is replaced: what libraries leak goes with it."""


class BusyError(LakeError):
    """Every process is taken, and too many wait already."""


class GoneError(LakeError):
    """The process ended while it ran the statement."""


class Runner(Protocol):
    """Runs statements."""

    def run(self, job: Job) -> Outcome:
        """Return how a statement ended; raises `BusyError`, `GoneError`."""

    def close(self) -> None:
        """End what was started."""


class Processes:
    """A few processes, and a short queue before them. Safe to use from several threads."""

    def __init__(self, limits: Limits, size: int = 2, waiting: int = 1, wait: float = WAIT_S) -> None:
        """Start nothing yet.

        Args:
            limits: Of each statement.
            size: Processes at most.
            waiting: Statements that may wait for one.
            wait: How long, seconds.
        """
        self._limits = limits
        self._free = BoundedSemaphore(size)
        self._wait = wait
        self._queue = BoundedSemaphore(waiting)
        self._lock = Lock()
        self._idle: list[_Process] = []
        self._taken: set[_Process] = set()
        self._closed = False

    def run(self, job: Job) -> Outcome:
        """Return how a statement ended.

        Raises:
            BusyError: No process was free in time.
            GoneError: The process ended by itself, or was ended by somebody else.
        """
        with self._place():
            try:
                return self._run(job)
            except BrokenPipeError:
                _log.info("sql: a process ended since its last statement: nothing of this one was run")
            try:
                return self._run(job)
            except BrokenPipeError:
                raise GoneError("sql: processes end as soon as they start") from None

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._free.acquire(blocking=False):
            if not self._queue.acquire(blocking=False):
                raise BusyError("sql: every process is taken")
            try:
                if not self._free.acquire(timeout=self._wait):
                    raise BusyError("sql: no process came free in time")
            finally:
                self._queue.release()
        try:
            yield
        finally:
            self._free.release()

    def _run(self, job: Job) -> Outcome:
        process = self._take()
        try:
            outcome = process.run(job)
        except BaseException:
            self._give_back(process, used_up=True)
            raise
        self._give_back(process, used_up=process.used_up)
        return outcome

    def _take(self) -> _Process:
        with self._lock:
            if self._closed:
                raise BusyError("sql: closed")
            while self._idle:
                process = self._idle.pop()
                if process.is_alive():
                    break
                process.end()
            else:
                process = _Process(self._limits)
            self._taken.add(process)
            return process

    def _give_back(self, process: _Process, *, used_up: bool) -> None:
        with self._lock:
            self._taken.discard(process)
            if not used_up and not self._closed:
                self._idle.append(process)
                return
        process.end()

    def pids(self) -> list[int]:
        """Return the ids of the processes that are there."""
        with self._lock:
            return [each.pid for each in (*self._idle, *self._taken)]

    def close(self) -> None:
        """End all of them, at once."""
        with self._lock:
            self._closed = True
            found = [*self._idle, *self._taken]
            self._idle.clear()
        for process in found:
            process.end()


_ALLOCATOR: Final = {"MALLOC_ARENA_MAX": "2"}
"""One that asks the system for what it needs: glibc's takes 64 MiB at once for each thread, which counts against the
memory that the process may have."""


class _Process:
    """One process and its scratch folder."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._scratch = TemporaryDirectory(prefix="tianlake-sql-")
        self._jobs = 0
        self.used_up = False
        # A session of its own: no signal meant for us reaches it. No environment but where Python finds its modules.
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tianlake.functions.web.sql.worker", self._scratch.name, json.dumps(asdict(limits))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._scratch.name,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LANG": "C.UTF-8", **_ALLOCATOR},
            start_new_session=True,
        )
        self.pid = self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def run(self, job: Job) -> Outcome:
        """Return how a statement ended; raises `BrokenPipeError` where the process ended before it took it."""
        jobs, outcomes = self._process.stdin, self._process.stdout
        if jobs is None or outcomes is None:
            raise GoneError("sql: a process without pipes")
        with self._killed_after(START_S):
            write_job(jobs, job)
            taken = is_taken(outcomes)
        if not taken:
            self.used_up = True
            raise BrokenPipeError
        with self._killed_after(self._limits.seconds + self._limits.grace) as late:
            outcome = read_outcome(outcomes, self._limits.size)
        self._jobs += 1
        if outcome is not None:
            self.used_up = outcome.last or self._jobs >= _JOBS
            return outcome
        self.used_up = True
        if late.is_set():
            return too_slow(self._limits)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(self._limits.grace)
        raise GoneError(f"sql: process {self.pid} ended with {self._process.returncode}")

    @contextmanager
    def _killed_after(self, seconds: float) -> Iterator[Event]:
        """Kill the process when a block takes longer; yield whether that was so."""
        late = Event()

        def kill() -> None:
            late.set()
            self._process.kill()

        timer = Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()

    def end(self) -> None:
        """Kill the process, if it is there, and remove its scratch folder."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not yet sent goes nowhere
                    pipe.close()
        self._process.wait()
        self._scratch.cleanup()
