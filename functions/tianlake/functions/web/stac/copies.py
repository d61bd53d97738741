"""Local copies of indexes, made in the background: what Items are found by as a DuckDB database, whole ones as Arrow.

Both are files of a cache folder that the workers of a gateway share: one makes them, all map them into memory. They
come from an immutable file, are named after its digest, and may be deleted at any time.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

import duckdb

from tianlake.functions.web.stac.index import Columns, documents, look, searched
from tianlake.functions.web.stac.shelf import Shelf, write_shelf
from tianlake.lake.duck import connect, literal
from tianlake.lake.engine import Answer, Engine
from tianlake.lake.errors import LakeError
from tianlake.lake.query import s3_secret
from tianlake.lake.store import S3Settings

_log = logging.getLogger(__name__)

KEPT_S: Final = 3600.0
"""How long the copy of a replaced index stays for those who are paging through it, seconds."""

_TABLE: Final = "items"
_MEMORY: Final = "512MiB"
"""What DuckDB may hold while it makes a copy: rows pass through in their order."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A local copy that is ready."""

    digest: str
    columns: Columns
    shelf: Shelf

    @property
    def source(self) -> str:
        """What stands after FROM."""
        return f"{_database(self.digest)}.{_TABLE} AS lake"


class Copies:
    """The copies that one process uses. Safe to use from several threads."""

    def __init__(
        self, folder: Path, engine: Engine, s3: S3Settings | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """Keep copies in `folder`, which is made when it is needed.

        Args:
            folder: Shared by the processes of a gateway.
            engine: What asks; copies are attached to it.
            s3: How lakes on S3 are read; None where all are folders.
            clock: Seconds since the epoch, as the times of files are.
        """
        self._folder = folder
        self._engine = engine
        self._s3 = s3
        self._clock = clock
        self._lock = Lock()
        self._asked: set[str] = set()
        self._ready: dict[str, Copy] = {}
        self._failed: set[str] = set()
        self._dropped: set[str] = set()
        self._maker = ThreadPoolExecutor(1, "stac-copies")
        self._making: duckdb.DuckDBPyConnection | None = None
        self._closed = False

    def find(self, digest: str) -> Copy | None:
        """Return the copy of an index, where it is ready."""
        return self._ready.get(digest)

    def prepare(self, digest: str, file: str) -> None:
        """Have the copy of a file made, unless somebody did."""
        with self._lock:
            if digest not in self._asked and not self._closed:
                self._asked.add(digest)
                self._maker.submit(self._make, digest, file)

    def comes(self, digest: str) -> bool:
        """Say whether a copy is being made."""
        with self._lock:
            return digest in self._asked and digest not in self._failed and digest not in self._ready

    def busy(self) -> bool:
        """Say whether any copy is being made."""
        with self._lock:
            return bool(self._asked - self._failed - self._ready.keys())

    def replaced(self, digest: str) -> None:
        """Learn that an index is no longer current: its copy stays for `KEPT_S`."""
        now = self._clock()
        for path in self._folder.glob(f"{digest}*"):
            with suppress(OSError):
                os.utime(path, (now, now))

    def drop(self, digest: str) -> None:
        """Let go of the copy of an index, whose files are to be deleted; one that is being made is deleted then."""
        with self._lock:
            self._dropped.add(digest)
        self._let_go(digest)

    def close(self) -> None:
        """End what is being made, and let go of what is ready."""
        with self._lock:
            self._closed = True
            if self._making is not None:
                self._making.interrupt()
        self._maker.shutdown(cancel_futures=True)
        for digest in list(self._ready):
            self._let_go(digest)

    def _make(self, digest: str, file: str) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with _alone(self._folder):
                columns = self._written(digest, file)
            shelf, table = self._paths(digest, columns)
            self._engine.attach(table, _database(digest))
            self._ready[digest] = Copy(digest, columns, Shelf(shelf))
            self._sweep(digest)
            if digest in self._dropped:
                self._let_go(digest)
                for path in (shelf, table):
                    path.unlink(missing_ok=True)
        except (LakeError, OSError, duckdb.Error) as error:
            with self._lock:
                self._failed.add(digest)
                closed = self._closed
            if not closed:
                _log.warning("index %s is searched where it lies: %s", digest, " ".join(str(error).split()))

    def _written(self, digest: str, file: str) -> Columns:
        """Return what a file holds, with its copy in the folder."""
        with connect(memory_limit=_MEMORY, threads=1) as connection, self._interruptible(connection):
            if self._s3 is not None:
                connection.execute(s3_secret(self._s3))
            columns = look(file, lambda sql: Answer((), connection.execute(sql).fetchall(), 0, 0))
            shelf, table = self._paths(digest, columns)
            if not (shelf.exists() and table.exists()):
                begun = time.monotonic()
                self._write(connection, columns, file, (shelf, table))
                _log.info("index %s: %d Items copied in %.1f s", digest, columns.rows, time.monotonic() - begun)
        return columns

    @contextmanager
    def _interruptible(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Let `close` end what a connection does."""
        with self._lock:
            self._making = connection
        try:
            yield
        finally:
            with self._lock:
                self._making = None

    def _write(
        self, connection: duckdb.DuckDBPyConnection, columns: Columns, file: str, paths: tuple[Path, Path]
    ) -> None:
        shelf, table = (path.with_name(f".{os.getpid()}-{path.name}") for path in paths)
        try:
            write_shelf(connection, documents(file, columns), shelf)
            connection.execute(f"ATTACH {literal(str(table))} AS made (STORAGE_VERSION 'latest')")
            connection.execute(f"CREATE TABLE made.{_TABLE} AS {searched(file, columns)}")
            connection.execute("DETACH made")
            for made, path in zip((shelf, table), paths, strict=True):
                made.rename(path)
        finally:
            for made in (shelf, table):
                made.unlink(missing_ok=True)

    def _sweep(self, current: str) -> None:
        """Delete copies of indexes that were replaced long ago: nobody has touched them since."""
        for path in self._folder.glob("*.*"):
            digest = path.name[: len(current)]
            if digest != current and path.stat().st_mtime < self._clock() - KEPT_S:
                self._let_go(digest)
                path.unlink(missing_ok=True)

    def _let_go(self, digest: str) -> None:
        if self._ready.pop(digest, None) is not None:
            self._engine.detach(_database(digest))

    def _paths(self, digest: str, columns: Columns) -> tuple[Path, Path]:
        """Return the files of a copy; another version of Tianlake or DuckDB makes others."""
        how = f"{duckdb.__version__}\n{searched('', columns)}\n{documents('', columns)}"
        name = f"{digest}-{hashlib.sha256(how.encode()).hexdigest()[:8]}"
        return self._folder / f"{name}.arrow", self._folder / f"{name}.duckdb"


class NodeCopies:
    """The copies of several nodes, each in a folder of its own."""

    def __init__(self, folder: Path, engine: Engine, s3: S3Settings | None = None) -> None:
        """Make nothing yet; arguments are those of `Copies`."""
        self._folder = folder
        self._engine = engine
        self._s3 = s3
        self._lock = Lock()
        self._of: dict[str, Copies] = {}

    def of(self, code: str) -> Copies:
        """Return the copies of the node with this code."""
        with self._lock:
            if code not in self._of:
                self._of[code] = Copies(self._folder / code, self._engine, self._s3)
            return self._of[code]

    def close(self) -> None:
        """Let go of all of them."""
        with self._lock:
            known = list(self._of.values())
        for each in known:
            each.close()


def _database(digest: str) -> str:
    """Return the name that a copy is attached by."""
    return f"stac_{digest}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process makes a copy in a folder."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
