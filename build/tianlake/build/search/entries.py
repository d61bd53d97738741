"""The entries of terms, as SQL over what `write` has prepared.

Tables: `search_groups` has one row per name as it is compared (`norm`, `first`, `count`, `importance`, `pinyin`,
`initials`, `sounds`), `search_aliases` the same of each other name of each row, `search_rows` the rows of `PLACES` with
their numbers `doc`.
"""

# ruff: noqa: S608 - names of tables are our own

from __future__ import annotations

from typing import Final

from tianlake.lake.search.files import (
    ADDRESS,
    ALIAS,
    ALIAS_LESS,
    ALIAS_PAIR,
    CROWDED,
    FIELDS,
    INITIALS,
    LESS,
    LONGEST_LESS,
    MOST_PER_CITY,
    MOST_PER_TERM,
    NAME,
    PAIR,
    PINYIN,
    ROAD,
    SHORTEST_LESS,
    SOUND,
    SOUNDS,
    key_sql,
    packed_sql,
)

_LENGTH: Final = "length(norm)"


def _entry(kind: int, detail: str = "0") -> str:
    packed = packed_sql(kind=str(kind), detail=detail, importance="importance", count="count", first="first")
    return f"{packed} AS entry"


def _whole(table: str, kind: int) -> str:
    return f"SELECT {key_sql('norm')} AS key, {_entry(kind, _LENGTH)} FROM {table}"


def _less(table: str, kind: int, city: str = "") -> str:
    """Return the query of names without each of their characters; with SQL for a city, of those in it that are many."""
    detail = f"(place - 1) * {SOUNDS} + coalesce(sounds[place], 0)"
    each = (
        f"SELECT *, unnest(range(1, {_LENGTH} + 1)) AS place FROM {table} "
        f"WHERE {_LENGTH} BETWEEN {SHORTEST_LESS} AND {LONGEST_LESS}"
    )
    rest = "left(norm, place - 1) || substr(norm, place + 1)"
    if not city:
        return f"SELECT {key_sql(rest)} AS key, {_entry(kind, detail)} FROM ({each})"
    key = key_sql(f"'-:' || {city} || {rest}")
    return f"SELECT {key} AS key, {_entry(kind, detail)} FROM ({each}) WHERE {key_sql(rest)} IN (FROM search_crowded)"


def _read(table: str, column: str, letter: str, kind: int) -> str:
    term = key_sql(f"'{letter}:' || {column}")
    return f"SELECT {term} AS key, {_entry(kind, _LENGTH)} FROM {table} WHERE coalesce({column}, '') <> ''"


def _pairs(table: str) -> str:
    each = f"SELECT *, unnest(range(1, {_LENGTH})) AS place FROM {table} WHERE {_LENGTH} > 1"
    return f"SELECT DISTINCT * EXCLUDE (place), substr(norm, place, 2) AS pair FROM ({each})"


def _most(query: str, by: str, most: int) -> str:
    order = f"PARTITION BY {by} ORDER BY importance DESC, {_LENGTH}, first"
    return f"SELECT * FROM ({query}) QUALIFY row_number() OVER ({order}) <= {most}"


def common_pairs() -> str:
    """Return the query of the pairs that more names have than are listed."""
    return f"SELECT pair FROM ({_pairs('search_groups')}) GROUP BY pair HAVING count(*) > {MOST_PER_TERM}"


def crowded_terms() -> str:
    """Return the query of the keys of names without one character that many names are."""
    own = f"entry >> {sum(FIELDS.values()) - FIELDS['kind']} = {LESS}"
    return f"SELECT key FROM search_terms WHERE {own} GROUP BY key HAVING count(*) > {CROWDED}"


def first_queries() -> list[str]:
    """Return the queries of the entries of whole names, and of those without a character."""
    groups, aliases = "search_groups", "search_aliases"
    return [_whole(groups, NAME), _whole(aliases, ALIAS), _less(groups, LESS), _less(aliases, ALIAS_LESS)]


def queries() -> list[str]:
    """Return the queries of all other entries.

    `search_common` holds what `common_pairs` finds, and `search_crowded` what `crowded_terms` does.
    """
    groups, aliases = "search_groups", "search_aliases"
    city = (
        "SELECT DISTINCT search_groups.*, left(division, 7) AS city FROM search_groups JOIN search_rows USING (norm) "
        "WHERE division IS NOT NULL"
    )
    within = f"SELECT * FROM ({_pairs(f'({city})')}) WHERE pair IN (FROM search_common)"
    sounds = (
        "SELECT DISTINCT substr(norm, place, 1) AS sign, sounds[place] AS sound FROM "
        f"(SELECT norm, sounds, unnest(range(1, {_LENGTH} + 1)) AS place FROM search_readings)"
    )
    own = packed_sql(kind=str(SOUND), detail="sound", importance="0", count="0", first="0")
    return [
        _less(f"({city})", LESS, "city"),
        *(_read(table, "pinyin", "p", PINYIN) for table in (groups, aliases, "search_spelled")),
        *(
            _capped(_read_rows(table, "initials"), "initials", "'i:' || initials", INITIALS)
            for table in (groups, aliases)
        ),
        _capped(_pairs(groups), "pair", "'2:' || pair", PAIR),
        _capped(_pairs(aliases), "pair", "'2:' || pair", ALIAS_PAIR),
        _capped(within, "city, pair", "'2:' || city || pair", PAIR, MOST_PER_CITY),
        _capped("FROM search_roads", "road", "'r:' || road", ROAD),
        _capped("FROM search_addresses", "address", "'@:' || address", ADDRESS),
        f"SELECT unicode(sign)::BIGINT AS key, {own} AS entry FROM ({sounds}) WHERE sound > 0",
    ]


def _read_rows(table: str, column: str) -> str:
    return f"SELECT * FROM {table} WHERE coalesce({column}, '') <> ''"


def _capped(query: str, by: str, term: str, kind: int, most: int = MOST_PER_TERM) -> str:
    return f"SELECT {key_sql(term)} AS key, {_entry(kind, _LENGTH)} FROM ({_most(query, by, most)})"
