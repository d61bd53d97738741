"""Look through files that are about to be published, and refuse them."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tianlake.lake.errors import LakeError
from tianlake.lake.leaks.rules import NOWHERE, RULES, Form, Rule, Surroundings, Text, local_rules
from tianlake.lake.leaks.texts import texts_in

LONGEST: Final = 1 << 22
"""Characters that are searched, and held in memory, at a time."""


@dataclass(frozen=True, slots=True)
class Leak:
    """One finding."""

    file: str
    place: str
    rule: str

    def __str__(self) -> str:
        """Return it on one line: file, place, rule."""
        return f"{self.file}: {self.place}: {self.rule}" if self.place else f"{self.file}: {self.rule}"


def find_leaks(name: str, body: bytes | Path, around: Surroundings = NOWHERE) -> list[Leak]:
    """Return what must not be published in one file; empty where it may go out.

    Looked at are the texts of JSON, Markdown, SQL, HTML and the like, and the metadata of GeoParquet, PMTiles,
    TIFF, PNG, LAS and glb; the data itself is not.

    Args:
        name: The file's name as findings give it; its ending tells JSON and GeoJSON from other text.
        body: The bytes, or the file that holds them.
        around: What to look for beside the general rules.
    """
    found: dict[Leak, None] = {}
    rules = (*RULES, *local_rules(around))
    try:
        for block in _blocks(texts_in(name, body)):
            for leak in _search(name, block, rules):
                found.setdefault(leak)
    except (ValueError, RecursionError) as error:  # the latter from JSON in too many brackets
        found.setdefault(Leak(name, "", f"cannot be checked for leaks: {error}"))
    return list(found)


def refuse_leaks(files: Iterable[tuple[str, bytes | Path]], around: Surroundings = NOWHERE) -> None:
    """Look through files that are about to be published.

    Raises:
        LakeError: One of them holds what must not be published: the first finding, and how many more there are.
    """
    found = [leak for name, body in files for leak in find_leaks(name, body, around)]
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise LakeError(f"{found[0]}{more}; nothing was published: remove it from the source or the recipe")


@dataclass(frozen=True, slots=True)
class _Block:
    """Texts of one form, joined so that a rule reads them in one go."""

    form: Form
    places: tuple[str, ...]
    starts: tuple[int, ...]
    text: str


def _blocks(texts: Iterable[Text]) -> Iterator[_Block]:
    """Yield the texts in blocks of one form, none much longer than `LONGEST`."""
    by_form: dict[Form, list[Text]] = {}
    held = 0
    for text in texts:
        by_form.setdefault(text.form, []).append(text)
        held += len(text.text)
        if held > LONGEST:
            yield from _joined(by_form)
            by_form, held = {}, 0
    yield from _joined(by_form)


def _joined(by_form: Mapping[Form, Sequence[Text]]) -> Iterator[_Block]:
    for form, group in by_form.items():
        lines = [each.text.replace("\n", " ") for each in group]
        starts, end = [], 0
        for line in lines:
            starts.append(end)
            end += len(line) + 1
        yield _Block(form, tuple(each.place for each in group), tuple(starts), "\n".join(lines))


def _search(name: str, block: _Block, rules: Iterable[Rule]) -> Iterator[Leak]:
    for rule in rules:
        if block.form in rule.forms:
            for match in rule.pattern.finditer(block.text):
                place = block.places[bisect(block.starts, match.start()) - 1]
                quoted = f" {_short(match[0])!r}" if rule.shown else ""
                yield Leak(name, place, f"{rule.name}{quoted} must not be published")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004 - one line stays one line
