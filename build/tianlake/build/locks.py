"""Locks between processes of one machine: the system frees them when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hold(file: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of `file`, which is made where it does not exist and stays.

    A file of its own, opened for writing: NFS locks no folder and nothing that is only read.

    Args:
        file: The lock file, in an existing folder.
        wait: Whether to wait for another holder; without it `False` is yielded where there is one.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
