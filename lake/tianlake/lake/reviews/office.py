"""Where people take the steps of a review: looked at first, signed, put on record, then put behind the last step."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from tianlake.lake import keys
from tianlake.lake.chain import Chain, Link
from tianlake.lake.errors import ConflictError, LakeError, StoreError
from tianlake.lake.people import People, Signer
from tianlake.lake.plain import RELEASE_ID
from tianlake.lake.reviews.onrecord import ACTS, LOST, Record, Recorded, on_record
from tianlake.lake.reviews.reports import Checked, keep_report
from tianlake.lake.reviews.standing import Standing, Subject, next_command, state
from tianlake.lake.reviews.steps import Bound, MapApproval, StepKind, bound_header, read_step, review_chain
from tianlake.lake.store import Store
from tianlake.lake.trail import Act, Trail
from tianlake.lake.words import instant

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to sign."""

    kind: StepKind
    level: int | None = None
    """Of a review; the next one where None."""
    reason: str = ""
    map: MapApproval | None = None
    successor: str | None = None


UNREAD: Final = "0" * 64
"""In the place of a report: of a release that nobody submitted, or of checks that are yet to run."""


@dataclass(frozen=True, slots=True)
class _Past:
    """What was done in a review."""

    links: tuple[Link, ...]
    record: Record
    standing: Standing


@dataclass(frozen=True, slots=True)
class Office:
    """The reviews of one node."""

    trail: Trail
    """The node's: it says what counts, and keeps what is signed here."""
    people: People
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""

    @property
    def store(self) -> Store:
        """The node's own."""
        return self.trail.store

    def standing(self, subject: Subject) -> Standing:
        """Return where the review of a release stands; raises as `state` does."""
        return self._past(subject).standing

    def submit(self, subject: Subject, checked: Checked, signer: Signer, remark: str = "") -> Standing:
        """Hand a release in for review, with the report of the checks; reviews of other releases are given up for it.

        Raises:
            LakeError: A rule of the policy refuses it, or the person may not submit.
            ConflictError: Somebody else signed a step at the same moment.
        """
        self._keep(subject, checked)
        done = self._add(subject, Wish("submit", reason=remark), signer, checked.digest)
        self._give_up_others(subject, signer)
        return done

    def review(self, subject: Subject, wish: Wish, signer: Signer, check: Callable[[], Checked]) -> Standing:
        """Sign a level of a review, after checks of the same bytes that owe nothing to whoever submitted them.

        Args:
            subject: The release.
            wish: Of the kind `review`.
            signer: Who reviews it.
            check: Runs the checks of the policy on the bytes, once it is known that the person may sign.

        Raises:
            LakeError: A rule of the review forbids it, or the checks refuse what was submitted.
            ConflictError: Somebody else signed a step at the same moment; what they did stands.
        """
        self._make(self._past(subject), wish, signer, UNREAD)
        checked = check()
        self._keep(subject, checked)
        return self._add(subject, wish, signer, checked.digest)

    def sign(self, subject: Subject, wish: Wish, signer: Signer) -> Standing:
        """Take another step of a review that was submitted, of any kind but `submit` and `review`.

        Raises:
            LakeError: A rule of the review forbids it, or the submission was of other bytes.
            ConflictError: Somebody else signed a step at the same moment; what they did stands.
        """
        return self._add(subject, wish, signer, None)

    def _keep(self, subject: Subject, checked: Checked) -> None:
        """Store a report; raises `LakeError` where it refuses the release."""
        checked.require(f"{subject.product}/{subject.release}", subject.manifest, subject.policy)
        keep_report(self.store, subject.product, subject.release, checked)

    def _past(self, subject: Subject) -> _Past:
        links = tuple(self._chain(subject).links())
        record = on_record(self.trail, f"{subject.product}/{subject.release}", links)
        return _Past(links, record, state(links, subject, self.people, record, self.clock()))

    def _make(self, past: _Past, wish: Wish, signer: Signer, report: str | None) -> tuple[Link, Standing]:
        """Return the step that somebody wishes to sign, and where the review would stand after it.

        Raises:
            LakeError: It would not count.
        """
        before, subject = past.standing, past.standing.subject
        where = f"{subject.product}/{subject.release}"
        if wish.kind in {"review", "map"} and before.stage in {"draft", "superseded"} and before.missing:
            following = next_command(before)
            zh = f"{where}：{before.missing.zh}；下一步：{following}"
            raise LakeError(f"{where}: {before.missing.en}; next: {following}", zh=zh)
        header = self._header(before, wish, report, signer)
        link = self._chain(subject).make(past.links[-1] if past.links else None, header, signer.seed)
        act = Recorded(ACTS[wish.kind], link.seq, link.digest, signer.person, str(header["at"]))
        after = state([*past.links, link], subject, self.people, past.record.plus(act), self.clock())
        broken = after.steps[-1].broken
        if broken is not None:
            raise LakeError(f"{where}: {broken.en}", zh=f"{where}：{broken.zh}")
        return link, after

    def _add(self, subject: Subject, wish: Wish, signer: Signer, report: str | None) -> Standing:
        link, after = self._make(self._past(subject), wish, signer, report)
        where, step = f"{subject.product}/{subject.release}", {"step": link.digest, "seq": link.seq}
        said = {"bound": link.header["bound"], "checked": link.header["checked"], "reason": wish.reason}
        details = step | {name: value for name, value in said.items() if value}
        self.trail.record(Act(ACTS[wish.kind], where, signer.person, details))
        try:
            self._chain(subject).put(link)
        except ConflictError:
            self.trail.record(Act(LOST, where, signer.person, step))
            rule = "somebody else signed a step at the same moment; theirs stands, look at: tianlake review show"
            zh = f"{where}：另一人同时签了一步，以其为准；请查看：tianlake review show"
            raise ConflictError(f"{where}: {rule}", zh=zh) from None
        return after

    def _header(self, before: Standing, wish: Wish, report: str | None, signer: Signer) -> dict[str, Any]:
        subject, current = before.subject, before.round
        bound = Bound(subject.manifest, subject.policy, report or UNREAD)
        if current is not None and wish.kind != "submit":
            bound = replace(bound, report=current.submitted.bound.report)
        if wish.kind in {"reject", "supersede"} and current is not None:
            bound = current.submitted.bound  # it is sent back as it was submitted, whatever became of it since
        level = (current.levels if current else 0) + 1 if wish.level is None else wish.level
        return {
            "node": subject.node,
            "product": subject.product,
            "release": subject.release,
            "kind": wish.kind,
            "at": instant(self.clock()),
            "person": signer.person,
            "organisation": self.people.find(signer.person).organisation,
            "bound": bound_header(bound),
            "level": level if wish.kind == "review" else 0,
            "reason": wish.reason,
            "map": _map_header(wish.map),
            "checked": report if wish.kind == "review" else None,
            "successor": wish.successor,
            "layout": 1,
        }

    def _give_up_others(self, subject: Subject, signer: Signer) -> None:
        """End what is under way for other releases; what cannot be ended lets nothing out either, and stops nobody."""
        wish = Wish("supersede", reason=f"{subject.release} was submitted", successor=subject.release)
        for release in sorted(self._reviewed(subject.product) - {subject.release}):
            try:
                other = self._under_way(subject, release)
                if other is not None:
                    self._add(other, wish, signer, None)
            except StoreError:
                raise
            except LakeError as error:
                logger.warning("%s/%s: its review stays as it is: %s", subject.product, release, error)

    def _under_way(self, subject: Subject, release: str) -> Subject | None:
        """Return another release of a product if its review is under way; what is publishable stays so."""
        last = review_chain(self.store, subject.product, release).end()
        if last is None:
            return None
        bound = read_step(last).bound
        other = replace(subject, release=release, manifest=bound.manifest, policy=bound.policy)
        standing = self.standing(other)
        return other if standing.stage in {"submitted", "reviewed"} else None

    def _reviewed(self, product: str) -> set[str]:
        """Return the releases of a product that have a review."""
        prefix = keys.reviews_of(product)
        names = {info.key.removeprefix(prefix).partition("/")[0] for info in self.store.list(prefix)}
        return {name for name in names if RELEASE_ID.fullmatch(name)}

    def _chain(self, subject: Subject) -> Chain:
        return review_chain(self.store, subject.product, subject.release)


def _map_header(approval: MapApproval | None) -> dict[str, Any] | None:
    if approval is None:
        return None
    days = {"approved": approval.approved, "filed": approval.filed}
    plain = {name: day.isoformat() if day else None for name, day in days.items()}
    return asdict(approval) | plain | {"numbers": list(approval.numbers)}
