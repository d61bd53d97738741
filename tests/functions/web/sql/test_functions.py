"""DuckDB's functions, all of them: none that is new, or that does more than compute, gets by without a decision."""

from __future__ import annotations

import json

import pytest

from tianlake.functions.web.sql.statement import DENIED, HARMLESS, PREFIXES, TABLE_FUNCTIONS, RefusedError, judge
from tianlake.lake.duck import connect

KNOWN = {
    *("now", "today", "random", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "error"),
    *("current_date", "get_current_time", "get_current_timestamp", "transaction_timestamp"),
    *("current_database", "current_schema", "current_schemas"),  # `memory`, `main`
}
"""What gives something else each time and tells of nothing but the time."""


@pytest.fixture(scope="module")
def functions() -> list[tuple[str, str, str, bool]]:
    with connect() as connection:
        return connection.sql(
            "SELECT DISTINCT lower(function_name), function_type, coalesce(stability, ''), has_side_effects "
            "FROM duckdb_functions()"
        ).fetchall()


def denied(name: str) -> bool:
    return name in DENIED or (name.startswith(PREFIXES) and name not in HARMLESS)


def test_what_is_no_pure_function_is_denied_or_known(functions: list[tuple[str, str, str, bool]]) -> None:
    loose = {
        name
        for name, kind, stability, effects in functions
        if kind == "scalar" and (effects or stability != "CONSISTENT")
    }
    assert {name for name in loose if not denied(name)} == KNOWN


def test_names_that_speak_of_files_settings_or_plans_are_denied(functions: list[tuple[str, str, str, bool]]) -> None:
    telling = ("setting", "variable", "secret", "file", "serialize", "environ", "getenv", "glob", "log_", "execute")
    harmless = {"parse_filename", "parse_duckdb_log_message"}  # of a text
    left = {
        name
        for name, kind, *_ in functions
        if kind in {"scalar", "macro"} and any(each in name for each in telling) and not denied(name)
    }
    assert left == harmless


def test_table_functions_that_are_allowed_exist(functions: list[tuple[str, str, str, bool]]) -> None:
    tables = {name for name, kind, *_ in functions if kind in {"table", "table_macro"}}
    assert tables >= TABLE_FUNCTIONS


def test_no_other_table_function_is_called_whatever_with_calls_a_table(
    functions: list[tuple[str, str, str, bool]],
) -> None:
    tables = {name for name, kind, *_ in functions if kind in {"table", "table_macro"}} - TABLE_FUNCTIONS
    assert len(tables) > 50
    with connect(extensions=[]) as connection:
        for name in sorted(tables):
            sql = f'WITH "{name}" AS (SELECT 1) SELECT * FROM "{name}"()'
            [(text,)] = connection.execute("SELECT json_serialize_sql(?)::VARCHAR", [sql]).fetchall()
            with pytest.raises(RefusedError):
                judge(json.loads(text), [], [], 200)
