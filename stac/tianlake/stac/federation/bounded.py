"""Work on foreign files in a process of its own, which may take so much memory and time and no more.

What a Parquet file says of its own size need not be true: a page of a few kilobytes may unpack to gigabytes, inside the
library that reads it. So it is read where that hurts nobody. Each process is a fork of one server that has loaded what
reading takes and has no threads (`multiprocessing`'s fork server), not of a program that has some: a nation reads the
files of 365 nodes, and a new interpreter with Arrow would cost a second of the processor for each. As with all of
`multiprocessing`, a program of one's own that harvests begins below `if __name__ == "__main__"`.
"""

from __future__ import annotations

import functools
import logging
import multiprocessing
import resource
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Final, TypeVar, cast

from tianlake.lake.errors import LakeError

_log = logging.getLogger(__name__)

MEMORY_BYTES: Final = 640 << 20
"""How much more than at its start a process may hold: `unpacked.GROUP` bytes of a row group, and what reading takes."""

_AT_ONCE: Final = threading.Semaphore(2)
"""Together they must not take more memory than a harvest may."""

_NO_MEMORY: Final = 12
"""Exit code, as errno has it (ENOMEM)."""

_LOADED: Final = ["__main__", "tianlake.stac.federation.reading", "pyarrow.parquet", "pyarrow.compute", "shapely"]
"""Modules that the server has before it forks."""
_LAST_S: Final = 5
"""How long a process may take to end after it has answered, seconds."""

T = TypeVar("T")


def turn() -> threading.Semaphore:
    """Return what is held, by `with`, while files of one child are read: others wait for it."""
    return _AT_ONCE


def bounded(work: Callable[..., T], *given: object, seconds: float) -> T:
    """Return what `work(*given)` returns, from a process of its own.

    Args:
        work: A function of a module; what it is given and returns is pickled.
        given: What it is given.
        seconds: How long it may take, its process's start included.

    Raises:
        LakeError: What it raised; or it took more time or memory than it may.
    """
    here, there = _server().Pipe(duplex=False)
    process = _server().Process(target=_run, args=(there, MEMORY_BYTES, seconds, work, given), daemon=True)
    process.start()
    there.close()
    try:
        answer = _answer(here, seconds)
        process.join(_LAST_S)
    finally:
        here.close()
        process.kill()
        process.join()
    if answer is None:
        raise LakeError(_ended(process.exitcode or 0))
    fine, found = answer
    if not fine:
        raise LakeError(str(found))
    return cast("T", found)


def _answer(here: Connection, seconds: float) -> tuple[bool, object] | None:
    """Return what a process says, or None where it ends without a word."""
    if not here.poll(seconds):
        raise LakeError(f"cannot be read within {seconds:.0f} s")
    try:
        answer: tuple[bool, object] = here.recv()
    except EOFError:
        return None
    return answer


def _ended(code: int) -> str:
    _log.warning("reading ended with code %d", code)
    if code == _NO_MEMORY or code < 0:  # a library that finds no memory may abort
        return f"cannot be read with {MEMORY_BYTES >> 20} MiB of memory"
    return f"cannot be read: the process for it ended with code {code}"


@functools.cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    return context


def _run(
    there: Connection, memory: int, seconds: float, work: Callable[..., object], given: tuple[object, ...]
) -> None:
    """Do the work, as the process of `bounded`, and say what it returned; where memory ends, say nothing."""
    _limit(memory, seconds)
    try:
        answer = (True, work(*given))
    except LakeError as error:
        answer = (False, str(error))
    except MemoryError:
        sys.exit(_NO_MEMORY)
    there.send(answer)


def _limit(memory: int, seconds: float) -> None:
    """Bound this process: RLIMIT_DATA counts all memory of its own (setrlimit(2)), and is known when it starts."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 - one line of numbers
        held = int(file.read().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (held + memory, held + memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 5, int(seconds) + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
