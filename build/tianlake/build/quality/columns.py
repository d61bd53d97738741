"""How complete the attributes of a table are: one pass of DuckDB over it, and one for each column's frequent values."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; they go through `identifier`

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import duckdb

from tianlake.build.quality.personal import masked
from tianlake.build.quality.report import ColumnReport
from tianlake.lake.duck import identifier

COUNTED: Final = 2_000_000
"""Rows up to which different values are counted one by one; of more, DuckDB's HyperLogLog estimates them, the same
for the same values in any order and with any number of threads."""

EXAMPLES: Final = 5

LISTED: Final = 100
"""Different values up to which all of them are told."""

LONGEST: Final = 60
"""Characters of an example."""

NUMBERS: Final = r"(\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|\d{17}[\dXx]|0\d{2,3}-?[2-9]\d{6,7}"
"""RE2 for whole values that may be numbers of persons: mobile, citizen, telephone with area code."""

SUSPECT: Final = 0.1
"""A column of which so large a share looks like numbers of persons is one."""

NAMED: Final = re.compile(
    r"电话|手机|身份证|证件号|联系方式|(?i:\b|_)(?i:phone|mobile|tel|telephone|id_?card|id_?number|e?mail)(?i:\b|_)"
)
"""Names of such columns."""

PLAIN: Final = re.compile(
    r"^(BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL|FLOAT|DOUBLE|VARCHAR|ENUM|UUID|DATE|TIME)"
)
"""Types whose values can be told in a few characters."""

ORDERED: Final = re.compile(r"^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL|FLOAT|DOUBLE|DATE|TIME)")
"""Types whose smallest and largest value say something."""


def column_reports(connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str]) -> tuple[ColumnReport, ...]:
    """Return what each column of a table holds, in the order of `names`.

    Args:
        connection: Where the table is.
        table: Its name, or a query in parentheses.
        names: Columns to look at: those that are published, geometry not.
    """
    if not names:
        return ()
    types = {name: str(kind) for name, kind, *_ in connection.sql(f"DESCRIBE SELECT * FROM {table}").fetchall()}
    [(rows,)] = connection.sql(f"SELECT count(*) FROM {table}").fetchall()
    members = [member for name in names for member in _measures(name, types[name], rows)]
    [found] = connection.sql(f"SELECT {', '.join(members)} FROM {table}").fetchall()
    width = len(members) // len(names)
    pieces = [found[start : start + width] for start in range(0, len(found), width)]
    return tuple(
        _report(connection, table, (name, types[name], rows), piece) for name, piece in zip(names, pieces, strict=True)
    )


def _measures(name: str, kind: str, rows: int) -> tuple[str, ...]:
    """Return SQL for: filled, distinct, smallest, largest, share of numbers of persons."""
    column = identifier(name)
    filled = f"trim({column}) <> ''" if kind == "VARCHAR" else f"{column} IS NOT NULL"
    value = f"CASE WHEN {filled} THEN {column} END"
    distinct = f"count(DISTINCT {value})" if rows <= COUNTED else f"approx_count_distinct({value})"
    ordered = bool(ORDERED.match(kind)) and not kind.endswith("[]")
    return (
        f"count({value})",
        distinct if _plain(kind) else "NULL",
        f"min({column})::VARCHAR" if ordered else "NULL",
        f"max({column})::VARCHAR" if ordered else "NULL",
        f"avg(regexp_full_match({column}::VARCHAR, '{NUMBERS}')::INTEGER) FILTER ({filled})"
        if _plain(kind)
        else "NULL",
    )


def _plain(kind: str) -> bool:
    return bool(PLAIN.match(kind)) and not kind.endswith("[]")


def _report(
    connection: duckdb.DuckDBPyConnection, table: str, column: tuple[str, str, int], found: Sequence[Any]
) -> ColumnReport:
    name, kind, rows = column
    filled, distinct, low, high, suspect = found
    personal = bool(NAMED.search(name)) or (suspect or 0) >= SUSPECT
    told = not personal and filled and _plain(kind)
    frequent = _frequent(connection, table, name) if told else ()
    shown = tuple(_short(masked(value)) for value in frequent)
    return ColumnReport(
        name=name,
        type=kind,
        rows=rows,
        filled=filled,
        distinct=distinct or 0,
        minimum=None if personal else low,
        maximum=None if personal else high,
        examples=shown[:EXAMPLES],
        values=shown if shown == frequent and len(shown) <= LISTED else (),
        personal=personal,
    )


def _frequent(connection: duckdb.DuckDBPyConnection, table: str, name: str) -> tuple[str, ...]:
    """Return the most frequent values, one more than are listed, the smaller first among equals."""
    found = connection.sql(
        f"SELECT value FROM (SELECT {identifier(name)}::VARCHAR AS value FROM {table}) "
        f"WHERE trim(value) <> '' GROUP BY value ORDER BY count(*) DESC, value LIMIT {LISTED + 1}"
    ).fetchall()
    return tuple(value for (value,) in found)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
