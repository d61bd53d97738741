"""The steps of a recipe as SQL: which features go on, and with which attributes."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb

from tianlake.build.vector.placing import USABLE, Placed
from tianlake.build.vector.sql_errors import reason
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import fault
from tianlake.lake.recipes import FieldsStep, Recipe

CARRIED: Final = "geometry, __ordinal"
"""Columns that every step hands on."""


def chosen_rows(placed: Placed, masks: list[str]) -> str:
    """Return SQL for the usable features that lie in every mask.

    One column is added: `__ordinal`, the place in the source, from 0.

    A feature lies where its representative point lies, on the border included. The join is an inner one,
    because DuckDB uses its spatial index for no other; a point on a border between two areas of a mask counts
    once.

    Args:
        placed: The features.
        masks: Tables whose `geometry` holds the areas.
    """
    fates = ", ".join(map(literal, USABLE))
    rows = (
        "SELECT * EXCLUDE (__fate, __row, __told, __before, __changes), __row - 1 AS __ordinal "
        f"FROM {placed.table} WHERE __fate IN ({fates})"
    )
    for mask in masks:
        rows += (
            f" AND rowid IN (SELECT feature.rowid FROM {placed.table} feature JOIN {mask} mask "
            "ON ST_Intersects(mask.geometry, ST_PointOnSurface(feature.geometry)))"
        )
    return rows


def with_fields(rows: str, recipe: Recipe) -> str:
    """Return SQL that gives the rows the attributes that the recipe's steps `fields` make, one after another."""
    for _, step in _fields_steps(recipe):
        made = ", ".join(f"{expression}\n AS {identifier(name)}" for name, expression in step.fields.items())
        rows = f"SELECT {made}, {CARRIED} FROM ({rows})"
    return rows


def check_fields(connection: duckdb.DuckDBPyConnection, placed: Placed, recipe: Recipe, file: str) -> None:
    """Find the expression that cannot be computed from the columns of one source.

    Args:
        connection: Where the source's table is.
        placed: The source.
        recipe: Whose steps are checked.
        file: The recipe's file, for messages.

    Raises:
        LakeError: It names the step, the field and the reason.
    """
    rows = chosen_rows(placed, [])
    for number, step in _fields_steps(recipe):
        made: list[str] = []
        for name, expression in step.fields.items():
            made.append(f"{expression}\n AS {identifier(name)}")
            try:
                connection.sql(f"SELECT {', '.join(made)}, {CARRIED} FROM ({rows})")
            except duckdb.Error as error:
                columns = [each for each in connection.sql(rows).columns if not each.startswith("__")]
                rule = f"{reason(error)}; columns: {', '.join(columns)}"
                raise fault(file, f"steps.{number}.fields.{name}", rule) from None
        rows = f"SELECT {', '.join(made)}, {CARRIED} FROM ({rows})"


def _fields_steps(recipe: Recipe) -> Iterator[tuple[int, FieldsStep]]:
    for number, step in enumerate(recipe.steps):
        if isinstance(step, FieldsStep):
            yield number, step
