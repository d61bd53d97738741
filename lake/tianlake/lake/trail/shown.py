"""A trail as people read it: one line for each act, those that were sealed together taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tianlake.lake.trail.entries import Entry

LONGEST: Final = 60
"""Characters of one detail in a line for people."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which acts are asked for; empty members ask for nothing."""

    since: str = ""
    """A day or time, UTC: compares as text."""
    kind: str = ""
    """A kind, or how it begins."""
    by: str = ""
    subject: str = ""
    """Is in the subject."""

    def fits(self, line: Line) -> bool:
        """Say whether an act is asked for."""
        return (
            line.at >= self.since
            and line.kind.startswith(self.kind)
            and (not self.by or line.by == self.by)
            and self.subject in line.subject
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One act."""

    number: str
    """Of the entry; of an act that was sealed with others, also its place: `12.3`."""
    at: str
    kind: str
    subject: str
    by: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def brief(self) -> str:
        """Return the details on one line: `reason=…; releases=a, b`."""
        return "; ".join(f"{name}={_brief(value)}" for name, value in self.details.items())


def lines(entries: Iterable[Entry], wish: Wish) -> Iterator[Line]:
    """Yield the acts that are asked for, in the order of the trail."""
    known: set[str] = set()
    for entry in entries:
        for line in _lines(entry, known):
            if wish.fits(line):
                yield line


def _lines(entry: Entry, known: set[str]) -> Iterator[Line]:
    if entry.kind != "trail.seal":
        yield Line(str(entry.seq), entry.at, entry.kind, entry.subject, entry.by, entry.details)
        return
    for place, act in enumerate(entry.details["acts"], 1):
        if act["id"] in known:  # a server that died in between had it sealed twice
            continue
        known.add(act["id"])
        yield Line(f"{entry.seq}.{place}", act["at"], act["kind"], act["subject"], act["by"], act["details"])


def _brief(value: object) -> str:
    if isinstance(value, list | tuple):
        shown = ", ".join(map(_brief, value[:3]))
        return f"{shown}, … ({len(value)})" if len(value) > 3 else shown  # noqa: PLR2004 - as many as one line takes
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_brief(each)}" for name, each in value.items())
    text = str(value)
    if len(text) == 64 and text.isalnum():  # noqa: PLR2004 - a SHA-256
        return f"{text[:12]}…"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
