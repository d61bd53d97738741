"""Which type the text of a column has: as declared, or as all of its values safely say."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import duckdb

from tianlake.build.job import Job, recipe_file
from tianlake.lake.duck import identifier
from tianlake.lake.errors import fault
from tianlake.lake.recipes import ColumnType

FORMS: Final[tuple[tuple[ColumnType, str], ...]] = (
    ("BIGINT", r"^-?(0|[1-9]\d{0,14})$"),
    ("DOUBLE", r"^-?(0|[1-9]\d*)(\.\d+)?$"),
    ("DATE", r"^\d{4}-\d{2}-\d{2}$"),
    ("TIMESTAMP", r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?$"),
)
"""Type → the form that every value has, the narrowest first. A zero before digits makes a code, not a number."""

DIGITS: Final = 15
"""Significant decimal digits that a DOUBLE keeps whatever they are (DBL_DIG of IEEE 754 binary64)."""

CODE: Final = re.compile(
    r"(?i)(^|[_\W])(id|code|no|phone|tel|zip|postcode|adcode)$|代码|编码|编号|代号|电话|手机|邮编|证号|序号$"
)
"""Names of columns whose numbers are names: nobody adds them up."""


def typed(connection: duckdb.DuckDBPyConnection, table: str, job: Job, declared: Mapping[str, ColumnType]) -> None:
    """Give the columns of a table their types, in place; an empty text in a column that is no text becomes null.

    Raises:
        LakeError: A declared column is not there, or a value cannot have its declared type.
    """
    described = connection.sql(f"DESCRIBE {table}").fetchall()
    there = {name: kind for name, kind, *_ in described if not name.startswith("__")}
    for name in declared:
        if name not in there:
            raise fault(recipe_file(job), f"table.types.{name}", f"no such column; there are: {', '.join(there)}")
    changes = []
    for name, kind in there.items():
        if name in declared:
            _check(connection, table, job, (name, declared[name]))
            changes.append((name, declared[name]))
        elif kind == "VARCHAR" and (found := _recognised(connection, table, name)):
            changes.append((name, found))
    if changes:
        casts = ", ".join(f"CAST({_said(name)} AS {kind}) AS {identifier(name)}" for name, kind in changes)
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * REPLACE ({casts}) FROM {table}")


def _said(name: str) -> str:
    return f"nullif(trim({identifier(name)}::VARCHAR), '')"


def _check(connection: duckdb.DuckDBPyConnection, table: str, job: Job, column: tuple[str, ColumnType]) -> None:
    name, kind = column
    wrong = connection.sql(
        f"SELECT {_said(name)} FROM {table} WHERE {_said(name)} IS NOT NULL "
        f"AND TRY_CAST({_said(name)} AS {kind}) IS NULL LIMIT 1"
    ).fetchall()
    if wrong:
        raise fault(
            recipe_file(job), f"table.types.{name}", f"{wrong[0][0]!r} is no {kind}; declare VARCHAR, or mend it"
        )


def _recognised(connection: duckdb.DuckDBPyConnection, table: str, name: str) -> ColumnType | None:
    """Return the type that every value of a column of text safely has, None where it stays text."""
    if CODE.search(name):
        return None
    said = _said(name)
    for kind, form in FORMS:
        safe = f"regexp_matches({said}, '{form}') AND TRY_CAST({said} AS {kind}) IS NOT NULL"
        if kind == "DOUBLE":
            safe += f" AND length(regexp_replace({said}, '^-?0?\\.?0*|\\.', '', 'g')) <= {DIGITS}"
        [(values, fit)] = connection.sql(f"SELECT count({said}), count(*) FILTER ({safe}) FROM {table}").fetchall()
        if values and values == fit:
            return kind
    return None
