"""Rows of the access log that wait on this machine: pieces of Arrow's stream format, each after its length in bytes.

A piece that was cut off, as its writer was killed or the disk was full, is passed over.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import pyarrow as pa

from tianlake.lake.logs.schema import SCHEMA

_log = logging.getLogger(__name__)

MOST_BYTES: Final = 1 << 30
"""Of all files that wait: a lake that cannot be written to for long must not fill a server's disk."""

_ENDING: Final = ".rows"
_LENGTH: Final = 8
"""Bytes of the length of a piece."""


class Spooled:
    """A file that nobody adds to any more. Within its `with`, no other process takes it."""

    def __init__(self, file: Path, held: IO[bytes]) -> None:
        """Take `file`, of which this process has the lock through `held`."""
        self._file = file
        self._held = held

    def __enter__(self) -> Self:
        """Keep it."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let it go."""
        self._held.close()

    @property
    def name(self) -> str:
        """Its name, which no other file has or had."""
        return self._file.stem

    def read(self) -> pa.Table:
        """Return its rows, up to where its writer was killed.

        Raises:
            OSError: The file cannot be read.
        """
        self._held.seek(0)
        found = [SCHEMA.empty_table()]
        while len(piece := self._held.read(int.from_bytes(head := self._held.read(_LENGTH), "big"))) and head:
            try:
                table = pa.ipc.open_stream(piece).read_all().cast(SCHEMA)
                table.validate(full=True)
                found.append(table)
            except (pa.ArrowException, OSError, ValueError):  # Arrow calls a body that ends early an error of the disk
                _log.warning("%s: a piece is cut off or damaged", self._file.name)
        return pa.concat_tables(found)

    def remove(self) -> None:
        """Delete it."""
        self._file.unlink(missing_ok=True)


class Spool:
    """A folder of such files; each process adds to one of its own."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which need not exist."""
        self._folder = folder
        self._file: IO[bytes] | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows to this process's file.

        Raises:
            OSError: They cannot be written, or what waits is too much already; nothing of them counts as written.
        """
        if self._waits() > MOST_BYTES:
            raise OSError(f"{self._folder}: over {MOST_BYTES} bytes wait to be put into the lake")
        file = self._file = self._file or self._begun()
        whole = os.fstat(file.fileno()).st_size
        try:
            _write(file, _piece(batch))
        except OSError:
            os.ftruncate(file.fileno(), whole)
            file.seek(whole)
            raise

    def turn(self) -> None:
        """Close this process's file, so that it is ready; the next rows go into another one."""
        if self._file is not None:
            self._file.close()
        self._file = None

    def ready(self) -> Iterator[Spooled]:
        """Yield what nobody adds to: own files, and those of processes that have ended."""
        for file in sorted(self._folder.glob(f"*{_ENDING}")):
            try:
                held = file.open("rb")
            except OSError:
                continue
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                held.close()
                continue
            if file.exists():
                yield Spooled(file, held)
            else:
                held.close()

    def _begun(self) -> IO[bytes]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
            path = self._folder / f"{stamp}-{os.getpid()}-{secrets.token_hex(4)}{_ENDING}"
            file = path.open("xb", buffering=0)
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists():
                return file
            file.close()  # another process was faster: it took the empty file for one that was left, and removed it

    def _waits(self) -> int:
        return sum(file.stat().st_size for file in self._folder.glob(f"*{_ENDING}"))


def _piece(batch: pa.RecordBatch) -> bytes:
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, SCHEMA) as writer:
        writer.write_batch(batch)
    body: bytes = out.getvalue().to_pybytes()
    return len(body).to_bytes(_LENGTH, "big") + body


def _write(file: IO[bytes], body: bytes) -> None:
    """Write all of it: a disk that is nearly full takes a part first, and fails then."""
    rest = memoryview(body)
    while rest:
        rest = rest[file.write(rest) :]
