"""The engine that answers: one DuckDB for a whole process, asked from many threads, each answer with its cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Timer, local
from typing import Any, Final

import duckdb

from tianlake.lake.duck import connect, cost, identifier, literal, measure, read_so_far
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.query import s3_secret
from tianlake.lake.store import S3Settings

SECONDS: Final = 10.0
"""How long a question may take where nothing else is said."""

SECRET_S: Final = 300.0
"""How often the credentials for S3 are fetched anew, seconds: those of a role expire within the hour at the soonest."""


class TooSlowError(LakeError):
    """A question took longer than it may, and was ended."""


class TooLargeError(TooSlowError):
    """A question needs more memory than there is for all of them, and was ended."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What DuckDB said."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    bytes_read: int
    """Bytes that came from files, their footers included; what was still in memory is not counted."""
    seconds: float

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as mappings by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Engine:
    """Asks DuckDB in the calling thread.

    Footers of a release's files, and what came over a network, are kept in memory: they never change.

    Statements here are our own, with foreign values as parameters only. For other people's statements there is a
    process of its own (`functions.web.sql`).
    """

    def __init__(
        self,
        s3: S3Settings | None = None,
        *,
        memory_limit: str = "1GiB",
        scratch: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open an engine.

        Args:
            s3: How lakes on S3 are read; None where all are folders.
            memory_limit: What DuckDB may hold in memory, cached parts of files included.
            scratch: As of `duck.connect`.
            clock: Seconds.
        """
        # A question stays in the thread that asks it: many run side by side, and what each of them reads is known.
        self._root = connect(memory_limit=memory_limit, threads=1, scratch=scratch)
        self._root.execute("SET parquet_metadata_cache = true; SET enable_http_metadata_cache = true")
        self._root.execute("SET validate_external_file_cache = 'NO_VALIDATION'")  # a release's bytes never change
        self._s3 = s3
        self._clock = clock
        self._secret_until: float | None = None
        self._lock = Lock()
        self._own = local()

    def ask(self, sql: str, parameters: Sequence[object] = (), *, seconds: float = SECONDS) -> Answer:
        """Return the whole answer to one statement.

        Raises:
            TooSlowError: It took longer than `seconds`.
            TooLargeError: It needs more memory than there is.
            StoreError: A file cannot be read.
            LakeError: The statement is wrong.
        """
        if self._s3 is not None:
            self._refresh(self._s3)
        cursor = self._cursor()
        timer = Timer(seconds, cursor.interrupt)
        timer.daemon = True
        timer.start()
        before = read_so_far("thread-self")
        try:
            cursor.execute(sql, list(parameters))
            columns = tuple(each[0] for each in cursor.description or ())
            rows = cursor.fetchall()
            from_afar, took = cost(cursor)
        except duckdb.InterruptException:
            raise TooSlowError(f"a question was ended after {seconds:g} s") from None
        except duckdb.OutOfMemoryException:
            raise TooLargeError("a question needs more memory than there is") from None
        except (duckdb.IOException, duckdb.HTTPException) as error:
            raise StoreError(f"a question cannot be answered: {_one_line(error)}") from None
        except duckdb.Error as error:
            raise LakeError(f"a question is wrong: {_one_line(error)}") from None
        finally:
            timer.cancel()
        return Answer(columns, rows, max(from_afar, read_so_far("thread-self") - before), took)

    def attach(self, file: Path, name: str) -> None:
        """Let statements read a DuckDB database as `name`, which nobody writes to any more.

        Raises:
            StoreError: It cannot be read.
        """
        with self._lock:
            try:
                self._root.execute(f"ATTACH {literal(str(file))} AS {identifier(name)} (READ_ONLY)")
            except duckdb.Error as error:
                raise StoreError(f"{file}: {_one_line(error)}") from None

    def detach(self, name: str) -> None:
        """Forget a database that was attached."""
        with self._lock:
            self._root.execute(f"DETACH DATABASE IF EXISTS {identifier(name)}")

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """Return the calling thread's own connection to the one database."""
        found: duckdb.DuckDBPyConnection | None = getattr(self._own, "cursor", None)
        if found is None:
            with self._lock:
                found = self._own.cursor = self._root.cursor()
            measure(found)
            # The first text that is bound has DuckDB import pandas, where that is there: nothing that a question reads.
            found.execute("SELECT ?", [""])
        return found

    def _refresh(self, s3: S3Settings) -> None:
        with self._lock:
            if self._secret_until is None or self._clock() >= self._secret_until:
                self._root.execute(s3_secret(s3))
                self._secret_until = self._clock() + SECRET_S


class Inquiry:
    """The questions of one call, and what they cost together: the time for all of them is one."""

    def __init__(self, engine: Engine, seconds: float = SECONDS) -> None:
        """Begin; all questions together may take `seconds`."""
        self._engine = engine
        self._until = time.monotonic() + seconds
        self.bytes_read = 0
        """Bytes that came from files."""
        self.seconds = 0.0
        """Time in DuckDB."""

    def ask(self, sql: str, parameters: Sequence[object] = ()) -> Answer:
        """Ask as `Engine.ask` does, within what is left of the time."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TooSlowError("the questions of one call took too long together")
        answer = self._engine.ask(sql, parameters, seconds=left)
        self.add(answer.bytes_read, answer.seconds)
        return answer

    def add(self, bytes_read: int, seconds: float) -> None:
        """Count what a question cost that another process answered."""
        self.bytes_read += bytes_read
        self.seconds += seconds


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
