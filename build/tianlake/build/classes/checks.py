"""Holds the values of a class's fields to its rules. Nothing is changed: what breaks a rule is counted and shown."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Final

import duckdb
import pyarrow as pa

from tianlake.build.classes.samples import samples
from tianlake.build.classes.schema import GRANULARITIES, SCHEMAS, STATUSES, Field, Rule
from tianlake.build.job import Job, recipe_file
from tianlake.build.quality.report import Finding
from tianlake.lake.divisions import load_divisions
from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import fault
from tianlake.lake.naming import CHINA, CORPS, NATIONAL
from tianlake.lake.recipes import CodeList, Entity, Place
from tianlake.lake.words import Text

KNOWN: Final = "known_divisions"
"""Under which DuckDB sees the codes of all divisions."""

UNLISTED: Final = ("71", "81", "82")
"""Provinces whose units below are not in the division list (`lake.divisions`): their codes are held to the form."""

FORMS: Final[dict[Rule, tuple[str, Text]]] = {
    "class_code": (
        r"^[1-9]\d{5}$",
        Text("不是 GB/T 13923 的六位要素分类代码", "is no six-digit feature class code of GB/T 13923"),
    ),
    "type_code": (
        r"^\d{5,6}$",
        Text(
            "不是五位（GB/T 18521）或六位（天地图 Type.csv）类型代码",
            "is no type code of five digits (GB/T 18521) or six (Tianditu's Type.csv)",
        ),
    ),
    "town": (r"^156\d{9}$", Text("不是 156 加九位的乡级代码", "is no code of a town: 156 and nine digits")),
    "division": (r"^156\d{6}$", Text("不是 156 加六位的行政区代码", "is no code of a division: 156 and six digits")),
}
"""Rule → the form of its codes, and what is wrong with others."""


def check_values(connection: duckdb.DuckDBPyConnection, job: Job, table: str) -> list[Finding]:
    """Return what breaks a rule of the class; `table` has all of its fields, with their types.

    Raises:
        LakeError: A list of codes that the recipe names cannot be read.
    """
    fields = SCHEMAS[job.recipe.card.product_class]
    codes = [NATIONAL.code, CORPS.code, *(f"{CHINA}{code}" for code in load_divisions().units)]
    connection.register(KNOWN, pa.table({"code": codes}))
    found = [each for field in fields for each in _broken(connection, job, table, field)]
    connection.unregister(KNOWN)
    if {"valid_from", "valid_to"} <= {each.name for each in fields}:
        reason = Text("终止日期早于起始日期", "valid_to is before valid_from")
        detail = "concat(valid_from, ' .. ', valid_to)"
        found += _finding(connection, table, ("class.period", "valid_to < valid_from", detail), reason)
    return found


def _broken(connection: duckdb.DuckDBPyConnection, job: Job, table: str, field: Field) -> Iterator[Finding]:
    column = identifier(field.name)
    if field.rule in FORMS:
        form, wrong = FORMS[field.rule]
        reason = Text(f"{field.name} {wrong.zh}", f"{field.name} {wrong.en}")
        yield from _finding(
            connection, table, (f"class.{field.rule}", f"NOT regexp_matches({column}, '{form}')", column), reason
        )
    if field.rule == "division":
        reason = Text(f"{field.name} 不在行政区划表中", f"{field.name} is not in the division list")
        yield from _finding(connection, table, ("class.unknown_division", _unknown(column), column), reason)
    if field.rule in {"granularity", "status"}:
        words = GRANULARITIES if field.rule == "granularity" else STATUSES
        reason = Text(f"{field.name} 应为 {'、'.join(words)}", f"{field.name} must be one of {', '.join(words)}")
        yield from _finding(
            connection, table, (f"class.{field.rule}", f"{column} NOT IN ({_listed(words)})", column), reason
        )
    entity, place = job.recipe.entity or Entity(), job.recipe.place or Place()
    codes = {"class_code": entity.class_codes, "type_code": place.type_codes}.get(field.rule)
    if codes is not None:
        reason = Text(f"{field.name} 不在 {codes.path} 中", f"{field.name} is not in {codes.path}")
        known = _listed(_declared(job, codes, field))
        yield from _finding(connection, table, ("class.unlisted_code", f"{column} NOT IN ({known})", column), reason)


def _finding(
    connection: duckdb.DuckDBPyConnection, table: str, rule: tuple[str, str, str], reason: Text
) -> list[Finding]:
    """Return the finding for a rule's name, condition and detail, if there is any."""
    name, condition, detail = rule
    found = samples(connection, table, condition, detail)
    return [Finding(name, "kept", found.count, reason, None, found.samples)] if found.count else []


def _unknown(column: str) -> str:
    """Return SQL for a code of the right form that no list has."""
    unlisted = _listed([f"{CHINA}{province}" for province in UNLISTED])
    return (
        f"regexp_matches({column}, '{FORMS['division'][0]}') AND left({column}, 5) NOT IN ({unlisted}) "
        f"AND {column} NOT IN (FROM {KNOWN})"
    )


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(map(literal, words)) or "''"


def _declared(job: Job, codes: CodeList, field: Field) -> list[str]:
    """Return the codes of a file that the recipe names."""
    place = f"{job.recipe.card.product_class}.{field.rule}s"
    file = job.root / codes.path
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.DictReader(text)
            if codes.code not in (rows.fieldnames or ()):
                rule = f"{codes.path} has no column {codes.code!r}; it has {', '.join(rows.fieldnames or ())}"
                raise fault(recipe_file(job), f"{place}.code", rule)
            return [row[codes.code].strip() for row in rows]
    except UnicodeDecodeError:
        raise fault(codes.path, "", "a list of codes is CSV in UTF-8") from None
    except OSError as error:
        raise fault(codes.path, "", f"cannot be read: {error.strerror}") from None
