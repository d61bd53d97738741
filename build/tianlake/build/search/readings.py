"""How names are compared and read: what SQL cannot compute, in batches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import duckdb
import pyarrow as pa

from tianlake.build.classes.pinyin import syllables
from tianlake.lake.search.files import SOUNDS
from tianlake.lake.search.normal import letters, normal

BATCH: Final = 50_000
"""Rows that are in Python's memory at a time."""

_HAN: Final = re.compile(r"([\u3400-\u9fff\U00020000-\U0003ffff]+)")

TEXTS: Final = pa.schema({"written": pa.string(), "norm": pa.string(), "typed": pa.string()})
READINGS: Final = pa.schema(
    {"norm": pa.string(), "pinyin": pa.string(), "initials": pa.string(), "sounds": pa.list_(pa.int32())}
)


def read_each(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[list[tuple[str, ...]]]:
    """Yield the rows of a query in batches, while the connection is free for other statements."""
    cursor = connection.cursor()
    try:
        cursor.execute(query)
        while rows := cursor.fetchmany(BATCH):
            yield rows
    finally:
        cursor.close()


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Add rows to a table, which is made if it is not there."""
    connection.register("search_batch", rows)
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table} AS FROM search_batch LIMIT 0")
    connection.execute(f"INSERT INTO {table} FROM search_batch")
    connection.unregister("search_batch")


def make_texts(connection: duckdb.DuckDBPyConnection, table: str, texts: str) -> None:
    """Make a table of each text of a query as it is `written`, as it is compared and as letters.

    Args:
        connection: Where both are.
        table: To make.
        texts: A query of one column of texts without nulls, each once.
    """
    insert(connection, table, TEXTS.empty_table())
    for rows in read_each(connection, texts):
        written = [text for (text,) in rows]
        columns = [written, [normal(text) for text in written], [letters(text) for text in written]]
        insert(connection, table, pa.table(columns, schema=TEXTS))


def make_readings(connection: duckdb.DuckDBPyConnection, table: str, norms: str) -> None:
    """Make a table of how each name of a query is read; names without a Chinese character are not in it.

    Args:
        connection: Where both are.
        table: To make: `norm`, `pinyin` and `initials` as people type them, `sounds` of each character.
        norms: A query of one column of names as they are compared, each once.
    """
    insert(connection, table, READINGS.empty_table())
    numbers = sounds()
    for rows in read_each(connection, norms):
        found = [(norm, _read(norm)) for (norm,) in rows if _HAN.search(norm)]
        columns = [
            [norm for norm, _ in found],
            [letters("".join(read)) for _, read in found],
            [letters("".join(each[:1] for each in read)) for _, read in found],
            [[numbers.get(each, 0) for each in read] for _, read in found],
        ]
        insert(connection, table, pa.table(columns, schema=READINGS))


@cache
def sounds() -> Mapping[str, int]:
    """Return a number from 1 for each syllable that a character of Unicode's first block of Chinese is read as."""
    read = {each for sign in range(0x4E00, 0xA000) for each in syllables(chr(sign))}
    known = sorted(each for each in read if not _HAN.search(each))  # some are read by nobody, and stand for themselves
    return {syllable: min(number, SOUNDS - 1) for number, syllable in enumerate(known, 1)}


def _read(norm: str) -> list[str]:
    """Return a syllable for each character; what is not Chinese stands for itself."""
    found: list[str] = []
    for number, run in enumerate(_HAN.split(norm)):
        found += syllables(run) if number % 2 else list(run)
    return found
