"""Takes out of a table what must not be published any more (article 18): by id, by value, by area, or one attribute.

The table is looked at as it will be published, so that one rule holds for every source and every later release.
"""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `identifier`

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb

from tianlake.build.job import Job, recipe_file
from tianlake.build.quality.report import Finding
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import fault
from tianlake.lake.exclusions import exclusion_key, marked, shown_area
from tianlake.lake.recipes import Holding, Recipe
from tianlake.lake.words import CGCS2000, Text

PARTED: Final = frozenset({"vector", "table", "catalog"})
"""Kinds of products that parts can be taken out of."""

OLDER: Final = "older_release"
_BATCH: Final = 50_000
_REASON: Final = Text("依《办法》第十八条不再发布", "withheld under article 18 of the Measures")


def exclude(connection: duckdb.DuckDBPyConnection, job: Job, table: str) -> int:
    """Delete the excluded rows of `table` and empty the excluded attributes; return how many rows went.

    Args:
        connection: Where the table is.
        job: Whose recipe carries the exclusions; the key to them lies in its workspace.
        table: With all attributes that are published, and `geometry` where rows have a place.

    Raises:
        LakeError: The key is not here, or a rule speaks of an attribute that the product does not have.
    """
    excluded = job.recipe.excluded
    if excluded is None:
        return 0
    key = exclusion_key(job.root, job.node)
    columns = {name.lower(): name for name in connection.sql(f"FROM {table}").columns if not name.startswith("__")}
    before = _rows(connection, table)
    tests = [(job.recipe.feature_id, frozenset(excluded.ids))] if excluded.ids else []
    tests += [
        (column, frozenset(each.value for each in excluded.values if each.column == column))
        for column in {each.column for each in excluded.values}
    ]
    for name, marks in tests:
        column = identifier(_named(columns, name, job))
        found = marked(key, marks, _texts(connection, table, column))
        connection.execute(f"DELETE FROM {table} WHERE {column}::VARCHAR IN (SELECT unnest(?::VARCHAR[]))", [found])
    for hidden in excluded.areas:
        _exclude_area(connection, table, shown_area(key, hidden), job)
    for name in excluded.columns:
        connection.execute(f"UPDATE {table} SET {identifier(_named(columns, name, job))} = NULL")
    return before - _rows(connection, table)


def withheld(count: int) -> tuple[Finding, ...]:
    """Return what the quality report says of excluded rows: their number, nothing of what they were."""
    return (Finding("removal.withheld", "left_out", count, _REASON),) if count else ()


def older_without(connection: duckdb.DuckDBPyConnection, job: Job, file: Path) -> Path:
    """Return the table of the release before without what is excluded now.

    What is removed is no change that a feed may tell of: `changes.parquet` would hold it once more.
    """
    if job.recipe.excluded is None:
        return file
    target = job.scratch / "base-without-excluded.parquet"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {OLDER} AS FROM read_parquet({literal(str(file))})")
    exclude(connection, job, OLDER)
    connection.execute(f"COPY {OLDER} TO {literal(str(target))} (FORMAT parquet); DROP TABLE {OLDER}")
    return target


def _texts(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> Iterator[str]:
    """Yield the different values of a column as text."""
    query = f"SELECT DISTINCT {column}::VARCHAR FROM {table} WHERE {column} IS NOT NULL"
    found = connection.execute(query)
    while batch := found.fetchmany(_BATCH):
        yield from (text for (text,) in batch)


def _exclude_area(connection: duckdb.DuckDBPyConnection, table: str, wkt: str, job: Job) -> None:
    kinds = {name: kind for name, kind, *_ in connection.sql(f"DESCRIBE FROM {table}").fetchall()}
    if not kinds.get("geometry", "").startswith("GEOMETRY"):
        raise fault(_file(job), "areas", "rows of a plain table have no place; exclude them by id or by value")
    area = f"ST_SetCRS(ST_GeomFromText({literal(wkt)}), {literal(CGCS2000)})"
    try:
        connection.execute(f"DELETE FROM {table} WHERE ST_Intersects(ST_SetCRS(geometry, {literal(CGCS2000)}), {area})")
    except duckdb.Error:  # its message would repeat the area
        raise fault(_file(job), "areas", "an area cannot be compared; is it WKT in degrees?") from None


def _named(columns: dict[str, str], name: str | None, job: Job) -> str:
    if name is None:
        raise fault(_file(job), "ids", "the recipe names no id of its features: exclude by value or by area")
    found = columns.get(name.lower())
    if found is None:
        rule = f"the product has no attribute {name!r} any more, so nobody can tell what must stay out; it has: "
        raise fault(_file(job), "values", f"{rule}{', '.join(columns.values())}")
    return found


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    [(count,)] = connection.sql(f"SELECT count(*) FROM {table}").fetchall()
    return int(count)


def _file(job: Job) -> str:
    return recipe_file(job).replace("/products/", "/exclusions/")


def without_holdings(holdings: tuple[Holding, ...], job: Job) -> tuple[Holding, ...]:
    """Return what a catalog lists without the holdings that are excluded by id."""
    excluded = job.recipe.excluded
    if excluded is None:
        return holdings
    if excluded.values or excluded.areas or excluded.columns:
        raise fault(_file(job), "", "what a catalog lists is excluded by id alone")
    gone = set(marked(exclusion_key(job.root, job.node), excluded.ids, (each.id for each in holdings)))
    return tuple(each for each in holdings if each.id not in gone)


def check_excluded(recipe: Recipe, node: str) -> None:
    """Refuse to build what is withheld as a whole, or a kind of product from which no part can be taken out.

    Raises:
        LakeError: It is one of these.
    """
    if recipe.excluded is None:
        return
    file = f"nodes/{node}/exclusions/{recipe.card.id}.toml"
    if recipe.excluded.whole:
        raise fault(file, "whole", f"{recipe.card.id} is withheld as a whole (article 18): it is not built")
    if recipe.card.kind not in PARTED:
        rule = f"from a product of kind {recipe.card.kind!r} no part can be excluded; exclude it as a whole"
        raise fault(file, "", rule)
