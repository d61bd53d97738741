"""Work on foreign files in a process of its own, which may take so much memory and time and no more.

What a Parquet file says of its own size need not be true: a page of a few kilobytes may unpack to gigabytes, inside the
library that reads it. So it is read where that hurts nobody. The process is a new interpreter, not a fork of a program
with threads; it does not import the program's own main module.
"""

from __future__ import annotations

import logging
import os
import pickle
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Final, TypeVar, cast

from tianlake.lake.errors import LakeError

_log = logging.getLogger(__name__)

MEMORY_BYTES: Final = 640 << 20
"""How much more than at its start a process may hold: `unpacked.GROUP` bytes of a row group, and what reading takes."""

_AT_ONCE: Final = threading.Semaphore(2)
"""Together they must not take more memory than a harvest may."""

_NO_MEMORY: Final = 12
"""Exit code, as errno has it (ENOMEM)."""

_RUN: Final = "from tianlake.stac.federation.bounded import run; run()"

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
    order = pickle.dumps((MEMORY_BYTES, seconds, work, given))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, our own words
            [sys.executable, "-P", "-c", _RUN],
            input=order,
            capture_output=True,
            timeout=seconds,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise LakeError(f"cannot be read within {seconds:.0f} s") from None
    if done.returncode != 0 or not done.stdout:
        _log.warning("reading ended with code %d: %s", done.returncode, done.stderr.decode(errors="replace")[-500:])
        if done.returncode == _NO_MEMORY or done.returncode < 0:  # a library that finds no memory may abort
            raise LakeError(f"cannot be read with {MEMORY_BYTES >> 20} MiB of memory")
        raise LakeError(f"cannot be read: the process for it ended with code {done.returncode}")
    fine, found = pickle.loads(done.stdout)  # noqa: S301 - of our own process
    if not fine:
        raise LakeError(found)
    return cast("T", found)


def run() -> None:
    """Do the work that comes on standard input, as the process of `bounded`; where memory ends, answer nothing."""
    memory, seconds, work, given = pickle.load(sys.stdin.buffer)  # noqa: S301 - of our own program
    _limit(memory, seconds)
    try:
        answer = (True, work(*given))
    except LakeError as error:
        answer = (False, str(error))
    except MemoryError:
        sys.exit(_NO_MEMORY)
    sys.stdout.buffer.write(pickle.dumps(answer))


def _limit(memory: int, seconds: float) -> None:
    """Bound this process: RLIMIT_DATA counts all memory of its own (setrlimit(2)), and is known when it starts."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 - one line of numbers
        held = int(file.read().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (held + memory, held + memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 5, int(seconds) + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
