"""A bounded pool of processes that gives results in the order of the work and never outlives its parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Final, TypeVar

from tianlake.lake.errors import LakeError

T = TypeVar("T")
R = TypeVar("R")

AHEAD: Final = 4
"""Pieces of work under way for each process: enough to keep it busy, few enough to bound memory."""


@contextmanager
def in_order(work: Callable[[T], R], items: Iterable[T], jobs: int, *, apart: bool = False) -> Iterator[Iterator[R]]:
    """Yield an iterator over `work(item)` for each item, in order, run in `jobs` spawned processes.

    One job runs here, without a process. On any way out, an interruption included, work that has begun is
    waited for, the rest is dropped and every process ends.

    Args:
        work: A function that can be pickled.
        items: Taken only as far ahead as processes need.
        jobs: Processes.
        apart: Whether even one job runs in a process of its own: libraries that end theirs when they fail.

    Raises:
        LakeError: A process died, which means that memory ran out.
    """
    if jobs <= 1 and not apart:
        yield map(work, items)
        return
    # Spawned, not forked: GDAL and DuckDB hold threads and locks that a fork would copy half-way.
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=obey_parent)
    try:
        yield _results(pool, work, items, jobs * AHEAD)
    except BrokenProcessPool:
        raise LakeError("a worker process died, most likely for lack of memory; use fewer --jobs") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _results(pool: ProcessPoolExecutor, work: Callable[[T], R], items: Iterable[T], ahead: int) -> Iterator[R]:
    waiting: deque[Future[R]] = deque()
    for item in items:
        with interrupts_held():  # the first calls start the processes
            waiting.append(pool.submit(work, item))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold back Ctrl-C for a moment. A process that starts in it never gets one: it inherits the signal mask."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def obey_parent() -> None:
    """Leave Ctrl-C to the parent, and end when it does: a killed parent cannot say so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
