"""Statements over Items: which rows, in which order, from which row on. Pure.

Rows are asked for by what comes after the last one (keyset paging): a page costs the same wherever it lies, and every
page of one token comes from one index, which never changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tianlake.functions.web.ogc.sqltext import FALSE, TRUE, Sql, both, joined
from tianlake.functions.web.questions import wrong
from tianlake.functions.web.stac.asked import MOST_KEYS
from tianlake.functions.web.stac.index import PREFIX, ROW, START, ItemTable
from tianlake.functions.web.stac.tokens import Token
from tianlake.lake.duck import identifier

_DATETIME: Final = "datetime"


@dataclass(frozen=True, slots=True)
class Key:
    """What rows are sorted by; those without a value come last."""

    column: str
    """SQL."""
    type: str
    """As DuckDB prints it."""
    falls: bool


def keys_of(table: ItemTable, order: Sequence[tuple[str, bool]]) -> tuple[Key, ...]:
    """Return the keys of an order, each a property and whether it falls.

    Items are sorted by `datetime` as by `start_datetime`, where they have none.

    Raises:
        CallError: 400, there is no such property, or there are too many keys.
    """
    if len(order) > MOST_KEYS:
        raise wrong("sortby", f"最多 {MOST_KEYS} 个", f"has at most {MOST_KEYS} keys")
    return tuple(_key(table, name, falls) for name, falls in order)


def _key(table: ItemTable, name: str, falls: bool) -> Key:  # noqa: FBT001 - a pair of `sortby`
    if name.removeprefix(PREFIX) == _DATETIME:
        return Key(f"lake.{START}", "TIMESTAMP WITH TIME ZONE", falls)
    field = table.field(name)
    if field is None:
        known = ", ".join(each.name for each in table.queryables)
        raise wrong("sortby", f"不能按 {name[:100]} 排序；可用：{known}", f"has no {name[:100]}; it has {known}")
    return Key(f"lake.{identifier(field.name)}", field.type, falls)


def page(table: ItemTable, where: Sql, keys: Sequence[Key], token: Token | None, limit: int) -> Sql:
    """Return the statement for the rows of a page and one more, which tells whether there are more.

    Rows are a row's place and its keys as texts; of a page that is read backwards, the last one first.
    """
    back = token is not None and token.back
    condition = both(where, _after(keys, token)) if token is not None else where
    columns = "".join(f", {each.column}::VARCHAR" for each in keys)
    text = f"SELECT lake.{ROW}{columns}\nFROM {table.source}"
    if condition != TRUE:
        text += f"\nWHERE {condition.text}"
    if keys or back:  # else they come as the file has them
        order = [_ordered(each, back=back) for each in keys]
        text += f"\nORDER BY {', '.join([*order, f'lake.{ROW} DESC' if back else f'lake.{ROW}'])}"
    return Sql(f"{text}\nLIMIT ?", (*condition.parameters, limit + 1))


def one(table: ItemTable, collection: str, identity: str) -> Sql:
    """Return the statement for the row of an Item by its id; there is none where it is of another collection."""
    text = f"SELECT lake.{ROW}\nFROM {table.source}\nWHERE lake.id = ? AND lake.collection = ?\nLIMIT 1"
    return Sql(text, (identity, collection))


def known_in(table: ItemTable, collection: str) -> Sql:
    """Return the statement for how many Items of a collection have each of the queryables."""
    counts = ", ".join(f"count(lake.{identifier(each.name)})" for each in table.queryables)
    return Sql(f"SELECT {counts}\nFROM {table.source}\nWHERE lake.collection = ?", (collection,))


def count(table: ItemTable, where: Sql) -> Sql:
    """Return the statement for how many rows there are in all."""
    text = f"SELECT count(*)\nFROM {table.source}"
    return Sql(f"{text}\nWHERE {where.text}", where.parameters) if where != TRUE else Sql(text)


def _ordered(key: Key, *, back: bool) -> str:
    return f"{key.column} {'DESC' if key.falls != back else 'ASC'} NULLS {'FIRST' if back else 'LAST'}"


def _after(keys: Sequence[Key], token: Token) -> Sql:
    """Return that a row comes after that of the token, or before it."""
    found = Sql(f"lake.{ROW} {'<' if token.back else '>'} ?", (token.row,))
    for key, value in reversed(list(zip(keys, token.keys, strict=True))):
        found = _beyond(key, value, found, back=token.back)
    return found


def _beyond(key: Key, value: str | None, then: Sql, *, back: bool) -> Sql:
    """Return that a row is beyond one with this value, or has the same and `then` holds."""
    missing = Sql(f"{key.column} IS NULL")
    known = Sql(f"{key.column} IS NOT NULL")
    if value is None:
        return joined("OR", (known if back else FALSE, both(missing, then)))
    bound = f"TRY_CAST(? AS {key.type})"  # a token that is made up finds nothing
    sign = "<" if key.falls != back else ">"
    further = Sql(f"{key.column} {sign} {bound}", (value,))
    equal = both(Sql(f"{key.column} = {bound}", (value,)), then)
    return joined("OR", (further, equal) if back else (further, equal, missing))
