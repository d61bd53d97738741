"""What DuckDB says of a wrong statement, in one line."""

from __future__ import annotations

import duckdb


def reason(error: duckdb.Error) -> str:
    """Return the reason without the kind of error, the statement and the caret under it."""
    first = str(error).split("\nLINE ", maxsplit=1)[0].split("\n\n", maxsplit=1)[0]
    return " ".join(first.split("Error: ", maxsplit=1)[-1].split())
