"""Brings the fields of a class to the types of its schema, and adds those that are missing."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from tianlake.build.classes.samples import samples
from tianlake.build.classes.schema import Field
from tianlake.build.quality.report import Finding
from tianlake.lake.duck import identifier
from tianlake.lake.words import Text


def typed(
    connection: duckdb.DuckDBPyConnection, table: str, fields: tuple[Field, ...], attributes: Iterable[str]
) -> list[Finding]:
    """Give every field its type, in place; a value that cannot have it becomes null, and is counted.

    Text is trimmed, and an empty one is null. A date is ISO 8601: `2024-05-01`, with or without a time.
    """
    given = {name.lower(): name for name in attributes}
    findings = []
    for field in fields:
        if field.name not in given or field.type == "VARCHAR":
            continue
        lost = f"{_said(given[field.name])} IS NOT NULL AND {_value(field, given[field.name])} IS NULL"
        finding = samples(connection, table, lost, _said(given[field.name]))
        if finding.count:
            kind = {"DATE": "an ISO 8601 date such as 2024-05-01", "DOUBLE": "a number"}[field.type]
            reason = Text(f"字段 {field.name} 的值不是 {field.type}，置空", f"{field.name} is not {kind}; left empty")
            findings.append(Finding("class.value_type", "changed", finding.count, reason, None, finding.samples))
    made = [f"{_value(each, given[each.name])} AS {identifier(each.name)}" for each in fields if each.name in given]
    made += [f"NULL::{each.type} AS {identifier(each.name)}" for each in fields if each.name not in given]
    old = [identifier(given[each.name]) for each in fields if each.name in given]
    rest = f"* EXCLUDE ({', '.join(old)})" if old else "*"
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {', '.join(made)}, {rest} FROM {table}")
    return findings


def _said(column: str) -> str:
    """Return SQL for a value as text, null where there is nothing in it."""
    return f"nullif(trim({identifier(column)}::VARCHAR), '')"


def _value(field: Field, column: str) -> str:
    said = _said(column)
    match field.type:
        case "VARCHAR":
            return said
        case "DOUBLE":
            return f"TRY_CAST({said} AS DOUBLE)"
        case "DATE":
            day = f"TRY_CAST(left({said}, 10) AS DATE)"
            return f"CASE WHEN regexp_matches({said}, '^\\d{{4}}-\\d{{2}}-\\d{{2}}($|[T ])') THEN {day} END"
