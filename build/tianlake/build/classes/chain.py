"""The chain of divisions that a feature lies in, from its codes or from where it is."""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import duckdb
import pyarrow as pa

from tianlake.build.classes.locate import LOCATED, locate
from tianlake.build.classes.samples import samples
from tianlake.build.job import Job
from tianlake.build.quality.report import Finding
from tianlake.lake.divisions import Division, Divisions, load_divisions
from tianlake.lake.naming import CHINA, NATIONAL
from tianlake.lake.recipes import Entity, Place
from tianlake.lake.words import Text

CHAINS: Final = "chains"
"""Under which DuckDB sees the chain of every code in use."""

SMALLEST: Final = "smallest_codes"
"""Table of the code that the chain of each feature follows from."""

UPPER: Final = ("province", "city", "county")
PARTS: Final = tuple(part for level in UPPER for part in (level, f"{level}_code"))
CODES: Final = ("admin_code", "province_code", "city_code", "county_code", "town_code")

_LEVELS: Final = {"provincial": "province", "city": "city", "county": "county"}


def chain_of(code: str, name: str | None, divisions: Divisions) -> dict[str, str | None]:
    """Return names and codes of province, city and county that a code of nine digits means.

    A level that does not exist is null: a municipality's district and a county-level unit that its province
    administers itself (济源市, 石河子市) have no city, a city without counties (东莞市) no county. A code that the list
    lacks (units below 台湾省, 香港, 澳门; units since abolished) keeps its own name below those that it lies in by its
    digits.

    Args:
        code: `156` and six digits.
        name: What the file of polygons calls it, for units that the list lacks.
        divisions: The list.
    """
    six = code.removeprefix(CHINA)
    found: dict[str, str | None] = dict.fromkeys(PARTS)
    unit = divisions.find(six) or divisions.enclosing(six)
    if divisions.find(six) is None and name is not None:
        level = "province" if six.endswith("0000") else "city" if six.endswith("00") else "county"
        found |= {level: name, f"{level}_code": code}
    while unit is not None:
        level = _LEVELS[unit.level]
        found |= {level: unit.name, f"{level}_code": f"{CHINA}{unit.code}"}
        unit = _above(unit, divisions)
    return found


def _above(unit: Division, divisions: Divisions) -> Division | None:
    return None if unit.parent is None else divisions.find(unit.parent)


def fill_chain(connection: duckdb.DuckDBPyConnection, job: Job, table: str) -> list[Finding]:
    """Fill in the divisions of every feature, in place, and tell of codes that contradict where a feature is.

    Codes that a feature has stay; what it lacks follows from its smallest code, and from where it is if it has none.

    Raises:
        LakeError: A file of polygons that the recipe names cannot be read or lacks an attribute.
    """
    entity, place = job.recipe.entity or Entity(), job.recipe.place or Place()
    if job.recipe.card.product_class == "entity":
        with locate(connection, job, table, entity.divisions, "entity.divisions") as found:
            return [*found, *_fill_admin(connection, table)]
    findings: list[Finding] = []
    if place.towns is not None:
        with locate(connection, job, table, place.towns, "place.towns") as found:
            findings += [*found, *_fill_towns(connection, table)]
    with locate(connection, job, table, place.divisions, "place.divisions") as found:
        return [*findings, *found, *_fill_upper(connection, table)]


def _fill_towns(connection: duckdb.DuckDBPyConnection, table: str) -> list[Finding]:
    """Fill in towns; the county of a town is the first six digits of its nine (GB/T 10114)."""
    findings = _contradictions(connection, table, "t.town_code <> t.__lies")
    connection.execute(
        f"UPDATE {table} SET town = coalesce(town, CASE WHEN coalesce(town_code, l.code) = l.code THEN l.name END), "
        f"town_code = coalesce(town_code, l.code), county_code = coalesce(county_code, left(l.code, 9)) "
        f"FROM {LOCATED} l WHERE {_same(table, 'l')}"
    )
    return findings


def _fill_admin(connection: duckdb.DuckDBPyConnection, table: str) -> list[Finding]:
    """Fill in `admin_code` of entities; one that names a unit around the polygon is right, too."""
    found = connection.sql(f"SELECT DISTINCT code, name FROM {LOCATED}").fetchall()
    with _chains(connection, found):
        own = ", ".join(f"coalesce(k.{level}_code, '')" for level in UPPER)
        findings = _contradictions(connection, table, f"t.admin_code NOT IN ({own}, '{NATIONAL.code}')")
    connection.execute(
        f"UPDATE {table} SET admin_code = l.code FROM {LOCATED} l WHERE admin_code IS NULL AND {_same(table, 'l')}"
    )
    return findings


def _fill_upper(connection: duckdb.DuckDBPyConnection, table: str) -> list[Finding]:
    """Fill in province, city and county of the smallest code that a feature has, or else of where it lies."""
    own = "coalesce(t.county_code, left(t.town_code, 9), l.code, t.city_code, t.province_code)"
    connection.execute(
        f"CREATE TABLE {SMALLEST} AS SELECT t.__source, t.__ordinal, {own} AS smallest, "
        f"CASE WHEN l.code = {own} THEN l.name END AS name "
        f"FROM {table} t LEFT JOIN {LOCATED} l USING (__source, __ordinal)"
    )
    codes = connection.sql(
        f"SELECT smallest, max(name) FROM {SMALLEST} WHERE smallest IS NOT NULL GROUP BY 1 "
        f"UNION SELECT code, name FROM {LOCATED}"
    ).fetchall()
    with _chains(connection, codes):
        differs = " OR ".join(f"t.{level}_code <> k.{level}_code" for level in UPPER)
        findings = _contradictions(connection, table, differs)
        values = ", ".join(f"{part} = coalesce({table}.{part}, k.{part})" for part in PARTS)
        connection.execute(
            f"UPDATE {table} SET {values} FROM {SMALLEST} s JOIN {CHAINS} k USING (smallest) WHERE {_same(table, 's')}"
        )
    connection.execute(f"DROP TABLE {SMALLEST}")
    return findings


def _same(table: str, other: str) -> str:
    return f"{table}.__source = {other}.__source AND {table}.__ordinal = {other}.__ordinal"


@contextmanager
def _chains(connection: duckdb.DuckDBPyConnection, codes: Iterable[tuple[str, str | None]]) -> Iterator[None]:
    """Let DuckDB see the chains of these codes (with the names that polygons give them) as `CHAINS`."""
    divisions = load_divisions()
    names: dict[str, str | None] = {}
    for code, name in codes:
        names[code] = names.get(code) or name
    rows = [{"smallest": code, **chain_of(code, name, divisions)} for code, name in sorted(names.items())]
    schema = pa.schema([(name, pa.string()) for name in ("smallest", *PARTS)])
    connection.register(CHAINS, pa.Table.from_pylist(rows, schema))
    try:
        yield
    finally:
        connection.unregister(CHAINS)


def _contradictions(connection: duckdb.DuckDBPyConnection, table: str, condition: str) -> list[Finding]:
    """Return the features whose own code is not that of the polygon they lie in.

    Args:
        connection: Where the table, `LOCATED` and, for a condition that needs it, `CHAINS` are.
        table: The features.
        condition: SQL on the features `t`, which have `__lies`, and on the chain `k` of where each lies.
    """
    lying = f"SELECT t.*, l.code AS __lies FROM {table} t JOIN {LOCATED} l USING (__source, __ordinal)"
    chain = f"JOIN {CHAINS} k ON k.smallest = t.__lies " if "k." in condition else ""
    joined = f"(SELECT t.* FROM ({lying}) t {chain}WHERE {condition})"
    own = [name for name in CODES if name in connection.sql(f"FROM {table}").columns]
    seen = samples(connection, joined, "true", f"concat_ws(' ', {', '.join(own)}) || ' lies in ' || __lies")
    reason = Text(
        "代码与所在的区划面不符，保留原代码", "its code is not that of the polygon it lies in; the code is kept"
    )
    return [Finding("place.contradiction", "kept", seen.count, reason, None, seen.samples)] if seen.count else []
