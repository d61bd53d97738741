"""What DuckDB says of a wrong statement, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from tianlake.lake.errors import LakeError


def reason(error: duckdb.Error) -> str:
    """Return the reason without the kind of error, the statement and the caret under it."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return "needs more memory than one process may hold; raise --memory, and see that the disk has room"
    first = str(error).split("\nLINE ", maxsplit=1)[0].split("\n\n", maxsplit=1)[0]
    return " ".join(first.split("Error: ", maxsplit=1)[-1].split())


@contextmanager
def sql_faults(product: str) -> Iterator[None]:
    """Turn what DuckDB raises into an error of one line.

    Raises:
        LakeError: A statement failed.
        OSError: A file could not be read or written.
    """
    try:
        yield
    except duckdb.IOException as error:
        raise OSError(reason(error)) from error
    except duckdb.Error as error:
        raise LakeError(f"{product}: DuckDB failed: {reason(error)}") from error
