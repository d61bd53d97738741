"""Tables: names of columns, every value of every column, what columns state."""

# ruff: noqa: S608 - names of columns cannot be bound; they go through `identifier`

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from tianlake.build.policy.contours import check_contours
from tianlake.build.policy.documents import FIELD, LAYER, named
from tianlake.build.policy.findings import Finding, finding
from tianlake.build.policy.jurisdiction import check_features
from tianlake.build.policy.look import Look
from tianlake.build.policy.pieces import check_scales
from tianlake.build.policy.stated import named as states
from tianlake.build.policy.table import Table
from tianlake.build.policy.territory import check_territory
from tianlake.build.policy.texts import Hit
from tianlake.lake.duck import identifier
from tianlake.lake.words import Text

_BLOBS: Final = re.compile(r"^(BLOB|GEOMETRY|BOOLEAN|FLOAT|DATE|TIME|STRUCT\((\"?\w+\"? (DOUBLE|FLOAT)(, )?)+\)$)")
"""Types that hold no text and no number of a person: geometry, boxes, dates."""

_NUMBERS: Final = re.compile(r"^(U?(BIG|HUGE)INT|DOUBLE|DECIMAL)")
"""Types of numbers that are long enough for one of a person."""

_SHORT: Final = re.compile(r"^U?(TINY|SMALL)?INT(EGER)?$")

_TELEPHONE: Final = re.compile(r"电话|手机|联系方式|(?i:\b|_)(?i:phone|mobile|tel|telephone|contact)(?i:\b|_)")
"""Names of columns whose numbers are those of telephones; in others, so large a number is an area, an id, a time."""

_LAYERS: Final = frozenset({"layer", "layer_name", "图层", "图层名"})
"""Columns that name the layer of a feature."""

LAYERS_TOLD: Final = 1000


def check_table(look: Look, name: str, path: Path) -> Iterator[Finding]:
    """Yield what the rows and columns of a Parquet file hold; one that cannot be read is told of by the leak gate."""
    try:
        table = Table.open(look.connection, name, path)
    except duckdb.Error:
        return
    for column in table.columns:
        for each in _names(column, table.columns[column]):
            yield from named(look.fields, name, column, each, FIELD)
        yield from _column(look, table, column)
    yield from check_contours(look, table)
    yield from check_features(look, table)
    yield from check_scales(look, table)
    yield from check_territory(look, table)


def _names(column: str, kind: str) -> Iterator[str]:
    """Yield the name of a column and those of the members of its type."""
    yield column
    if kind.startswith("STRUCT") and column != "bbox":
        yield from re.findall(r'[(,]\s*"?([^\s",()]+)"? [A-Z]', kind)


def _column(look: Look, table: Table, column: str) -> Iterator[Finding]:
    kind = table.columns[column]
    yield from _stated(look, table, column)
    if _BLOBS.match(kind) or _SHORT.match(kind):
        return
    if column.casefold() in _LAYERS:
        query = f"SELECT DISTINCT {identifier(column)}::VARCHAR FROM {table.source} LIMIT {LAYERS_TOLD}"
        for (layer,) in table.rows(query):
            if layer:
                yield from named(look.layers, table.name, column, layer, LAYER)
    found: dict[tuple[str, str], _Seen] = {}
    for value, count, row in _suspects(look, table, column):
        for hit in look.texts.hits(value, column):
            key = (hit.rule.id, "" if hit.rule.check.endswith("-number") else hit.what.zh)
            found[key] = _Seen.with_one(found.get(key), hit, count, row)
    for seen in found.values():
        yield finding(seen.hit.rule, table.name, column, seen.text)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One thing that a rule finds in a column, and in how many rows."""

    hit: Hit
    rows: int
    first: int

    @classmethod
    def with_one(cls, before: _Seen | None, hit: Hit, count: int, row: int) -> _Seen:
        if before is None:
            return cls(hit, count, row)
        return cls(before.hit if before.first <= row else hit, before.rows + count, min(before.first, row))

    @property
    def text(self) -> Text:
        zh, en = self.hit.what.zh, self.hit.what.en
        return Text(
            f"{zh}，共 {self.rows:,} 行，首见于第 {self.first} 行",
            f"{en}, {self.rows:,} rows, first in row {self.first}",
        )


def _suspects(look: Look, table: Table, column: str) -> Iterator[tuple[str, int, int]]:
    """Yield the different values that may be findings, how often each is there, and its first row, from 1."""
    name = identifier(column)
    value, bound = f"{name}::VARCHAR", {"coarse": look.texts.coarse}
    chosen = f"regexp_matches({name}::VARCHAR, $coarse)"
    if _NUMBERS.match(table.columns[column]):
        value, bound = f"{name}::HUGEINT::VARCHAR", {}
        mobile = f"{name} BETWEEN 13e9 AND 2e10 OR " if _TELEPHONE.search(column) else ""
        chosen = f"{mobile}{name} BETWEEN 1e17 AND 1e18"
    query = f"SELECT {value}, count(*), min(file_row_number) + 1 FROM {table.source} WHERE {chosen} GROUP BY ALL"
    yield from table.rows(query, bound)


def _stated(look: Look, table: Table, column: str) -> Iterator[Finding]:
    """Yield what a column states of its rows that it may not; each different value once."""
    rules = (*look.stated.classes, *look.stated.accuracies)
    if not any(states(rule, column) for rule in rules):
        return
    query = f"SELECT DISTINCT {identifier(column)} FROM {table.source} ORDER BY 1 LIMIT {LAYERS_TOLD}"
    told: set[str] = set()
    for (value,) in table.rows(query):
        for each in look.stated.look(table.name, column, column, _plain(value)):
            if each.rule not in told:
                told.add(each.rule)
                yield each


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float) or value is None else str(value)
