"""Holds a product to its ids: releases are compared by them, so each names one feature and always the same."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from typing import Final

import duckdb

from tianlake.lake.duck import identifier
from tianlake.lake.errors import fault
from tianlake.lake.recipes import Recipe

SHOWN: Final = 3


def check_ids(connection: duckdb.DuckDBPyConnection, recipe: Recipe, attributes: tuple[str, ...], file: str) -> None:
    """Refuse ids that are absent, empty or given twice, those included that differ in blanks around them alone.

    Sources are joined before: where one writes ids as numbers and another as text, they have become text.

    Raises:
        LakeError: It names the first of them with their sources and rows.
    """
    wanted = recipe.features.id
    if wanted is None:
        return
    column = next((name for name in attributes if name.lower() == wanted.lower()), None)
    if column is None:
        rule = f"there is no attribute {wanted!r} after all steps; there are: {', '.join(attributes)}"
        raise fault(file, "features.id", rule)
    merged = f"(SELECT nullif(trim(CAST({identifier(column)} AS VARCHAR)), '') AS id, __source, __ordinal FROM merged)"
    # Only rows of ids that are wrong are listed: a list for each id of a large product would not fit in memory.
    rows = connection.sql(
        "SELECT id, count(*), list({s: __source, r: __ordinal + 1} ORDER BY __source, __ordinal) "
        f"FROM {merged} WHERE id IS NULL OR id IN (SELECT id FROM {merged} GROUP BY id HAVING count(*) > 1) "
        f"GROUP BY id ORDER BY min((__source, __ordinal)) LIMIT {SHOWN}"
    ).fetchall()
    if not rows:
        return
    told = "; ".join(_told(recipe, *row) for row in rows)
    raise fault(file, "features.id", f"{wanted!r} must name each feature by a value of its own: {told}")


def _told(recipe: Recipe, value: str | None, count: int, places: list[dict[str, int]]) -> str:
    shown = ", ".join(f"{recipe.sources[each['s']].public_path} row {each['r']}" for each in places[:SHOWN])
    more = ", …" if count > SHOWN else ""
    return f"{'no value' if value is None else repr(value)} in {count} features ({shown}{more})"
