"""Pieces of SQL with the parameters that are bound to them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL. Its text is ours, and quoted names of columns: whatever a client sent is a parameter."""

    text: str
    parameters: tuple[object, ...] = ()


TRUE: Final = Sql("true")
FALSE: Final = Sql("false")


def joined(word: str, pieces: Iterable[Sql], empty: Sql = TRUE) -> Sql:
    """Return conditions joined by `AND` or `OR`; of one, that one; of none, `empty`."""
    found = tuple(pieces)
    if not found:
        return empty
    if len(found) == 1:
        return found[0]
    text = f" {word} ".join(f"({each.text})" for each in found)
    return Sql(text, tuple(value for each in found for value in each.parameters))


def both(*pieces: Sql) -> Sql:
    """Return that all conditions hold."""
    return joined("AND", (each for each in pieces if each != TRUE))
