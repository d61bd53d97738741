"""The gate of a node: nothing goes out that its review does not let out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tianlake.lake.errors import LakeError
from tianlake.lake.people import People
from tianlake.lake.policy import EffectivePolicy
from tianlake.lake.releases import Manifest
from tianlake.lake.reviews.approval import (
    Approval,
    approved_by,
    is_signed,
    public_map,
    public_steps,
    read_approval,
    sign_approval,
)
from tianlake.lake.reviews.onrecord import on_record
from tianlake.lake.reviews.reports import Checked, keep_report, read_report
from tianlake.lake.reviews.standing import Standing, Subject, next_command, state
from tianlake.lake.reviews.steps import review_chain
from tianlake.lake.signed import public_key
from tianlake.lake.trail import Trail
from tianlake.lake.words import Text


@dataclass(frozen=True, slots=True)
class ReviewGate:
    """Asks the review of a release. The one that the command publishes through."""

    trail: Trail
    """Of the node: it says which steps count, and its key signs approvals."""
    people: People
    policy: EffectivePolicy
    """What holds today."""
    check: Callable[[Manifest], Checked]
    """Runs the checks of the policy on the bytes of a candidate; for releases that nobody but their author checked."""
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""
    _seen: dict[str, Checked] = field(default_factory=dict, repr=False)
    """Reports of this run by the manifest's hash: bytes that are the same are read once."""

    def admit(self, manifest: Manifest, sha256: str) -> Approval:
        """Return the approval of a release; see `gate.Gate`.

        No report of the checks is taken on its author's word: beside it there is one of a reviewer, or it is made here.
        """
        subject = subject_of(manifest, sha256, self.policy)
        links = tuple(review_chain(self.trail.store, subject.product, subject.release).links())
        record = on_record(self.trail, f"{subject.product}/{subject.release}", links)
        standing = state(links, subject, self.people, record, self.clock())
        if standing.stage != "publishable":
            raise _refusal(standing)
        reports = self._reports(manifest, standing)
        for report in reports:
            report.require(f"{subject.product}/{subject.release}", sha256, self.policy.digest)
        approval = Approval(
            node=subject.node,
            product=subject.product,
            release=subject.release,
            manifest=sha256,
            policy=self.policy.label,
            policy_digest=self.policy.digest,
            demo=self.policy.demo,
            report=reports[0].digest,
            steps=public_steps(standing),
            map=public_map(standing),
            key="",
        )
        return sign_approval(approval, approved_by(self.trail.seed, subject.node))

    def _reports(self, manifest: Manifest, standing: Standing) -> list[Checked]:
        """Return what was found by others than the author, or else here; then the report that was submitted.

        A demonstration has no report but the one that is made here, or was before.
        """
        subject, current = standing.subject, standing.round
        own = [each.step.checked for each in standing.counting if each.step.checked is not None]
        signed = [] if current is None else [*own, current.submitted.bound.report]
        found = [read_report(self.trail.store, subject.product, subject.release, digest) for digest in signed]
        return found if own else [self._made(manifest, subject), *found]

    def _made(self, manifest: Manifest, subject: Subject) -> Checked:
        if (seen := self._seen.get(subject.manifest)) is not None:
            return seen
        found = self._before(subject)
        if found is None:
            found = self.check(manifest)
            keep_report(self.trail.store, subject.product, subject.release, found)
        self._seen[subject.manifest] = found
        return found

    def _before(self, subject: Subject) -> Checked | None:
        """Return the report that was made here of a release that went out before, under this policy and this key."""
        approval = read_approval(self.trail.store, subject.product, subject.release)
        if approval is None or (approval.manifest, approval.policy_digest) != (subject.manifest, subject.policy):
            return None
        if self.trail.seed is None or not is_signed(approval, public_key(self.trail.seed)):
            return None
        return read_report(self.trail.store, subject.product, subject.release, approval.report)


def subject_of(manifest: Manifest, sha256: str, policy: EffectivePolicy) -> Subject:
    """Return a release as its review sees it, with what a policy asks of it."""
    candidate = manifest.candidate
    return Subject(
        node=candidate.node,
        product=candidate.card.id,
        release=manifest.release,
        manifest=sha256,
        policy=policy.digest,
        demand=policy.review(candidate.card),
        demo=policy.demo,
    )


def _refusal(standing: Standing) -> LakeError:
    subject, following = standing.subject, next_command(standing)
    why = standing.missing or Text(standing.stage, standing.stage)
    where = f"{subject.product}/{subject.release}"
    return LakeError(
        f"{where}: review: {why.en}; not published (articles 9 and 15 of the Measures); next: {following}",
        zh=f"{where}：审核：{why.zh}；不予发布（《办法》第九、十五条）；下一步：{following}",
    )
