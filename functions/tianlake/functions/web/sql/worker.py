"""The process that runs statements, one after the other: `python -m tianlake.functions.web.sql.worker`.

Its arguments are a scratch folder and the limits as JSON. It takes jobs on standard input and answers on standard
output, has no environment and no other open files, and limits that the system holds.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from threading import Event, Timer
from time import process_time
from typing import BinaryIO, Final

import duckdb

from tianlake.functions.web.sql.answers import write
from tianlake.functions.web.sql.failures import ended
from tianlake.functions.web.sql.jobs import Grant, Job, Outcome, read_job, take, write_outcome
from tianlake.functions.web.sql.limits import Limits
from tianlake.functions.web.sql.session import Session
from tianlake.functions.web.sql.statement import judge
from tianlake.lake.duck import read_so_far

_KEPT: Final = 32
"""Products that a session holds open beside those of a statement."""

_ROOM: Final = 768
"""MiB beside what DuckDB may hold: Python, libraries, an answer while it is written."""


class Runner:
    """Runs jobs in a session, which is opened anew when something else is asked for."""

    def __init__(self, limits: Limits, scratch: Path) -> None:
        self._limits = limits
        self._scratch = scratch
        self._session: Session | None = None
        self._before = 0

    def prepare(self, job: Job) -> Exception | None:
        """Open what a job asks; return what went wrong, which `run` is to tell."""
        self._before = read_so_far("self")
        try:
            self._opened(job).refresh(job.secret)
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told
            return error
        return None

    def run(self, job: Job, fault: Exception | None) -> Outcome:
        """Run a job that was prepared; raises nothing."""
        if fault is not None:
            return ended(fault, job, self._limits, self._session, late=False)
        late = Event()
        timer = None
        try:
            session = self._opened(job)
            timer = _interrupting(session, self._limits.seconds, late)
            return self._answered(session, job, max(self._before, session.since))
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told
            return ended(error, job, self._limits, self._session, late=late.is_set())
        finally:
            if timer is not None:
                timer.cancel()

    def _opened(self, job: Job) -> Session:
        wanted = {grant.name: grant for grant in job.grants}
        session = self._session
        if session is not None and all(session.grants.get(name) == grant for name, grant in wanted.items()):
            return session
        others: dict[str, Grant] = {}
        if session is not None:
            others = dict(list(session.grants.items())[-_KEPT:])
            session.close()
            self._session = None
        limit_memory(None)
        try:
            self._session = Session({**others, **wanted}, job.secret, self._limits, self._scratch)
        except duckdb.IOException:  # one of the others may be gone: its release was withdrawn
            self._session = Session(wanted, job.secret, self._limits, self._scratch)
        limit_memory((self._limits.memory + _ROOM) << 20)
        return self._session

    def _answered(self, session: Session, job: Job, before: int) -> Outcome:
        names = {name for grant in job.grants for name in grant.makes}
        # A session may hold what other statements asked, of other nodes: this one is not to reach it by WITH.
        others = {name for grant in session.grants.values() for name in grant.makes} - names
        judge(session.tree(job.sql), names, session.taken | others, self._limits.depth)
        written = write(session.cursor.sql(job.sql), job.form, self._limits, self._scratch, session.beside)
        from_afar, seconds = session.cost()
        bytes_read = max(from_afar, read_so_far("self") - before)
        return Outcome("done", rows=written.rows, bytes_read=bytes_read, seconds=seconds, body=written.body)


def _interrupting(session: Session, seconds: float, late: Event) -> Timer:
    """End the session's statement when its time is up, unless the timer is cancelled."""

    def interrupt() -> None:
        late.set()
        session.cursor.interrupt()

    timer = Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    return timer


def limit_memory(most: int | None) -> None:
    """Let the process have so many bytes of memory to write to, or any number.

    Not of address space: libraries reserve gigabytes of it that they never use.
    """
    import resource  # noqa: PLC0415 - not on every system

    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (hard if most is None else most, hard))


def limit_process(limits: Limits) -> None:
    """Take what every statement may do without: priority, core files, large files, many files."""
    import resource  # noqa: PLC0415

    os.nice(5)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * limits.size, 2 * limits.size))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))


def limit_time(limits: Limits) -> None:
    """Let the system end the process when a statement takes much more of the processor than its time allows."""
    import resource  # noqa: PLC0415

    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    allowed = int(process_time() + (limits.threads + 1) * (limits.seconds + 10))
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))


def serve(jobs: BinaryIO, outcomes: BinaryIO, limits: Limits, scratch: Path) -> None:
    """Run jobs until there are none."""
    runner = Runner(limits, scratch)
    while (job := read_job(jobs)) is not None:
        fault = runner.prepare(job)
        take(outcomes)
        limit_time(limits)
        outcome = runner.run(job, fault)
        write_outcome(outcomes, outcome)
        if outcome.last:
            break


def main() -> None:
    """Serve the parent's pipes until it closes them."""
    os.environ.clear()
    jobs, outcomes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("r+b") as nothing:  # what a library reads or prints is none of our frames
        os.dup2(nothing.fileno(), 0)
        os.dup2(nothing.fileno(), 1)
    limits, scratch = Limits(**json.loads(sys.argv[2])), Path(sys.argv[1])
    limit_process(limits)
    with suppress(BrokenPipeError, KeyboardInterrupt):
        serve(jobs, outcomes, limits, scratch)
    rmtree(scratch, ignore_errors=True)  # a parent that was killed removes nothing


if __name__ == "__main__":
    main()
