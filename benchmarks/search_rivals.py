"""The same names in SQLite's FTS5 with trigrams, and in DuckDB with LIKE."""

# ruff: noqa: S608 - addresses of our own files

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb

from tianlake.lake.duck import literal
from tianlake.lake.search.wanted import Ask

SHORTEST = 3
"""Characters, below which a trigram matches nothing."""


def make_sqlite(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Write the names of `features` into an index of trigrams."""
    with sqlite3.connect(file) as made:
        made.execute("CREATE VIRTUAL TABLE places USING fts5(name, id UNINDEXED, tokenize = 'trigram')")
        cursor = connection.execute("SELECT std_name, place_id FROM features ORDER BY place_id")
        while rows := cursor.fetchmany(50_000):
            made.executemany("INSERT INTO places VALUES (?, ?)", rows)
        made.execute("INSERT INTO places(places) VALUES ('optimize')")


def by_trigrams(database: sqlite3.Connection, text: str) -> str | None:
    """Return the name that ranks first."""
    if len(text) < SHORTEST:
        return None
    quoted = '"' + text.replace('"', '""') + '"'
    row = database.execute("SELECT name FROM places WHERE places MATCH ? ORDER BY rank LIMIT 10", (quoted,)).fetchone()
    return None if row is None else str(row[0])


def by_like(ask: Ask, table: str, text: str) -> str | None:
    """Return the shortest name that holds the text."""
    rows = ask(
        f"SELECT std_name FROM read_parquet({literal(table)}) WHERE std_name LIKE '%' || ? || '%' "
        "ORDER BY length(std_name) LIMIT 10",
        (text,),
    ).rows
    return rows[0][0] if rows else None
