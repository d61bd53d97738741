"""Counts features that a condition holds for, and shows a few of them."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb

from tianlake.build.quality.report import Sample
from tianlake.lake.duck import identifier

SHOWN: Final = 20
"""Samples of a finding, at most (`quality.report.Finding`)."""

NAMED_BY: Final = ("entity_id", "place_id", "name", "std_name")
"""Columns that say which feature it is, the best first."""


@dataclass(frozen=True, slots=True)
class Found:
    """How many features, and the first few."""

    count: int
    samples: tuple[Sample, ...]


def samples(connection: duckdb.DuckDBPyConnection, table: str, condition: str, detail: str) -> Found:
    """Return the features of a table that a condition holds for, in the order of the sources.

    Args:
        connection: Where the table is.
        table: Features with `geometry`, `__source` and `__ordinal`.
        condition: SQL on its columns.
        detail: SQL that says what was wrong with each.
    """
    [(count,)] = connection.sql(f"SELECT count(*) FROM {table} WHERE {condition}").fetchall()
    if not count:
        return Found(0, ())
    there = set(connection.sql(f"FROM {table}").columns)
    names = [f"{identifier(name)}::VARCHAR" for name in NAMED_BY if name in there]
    shown = f"coalesce({', '.join(names)}, NULL)" if names else "NULL"
    rows = connection.sql(
        f"SELECT __ordinal + 1, {shown}, ST_X(__at), ST_Y(__at), {detail} FROM (SELECT *, "
        f"ST_PointOnSurface(geometry) AS __at FROM {table} WHERE {condition} "
        f"ORDER BY __source, __ordinal LIMIT {SHOWN})"
    ).fetchall()
    return Found(count, tuple(Sample(row, name, lon, lat, text or "") for row, name, lon, lat, text in rows))
