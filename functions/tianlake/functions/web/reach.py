"""What a search may look through."""

from __future__ import annotations

from typing import Final

from tianlake.functions.web.questions import Question
from tianlake.lake.current import CurrentRelease
from tianlake.lake.plain import Access

_ANY_KEY: Final[frozenset[Access]] = frozenset({"open", "key"})


def searched(question: Question) -> tuple[CurrentRelease, ...]:
    """Return what the node and those below it publish for whoever has a key: search is open to any.

    Of products for professional users or for nobody outside, a search tells nothing, not even a name.
    """
    found = question.releases.of_all(question.releases.below(question.code))
    return tuple(each for each in found if each.card.access in _ANY_KEY)
