"""One SQLite file that many processes and threads share: how it is made, opened and written.

Write-ahead log, so that readers never wait for a writer; `synchronous=FULL`, because a grant that a power cut undid
would be given out twice, and a revocation that it undid would let a key live. The file system must be a local one
(https://www.sqlite.org/wal.html, "Overview") that knows hard links.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final
from urllib.parse import quote

from tianlake.lake.errors import StoreError

WAIT_S: Final = 10.0
"""How long a call waits for other writers, seconds; each holds the file for the time of one flush to the disk."""

_FOREIGN: Final = "is not a file of accounts; name another, or remove it"
_READ_ONLY: Final = "cannot be written; who runs this must be able to write the file and its folder"
_MARK: Final = 0x544C6163
"""`application_id` of our files: "TLac"."""

_VERSION: Final = 2
"""`user_version`: raised when an older Tianlake would go wrong with the tables."""

_UPGRADE: Final = {1: "ALTER TABLE usage ADD COLUMN kept INTEGER NOT NULL DEFAULT 0"}
"""What makes of each version's tables those of the next; workers of an older Tianlake get an error from then on."""

_TABLES: Final = """
CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    tier TEXT NOT NULL,
    state TEXT NOT NULL,
    terms TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE keys (
    digest TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (account, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE usage (
    account TEXT NOT NULL,
    meter TEXT NOT NULL,
    day INTEGER NOT NULL,
    granted INTEGER NOT NULL,
    due REAL NOT NULL,
    kept INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, meter, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_by_day ON usage (day);
CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""

_Identity = tuple[int, int, int]
"""Process, device and inode: what a connection may be used for."""

_Lent = tuple[sqlite3.Connection, _Identity]


class SqliteFile:
    """Connections to one file, each used by one thread at a time. Made by the first write, mode 0600."""

    def __init__(self, path: Path, wait_s: float = WAIT_S) -> None:
        """Use `path`; touches nothing."""
        self._path = path
        self._wait_s = wait_s
        self._lock = Lock()
        self._idle: list[sqlite3.Connection] = []
        self._identity: _Identity | None = None
        self._inherited: list[sqlite3.Connection] = []
        """Of the process that forked this one. Never closed: that would confuse its locks (howtocorrupt.html §2.6)."""

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """Give a connection to read with, or None where there is no file yet; raises `StoreError`."""
        with self._failures():
            lent = self._take()
            if lent is None:
                yield None
                return
            with self._lent(lent) as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection within one transaction that no other writer is in: all of the block is kept, or nothing.

        Raises:
            StoreError: The file cannot be written, the disk is full, or others wrote for longer than the wait.
        """
        with self._failures(), self._lent(self._take() or self._take_new()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close all connections that are not in use."""
        with self._lock:
            self._drop(None)

    @contextmanager
    def _lent(self, lent: _Lent) -> Iterator[sqlite3.Connection]:
        connection, identity = lent
        try:
            yield connection
        except BaseException:
            connection.close()  # undoes what was begun; whatever went wrong, the next call starts afresh
            raise
        with self._lock:
            if identity == self._identity:
                self._idle.append(connection)
                return
        connection.close()

    def _take(self) -> _Lent | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        identity = (os.getpid(), found.st_dev, found.st_ino)
        with self._lock:
            if identity != self._identity:
                self._drop(identity)
            if self._idle:
                return self._idle.pop(), identity
        return self._connect(), identity

    def _take_new(self) -> _Lent:
        self._make()
        lent = self._take()
        if lent is None:
            raise StoreError(f"accounts {self._path}: was removed while it was opened; try again")
        return lent

    def _drop(self, identity: _Identity | None) -> None:
        """Forget the connections to another file, as after a restored backup, or of another process."""
        if self._identity is not None and self._identity[0] != os.getpid():
            self._inherited += self._idle
        else:
            for connection in self._idle:
                connection.close()
        self._idle = []
        self._identity = identity

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(self._path))}?mode=rw",  # never makes the file
            uri=True,
            timeout=self._wait_s,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA secure_delete=ON")  # what was erased is not to be read in free pages
            self._check(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if mark != _MARK:
            raise StoreError(f"accounts {self._path}: {_FOREIGN}")
        if version in _UPGRADE:
            version = _upgraded(connection)
        if version != _VERSION:
            raise StoreError(
                f"accounts {self._path}: its tables have version {version}, this Tianlake knows {_VERSION}; "
                "use the Tianlake that wrote it"
            )

    def _make(self) -> None:
        """Make the file whole under another name, then give it its own: whoever is first wins, a crash leaves none."""
        descriptor, name = tempfile.mkstemp(prefix=f".{self._path.name}.", suffix=".new", dir=self._path.parent)
        os.close(descriptor)
        try:
            with closing(sqlite3.connect(name, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
                connection.executescript(
                    f"BEGIN; {_TABLES} PRAGMA application_id={_MARK}; PRAGMA user_version={_VERSION}; COMMIT"
                )
            with suppress(FileExistsError):
                os.link(name, self._path)
            _sync(self._path.parent)
        finally:
            Path(name).unlink()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what extends it
            said = {sqlite3.SQLITE_NOTADB: _FOREIGN, sqlite3.SQLITE_READONLY: _READ_ONLY}.get(code, str(error))
            raise StoreError(f"accounts {self._path}: {said}") from None
        except FileNotFoundError:
            raise StoreError(f"accounts {self._path}: there is no such folder; make it, or name another") from None
        except OSError as error:
            raise StoreError(f"accounts {self._path}: {error.strerror}") from None


def _upgraded(connection: sqlite3.Connection) -> int:
    """Bring the tables to this version, unless another process just did; return the version that they have."""
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    while version in _UPGRADE:
        connection.execute(_UPGRADE[version])
        version += 1
        connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("COMMIT")
    return int(version)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
