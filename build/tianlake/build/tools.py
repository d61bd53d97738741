"""Runs external tools, one or several at a time, on what DuckDB writes, so that none outlives this process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn, TypeVar

import duckdb

from tianlake.build.vector.sql_errors import reason
from tianlake.lake.duck import literal
from tianlake.lake.errors import LakeError

T = TypeVar("T")
R = TypeVar("R")

SIGNALLED: Final = 128
"""Exit status of a process that a signal ended, less the signal's number, by the custom of shells."""


@dataclass(frozen=True, slots=True)
class Tool:
    """An external program and how it is run."""

    command: Sequence[str]
    environment: dict[str, str]
    on_line: Callable[[str], bool]
    """Told each line of standard error; says whether it was progress rather than a message."""


class Feed:
    """Writes the result of a COPY statement to the standard input of a tool, in a thread of its own.

    The pipe is an unnamed one that DuckDB opens as `/dev/fd/N`: opening a named one would wait for ever where
    the tool dies first.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, query: str) -> None:
        """Take the query whose only column is a line of text each."""
        self._connection = connection
        self._query = query
        self._open()

    def _open(self) -> None:
        self._thread = threading.Thread(target=self._write, name="feed")
        self._child: subprocess.Popen[str] | None = None
        self.error: Exception | None = None
        self.read_end, self._write_end = os.pipe()

    def start(self, child: subprocess.Popen[str]) -> None:
        """Begin to write to a child that reads `read_end`."""
        self._child = child
        self._thread.start()

    def _fill(self) -> None:
        write_lines(self._connection, self._query, f"/dev/fd/{self._write_end}")

    def _interrupt(self) -> None:
        self._connection.interrupt()

    def _write(self) -> None:
        try:
            self._fill()
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits
            self.error = error
            if self._child is not None:
                _end(self._child)  # before the pipe ends: half of the input must not look like all of it
        finally:
            os.close(self._write_end)

    def stop(self) -> None:
        """End the statement if it still runs, and wait for the thread."""
        if self._thread.is_alive():
            self._interrupt()
        if self._thread.ident is None:
            os.close(self._write_end)
        else:
            self._thread.join()


class FileFeed(Feed):
    """Writes the lines of a file to the standard input of a tool: through a pipe too, so that it reads them alike."""

    def __init__(self, file: Path) -> None:
        """Take the file."""
        self._file = file
        self._open()

    def _fill(self) -> None:
        with self._file.open("rb") as source, os.fdopen(os.dup(self._write_end), "wb") as target:
            shutil.copyfileobj(source, target)

    def _interrupt(self) -> None:
        """Do nothing: the pipe breaks when the tool is ended."""


def write_lines(connection: duckdb.DuckDBPyConnection, query: str, target: str) -> None:
    """Write a query's only column, a line of text each, to a file or pipe."""
    # CSV of one column without quoting is plain text, at half the CPU of FORMAT json.
    how = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01'"
    connection.execute(f"COPY ({query}) TO {literal(target)} ({how})")


class ToolError(LakeError):
    """A tool failed by itself; `status` is its exit status, negative for the signal that ended it."""

    def __init__(self, message: str, status: int = 0) -> None:
        """Take the one line that says so; between processes the status travels by itself."""
        super().__init__(message)
        self.status = status


class Children:
    """The tools that run now, so that all can be ended at once; none is started after that."""

    def __init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._over = False

    def start(self, tool: Tool, source: int) -> subprocess.Popen[str]:
        """Start a tool that reads the file descriptor `source`.

        Raises:
            LakeError: All were ended.
        """
        with self._lock:
            if self._over:
                raise LakeError("the build was interrupted")
            child = subprocess.Popen(  # noqa: S603 - the command is ours
                tool.command,
                stdin=source,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=tool.environment,
                text=True,
                encoding="utf-8",
                errors="replace",
                process_group=0,  # Ctrl-C reaches this process alone, which then ends the whole group
            )
            self._running.add(child)
            return child

    def forget(self, child: subprocess.Popen[str]) -> None:
        """End a child if it still runs, and reap it."""
        _end(child)
        child.wait()
        if child.stderr:
            child.stderr.close()
        with self._lock:
            self._running.discard(child)

    def end_all(self) -> None:
        """End every tool that runs and start no other."""
        with self._lock:
            self._over = True
            for child in self._running:
                _end(child)


def side_by_side(work: Callable[[T, Children], R], items: Sequence[T], jobs: int) -> Generator[tuple[T, R], None, None]:
    """Yield each item with what `work` makes of it, as they get done, in `jobs` threads that wait for tools.

    Whatever happens, no thread and no tool is left when the iterator is closed or exhausted.

    Raises:
        Exception: The first one that `work` raised.
    """
    children = Children()
    with _terminable(), ThreadPoolExecutor(jobs, "tools") as pool:
        futures: dict[Future[R], T] = {pool.submit(work, item, children): item for item in items}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            children.end_all()
            raise


def run_fed(tool: Tool, feed: Feed, children: Children | None = None) -> None:
    """Run a tool on a feed until both are done; on any way out no process and no thread is left.

    Raises:
        ToolError: The tool failed; one line with its last message.
        LakeError: DuckDB failed.
    """
    children = children or Children()
    with _terminable():
        try:
            child = children.start(tool, feed.read_end)
        except BaseException:
            feed.stop()
            raise
        finally:
            os.close(feed.read_end)
        try:
            feed.start(child)
            said = _listen(tool, child)
        finally:
            _end(child)
            feed.stop()
            children.forget(child)
    _judge(child.returncode, feed.error, said)


def _listen(tool: Tool, child: subprocess.Popen[str]) -> _Messages:
    """Hear what a tool says until it is done."""
    said = _Messages(str(tool.command[0]))
    for line in child.stderr or ():
        if line.strip() and not tool.on_line(line):
            said.hear(line)
    child.wait()
    return said


def _end(child: subprocess.Popen[str]) -> None:
    """Kill a child that still runs, with what it has started: anything may hold the pipe open."""
    if child.poll() is None:
        with suppress(ProcessLookupError):  # the thread that waits for it may reap it at this moment
            os.killpg(child.pid, signal.SIGKILL)


class _Messages:
    """Remembers what a tool said last; a line that begins with the program's name is an error of its own."""

    def __init__(self, program: str) -> None:
        self._program = f"{program}: "
        self.name = os.path.basename(program)  # noqa: PTH119 - a name, not a file to open
        self._last = ""
        self._own = ""

    def hear(self, line: str) -> None:
        self._last = " ".join(line.split())
        if self._last.startswith(self._program):
            self._own = self._last.removeprefix(self._program)

    def told(self) -> str:
        said = self._own or self._last
        return f": {said}" if said else ""


def _judge(status: int, failure: Exception | None, said: _Messages) -> None:
    """Say which of the two failed first: a tool that dies breaks DuckDB's pipe, DuckDB's failure kills the tool."""
    if status == 0 and failure is None:
        return
    if failure is not None and not _follows(failure):
        text = reason(failure) if isinstance(failure, duckdb.Error) else str(failure)
        raise LakeError(f"{said.name}: its input failed: {text}")
    ended = f"was ended by signal {-status}" if status < 0 else f"failed with status {status}"
    raise ToolError(f"{said.name} {ended}{said.told()}", status)


def _follows(failure: Exception) -> bool:
    return isinstance(failure, duckdb.InterruptException) or "Broken pipe" in str(failure)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM unwind the stack, so that the child is ended too, unless the application handles it."""
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(SIGNALLED + number)
