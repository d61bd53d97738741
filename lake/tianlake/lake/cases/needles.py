"""What a proof looks for: what tells the removed content from everything that stays.

It is gathered from the releases before they are deleted, and kept in the sealed part of the case alone.
"""

# ruff: noqa: S608 - names of tables and columns cannot be bound; all that is foreign goes through `literal`

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import duckdb
from pydantic import Field

from tianlake.lake.duck import identifier, literal
from tianlake.lake.errors import LakeError
from tianlake.lake.exclusions import Target
from tianlake.lake.records import STRICT
from tianlake.lake.search.files import FIELDS, SOUND
from tianlake.lake.words import CGCS2000

MOST: Final = 100_000
"""Texts that are compared as whole values."""
MOST_WITHIN: Final = 64
"""Texts that are looked for within bytes and longer texts, those of the first features."""
SHORTEST: Final = 5
"""Bytes of a text that is looked for within others: shorter ones are in any file by chance."""

_OWN: Final = frozenset({"geometry", "bbox"})


@dataclass(frozen=True, slots=True)
class Needles:
    """What must be nowhere any more."""

    features: int = 0
    """Removed ones, over all releases."""
    texts: tuple[str, ...] = ()
    """Values that nothing that stays has."""
    within: tuple[str, ...] = ()
    """Those of them that are no part of any value that stays."""
    shapes: tuple[str, ...] = ()
    """Geometries as WKB, hex, that nothing that stays has."""
    terms: tuple[int, ...] = ()
    """Keys of the search index that lead to nothing that stays."""
    id_column: str | None = None
    numbers: tuple[int, ...] = ()
    """Ids that are numbers: they count in the column of ids alone."""
    points: tuple[tuple[Annotated[float, Field()], Annotated[float, Field()]], ...] = ()
    """A point on each of the first features, degrees: whose tiles are asked for."""
    releases: tuple[str, ...] = ()
    """`<product>/<release>` that held it."""

    __pydantic_config__ = STRICT

    def __add__(self, other: Needles) -> Needles:
        """Return both together."""
        return Needles(
            features=max(self.features, other.features),
            texts=_both(self.texts, other.texts),
            within=_both(self.within, other.within),
            shapes=_both(self.shapes, other.shapes),
            terms=_both(self.terms, other.terms),
            id_column=self.id_column or other.id_column,
            numbers=_both(self.numbers, other.numbers),
            points=_both(self.points, other.points),
            releases=_both(self.releases, other.releases),
        )


def _both(ours: Sequence, theirs: Sequence) -> tuple:  # type: ignore[type-arg]
    return tuple(dict.fromkeys((*ours, *theirs)))


@dataclass(frozen=True, slots=True)
class Table:
    """A release's table on this machine, and its search index where it has one."""

    release: str
    """`<product>/<release>`."""
    file: Path
    id_column: str | None
    places: Path | None = None
    terms: Path | None = None


def is_named(connection: duckdb.DuckDBPyConnection, table: Table, part: Target) -> bool:
    """Say whether a target that names one thing names anything in a table; raises `LakeError` as `gather` does."""
    columns = _described(connection, table)
    if part.columns:
        return any(each.lower() in columns for each in part.columns)
    test = " OR ".join(f"coalesce({each}, false)" for each in _tests(columns, table, part)) or "true"
    [(found,)] = connection.sql(f"SELECT EXISTS (FROM {_relation(table)} WHERE {test})").fetchall()
    return bool(found)


def gather(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], target: Target) -> Needles:
    """Return what tells the removed features of some releases from what stays.

    Args:
        connection: Tables `gone`, `stays` and `spoken` are made in it.
        tables: Of every release that is still there, the current one last: what stays is the rest of that.
        target: What is removed.

    Raises:
        LakeError: A table lacks an attribute that the target speaks of, or no release holds any such feature.
    """
    if not tables:
        return Needles()
    current = tables[-1]
    _split(connection, current, target, "stays", stays=True)
    found = Needles()
    for table in tables:
        _split(connection, table, target, "gone", stays=False)
        [(count,)] = connection.sql("SELECT count(*) FROM gone").fetchall()
        if count:
            found = found + _of_table(connection, table, target, int(count))
    return found


def _split(connection: duckdb.DuckDBPyConnection, table: Table, target: Target, name: str, *, stays: bool) -> None:
    """Make a table of the features that go, or of those that stay."""
    relation, columns = _relation(table), _described(connection, table)
    tests = list(_tests(columns, table, target))
    whole = target.whole or target.columns
    test = "true" if whole else " OR ".join(f"coalesce({each}, false)" for each in tests) or "false"
    chosen = "*"
    if target.columns and not stays:
        kept = [columns[each.lower()][0] for each in target.columns if each.lower() in columns]
        chosen = ", ".join(map(identifier, kept)) or "NULL AS nothing"
    elif target.columns:
        gone = [columns[each.lower()][0] for each in target.columns if each.lower() in columns]
        chosen, test = f"* EXCLUDE ({', '.join(map(identifier, gone))})" if gone else "*", "false"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {chosen} FROM {relation} "
        f"WHERE {'NOT ' if stays else ''}({test})"
    )


def _relation(table: Table) -> str:
    return f"read_parquet({literal(str(table.file))})"


def _described(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, tuple[str, str]]:
    """Return name and type of each column by its name in lower case."""
    rows = connection.sql(f"DESCRIBE FROM {_relation(table)}").fetchall()
    return {each.lower(): (each, kind) for each, kind, *_ in rows}


def _tests(columns: dict[str, tuple[str, str]], table: Table, target: Target) -> Iterable[str]:
    for name, values in _valued(table, target):
        if name.lower() not in columns:
            raise LakeError(
                f"{table.release}: has no attribute {name!r} to tell by what is removed",
                zh=f"{table.release}：没有属性 {name!r}，无法据以确定删除什么",
            )
        listed = ", ".join(literal(each.strip()) for each in values)
        yield f"nfc_normalize(trim({identifier(columns[name.lower()][0])}::VARCHAR)) IN ({listed})"
    for area in target.areas:
        if not columns.get("geometry", ("", ""))[1].startswith("GEOMETRY"):
            raise LakeError(
                f"{table.release}: its rows have no place; remove them by id or by value",
                zh=f"{table.release}：各行没有位置；请按标识或属性值删除",
            )
        shape = f"ST_SetCRS(ST_GeomFromText({literal(area)}), {literal(CGCS2000)})"
        yield f"ST_Intersects(ST_SetCRS(geometry, {literal(CGCS2000)}), {shape})"


def _valued(table: Table, target: Target) -> Iterable[tuple[str, Sequence[str]]]:
    if target.ids:
        if table.id_column is None:
            raise LakeError(
                f"{table.release}: its features have no id; remove them by value or by area",
                zh=f"{table.release}：要素没有标识；请按属性值或范围删除",
            )
        yield table.id_column, target.ids
    for column, value in target.values:
        yield column, (value,)


def _of_table(connection: duckdb.DuckDBPyConnection, table: Table, target: Target, count: int) -> Needles:
    gone, stays = _columns(connection, "gone"), _columns(connection, "stays")
    texts = _texts(connection, [name for name, kind in gone.items() if kind == "VARCHAR"], stays)
    id_column = next((name for name in gone if table.id_column and name.lower() == table.id_column.lower()), None)
    ids: list[str] = []
    numbers: list[int] = []
    if id_column is not None:
        values = [value for (value,) in connection.sql(f"SELECT DISTINCT {identifier(id_column)} FROM gone").fetchall()]
        numbers = [value for value in values if isinstance(value, int)][:MOST]
        ids = [str(value) for value in values if not isinstance(value, int)][:MOST]
    texts = list(dict.fromkeys((*ids, *texts)))[:MOST]
    shapes, points = _shapes(connection, gone, stays)
    return Needles(
        features=0 if target.columns else count,
        texts=tuple(texts),
        within=tuple(_within(connection, texts, stays)),
        shapes=tuple(shapes),
        terms=tuple(_terms(connection, table, ids or [str(each) for each in numbers])),
        id_column=id_column,
        numbers=tuple(numbers),
        points=tuple(points),
        releases=(table.release,),
    )


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    return {column: kind for column, kind, *_ in connection.sql(f"DESCRIBE FROM {name}").fetchall()}


def _texts(connection: duckdb.DuckDBPyConnection, names: Sequence[str], stays: dict[str, str]) -> list[str]:
    """Return the texts of what goes that are no whole value of what stays, in no column."""
    kept = " UNION ".join(f"SELECT {identifier(c)} AS v FROM stays" for c, kind in stays.items() if kind == "VARCHAR")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE spoken AS {kept or 'SELECT NULL::VARCHAR AS v WHERE false'}")
    found: list[str] = []
    for name in names:
        rows = connection.sql(
            f"SELECT DISTINCT {identifier(name)} FROM gone WHERE length(trim({identifier(name)})) > 1 "
            f"AND {identifier(name)} NOT IN (SELECT v FROM spoken WHERE v IS NOT NULL) ORDER BY 1 LIMIT {MOST}"
        ).fetchall()
        found += [text for (text,) in rows]
    return list(dict.fromkeys(found))[:MOST]


def _within(connection: duckdb.DuckDBPyConnection, texts: Sequence[str], stays: dict[str, str]) -> list[str]:
    """Return those texts that are no part of a value that stays."""
    del stays
    chosen = [text for text in texts if len(text.encode()) >= SHORTEST][:MOST_WITHIN]
    if not chosen:
        return []
    rows = connection.execute(
        "SELECT t.v FROM (SELECT unnest(?::VARCHAR[]) AS v) t "
        "WHERE NOT EXISTS (SELECT 1 FROM spoken WHERE contains(spoken.v, t.v))",
        [chosen],
    ).fetchall()
    return sorted(text for (text,) in rows)


def _shapes(
    connection: duckdb.DuckDBPyConnection, gone: dict[str, str], stays: dict[str, str]
) -> tuple[list[str], list[tuple[float, float]]]:
    if not gone.get("geometry", "").startswith("GEOMETRY"):
        return [], []
    other = (
        "AND hex(ST_AsWKB(geometry)) NOT IN (SELECT hex(ST_AsWKB(geometry)) FROM stays WHERE geometry IS NOT NULL)"
        if stays.get("geometry", "").startswith("GEOMETRY")
        else ""
    )
    rows = connection.sql(
        f"SELECT DISTINCT hex(ST_AsWKB(geometry)) FROM gone WHERE geometry IS NOT NULL {other} LIMIT {MOST_WITHIN}"
    ).fetchall()
    points = connection.sql(
        "SELECT ST_X(ST_PointOnSurface(geometry)), ST_Y(ST_PointOnSurface(geometry)) FROM gone "
        "WHERE geometry IS NOT NULL LIMIT 8"
    ).fetchall()
    return [shape for (shape,) in rows], [(float(lon), float(lat)) for lon, lat in points]


def _terms(connection: duckdb.DuckDBPyConnection, table: Table, ids: Sequence[str]) -> list[int]:
    """Return the keys of the search index whose entries lead to removed rows and to no other."""
    if table.places is None or table.terms is None or not ids:
        return []
    places, terms = literal(str(table.places)), literal(str(table.terms))
    found = connection.execute(
        f"SELECT file_row_number FROM read_parquet({places}, file_row_number = true) "
        "WHERE id IN (SELECT unnest(?::VARCHAR[]))",
        [list(ids)],
    ).fetchall()
    rows = {int(number) for (number,) in found}
    if not rows:
        return []
    shift, bits = FIELDS["first"], f"{(1 << FIELDS['count']) - 1}"
    first, count = f"(entry & {(1 << shift) - 1})", f"((entry >> {shift}) & {bits})"
    entries = connection.execute(
        f"WITH terms AS (SELECT key, {first} AS first, {count} AS count FROM read_parquet({terms}) "
        f"WHERE entry >> {sum(FIELDS.values()) - FIELDS['kind']} <> {SOUND}) "
        "SELECT key, first, count FROM terms WHERE key IN (SELECT key FROM terms "
        "JOIN (SELECT unnest(?::BIGINT[]) AS row) ON row BETWEEN first AND first + count - 1)",
        [sorted(rows)],
    ).fetchall()
    others = {key for key, first, count in entries if not rows.issuperset(range(first, first + count))}
    return sorted({int(key) for key, *_ in entries} - others)
