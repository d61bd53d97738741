"""The interval of contours, from their own elevations."""

# ruff: noqa: S608 - names of columns cannot be bound; they go through `identifier`

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tianlake.build.policy.findings import Finding, finding
from tianlake.build.policy.look import Look
from tianlake.build.policy.table import Table
from tianlake.lake.duck import identifier
from tianlake.lake.words import Text

_CONTOURS: Final = re.compile(r"等高线|(?i:contour)")
"""Names of files, products and layers of contours."""

_ELEVATIONS: Final = frozenset(
    {"elevation", "elev", "ele", "height", "altitude", "contour", "z", "高程", "高程值", "海拔", "bsgc"}
)
"""Columns of elevations; BSGC is 标识高程 in surveyors' tables."""

HEIGHTS: Final = 100_000
"""Different elevations that are looked at."""


def check_contours(look: Look, table: Table) -> Iterator[Finding]:
    """Yield the interval of lines with elevations, where it is finer than a rule lets it be."""
    rules = look.policy.of("contours")
    column = next((each for each in table.columns if each.casefold() in _ELEVATIONS), None)
    if not rules or column is None or table.geometry is None or not _are_contours(look, table):
        return
    name = identifier(column)
    query = f"""
    SELECT min(step) FROM (
        SELECT e - lag(e) OVER (ORDER BY e) AS step FROM (
            SELECT DISTINCT round(TRY_CAST({name} AS DOUBLE), 2) AS e FROM {table.source}
            WHERE TRY_CAST({name} AS DOUBLE) IS NOT NULL LIMIT {HEIGHTS}))
    """
    (interval,) = table.one(query)
    for rule in rules:
        least = rule.parameters["least_m"]
        if interval is not None and interval < least:
            text = Text(f"等高距 {interval:g} 米，小于 {least:g} 米", f"interval {interval:g} m is below {least:g} m")
            yield finding(rule, table.name, column, text)


def _are_contours(look: Look, table: Table) -> bool:
    """Tell whether a table holds contours: by a name, and by lines alone."""
    card = look.candidate.card
    named = [table.name, card.id, card.title.zh, card.title.en]
    if "layer" in table.columns:
        named += [str(layer) for (layer,) in table.rows(f"SELECT DISTINCT layer FROM {table.source} LIMIT 100")]
    if not any(_CONTOURS.search(each) for each in named):
        return False
    (other,) = table.one(f"SELECT count(*) FROM {table.source} WHERE ST_Dimension({table.shape}) <> 1")
    return bool(other == 0)
