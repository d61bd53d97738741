"""Unfinished writes of a directory store: files in `.tmp/` that become objects whole or not at all."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from tianlake.lake.store._rules import SCRATCH

_LOCK: Final = "lock"
_PART: Final = ".part"
_COPY_BYTES: Final = 1 << 20


class Scratch:
    """The folder `.tmp/` of one store: on the same file system as the objects, so that a rename is atomic."""

    def __init__(self, root: Path) -> None:
        self._folder = root / SCRATCH

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only thread of all processes that changes objects; the system frees the lock on a crash."""
        self._folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._folder / _LOCK, flags, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def part(self) -> Iterator[tuple[Path, BinaryIO]]:
        """Give a new file, and remove its name afterwards.

        The file is held under a lock of its own for as long as its writer lives. The name begins with the
        process id for people who look; the lock decides: ids are reused, and differ between containers.
        """
        with self.lock():
            self._sweep()
            path = self._folder / f"{os.getpid()}-{secrets.token_hex(8)}{_PART}"
            # 0o666 less the umask, as programs create files: other users may serve what one published.
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with os.fdopen(descriptor, "w+b") as file:
            try:
                yield path, file
            finally:
                path.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what writers left behind that died in the middle of a write."""
        for path in self._folder.glob(f"*{_PART}"):
            # Another user's leftovers are that user's to remove, and no reason for this write to fail.
            with suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)


def fill(file: BinaryIO, source: BinaryIO) -> None:
    """Copy `source` to an unfinished file and force it to the disk; raises `OSError` when that is full."""
    shutil.copyfileobj(source, file, _COPY_BYTES)
    file.flush()
    # The clock of the file system ticks every few milliseconds only; etags of big objects need the exact time.
    now = time.time_ns()
    os.utime(file.fileno(), ns=(now, now))
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk: a file is only as durable as its name."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folders(folder: Path) -> None:
    """Make a folder and those above it, durably."""
    missing = [folder] if not folder.exists() else []
    while missing and not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        sync_folder(each.parent)


def prune(folder: Path, root: Path) -> None:
    """Remove `folder` and those above it, up to but without `root`, as far as they are empty."""
    for each in [folder, *folder.parents]:
        if each == root:
            return
        try:
            each.rmdir()
        except OSError:
            return
