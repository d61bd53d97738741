"""What people type who look for a place: its name, or nearly; from a fixed seed, with what they mean."""

# ruff: noqa: S608 - queries of our own constants

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import duckdb
from rapidfuzz.distance import OSA

from tianlake.build.classes.pinyin import syllables
from tianlake.lake.search.normal import letters, normal

Kind = Literal["exact", "wrong", "sounds", "missing", "pinyin", "initials", "alias"]

KINDS: Final[dict[Kind, str]] = {
    "exact": "the name 全名",
    "wrong": "one character wrong, any other 错一字（任意）",
    "sounds": "one character wrong that sounds alike 错一字（同音）",
    "missing": "one character missing 缺一字",
    "pinyin": "pinyin 全拼",
    "initials": "first letters 首字母",
    "alias": "another name 别名",
}
SEED: Final = 20261127
_SHORTEST: Final = 3
"""Characters of names that something may be wrong with."""


@dataclass(frozen=True, slots=True)
class Query:
    """One text, and what is meant."""

    kind: Kind
    text: str
    name: str
    county: str
    """In which it lies."""

    @property
    def within(self) -> str:
        """The text after its county."""
        return f"{self.county} {self.text}" if self.county else self.text


def make_queries(connection: duckdb.DuckDBPyConnection, count: int) -> list[Query]:
    """Return queries of all kinds by turns; names are drawn from the rows of `features`, as often as they are there.

    Args:
        connection: With the table `features`.
        count: How many.
    """
    rows = connection.sql(
        f"SELECT std_name, coalesce(county, ''), alias FROM features ORDER BY hash(place_id || '{SEED}') "
        f"LIMIT {4 * count}"
    ).fetchall()
    others = connection.sql(
        f"SELECT DISTINCT std_name, coalesce(county, ''), alias FROM features WHERE alias IS NOT NULL "
        f"ORDER BY hash(std_name || '{SEED}'), 2 LIMIT {count}"
    ).fetchall()
    chance = random.Random(SEED)  # noqa: S311 - which character
    alike, signs = _sounds([normal(name) for name, *_ in rows])
    kinds = [kind for kind in KINDS if kind != "alias" or others]
    found: list[Query] = []
    waiting = iter(rows)
    while len(found) < count:
        kind = kinds[len(found) % len(kinds)]
        name, county, alias = others.pop() if kind == "alias" else next(waiting)
        text = alias if kind == "alias" else _typed(kind, normal(name), chance, alike if kind == "sounds" else signs)
        if text and text != normal(name):
            found.append(Query(kind, text, name, county))
        elif kind == "exact":
            found.append(Query(kind, name, name, county))
    return found


def _typed(kind: Kind, name: str, chance: random.Random, signs: dict[str, Sequence[str]]) -> str | None:
    match kind:
        case "pinyin":
            return letters("".join(syllables(name)))
        case "initials":
            return letters("".join(each[:1] for each in syllables(name)))
        case "missing" | "wrong" | "sounds" if len(name) >= _SHORTEST:
            at = chance.randrange(len(name))
            other = "" if kind == "missing" else _other(name[at], chance, signs)
            return None if other is None else name[:at] + other + name[at + 1 :]
        case _:
            return None


def _other(sign: str, chance: random.Random, signs: dict[str, Sequence[str]]) -> str | None:
    choice = [each for each in signs.get(sign, signs.get("", ())) if each != sign]
    return chance.choice(choice) if choice else None


def _sounds(names: Sequence[str]) -> tuple[dict[str, Sequence[str]], dict[str, Sequence[str]]]:
    """Return for each character those that sound alike, and all characters under ``; of the names given."""
    by_sound: dict[str, set[str]] = defaultdict(set)
    sound_of: dict[str, str] = {}
    for name in names:
        read = syllables(name)
        for sign, syllable in zip(name, read, strict=False):
            if len(read) == len(name) and sign > "\u4e00":
                by_sound[syllable].add(sign)
                sound_of.setdefault(sign, syllable)
    alike = {sign: sorted(by_sound[syllable]) for sign, syllable in sound_of.items()}
    return alike | {"": ()}, {"": sorted(sound_of)}


@dataclass(frozen=True, slots=True)
class Rate:
    """How often the first hit was what was meant."""

    asked: int = 0
    right: int = 0
    """It has the name that was meant."""
    as_good: int = 0
    """Or another that the text fits as well, so that nobody could tell which was meant."""

    def plus(self, query: Query, first: str | None) -> Rate:
        """Return the same with one more query."""
        right = first == query.name
        as_good = right or (first is not None and _fits_as_well(query, first))
        return Rate(self.asked + 1, self.right + right, self.as_good + as_good)

    @property
    def share(self) -> float:
        """Percent of right ones."""
        return 100 * self.right / max(1, self.asked)

    @property
    def share_as_good(self) -> float:
        """Percent of right ones and those as good."""
        return 100 * self.as_good / max(1, self.asked)


def _fits_as_well(query: Query, first: str) -> bool:
    """Say whether another name is read as typed, or no more characters away from what was typed than the one meant."""
    name = normal(first)
    match query.kind:
        case "pinyin":
            return letters("".join(syllables(name))) == query.text
        case "initials":
            return letters("".join(each[:1] for each in syllables(name))) == query.text
        case _:
            return OSA.distance(name, query.text) <= OSA.distance(normal(query.name), query.text)
