"""The files of a search index: where they lie in a release, and how a term's entry is packed (docs/layout.md)."""

from __future__ import annotations

import hashlib
from typing import Final

PLACES: Final = "search/places.parquet"
"""One row for each thing with a name, sorted by name as it is compared (`norm`)."""
TERMS: Final = "search/terms.parquet"
"""What names are looked up by: `key` and `entry`, sorted by both."""

FILES: Final = (PLACES, TERMS)

INDEXED: Final = frozenset({"entity", "place"})
"""Classes of products that have an index, where a feature has a name."""

GROUP: Final = {PLACES: 8_192, TERMS: 16_384}
"""Rows in a row group. DuckDB takes some 3 µs for each column of a group that it skips, and reads whole groups of
those that it does not."""

COLUMNS: Final = (
    *("norm", "id", "name", "lon", "lat", "importance", "division", "town"),
    *("type_code", "type", "address", "road", "number", "pinyin", "alias"),
)
"""Of `PLACES`."""

SHIFT: Final = 24
"""Bits of a hash that are dropped: 40 are left, so that a few in a million look-ups find a stranger. It is looked at
again before it is shown."""

FIELDS: Final = {"kind": 4, "detail": 13, "importance": 6, "count": 13, "first": 27}
"""What is packed into `entry`, highest bits first → bits: 63, for the number is not negative. `first` and `count` are
rows of `PLACES`."""

NAME, LESS, ALIAS, ALIAS_LESS, PINYIN, INITIALS, PAIR, ALIAS_PAIR, ADDRESS, ROAD, SOUND = range(1, 12)
"""Kinds of entries: a whole name; one without one character; the same of another name; how it is read; first letters of
its syllables; two characters of it; address; road; how a character is read."""

SHORTEST_LESS: Final = 3
LONGEST_LESS: Final = 12
"""Characters of names that are listed without each of their characters in turn."""

SOUNDS: Final = 512
"""`detail` of `LESS`: position of the missing character times this, and the sound of that character."""

IMPORTANCES: Final = 64

MOST_PLACES: Final = 1 << FIELDS["first"]
"""Rows of `PLACES` at most."""
MOST_ROWS: Final = (1 << FIELDS["count"]) - 1
"""Rows of one name that an entry counts at most."""

MOST_PER_TERM: Final = 1_000
"""Entries of one term at most, of those kinds that many names share; the most important ones, then the shortest."""
MOST_PER_CITY: Final = 500
"""Of a pair of characters with more names than that, this many are listed for each city too."""
CROWDED: Final = 100
"""Of a name without one character that more names than this are, all are listed for each city too."""


def term_key(text: str) -> int:
    """Return the key of a term: bits 24 to 63 of the second half of MD5, as a little-endian number."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little") >> SHIFT


def key_sql(text: str) -> str:
    """Return SQL for the same, of an SQL text."""
    return f"(md5_number_lower({text}) >> {SHIFT})::BIGINT"


def packed_sql(**fields: str) -> str:
    """Return SQL for an entry; SQL for each field, which must fit its bits."""
    parts = (f"(({fields[name]})::BIGINT << {shift})" for name, (shift, _) in _PLACES.items())
    return f"({' | '.join(parts)})"


def field(name: str, entry: int) -> int:
    """Return one field of an entry."""
    shift, mask = _PLACES[name]
    return entry >> shift & mask


def _places() -> dict[str, tuple[int, int]]:
    found, shift = {}, sum(FIELDS.values())
    for name, bits in FIELDS.items():
        shift -= bits
        found[name] = shift, (1 << bits) - 1
    return found


_PLACES: Final = _places()


def pairs(text: str) -> list[str]:
    """Return the pairs of neighbouring characters of a text, each once, in order."""
    return list(dict.fromkeys(text[at : at + 2] for at in range(len(text) - 1)))


def without_each(text: str) -> list[str]:
    """Return a text without its first, its second, … character."""
    return [text[:at] + text[at + 1 :] for at in range(len(text))]
