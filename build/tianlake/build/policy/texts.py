"""Texts against the rules on words and numbers of persons: documents, metadata of files, values of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tianlake.build.personal import COARSE, citizen_numbers, hidden, mobile_numbers, plates
from tianlake.build.policy.findings import Finding, finding
from tianlake.build.policy.words import Words
from tianlake.lake.policy import EffectivePolicy, Rule
from tianlake.lake.words import Text

_FINDERS: Final[dict[str, tuple[Callable[[str], Iterator[str]], Text]]] = {
    "citizen-number": (citizen_numbers, Text("公民身份号码", "a citizen's number")),
    "mobile-number": (mobile_numbers, Text("手机号码", "a mobile number")),
    "plate-number": (plates, Text("机动车号牌", "a number plate")),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule found in one text."""

    rule: Rule
    what: Text
    """As findings tell it, without a number of a person."""


@dataclass(frozen=True)
class TextRules:
    """The rules of a policy that look at texts."""

    policy: EffectivePolicy

    @cached_property
    def words(self) -> tuple[Words, ...]:
        """Words that may stand in no text."""
        return tuple(Words(rule) for rule in self.policy.of("words"))

    @cached_property
    def values(self) -> tuple[Words, ...]:
        """Words that may be no whole value."""
        return tuple(Words(rule) for rule in self.policy.of("values"))

    @cached_property
    def numbers(self) -> tuple[Rule, ...]:
        """Numbers of persons."""
        return self.policy.of(*_FINDERS)

    @property
    def coarse(self) -> str:
        """RE2 for texts that may be a finding."""
        numbers = [COARSE] if self.numbers else []
        return "|".join([each.coarse for each in (*self.words, *self.values) if each.coarse] + numbers)

    def hits(self, text: str, column: str | None = None) -> Iterator[Hit]:
        """Yield what the rules find in a text; `column` is the attribute whose whole value it is."""
        for words in self.words:
            if (word := words.find(text)) is not None:
                yield Hit(words.rule, Text(f"含“{word}”", f"holds “{word}”"))
        if column is not None:
            for words in self.values:
                columns = words.rule.parameters["columns"]
                if ("*" in columns or column in columns) and (word := words.is_value(text)) is not None:
                    yield Hit(words.rule, Text(f"值为“{word}”", f"is “{word}”"))
        for rule in self.numbers:
            find, name = _FINDERS[rule.check]
            if column in rule.parameters["skipped_columns"]:
                continue
            if (number := next(find(text), None)) is not None:
                shown = hidden(number)
                yield Hit(rule, Text(f"含{name.zh} {shown}", f"holds {name.en}, {shown}"))

    def in_text(self, file: str, place: str, text: str) -> Iterator[Finding]:
        """Yield the findings of one text of a document or of a file's metadata."""
        yield from (finding(hit.rule, file, place, hit.what) for hit in self.hits(text))
