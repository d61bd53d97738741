"""Where people take the steps of a review: looked at first, signed, put on record, then put behind the last step."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from tianlake.lake import keys
from tianlake.lake.chain import Chain
from tianlake.lake.errors import ConflictError, LakeError, StoreError
from tianlake.lake.people import People, Signer
from tianlake.lake.plain import RELEASE_ID
from tianlake.lake.reviews.reports import Checked, keep_report
from tianlake.lake.reviews.standing import Standing, Subject, next_command, state
from tianlake.lake.reviews.steps import Bound, MapApproval, StepKind, bound_header, read_step, review_chain
from tianlake.lake.store import Store
from tianlake.lake.trail import Act, ActKind, Journal
from tianlake.lake.words import instant

logger = logging.getLogger(__name__)

ACTS: Final[dict[StepKind, ActKind]] = {
    "submit": "review.submit",
    "review": "review.approve",
    "map": "review.map-approve",
    "reject": "review.reject",
    "supersede": "review.supersede",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to sign."""

    kind: StepKind
    level: int | None = None
    """Of a review; the next one where None."""
    reason: str = ""
    map: MapApproval | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """The reviews of one node."""

    store: Store
    """The node's own."""
    people: People
    trail: Journal
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""

    def standing(self, subject: Subject) -> Standing:
        """Return where the review of a release stands; raises as `state` does."""
        return state(self._chain(subject).links(), subject, self.people, self.clock())

    def submit(self, subject: Subject, checked: Checked, signer: Signer, remark: str = "") -> Standing:
        """Hand a release in for review, with the report of the checks; reviews of other releases are given up for it.

        Raises:
            LakeError: A rule of the policy refuses it, or the person may not submit.
            ConflictError: Somebody else signed a step at the same moment.
        """
        refusal = checked.refused(subject.manifest, subject.policy)
        if refusal is not None:
            raise LakeError(f"{subject.product}/{subject.release}: {refusal}; see: tianlake check")
        keep_report(self.store, subject.product, subject.release, checked)
        done = self._add(subject, Wish("submit", reason=remark), checked.digest, signer)
        self._give_up_others(subject, signer)
        return done

    def sign(self, subject: Subject, wish: Wish, signer: Signer) -> Standing:
        """Take another step of a review that was submitted.

        Raises:
            LakeError: A rule of the review forbids it, or the submission was of other bytes.
            ConflictError: Somebody else signed a step at the same moment; what they did stands.
        """
        return self._add(subject, wish, None, signer)

    def _add(self, subject: Subject, wish: Wish, report: str | None, signer: Signer) -> Standing:
        chain, now = self._chain(subject), self.clock()
        links = list(chain.links())
        before = state(links, subject, self.people, now)
        where = f"{subject.product}/{subject.release}"
        if wish.kind in {"review", "map"} and before.stage in {"draft", "superseded"} and before.missing:
            following = next_command(before)
            zh = f"{where}：{before.missing.zh}；下一步：{following}"
            raise LakeError(f"{where}: {before.missing.en}; next: {following}", zh=zh)
        link = chain.make(links[-1] if links else None, self._header(before, wish, report, signer), signer.seed)
        after = state([*links, link], subject, self.people, now)
        broken = after.steps[-1].broken
        if broken is not None:
            raise LakeError(f"{where}: {broken.en}", zh=f"{where}：{broken.zh}")
        details = {"step": link.digest, "seq": link.seq, "bound": link.header["bound"], "reason": wish.reason}
        self.trail.record(Act(ACTS[wish.kind], where, signer.person, details))
        try:
            chain.put(link)
        except ConflictError:
            rule = "somebody else signed a step at the same moment; theirs stands, look at: tianlake review show"
            raise ConflictError(f"{where}: {rule}") from None
        return after

    def _header(self, before: Standing, wish: Wish, report: str | None, signer: Signer) -> dict[str, Any]:
        subject, current = before.subject, before.round
        if report is None and current is not None:
            report = current.submitted.bound.report
        bound = Bound(subject.manifest, subject.policy, report or "0" * 64)
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
                    self._add(other, wish, None, signer)
            except StoreError:
                raise
            except LakeError as error:
                logger.warning("%s/%s: its review stays as it is: %s", subject.product, release, error)

    def _under_way(self, subject: Subject, release: str) -> Subject | None:
        """Return another release of a product if its review is under way; what is publishable stays so."""
        links = list(review_chain(self.store, subject.product, release).links())
        if not links:
            return None
        bound = read_step(links[-1]).bound
        other = replace(subject, release=release, manifest=bound.manifest, policy=bound.policy)
        standing = state(links, other, self.people, self.clock())
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
