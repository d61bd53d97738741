"""Which of what the nodes publish a search looks at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tianlake.functions.web.questions import Question
from tianlake.functions.web.reach import searched
from tianlake.functions.web.today.units import levels, overlap
from tianlake.lake.current import CurrentRelease
from tianlake.lake.naming import CORPS, NATIONAL
from tianlake.lake.releases import TableFacts
from tianlake.lake.words import Bounds

SEARCHED: Final = frozenset({"place", "entity"})
"""Classes of article 8 that have names to search for: 地名地址, 地理实体."""


def releases_of(question: Question) -> tuple[CurrentRelease, ...]:
    """Return what may be searched of the node that is asked and of those below it: its own first, then from the top."""
    return tuple(sorted(searched(question), key=lambda each: (depth(each.code), each.code)))


def with_names(releases: tuple[CurrentRelease, ...]) -> tuple[CurrentRelease, ...]:
    """Return those that hold places or entities, of the lowest nodes first: of what several publish, theirs is told."""
    found = (each for each in releases if each.card.product_class in SEARCHED and columns(each))
    return tuple(sorted(found, key=lambda each: -depth(each.code)))


def touching(
    releases: tuple[CurrentRelease, ...], *, box: Bounds | None = None, division: str | None = None
) -> Iterator[CurrentRelease]:
    """Yield those that may hold something within a box and a division: what cannot is not opened."""
    for each in releases:
        of_node = division is None or overlap(division, each.code)
        if of_node and (box is None or _touch(each.manifest.candidate.bounds, box)):
            yield each


def columns(release: CurrentRelease) -> frozenset[str]:
    """Return the names of the columns of a release's table; none where it has no table."""
    table = release.table
    facts = table.facts if table else None
    return frozenset(each.name for each in facts.columns) if isinstance(facts, TableFacts) else frozenset()


def depth(code: str) -> int:
    """Return how far below the nation a node is: 0, 1, 2 or 3."""
    if code in {NATIONAL.code, CORPS.code}:
        return 0 if code == NATIONAL.code else 1
    return 5 - min(levels(code), default=3)


def _touch(one: Bounds, other: Bounds) -> bool:
    if one.south > other.north or other.south > one.north:
        return False
    if one.west > one.east or other.west > other.east:  # one of them crosses the antimeridian
        return True
    return one.west <= other.east and other.west <= one.east
