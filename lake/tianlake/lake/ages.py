"""Ages of published products and of their features by division, read from a lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from string import Template
from typing import Final

import duckdb

from tianlake.lake.divisions import Divisions
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import StoreError
from tianlake.lake.freshness import (
    DIVISION_COLUMNS,
    UPDATED_COLUMN,
    Freshness,
    Limits,
    Updated,
    judge,
    limits,
    newest,
    release_updated,
)
from tianlake.lake.naming import CHINA as CHINA_CODE
from tianlake.lake.query import NodeLake, current_histories, open_lake
from tianlake.lake.releases import Candidate, TableFacts, data_table
from tianlake.lake.store import S3Settings
from tianlake.lake.words import view_name

AGES: Final = Template("""
SELECT division, count(*), max(day) FILTER (day <= DATE $asof)
FROM (SELECT $division AS division, $day AS day FROM $view) GROUP BY ALL ORDER BY ALL
""")

SIX_DIGITS: Final = Template("""
CASE WHEN regexp_full_match($code, '156[0-9]{6}([0-9]{3})?') THEN $code[4:9]
  WHEN regexp_full_match($code, '[0-9]{6}([0-9]{3}|[0-9]{6})?') THEN $code[1:6] END
""")
"""The county-level code in 6 digits, in `156` and 6 (and the 3 of a town), or in the 9 or 12 of a town or village."""

MOMENT: Final = "(make_timestamp(epoch_us({}::TIMESTAMPTZ)) + INTERVAL 8 HOURS)::DATE"
"""The day in China of a moment with an offset."""

WRITTEN: Final = Template("""
CASE WHEN regexp_matches($text, ':.*(Z|[+-][0-9]{2}(:?[0-9]{2})?)$$') THEN $moment
  ELSE coalesce(
    TRY_CAST($text AS TIMESTAMP), try_strptime($text, ['%Y%m%d', '%Y/%m/%d', '%Y年%m月%d日', '%Y-%m'])
  )::DATE END
""")
"""The day that a text tells, or NULL."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The features of one division."""

    code: str | None
    """Six digits; None for features of no listed division."""
    features: int
    newest: date | None
    """Of the days of their last updates, those after the day asked about left out."""


def node_ages(lake: NodeLake, settings: S3Settings, asof: date, divisions: Divisions) -> list[Freshness]:
    """Return the ages of a node's published products, each followed by those of its divisions, sorted by code.

    Raises:
        LakeError: The period of a card is no date.
        StoreError: The lake cannot be read.
    """
    current = [history.find(history.current or "") for history in current_histories(lake.store)]
    manifests = [each.manifest for each in current if each is not None]
    asked = {each.release: sql for each in manifests if (sql := ages_sql(lake.node.code, each.candidate, asof))}
    if not asked:
        return [age for each in manifests for age in ages(each.candidate, [], asof, divisions)]
    found: list[Freshness] = []
    with open_lake([lake], settings) as connection:
        for each in manifests:
            counted = _count(connection, asked[each.release], lake.url) if each.release in asked else []
            found += ages(each.candidate, counted, asof, divisions)
    return found


def ages_sql(code: str, candidate: Candidate, asof: date) -> str | None:
    """Return the statement that counts a product's features by division and day, or None where it has neither."""
    table = data_table(candidate)
    facts = table.facts if table else None
    columns = {each.name: each.type for each in facts.columns} if isinstance(facts, TableFacts) else {}
    division = next((name for name in DIVISION_COLUMNS if name in columns), None)
    if division is None and UPDATED_COLUMN not in columns:
        return None
    return AGES.substitute(
        asof=literal(asof.isoformat()),
        division="NULL" if division is None else SIX_DIGITS.substitute(code=f"({identifier(division)}::VARCHAR)"),
        day=_day(columns),
        view=view_name(code, candidate.card.id),
    )


def ages(candidate: Candidate, counted: Sequence[Counted], asof: date, divisions: Divisions) -> list[Freshness]:
    """Return the age of a product, followed by those of its divisions. Pure."""
    release, limit = release_updated(candidate), limits(candidate.card.update_cycle)
    by_division: dict[str, list[Counted]] = {}
    for each in counted:
        unit = divisions.enclosing(each.code) if each.code else None
        if unit:
            by_division.setdefault(unit.code, []).append(each)
    whole = _newest(counted, release)
    features = sum(each.features for each in counted) or candidate.quality.written or None
    found = [_age(candidate, (None, None), (features, whole), asof, limit)]
    for code, parts in sorted(by_division.items()):
        place = (f"{CHINA_CODE}{code}", divisions.units[code].name)
        found.append(
            _age(candidate, place, (sum(each.features for each in parts), _newest(parts, release)), asof, limit)
        )
    return found


def _newest(parts: Sequence[Counted], release: Updated) -> Updated:
    return newest(max((each.newest for each in parts if each.newest), default=None), release)


def _age(
    candidate: Candidate,
    place: tuple[str | None, str | None],
    what: tuple[int | None, Updated],
    asof: date,
    limit: Limits,
) -> Freshness:
    features, updated = what
    days = (asof - updated.on).days
    code, name = place
    return Freshness(
        node=candidate.node,
        product=candidate.card.id,
        division=code,
        name=name,
        features=features,
        updated=updated.on,
        basis=updated.basis,
        days=days,
        state=judge(days, limit),
    )


def _day(columns: Mapping[str, str]) -> str:
    """Return SQL for the day in China on which a feature was updated last."""
    kind = columns.get(UPDATED_COLUMN)
    if kind is None:
        return "NULL::DATE"
    column = identifier(UPDATED_COLUMN)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return MOMENT.format(column)
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"{column}::DATE"
    text = f"trim({column}::VARCHAR)"
    return WRITTEN.substitute(text=text, moment=MOMENT.format(f"TRY_CAST({text} AS TIMESTAMPTZ)"))


def _count(connection: duckdb.DuckDBPyConnection, sql: str, url: str) -> list[Counted]:
    try:
        return [Counted(*row) for row in connection.sql(sql).fetchall()]
    except duckdb.Error as error:
        raise StoreError(f"{url}: {' '.join(str(error).split())}") from None
