"""What the audit trail has of a review: a step counts as far as it is there, and what is there cannot be taken away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tianlake.lake.chain import Link
from tianlake.lake.reviews.steps import StepKind
from tianlake.lake.trail import ActKind, Entry, Trail
from tianlake.lake.trail.latest import latest_first
from tianlake.lake.words import Instant, Sha256

ACTS: Final[Mapping[StepKind, ActKind]] = {
    "submit": "review.submit",
    "review": "review.approve",
    "map": "review.map-approve",
    "reject": "review.reject",
    "supersede": "review.supersede",
}
"""What a step is on record as."""

LOST: Final[ActKind] = "review.lost"
"""A step that was put on record and not put: somebody else signed one at the same moment."""

RESTARTS: Final[frozenset[ActKind]] = frozenset({"review.submit", "review.reject", "review.supersede"})
"""Acts after which nothing that was signed before counts: one that is missing from the steps was taken away."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A step as an act of the trail tells of it."""

    kind: ActKind
    seq: int
    step: Sha256
    by: str
    """Id of the person."""
    at: Instant
    """When it was put on record, by the clock of whoever keeps the trail."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a trail has of one review, oldest first, from its last submission on."""

    acts: tuple[Recorded, ...] = ()

    def at(self, step: str) -> str | None:
        """Return when a step was put on record; None where it was not."""
        return next((each.at for each in self.acts if each.step == step and each.kind != LOST), None)

    def plus(self, act: Recorded) -> Record:
        """Return the record with another act; what was before a submission is told no more."""
        return Record((act,) if act.kind == "review.submit" else (*self.acts, act))

    def since_last_of(self, steps: Sequence[str]) -> Record:
        """Return the record from the last submission on whose step is one of these, by their SHA-256."""
        begins = [place for place, each in enumerate(self.acts) if each.kind == "review.submit" and each.step in steps]
        return Record(self.acts[begins[-1] :] if begins else self.acts)

    def gone(self, steps: Iterable[str]) -> tuple[Recorded, ...]:
        """Return what is on record, and not among the steps that are there, by their SHA-256.

        A step that lost a race was never there. One whose signer's machine broke off in between looks like one that was
        deleted, and is taken as that.
        """
        there = {*steps, *(each.step for each in self.acts if each.kind == LOST)}
        return tuple(each for each in self.acts if each.step not in there)


def recorded(entry: Entry) -> Recorded | None:
    """Return the step of a review that an act is about; None where it is about something else."""
    step, seq = entry.details.get("step"), entry.details.get("seq")
    if not entry.kind.startswith("review.") or not isinstance(step, str) or not isinstance(seq, int):
        return None
    return Recorded(entry.kind, seq, step, entry.by, entry.at)


def on_record(trail: Trail, where: str, links: Iterable[Link]) -> Record:
    """Return what a trail has of a review whose steps are these; nothing where nobody submitted anything.

    It is read from its end to the act of the last submission, or to its beginning where there is none.

    Args:
        trail: Of the node.
        where: `<product>/<release>`.
        links: The whole chain of the review.

    Raises:
        LakeError: The trail was changed or cut off.
    """
    submitted = [each.digest for each in links if each.header.get("kind") == "submit"]
    if not submitted:
        return Record()
    found: list[Recorded] = []
    for entry in latest_first(trail):
        act = recorded(entry) if entry.subject == where else None
        if act is not None:
            found.append(act)
            if act.step == submitted[-1] and act.kind != LOST:
                break
    return Record(tuple(reversed(found)))
