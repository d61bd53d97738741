"""Gives a table of features the fields of its class: what is missing is filled in, what is there is checked."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from tianlake.build.classes.checks import check_values
from tianlake.build.classes.fill import fill
from tianlake.build.classes.schema import SCHEMAS, Field
from tianlake.build.classes.types import typed
from tianlake.build.job import Job, recipe_file
from tianlake.build.quality.report import Finding
from tianlake.lake.duck import identifier
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.words import Text


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the table."""

    columns: tuple[str, ...]
    """Its attributes, the class's fields first."""
    findings: tuple[Finding, ...]


def apply_class(connection: duckdb.DuckDBPyConnection, job: Job, table: str) -> Applied:
    """Give `table` every field of the product's class, in place; a class without fields leaves it as it is.

    Columns whose name begins with `__`, and `geometry`, are handed on. Fields that the recipe does not make are
    added, filled in as far as that is possible.

    Args:
        connection: Where the table is.
        job: Whose recipe names class, ids and divisions.
        table: The features after all steps.

    Raises:
        LakeError: A required field is not there, or the recipe names a file or attribute that is not.
    """
    fields = SCHEMAS.get(job.recipe.card.product_class)
    attributes = _attributes(connection, table)
    if fields is None:
        return Applied(attributes, ())
    given = {name.lower() for name in attributes}
    missing = [each for each in fields if each.need == "required" and each.name not in given]
    if missing:
        raise _not_made(job, missing[0], attributes)
    findings = [*typed(connection, table, fields, attributes), *fill(connection, job, table)]
    findings += check_values(connection, job, table)
    findings += [each for field in fields if (each := _absence(connection, table, field, field.name in given))]
    order = [each.name for each in fields]
    order += [name for name in attributes if name.lower() not in set(order)]
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT {', '.join(map(identifier, order))}, "
        f"* EXCLUDE ({', '.join(map(identifier, order))}) FROM {table}"
    )
    return Applied(tuple(order), tuple(findings))


def _attributes(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[str, ...]:
    names = connection.sql(f"FROM {table}").columns
    return tuple(name for name in names if name != "geometry" and not name.startswith("__"))


def _not_made(job: Job, field: Field, attributes: tuple[str, ...]) -> LakeError:
    card = job.recipe.card
    rule = (
        f"class {card.product_class!r} needs the field {field.name!r} ({field.text.en}); map it in a step fields: "
        f'{field.name} = "..."; there are: {", ".join(attributes)}'
    )
    return fault(recipe_file(job), f"steps.fields.{field.name}", rule)


def _absence(connection: duckdb.DuckDBPyConnection, table: str, field: Field, given: bool) -> Finding | None:  # noqa: FBT001 - private
    """Tell that a field is empty everywhere, or a required one somewhere."""
    [(rows, filled)] = connection.sql(f"SELECT count(*), count({identifier(field.name)}) FROM {table}").fetchall()
    if filled == rows or (filled and field.need != "required"):
        return None
    rule = "class.field_empty" if given else "class.field_missing"
    told = {
        "required": Text(f"必填字段 {field.name} 为空", f"the required field {field.name} is empty"),
        "filled": Text(
            f"字段 {field.name} 无从填写，请在 steps fields 中映射，或用 divisions 指定区划面",
            f"nothing says what to fill the field {field.name} with; map it in a step fields, or name divisions",
        ),
        "recommended": Text(
            f"建议字段 {field.name} 缺失，请在 steps fields 中映射",
            f"the recommended field {field.name} is missing; map it in a step fields",
        ),
    }
    return Finding(rule, "kept", rows - filled, told[field.need])
