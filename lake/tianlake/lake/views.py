"""The views and macros of a node, statement by statement: what `lake.sql` lists and `lake.duckdb` holds.

Macros read files themselves instead of the view beside them: in an attached database a macro does not see its views.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import Template
from typing import Final

from tianlake.lake import keys
from tianlake.lake.describe import History
from tianlake.lake.feed import CHANGES_FILE
from tianlake.lake.releases import PARQUET, Asset, Column, Manifest, TableFacts
from tianlake.lake.words import collection_id, view_name

VIEW: Final = Template("""
-- $title
-- $attribution · $license
CREATE OR REPLACE VIEW $name AS SELECT * FROM $source$where;
""")

BOX: Final = Template("""\
CREATE OR REPLACE MACRO $name(xmin, ymin, xmax, ymax) AS TABLE SELECT * FROM $source AS lake
WHERE ${where}lake.bbox.ymin <= ymax::$number AND lake.bbox.ymax >= ymin::$number AND CASE WHEN xmin <= xmax
  THEN lake.bbox.xmin <= xmax::$number AND lake.bbox.xmax >= xmin::$number
  ELSE lake.bbox.xmin <= xmax::$number OR lake.bbox.xmax >= xmin::$number END;
""")

WITHIN: Final = Template("""\
CREATE OR REPLACE MACRO ${name}_in(division) AS TABLE SELECT * FROM $source AS lake
WHERE CASE WHEN NOT regexp_full_match(division, '156(\\d{6}|\\d{9})')
  THEN error('a division is 156 and six digits of GB/T 2260, or nine of a town: ' || division)::BOOLEAN
$cases END;
""")

LEVELS: Final = Template("""\
  WHEN division = '156000000' THEN true
  WHEN regexp_full_match(division, '.{5}0000') THEN lake.province_code = division
  WHEN regexp_full_match(division, '.{7}00') THEN lake.city_code = division
  WHEN length(division) = 9 THEN lake.county_code = division
  ELSE $town""")

PREFIX: Final = "regexp_replace(division, '^(...)000000$|^(.{5})0000$|^(.{7})00$', '\\1\\2\\3')"
"""The part of a code that all codes below it share: `15613` of 156130000; a town's code has no such zeros."""

RANGE: Final = Template("  ELSE lake.$column >= $prefix AND lake.$column < $prefix || ':'")
"""As a range, because row groups are skipped by it; `:` follows `9` in ASCII."""

RELEASES: Final = Template("""\
CREATE OR REPLACE VIEW ${name}_releases AS SELECT * FROM (VALUES
  $rows) AS lake(release, built_utc, is_current, row_count, href);
""")

AT: Final = Template("""\
CREATE OR REPLACE MACRO ${name}_at(release) AS TABLE SELECT * FROM read_parquet($root || CASE release
  $cases
  ELSE error('no release ' || release || '; see ${name}_releases') END);
""")

CHANGES: Final = Template("""\
CREATE OR REPLACE VIEW ${name}_changes AS SELECT * FROM $source;
""")

LEVEL_COLUMNS: Final = frozenset({"province_code", "city_code", "county_code"})
"""What tells that a table holds places: each one's division of every level (docs/classes.md)."""

CODE_COLUMNS: Final = ("admin_code", "code")
"""Columns that hold the code of a feature's smallest division: of entities, or of a table of divisions."""

BBOX: Final = re.compile(r"STRUCT\(xmin (FLOAT|DOUBLE), ymin \1, xmax \1, ymax \1\)")

SCENE_NUMBER: Final = "DOUBLE"
"""Type of the edges of boxes in stac-geoparquet, as the index of scenes is written."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, with its comment."""

    sql: str
    href: str = ""
    """The one file that it reads, relative to the node's root; empty where it reads none, or one of several."""
    columns: tuple[Column, ...] | None = ()
    """What that file holds; None where the lake's records do not tell."""


@dataclass(frozen=True, slots=True)
class _Product:
    """One product of a node, and how its SQL speaks of it."""

    code: str
    history: History
    manifest: Manifest
    root: str
    """SQL for the address of the node's root, with a final `/`."""
    taken: frozenset[str]
    """Names of the node's products in SQL: a macro or a further view never takes the name of another product."""

    @property
    def name(self) -> str:
        return view_name(self.code, self.history.product)

    def source(self, href: str) -> str:
        return f"read_parquet({self.root} || {literal(href)})"

    def may(self, ending: str) -> bool:
        return f"{self.name}{ending}" not in self.taken


def statements(code: str, current: Sequence[History], root: str) -> Iterator[Statement]:
    """Yield every statement that makes a node's views and macros.

    Args:
        code: The node's code.
        current: Histories of the products whose pointer is set.
        root: SQL for the address of the node's root, with a final `/`.
    """
    taken = frozenset(view_name(code, history.product) for history in current)
    for history in current:
        published = history.find(history.current or "")
        if published is not None:
            yield from _product(_Product(code, history, published.manifest, root, taken))


def literal(text: str) -> str:
    """Return `text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def _product(own: _Product) -> Iterator[Statement]:
    table = _table(own.manifest.candidate.assets)
    if table is None:
        collection = literal(collection_id(own.code, own.history.product))
        yield _view(own, keys.ITEMS, None, f" WHERE collection = {collection}")
        source, where = own.source(keys.ITEMS), f"lake.collection = {collection} AND "
        sql = BOX.substitute(name=own.name, source=source, where=where, number=SCENE_NUMBER)
        yield Statement(sql, keys.ITEMS, None)
        return
    href = keys.release_file(own.history.product, own.manifest.release, table.name)
    columns = table.facts.columns if isinstance(table.facts, TableFacts) else None
    yield _view(own, href, columns, "")
    for sql in _macros(own, own.source(href), {each.name: each.type for each in columns or ()}):
        yield Statement(sql, href, columns)
    yield from _past(own)
    changes = next((each for each in own.manifest.candidate.assets if each.name == CHANGES_FILE), None)
    if changes is not None and own.may("_changes"):
        href = keys.release_file(own.history.product, own.manifest.release, changes.name)
        known = changes.facts.columns if isinstance(changes.facts, TableFacts) else None
        yield Statement(CHANGES.substitute(name=own.name, source=own.source(href)), href, known)


def _view(own: _Product, href: str, columns: tuple[Column, ...] | None, where: str) -> Statement:
    card = own.manifest.candidate.card
    sql = VIEW.substitute(
        title=_comment(f"{card.title.zh} · {card.title.en}{': its scenes 影像清单' if where else ''}"),
        attribution=_comment(card.attribution),
        license=_comment(card.license),
        name=own.name,
        source=own.source(href),
        where=where,
    )
    return Statement(sql, href, columns)


def _macros(own: _Product, source: str, types: dict[str, str]) -> Iterator[str]:
    """Yield the macros that a table has the columns for."""
    if found := BBOX.fullmatch(types.get("bbox", "")):
        yield BOX.substitute(name=own.name, source=source, where="", number=found[1])
    cases = _cases(types)
    if cases is not None and own.may("_in"):
        yield WITHIN.substitute(name=own.name, source=source, cases=cases)


def _cases(types: dict[str, str]) -> str | None:
    """Return the conditions that pick a division's rows, or None where no column tells it."""
    if types.keys() >= LEVEL_COLUMNS:
        town = "lake.town_code = division" if "town_code" in types else "false"
        return LEVELS.substitute(town=town)
    found = next((name for name in CODE_COLUMNS if types.get(name) == "VARCHAR"), None)
    return None if found is None else RANGE.substitute(column=found, prefix=PREFIX)


def _past(own: _Product) -> Iterator[Statement]:
    """Yield what leads to every release that is in the lake; a withdrawn one is not."""
    rows, cases = [], []
    for manifest in (each.manifest for each in own.history.releases):
        table = _table(manifest.candidate.assets)
        if table is not None:
            href = literal(keys.release_file(own.history.product, manifest.release, table.name))
            count = table.facts.rows if isinstance(table.facts, TableFacts) else "NULL"
            is_current = str(manifest.release == own.history.current).lower()
            built = f"TIMESTAMP {literal(manifest.candidate.built)}"
            rows.append(f"({literal(manifest.release)}, {built}, {is_current}, {count}::BIGINT, {href})")
            cases.append(f"WHEN {literal(manifest.release)} THEN {href}")
    if own.may("_releases"):
        yield Statement(RELEASES.substitute(name=own.name, rows=",\n  ".join(rows)))
    if own.may("_at"):
        yield Statement(AT.substitute(name=own.name, root=own.root, cases="\n  ".join(cases)))


def _table(assets: Sequence[Asset]) -> Asset | None:
    """Return the table that is the product, or else one of what it holds: nodes of a tileset, contours of a relief."""
    found = [asset for asset in assets if asset.media_type == PARQUET and asset.name != CHANGES_FILE]
    return min(found, key=lambda asset: asset.role != "data", default=None)


def _comment(text: str) -> str:
    """Return a text on one line: a line break would end the comment and start a statement."""
    return " ".join(text.split())
