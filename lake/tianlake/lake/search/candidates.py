"""Which rows of an index a text may mean: its terms looked up, and what each that is found is worth."""

# ruff: noqa: S608 - what is put into statements are numbers, and addresses of files as literals

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tianlake.lake.duck import literal
from tianlake.lake.search import files
from tianlake.lake.search.normal import letters, normal
from tianlake.lake.search.wanted import MOST, Match

Way = Literal["whole", "less", "pinyin", "station", "initials", "pair", "address", "road", "sound"]
"""How a term was made of the text."""

PARTS_LOOKED_AT: Final = 400
"""Names that share parts with a text, at most."""

LIKE: Final = 40
"""What a name is worth at most that has parts of the text, but not all of it."""

_WHOLE: Final = 0.999
"""Share of all pairs, from which a name is taken to hold the text."""

COMMON_WEIGHT: Final = 0.1
"""What a pair counts that more names have than are listed; any other counts 1."""

_CJK: Final = "\u2e80"
"""Texts below it are no Chinese: they may be pinyin."""

_TRUSTED: Final = 6
"""Letters of a text without Chinese, from which the pairs of it tell that a name of any length holds it."""
_TRUSTED_SHARE: Final = 0.25
"""Share of the letters of a name, from which those of a shorter text do."""

_KINDS: Final = frozenset("省市州县旗区镇乡村庄屯站港湖河江海山岭岛路街道桥寺园")
"""Characters that say at a name's end what kind of thing it is: another one there is another thing, not a slip."""
_WHICH: Final = frozenset("东南西北中左右前后上下一二三四五六七八九十0123456789")
"""Characters that tell one thing from others of its name."""

_CITIES: Final = 24
"""Cities within an area, up to which terms of each city are asked for."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a text."""

    key: int
    way: Way
    at: int = 0
    """Position of the character left out, or number of the pair."""
    sign: int = 0
    """The character left out, as a number."""
    near: bool = False
    """Whether it is of a city that the text is looked for in."""
    narrowed: bool = False
    """Whether there are such terms of the same text: where many names are it, those tell all that is asked for."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Rows of one file that may be meant."""

    file: int
    """Number of the file among those asked."""
    first: int
    count: int
    score: float
    match: Match
    importance: int
    length: int
    """Characters of the name."""
    near: bool = False
    """Whether some of the rows are known to lie in a city that the text is looked for in."""


def terms_of(text: str, cities: Sequence[str] = ()) -> list[Term]:
    """Return the terms that a whole name or address is looked up by.

    Args:
        text: As typed, divisions left out.
        cities: First seven digits of the codes of cities that it is looked for in; more than a few are as none.
    """
    plain = normal(text)
    if not plain:
        return []
    near = cities if len(cities) <= _CITIES else ()
    found = [Term(files.term_key(plain), "whole", narrowed=bool(near)), *_address_terms(plain)]
    found += [Term(files.term_key(f"-:{city}{plain}"), "whole", near=True) for city in near]
    if files.SHORTEST_LESS <= len(plain) <= files.LONGEST_LESS + 1:
        rest = zip(plain, files.without_each(plain), strict=True)
        for at, (sign, each) in enumerate(rest):
            found.append(Term(files.term_key(each), "less", at, ord(sign), narrowed=bool(near)))
            found += [Term(files.term_key(f"-:{city}{each}"), "less", at, ord(sign), near=True) for city in near]
    typed = letters(text)
    if typed and max(plain) < _CJK:
        found.append(Term(files.term_key(f"p:{typed}"), "pinyin"))
        found.append(Term(files.term_key(f"i:{typed}"), "initials"))
        if stem := typed.removesuffix("zhan") if typed.endswith("zhan") else "":
            found.append(Term(files.term_key(f"p:{stem}"), "station"))
    found += [Term(sign, "sound", sign=sign) for sign in {each.sign for each in found} - {0}]
    return found


def pair_terms_of(text: str, cities: Sequence[str] = ()) -> list[Term]:
    """Return the terms that names are looked up by which hold a part of a text.

    Args:
        text: As of `terms_of`.
        cities: First seven digits of the codes of cities that it is looked for in; more than a few are as none.
    """
    starts = ("", *cities) if len(cities) <= _CITIES else ("",)
    return [
        Term(files.term_key(f"2:{city}{pair}"), "pair", number)
        for number, pair in enumerate(files.pairs(normal(text)))
        for city in starts
    ]


def _address_terms(plain: str) -> Iterator[Term]:
    yield Term(files.term_key(f"@:{plain.removesuffix('号')}"), "address")
    if "号" in plain and not plain.endswith("号"):
        yield Term(files.term_key(f"@:{plain.replace('号', '', 1)}"), "address")
    yield Term(files.term_key(f"r:{plain}"), "road")


def look_up_sql(keys: Iterable[int], urls: Sequence[str]) -> str:
    """Return the statement that reads the entries of some terms, at least one: file, key and entries in each row."""
    wanted = ", ".join(map(str, sorted(keys)))
    listed = ", ".join(map(literal, urls))
    return (
        f"SELECT filename, key, list(entry) FROM read_parquet([{listed}], filename = true) "
        f"WHERE key IN ({wanted}) GROUP BY ALL"
    )


def judge(text: str, terms: Sequence[Term], entries: Mapping[int, Sequence[int]], file: int) -> list[Candidate]:
    """Return what the entries of one file are worth, each range of rows once.

    Args:
        text: As it is compared.
        terms: What was asked for.
        entries: Key → entries.
        file: Number of the file.
    """
    best: dict[tuple[int, int], Candidate] = {}
    for entry, score, match, near in _judged(text, terms, entries):
        place = files.field("first", entry), files.field("count", entry)
        if place not in best or (best[place].score, best[place].near) < (score, near):
            importance, length = files.field("importance", entry), _length(entry, len(text))
            best[place] = Candidate(file, *place, score, match, importance, length, near)
    return list(best.values())


def _length(entry: int, asked: int) -> int:
    """Return how many characters the name of an entry has; where it does not say, as many as the text."""
    if files.field("kind", entry) in {files.LESS, files.ALIAS_LESS}:
        return asked
    return files.field("detail", entry)


def _judged(
    text: str, terms: Sequence[Term], entries: Mapping[int, Sequence[int]]
) -> Iterator[tuple[int, float, Match, bool]]:
    shared: dict[int, set[int]] = defaultdict(set)
    for term in terms:
        found = entries.get(term.key, ())
        if term.way == "pair":
            shared[term.at].update(found)
        elif term.way != "sound":
            known = {files.field("detail", each) for each in entries.get(term.sign, ())}
            for entry in _outside_crowds(found) if term.narrowed else found:
                if (worth := _worth(term, entry, known, len(text) - 1)) is not None:
                    yield entry, *worth, term.near
    known_pairs = sum(map(bool, shared.values())) / max(len(shared), 1)
    for entry, share in _parts(shared.values()):
        length = files.field("detail", entry)
        score = _part_score(len(text), length, share * known_pairs)
        if max(text) < _CJK and not _holds(len(text), length, share * known_pairs):
            continue
        if score >= LIKE / 2:
            yield entry, score, "part", False


def _holds(asked: int, length: int, share: float) -> bool:
    """Say whether a name of `length` letters holds a text of `asked`; in long names, few pairs are there by chance."""
    return share > _WHOLE and (asked >= _TRUSTED or asked >= _TRUSTED_SHARE * length)


def _part_score(asked: int, length: int, share: float) -> float:
    """Return what a name of `length` characters is worth that has a share of the pairs of a text of `asked`."""
    if share > _WHOLE:
        return 62 + 6 * min(asked / length, 1)
    return LIKE * 2 * share * (asked - 1) / (asked + length - 2)


def _outside_crowds(found: Sequence[int]) -> list[int]:
    """Return entries without those names that are so many that they are listed for each city, too."""
    others = [each for each in found if files.field("kind", each) != files.LESS]
    return list(found) if len(found) - len(others) <= files.CROWDED else others


_PAIRS: Final = frozenset({files.PAIR, files.ALIAS_PAIR})


def _parts(shared: Iterable[set[int]]) -> list[tuple[int, float]]:
    """Return the names that have more than half of the weight of all pairs, and their share of it, best first.

    An entry of a pair holds nothing of the pair, so that those of one name are the same number.
    """
    found = [each for each in shared if each]
    rare = [each for each in found if len(each) < files.MOST_PER_TERM]
    common = [each for each in found if len(each) >= files.MOST_PER_TERM]
    whole = len(rare) + COMMON_WEIGHT * len(common)
    weights: Counter[int] = Counter()
    for each in rare or common:
        weights.update(each)
    listed = weights.most_common(4 * PARTS_LOOKED_AT)
    scale = 1 if rare else COMMON_WEIGHT
    shares = [
        (entry, (scale * count + COMMON_WEIGHT * (sum(entry in each for each in common) if rare else 0)) / whole)
        for entry, count in listed
    ]
    # A stranger of the same hash is told by its kind, here and not before: lists are long.
    kept = [each for each in shares if 2 * each[1] > 1 and files.field("kind", each[0]) in _PAIRS]
    return sorted(kept, key=lambda each: (-each[1], each[0]))[:PARTS_LOOKED_AT]


_WORTH: Final[dict[tuple[Way, int], tuple[float, Match]]] = {
    ("whole", files.NAME): (100, "exact"),
    ("address", files.ADDRESS): (97, "exact"),
    ("whole", files.ALIAS): (95, "alias"),
    ("pinyin", files.PINYIN): (90, "pinyin"),
    ("station", files.PINYIN): (79, "typo"),
    ("whole", files.LESS): (81, "typo"),
    ("less", files.NAME): (79, "typo"),
    ("whole", files.ALIAS_LESS): (75, "typo"),
    ("less", files.ALIAS): (75, "typo"),
    ("road", files.ROAD): (65, "part"),
    ("initials", files.INITIALS): (60, "initials"),
}
"""How a term was made and the kind of entry it found → what that is worth (docs/search.md)."""

_ALIKE: Final = 8
"""What a wrong character that sounds like the right one is worth more; letters exchanged, half of it."""


def _worth(term: Term, entry: int, known: set[int], last: int) -> tuple[float, Match] | None:
    kind = files.field("kind", entry)
    if (found := _WORTH.get((term.way, kind))) is not None:
        return found
    if term.way != "less" or kind not in {files.LESS, files.ALIAS_LESS}:
        return None
    # Both without one character: the same place is one wrong character, neighbours are two exchanged ones.
    worth = 80 if kind == files.LESS else 75
    place, sound = divmod(files.field("detail", entry), files.SOUNDS)
    if place == term.at and known and sound not in known and _tells(chr(term.sign), at_end=term.at == last):
        return (LIKE, "part")
    if place == term.at:
        return (worth + _ALIKE * (sound in known), "typo")
    if abs(place - term.at) == 1 and sound in known:
        return (worth + _ALIKE / 2, "typo")
    return None


def _tells(sign: str, *, at_end: bool) -> bool:
    """Say whether another character in the place of this one makes another thing of a name."""
    return sign in _WHICH or (at_end and sign in _KINDS)


def within_most(found: Iterable[Candidate]) -> tuple[list[Candidate], bool]:
    """Return the best candidates, and whether some were left out: `MOST` rows, those looked at one by one `LISTED`."""
    ordered = sorted(found, key=lambda each: (-each.score, not each.near, -each.importance, each.file, each.first))
    kept: list[Candidate] = []
    rows = listed = 0
    many = any(each.count >= files.MOST_ROWS for each in ordered)
    for each in ordered:
        rows += each.count
        listed += each.count if each.score < SURE else 0
        if (rows > MOST and kept) or listed > LISTED:
            return kept, True
        kept.append(each)
    return kept, many


SURE: Final = 90
"""What candidates are worth that are read in any number: as a rule they are rows of one name."""
LISTED: Final = 1_000
"""Rows of all others together."""
