"""Words that must not occur, in names of columns and layers, in values and in texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Final

from tianlake.lake.policy import Rule

_LATIN: Final = re.compile(r"[\x00-\x7f]+")


class Words:
    """The words of one rule, and the texts in which they are no finding."""

    def __init__(self, rule: Rule) -> None:
        """Take the lists of a rule that has `forbidden` and may have `exceptions`."""
        self.rule = rule
        self._words: list[str] = rule.parameters["forbidden"]
        self._exceptions: list[str] = rule.parameters.get("exceptions", [])

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(_bounded, _longest_first(self._words))) or r"(?!)", re.IGNORECASE)

    @cached_property
    def _excused(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, _longest_first(self._exceptions))) or r"(?!)", re.IGNORECASE)

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {each.casefold(): each for each in self._words}

    @property
    def coarse(self) -> str:
        """RE2 for texts that may hold one of the words; empty where there are none."""
        return "|".join(f"(?i:{re.escape(each)})" for each in _longest_first(self._words))

    def find(self, text: str) -> str | None:
        """Return the first word in a text that no exception excuses."""
        found = [(hit.start(), hit.end(), hit.group()) for hit in self._pattern.finditer(text)]
        if not found:
            return None
        excused = [(hit.start(), hit.end()) for hit in self._excused.finditer(text)]
        return next(
            (word for start, end, word in found if not any(low <= start and end <= high for low, high in excused)), None
        )

    def names(self, name: str) -> str | None:
        """Return the word that a name of a column or layer holds; of Latin words, parts between `_`, `-`, `.` count."""
        parted = re.sub(r"(?<=[a-z])(?=[A-Z])|[^0-9A-Za-z_\u0080-\U0010ffff]+", "_", name)
        return self.find(name) or self.find(parted)

    def is_value(self, value: str) -> str | None:
        """Return the word that a whole value is."""
        return self._folded.get(value.strip().casefold())


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(set(words), key=lambda each: (-len(each), each))


def _bounded(word: str) -> str:
    """Return the pattern of a word; one of Latin letters is none within another word."""
    escaped = re.escape(word)
    return rf"(?<![0-9A-Za-z]){escaped}(?![0-9A-Za-z])" if _LATIN.fullmatch(word) else escaped
