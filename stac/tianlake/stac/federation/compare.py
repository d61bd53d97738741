"""What changed between two harvests of a child, and how outcomes become what is held. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tianlake.lake.words import Instant
from tianlake.stac.federation.records import Child, Counts, Gone, Harvest

GIVEN_UP_DAYS: Final = 30
"""From when on a child that is not to be had counts as removed, days after it was last in order."""

_STONES: Final = 1000


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids of records by what became of them, sorted."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    deleted: tuple[str, ...]
    unchanged: int

    @property
    def counts(self) -> Counts:
        """How many of each."""
        return Counts(len(self.added), len(self.updated), len(self.deleted), self.unchanged)


@dataclass(frozen=True, slots=True)
class Same:
    """A child offers what is held of it already."""

    code: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A child's offer was taken, checked and laid down as a snapshot."""

    child: Child
    """As it is then held; its `gone` names what this harvest no longer found."""
    changes: Changes


@dataclass(frozen=True, slots=True)
class Failed:
    """A child could not be taken: what is held of it stays."""

    code: str
    url: str
    reason: str


Outcome = Same | Taken | Failed


def compare(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    """Return what became of records, by id → digest of what is held and of what is offered."""
    both = before.keys() & after.keys()
    updated = sorted(each for each in both if before[each] != after[each])
    return Changes(
        tuple(sorted(after.keys() - before.keys())),
        tuple(updated),
        tuple(sorted(before.keys() - after.keys())),
        len(both) - len(updated),
    )


def stones(gone: Sequence[str], back: Collection[str], before: Sequence[Gone], now: Instant) -> tuple[Gone, ...]:
    """Return the tombstones of a child, newest first: what went now, and what went before and did not come back."""
    fresh = tuple(Gone(each, now) for each in gone)
    known = {each.id for each in fresh} | set(back)
    return (*fresh, *(each for each in before if each.id not in known))[:_STONES]


@dataclass(frozen=True, slots=True)
class Moment:
    """When a harvest is written down, and what it is written down by."""

    now: Instant
    registered: Collection[str]
    """Codes of the children that the operator has registered."""
    ids: Callable[[Child], Sequence[str]]
    """Ids of the records that are held of a child."""


def merged(harvest: Harvest, outcomes: Sequence[Outcome], at: Moment) -> Harvest:
    """Return what a parent holds after a harvest; equal to `harvest` where nothing happened.

    Outcomes may be applied to another state than the one they were made from, where two harvests ran at once: what is
    newer by its offer's own time stays.
    """
    found = harvest
    for outcome in outcomes:
        code = outcome.child.code if isinstance(outcome, Taken) else outcome.code
        child = _after(found.find(code), outcome, at)
        if child is not None:
            found = found.having(child)
    for child in found.children:
        if child.code not in at.registered and child.state != "removed":
            found = found.having(_given_up(child, "is no longer registered here", at))
    now = at.now
    if _led_to(found) != _led_to(harvest):
        found = replace(found, changed=max(now, harvest.changed or now))
    return found


def _led_to(harvest: Harvest) -> list[tuple[object, ...]]:
    """Return what readers of a harvest come to: records, and how fresh they are."""
    return [(each.code, each.snapshot, each.state, each.stale_since, each.reason) for each in harvest.children]


def _after(held: Child | None, outcome: Outcome, at: Moment) -> Child | None:
    match outcome:
        case Taken(child):
            return child if held is None or _is_news(child, held) else None
        case Same():
            if held is None or held.state == "fresh" or held.snapshot is None:
                return None
            return replace(held, state="fresh", stale_since=None, reason=None)
        case Failed(code, url, reason):
            held = held or Child(code, "stale", url)
            if held.state == "removed":
                return None
            since = held.stale_since or at.now
            if _instant(at.now) - _instant(since) >= timedelta(days=GIVEN_UP_DAYS):
                return _given_up(replace(held, stale_since=since), reason, at)
            return replace(held, state="stale", stale_since=since, reason=reason)


def _is_news(child: Child, held: Child) -> bool:
    """Say whether what was taken takes the place of what is held: no other harvest took it, or something newer."""
    known = held.state == "fresh" and (held.snapshot, held.etag) == (child.snapshot, child.etag)
    return not known and (held.made is None or child.made is None or child.made >= held.made)


def _given_up(child: Child, reason: str, at: Moment) -> Child:
    """Return a child without its records, each of them a tombstone."""
    return replace(
        child,
        state="removed",
        snapshot=None,
        etag="",
        made=None,
        reason=reason,
        stale_since=child.stale_since or at.now,
        collections=0,
        below=(),
        gone=stones(at.ids(child), (), child.gone, at.now),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
