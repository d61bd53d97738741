"""Which rows are hits: one statement over the files of places, then an order."""

# ruff: noqa: S608 - what is put into statements are numbers; texts go through `literal`

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import asin, cos, log2, radians, sin, sqrt
from typing import Final

from tianlake.lake.duck import literal
from tianlake.lake.search.areas_in_text import prefix_of
from tianlake.lake.search.candidates import LIKE, SURE, Candidate
from tianlake.lake.search.files import COLUMNS, IMPORTANCES
from tianlake.lake.search.wanted import MOST, Match, Wanted

IMPORTANT: Final = 9
"""What the most important thing gets beside its score."""
NEAR: Final = 15
"""What a thing right there gets, half of it at `HALF_M`."""
HALF_M: Final = 5_000
COMMON: Final = 4
"""What names that many things have get at most, one for each doubling."""
KNOWN: Final = 95
"""Where a name is found that is worth this, names that are merely like it are not meant."""


def is_like(score: float, match: Match) -> bool:
    """Say whether something is merely like the text: a slip, or a part of it."""
    return match == "typo" or score <= LIKE


WIDE: Final = 100
"""Rows of one name, from which they are read from the first to the last and not one by one."""

SHOWN: Final = tuple(name for name in COLUMNS if name not in {"norm", "importance"})
"""Columns that a hit is made of."""

_LAST: Final = "\U0010ffff"
_SAME_M: Final = 30
"""Things of one name and type this near each other are one."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a text may mean."""

    plain: str
    """As it is compared; names that begin with it are found too. Empty: every row is."""
    candidates: tuple[Candidate, ...]
    codes: tuple[str, ...] = ()
    """Divisions that hits lie in; none: anywhere."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the answer to `rows_sql`."""

    part: int
    """Two for each of what is meant: rows of candidates, and names that begin with it."""
    filename: str
    row: int
    importance: int
    length: int
    """Characters of the name."""
    lon: float = 0.0
    lat: float = 0.0
    same: str = ""
    """What things have in common that may be one: name and type."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One row among the hits."""

    file: int
    row: int
    score: float
    match: Match
    about: Row
    lean: float = 0
    """What it gets because its name is common, where the text may mean several."""


def rows_sql(meant: Sequence[Meant], wanted: Wanted, urls: Sequence[str]) -> str | None:
    """Return the statement that reads what the order of hits hangs on, as `Row` has it; None where nothing does."""
    columns = "filename, file_row_number, importance, length(norm)"
    if wanted.near is not None or len(urls) > 1:
        columns += ", lon, lat"
    if len(urls) > 1:
        columns += ", concat_ws(chr(10), norm, coalesce(type_code, ''), coalesce(type, ''))"
    parts = [
        f"(SELECT {part}, {columns} FROM {_places(urls)} WHERE {where})"
        for at, each in enumerate(meant)
        for part, where in _parts(each, wanted, 2 * at, several=len(urls) > 1)
    ]
    return " UNION ALL ".join(parts) or None


def _parts(meant: Meant, wanted: Wanted, part: int, *, several: bool) -> Iterator[tuple[int, str]]:
    """Yield the conditions of the rows of candidates, and of names that begin with the text."""
    limits = _limits(meant, wanted)
    read = _read(meant, wanted, several=several)
    rows = sorted({row for each in read if each.count < WIDE for row in _range(each)})
    if rows:
        yield part, " AND ".join([f"file_row_number IN ({', '.join(map(str, rows))})", *limits])
    for first, last in sorted({(each.first, each.first + each.count - 1) for each in read if each.count >= WIDE}):
        yield part, " AND ".join([f"file_row_number BETWEEN {first} AND {last}", *limits])
    if meant.plain:
        begins = [f"norm > {literal(meant.plain)}", f"norm < {literal(meant.plain + _LAST)}"]
        yield part + 1, f"{' AND '.join([*begins, *limits])} LIMIT {MOST + 1}"
    else:
        order = "ORDER BY importance DESC, filename, file_row_number"
        yield part + 1, f"{' AND '.join(limits) or 'true'} {order} LIMIT {MOST + 1}"


def _read(meant: Meant, wanted: Wanted, *, several: bool) -> list[Candidate]:
    """Return the candidates whose rows must be read to order them; of the others, their entries tell enough.

    They are all where rows may lie outside of the limits, be near or not, or be another file's, too; else those of one
    name that is surely meant, for its rows differ in importance.
    """
    if several or wanted.near is not None or _limits(meant, wanted):
        return list(meant.candidates)
    return [each for each in meant.candidates if each.count > 1 and each.score >= SURE]


def _range(candidate: Candidate) -> range:
    return range(candidate.first, candidate.first + candidate.count)


def _limits(meant: Meant, wanted: Wanted) -> list[str]:
    found = [f"({' OR '.join(map(_in, meant.codes))})"] if meant.codes else []
    if wanted.division is not None:
        found.append(_in(wanted.division))
    if (box := wanted.box) is not None:
        joined = "AND" if box.west <= box.east else "OR"
        found.append(f"lat BETWEEN {box.south!r} AND {box.north!r}")
        found.append(f"(lon >= {box.west!r} {joined} lon <= {box.east!r})")
    if wanted.types:
        each = (f"starts_with(type_code, {literal(name)}) OR type = {literal(name)}" for name in wanted.types)
        found.append(f"coalesce({' OR '.join(each)}, false)")
    return found


def _in(code: str) -> str:
    """Return the condition that a row lies in a division."""
    prefix = literal(prefix_of(code))
    return f"coalesce(starts_with(division, {prefix}) OR starts_with(town, {prefix}), false)"


def rank(meant: Sequence[Meant], wanted: Wanted, urls: Sequence[str], rows: Sequence[Row]) -> list[Ranked]:
    """Return the hits, the best first, among the rows that were read and those that need not be."""
    best: dict[tuple[int, int], Ranked] = {}
    for each in _scored(meant, wanted, urls, rows):
        place = each.file, each.row
        if place not in best or best[place].score < each.score:
            best[place] = each
    found = list(best.values())
    if max((each.score for each in found), default=0) >= KNOWN:
        found = [each for each in found if not is_like(each.score, each.match)]
    found.sort(
        key=lambda each: (-each.score - each.lean - _bonus(each.about, wanted), each.about.length, each.file, each.row)
    )
    return found if len(urls) == 1 else _once(found)


def _scored(meant: Sequence[Meant], wanted: Wanted, urls: Sequence[str], rows: Sequence[Row]) -> Iterator[Ranked]:
    numbers = {url: number for number, url in enumerate(urls)}
    worth: list[dict[tuple[int, int], Candidate]] = []
    for at, each in enumerate(meant):
        # The best first, so that it is written last.
        listed = {(one.file, row): one for one in reversed(each.candidates) for row in _range(one)}
        worth.append(listed)
        read = set(_read(each, wanted, several=len(urls) > 1))
        for one in each.candidates:
            for number in _range(one) if one not in read else ():
                about = Row(2 * at, urls[one.file], number, one.importance, one.length)
                yield Ranked(one.file, number, one.score, one.match, about, _lean(one))
    for row in rows:
        number, begins = divmod(row.part, 2)
        file, plain = numbers[row.filename], meant[number].plain
        if begins:
            share = len(plain) / row.length if plain else 1
            yield Ranked(file, row.row, 70 + 20 * share, "prefix" if plain else "part", row)
        elif (meant_by := worth[number].get((file, row.row))) is not None:
            yield Ranked(file, row.row, meant_by.score, meant_by.match, row, _lean(meant_by))


def _lean(candidate: Candidate) -> float:
    """Return what the rows of a name get for being many, where it is not certain that this name is meant."""
    return min(log2(candidate.count), COMMON) if candidate.match in {"typo", "pinyin", "initials"} else 0


def _bonus(row: Row, wanted: Wanted) -> float:
    bonus = IMPORTANT * row.importance / (IMPORTANCES - 1)
    if wanted.near is None:
        return bonus
    return bonus + NEAR / (1 + _apart_m(wanted.near, (row.lon, row.lat)) / HALF_M)


def _apart_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great circle between two points, metres: it will do for an order."""
    west, south, east, north = map(radians, (*one, *other))
    height = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin((east - west) / 2) ** 2
    return 12_742_018 * asin(sqrt(min(1.0, height)))


def _once(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Leave out what an earlier file has too."""
    taken: dict[str, list[Ranked]] = {}
    for each in sorted(ranked, key=lambda each: each.file):
        about, same = each.about, taken.setdefault(each.about.same, [])
        if not any(
            other.file < each.file and _apart_m((other.about.lon, other.about.lat), (about.lon, about.lat)) <= _SAME_M
            for other in same
        ):
            same.append(each)
    kept = {id(each) for same in taken.values() for each in same}
    return [each for each in ranked if id(each) in kept]


def fetch_sql(ranked: Sequence[Ranked], wanted: Wanted, urls: Sequence[str]) -> str:
    """Return the statement that reads whole rows, with file, row number and distance before them."""
    away = "NULL"
    if wanted.near is not None:
        lon, lat = (float(each) for each in wanted.near)
        away = f"ST_Distance_Spheroid(ST_Point(lon, lat), ST_Point({lon!r}, {lat!r}))"
    rows = ", ".join(str(row) for row in sorted({each.row for each in ranked}))
    return (
        f"SELECT filename, file_row_number, {away}, {', '.join(SHOWN)} FROM {_places(urls)} "
        f"WHERE file_row_number IN ({rows})"
    )


def _places(urls: Sequence[str]) -> str:
    return f"read_parquet([{', '.join(map(literal, urls))}], filename = true, file_row_number = true)"
