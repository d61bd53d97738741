"""DuckDB with `spatial` and `httpfs` loaded from their wheels: nothing is fetched at run time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, TypeVar

import duckdb

from tianlake.lake.errors import LakeError

T = TypeVar("T")

_METRICS: Final = json.dumps({"TOTAL_BYTES_READ": "true", "LATENCY": "true"})

EXTENSIONS: Final = ("spatial", "httpfs")


def connect(
    *,
    memory_limit: str | None = None,
    threads: int | None = None,
    scratch: Path | None = None,
    extensions: Sequence[str] | None = None,
) -> duckdb.DuckDBPyConnection:
    """Return a connection to an empty in-memory database that can read the lake.

    It needs no home directory and no network, keeps no secret on disk, speaks UTC, and its spatial functions
    take and give longitude first whatever the axis order of a CRS (`geometry_always_xy`).

    Args:
        memory_limit: What DuckDB may hold in memory, such as `2GiB`; 80 % of the machine where absent.
        threads: Worker threads; one per CPU where absent.
        scratch: An existing folder for what does not fit in memory; without one nothing is written to disk.
        extensions: What is loaded, all where absent; `spatial` takes two thirds of the time of a connection.

    Raises:
        LakeError: The wheels of the extensions are missing or made for another DuckDB.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_persistent_secrets": False,
        "home_directory": "",
        "temp_directory": "" if scratch is None else str(scratch),
    }
    if memory_limit is not None:
        config["memory_limit"] = memory_limit
    if threads is not None:
        config["threads"] = threads
    connection = duckdb.connect(":memory:", config=config)
    chosen = EXTENSIONS if extensions is None else extensions
    for name in chosen:
        connection.execute(f"LOAD {literal(str(_extension(name)))}")
    # Global, or cursors of the connection would not have them.
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    if "spatial" in chosen:
        connection.execute("SET GLOBAL geometry_always_xy = true")
    return connection


def measure(cursor: duckdb.DuckDBPyConnection) -> None:
    """Have a cursor measure its statements for `cost`; kept by each by itself, unlike most settings."""
    cursor.execute("SET enable_profiling = 'no_output'")
    cursor.execute(f"SET custom_profiling_settings = {literal(_METRICS)}")


def cost(cursor: duckdb.DuckDBPyConnection) -> tuple[int, float]:
    """Return what the statement before took: bytes that came over a network, and seconds.

    DuckDB counts next to nothing of what comes from a disk: see `read_so_far`.
    """
    told = json.loads(cursor.get_profiling_information())
    return int(told.get("total_bytes_read", 0)), float(told.get("latency", 0))


def read_so_far(who: Literal["self", "thread-self"]) -> int:
    """Return the bytes that this process or thread has read from files, `rchar` of proc(5); 0 where nobody counts."""
    try:
        return int(Path(f"/proc/{who}/io").read_bytes().partition(b"rchar:")[2].split()[0])
    except (OSError, IndexError):
        return 0


def load_postgres(connection: duckdb.DuckDBPyConnection) -> None:
    """Load the extension that reads PostgreSQL, from its wheel; few products need it.

    Raises:
        LakeError: The wheel is missing or made for another DuckDB.
    """
    connection.execute(f"LOAD {literal(str(_extension('postgres_scanner')))}")
    # An empty one, in memory: else it looks for a default secret on disk, where none may be kept, and fails.
    connection.execute("CREATE OR REPLACE SECRET __default_postgres (TYPE postgres)")


def interruptible(connection: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
    """Return what `work` gives, which runs statements of `connection`, so that Ctrl-C ends them at once.

    It runs in a thread of its own. DuckDB looks for signals in the main thread only while it computes
    there, then raises `RuntimeError`, and lets the other threads go on until the statement is done.

    Raises:
        KeyboardInterrupt: SIGINT came, or whatever else a handler of signals raises; the statement has ended.
    """
    with ThreadPoolExecutor(1, "duckdb") as pool:
        future = pool.submit(work)
        try:
            return future.result()
        finally:
            while not future.done():  # again and again: `work` may be about to begin the next statement
                connection.interrupt()
                wait([future], 0.05)


def literal(text: str) -> str:
    """Return `text` as an SQL string literal, for statements that take no bound parameter."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _extension(name: str) -> Path:
    """Return the file of an extension in its wheel (`duckdb-extension-spatial` on PyPI)."""
    package = f"duckdb_extension_{name}"
    wheel = package.replace("_", "-")
    try:
        folder = Path(str(files(package)))
    except ModuleNotFoundError:
        rule = f"is not installed; install {wheel}=={duckdb.__version__}"
        raise LakeError(f"DuckDB extension {name}: {rule}") from None
    file = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not file.is_file():
        rule = f"the wheel is for another DuckDB; install {wheel}=={duckdb.__version__}"
        raise LakeError(f"DuckDB extension {name}: {rule}")
    return file
