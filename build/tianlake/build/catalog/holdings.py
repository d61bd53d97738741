"""Gathers what a node holds: its products, holdings of the recipe, rows of a register."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import duckdb

from tianlake.build.catalog.records import product_holding
from tianlake.build.excluding import without_holdings
from tianlake.build.job import Job, Progress, recipe_file
from tianlake.build.table.read import read_rows
from tianlake.lake.errors import fault
from tianlake.lake.recipes import Catalog, Holding
from tianlake.lake.records import read_record

REGISTER: Final = "register"

PLAIN: Final = (
    *("id", "security_class", "organisation", "contact", "email", "phone"),
    *("division", "update_cycle", "license"),
)
TEXTS: Final = ("title", "abstract", "obtain")
SIDES: Final = ("west", "south", "east", "north")
"""Columns of a register, after the steps: these, the texts with `_en` for English, `class`, `start` and `end`."""


def gather_holdings(connection: duckdb.DuckDBPyConnection, job: Job, progress: Progress) -> tuple[Holding, ...]:
    """Return everything the catalog lists, sorted by id; of what is not public, only what `withhold` lets through.

    Raises:
        LakeError: A row of a register is wrong, an id is there twice, or nothing is listed.
    """
    recipe = job.recipe
    found = list(recipe.holdings)
    if (recipe.catalog or Catalog()).products and recipe.listed is not None:
        operator = recipe.listed.operator
        found += [product_holding(job.node, operator, card) for card in recipe.listed.cards]
    if recipe.sources:
        found += _register(connection, job, progress)
    if not found:
        rule = "the catalog lists nothing: add [[holdings]], [[sources]] or products"
        raise fault(recipe_file(job), "holdings", rule)
    seen: set[str] = set()
    for each in found:
        # case folds on some file systems, and each id names a file
        if each.id.lower() in seen:
            raise fault(recipe_file(job), "holdings", f"the id {each.id!r} is there twice")
        seen.add(each.id.lower())
    kept = without_holdings(tuple(sorted(found, key=lambda each: each.id)), job)
    return tuple(withhold(each) for each in kept)


def withhold(holding: Holding) -> Holding:
    """Return what may be told of a holding: all of a public one; of others id, title, class of secrecy, whom to ask."""
    if holding.security_class == "public":
        return holding
    return Holding(
        id=holding.id,
        title=holding.title,
        security_class=holding.security_class,
        organisation=holding.organisation,
        contact=holding.contact,
        email=holding.email,
        phone=holding.phone,
    )


def _register(connection: duckdb.DuckDBPyConnection, job: Job, progress: Progress) -> list[Holding]:
    """Return the rows of the register."""
    read_rows(connection, job, REGISTER, progress)
    rows = connection.sql(f"FROM {REGISTER} ORDER BY __source, __ordinal")
    names = rows.columns
    found = []
    for row in rows.fetchall():
        said = {name: str(value).strip() for name, value in zip(names, row, strict=True) if value is not None}
        source = job.recipe.sources[int(said["__source"])].public_path
        place = f"row {int(said['__ordinal']) + 1}"
        raw = _entry({name: value for name, value in said.items() if value}, f"{source}: {place}")
        found.append(read_record(Holding, raw, file=f"{source}: {place}"))
    return found


def _entry(said: dict[str, str], where: str) -> dict[str, Any]:
    """Return a row as the table of a recipe that says the same."""
    raw: dict[str, Any] = {name: said[name] for name in PLAIN if name in said}
    for name in TEXTS:
        if name in said:
            raw[name] = {"zh": said[name], "en": said.get(f"{name}_en", said[name])}
    if "class" in said:
        raw["class"] = said["class"]
    if "start" in said:
        raw["period"] = {"start": said["start"]} | ({"end": said["end"]} if "end" in said else {})
    if "keywords" in said:
        raw["keywords"] = [word for word in said["keywords"].replace("；", ";").split(";") if word]
    if all(side in said for side in SIDES):
        try:
            raw["extent"] = {side: float(said[side]) for side in SIDES}
        except ValueError:
            raise fault(where, "extent", "west, south, east and north are degrees") from None
    return raw


def with_extent(holding: Holding, boxes: dict[str, Any]) -> Holding:
    """Return a holding with the box of its division, where it has no extent of its own."""
    if holding.extent is not None or holding.division is None:
        return holding
    return replace(holding, extent=boxes.get(holding.division))
