"""Where the review of a release stands (articles 9 and 15 of the Measures): a state machine over signed steps. Pure.

draft → submitted → reviewed, one level after the other → map-approved, where the product is a map → publishable.
Whatever is not surely a valid signature of the right person, on record in the audit trail, counts for nothing; whatever
may be a rejection counts, also one that is on record and was taken away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from tianlake.lake.chain import Link
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.people import People
from tianlake.lake.policy import ReviewDemand
from tianlake.lake.reviews.onrecord import RESTARTS, Record, Recorded
from tianlake.lake.reviews.rules import Round, Signature, kept, signature, wrong
from tianlake.lake.reviews.steps import Step, read_step
from tianlake.lake.reviews.validity import UNDATED, Validity, day_in_china, validity
from tianlake.lake.words import Text, instant

SKEW_S: Final = 300
"""How far the clock of a signer may be ahead, seconds."""

Stage = Literal["draft", "submitted", "reviewed", "expired", "superseded", "publishable"]
"""`publishable` where nothing is missing; `expired` where nothing but a map approval that holds is."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be published, and what is asked of it."""

    node: str
    product: str
    release: str
    manifest: str
    """SHA-256 of the manifest's bytes."""
    policy: str
    """`EffectivePolicy.digest`."""
    demand: ReviewDemand
    demo: bool = False
    """Whether the policy is one of demonstrations: it asks for no step at all."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A step of the chain, and why it does not count, where it does not."""

    link: Link
    step: Step
    broken: Text | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a review stands."""

    subject: Subject
    stage: Stage
    steps: tuple[Judged, ...]
    missing: Text | None
    """What has to happen next; None where nothing has."""
    round: Round | None = None
    """The submission that this is about, and the valid steps since."""
    validity: Validity = field(default=UNDATED)
    """Of the map approval."""

    @property
    def counting(self) -> tuple[Judged, ...]:
        """The valid steps from the submission on."""
        if self.round is None:
            return ()
        since = self.round.submitted.seq
        return tuple(each for each in self.steps if each.broken is None and each.step.seq >= since)


def state(links: Sequence[Link], subject: Subject, people: People, record: Record, now: float) -> Standing:
    """Return where a review stands.

    Args:
        links: The whole chain of the release's review.
        subject: What is to be published, and what the policy asks of it.
        people: Everybody who may sign at the node.
        record: What the audit trail has of the review, from its last submission on.
        now: Seconds since the epoch.

    Raises:
        LakeError: The chain was changed: a link is missing, or tells of another release.
    """
    judged: list[Judged] = []
    bench = _Bench(subject, people, record, now, _last_submission(links))
    current: Round | None = None
    end: Step | None = None
    for link in links:
        _refuse_foreign(link, judged[-1].link if judged else None, subject)
        step = read_step(link)
        by, broken = _judge(link, step, current, judged, bench)
        judged.append(Judged(link, step, broken))
        if step.kind in {"reject", "supersede"}:  # counts in any case: who took an approval back must be asked
            current, end = None, step
        elif step.kind == "submit":
            current, end = (Round(step, (by,)) if by and broken is None else None), None
        elif current is not None and by is not None and broken is None:
            current = current.after(step, by)
    return _standing(bench, tuple(judged), current, end)


def next_command(standing: Standing) -> str | None:
    """Return the command that comes next in a review; None where the release can be published."""
    subject = standing.subject
    where = f"--node {subject.node} --product {subject.product} --release {subject.release}"
    match standing.stage:
        case "draft" | "superseded":
            return f"tianlake review submit {where} --as AUTHOR"
        case "submitted":
            return f"tianlake review approve {where} --as REVIEWER"
        case "reviewed" | "expired":
            return f"tianlake review map-approve {where} --as PERSON --number 审图号 --approved DATE"
        case _:
            return None


@dataclass(frozen=True, slots=True)
class _Bench:
    subject: Subject
    people: People
    record: Record
    now: float
    since: int
    """Number of the last submission: what came before it is not asked for in the record."""


def _judge(
    link: Link, step: Step, current: Round | None, before: list[Judged], bench: _Bench
) -> tuple[Signature | None, Text | None]:
    """Return who signed a step, and why it does not count."""
    by = signature(step, _signers(link, step, bench.people), bench.people)
    if isinstance(by, Text):
        return None, by
    if step.at > instant(bench.now + SKEW_S):
        return by, Text(f"签署时间 {step.at} 在将来", f"it is dated {step.at}, which is in the future; set the clock")
    latest = max((each.step.at for each in before if each.broken is None), default="")
    if step.at < latest:
        return by, Text(
            f"签署时间早于前一步（{latest}）", f"it is dated before the step it follows, {latest}; set the clock"
        )
    taken_down = kept(step, by, bench.record.at(link.digest)) if step.seq >= bench.since else None
    return by, taken_down or wrong(step, by, current, bench.subject.demand)


def _last_submission(links: Iterable[Link]) -> int:
    return max((each.seq for each in links if each.header.get("kind") == "submit"), default=0)


def _signers(link: Link, step: Step, people: People) -> Iterator[Signature] | None:
    """Return the keys of the person a step names that fit its signature; None where there is no such person."""
    try:
        person = people.find(step.person)
    except LakeError:
        return None
    return (Signature(person, each.key) for each in person.keys if link.signed.is_by(each.key))


def _refuse_foreign(link: Link, before: Link | None, subject: Subject) -> None:
    own = (subject.node, subject.product, subject.release)
    told = tuple(link.header.get(name) for name in ("node", "product", "release"))
    if not link.is_after(before):
        raise fault(
            link.key, "previous", "does not follow the step before it: one was changed; restore it from a backup"
        )
    if told != own:
        raise fault(link.key, "release", f"tells of {'/'.join(map(str, told))}; restore the review of {'/'.join(own)}")


def _standing(bench: _Bench, judged: tuple[Judged, ...], current: Round | None, end: Step | None) -> Standing:
    subject, demand, now = bench.subject, bench.subject.demand, bench.now
    dates = validity(current.map, demand.approval_years, demand.filing_months) if current and current.map else UNDATED
    stage, missing = _stage(subject, current, end, expired=dates.expired(day_in_china(now)))
    gone = bench.record.gone(each.link.digest for each in judged)
    if (taken := next((each for each in gone if each.kind in RESTARTS), None)) is not None:
        stage, missing = "draft", _taken_away(taken)
    elif stage == "publishable" and (cut := next((each for each in gone if each.seq > len(judged)), None)) is not None:
        stage, missing = "reviewed", _taken_away(cut)
    return Standing(subject, stage, judged, missing, current, dates)


def _taken_away(act: Recorded) -> Text:
    what = f"{act.kind} {act.by} {act.at}"
    return Text(
        f"审计记录中的第 {act.seq} 步（{what}）不在审核步骤中：已被删除，或签署中断；请恢复，或重新提交",
        f"step {act.seq} ({what}) is on record and is not among the steps: it was deleted, or broke off; "
        "restore it, or submit the release again",
    )


def _stage(subject: Subject, current: Round | None, end: Step | None, *, expired: bool) -> tuple[Stage, Text | None]:
    """Return the stage, and the first thing that is missing."""
    demand = subject.demand
    if current is None:
        return _unsubmitted(subject, end)
    bound, level = current.submitted.bound, current.levels + 1
    again = Text("须重新提交", "it has to be submitted again")
    lacks: tuple[tuple[bool, Stage, Text], ...] = (
        (
            bound.manifest != subject.manifest,
            "draft",
            Text(f"提交后内容已改变，{again.zh}", f"its bytes changed since it was submitted; {again.en}"),
        ),
        (
            bound.policy != subject.policy,
            "draft",
            Text(f"提交后政策已改变，{again.zh}", f"the policy changed since it was submitted; {again.en}"),
        ),
        (
            level <= demand.levels,
            "submitted",
            Text(
                f"待第 {level} 级审核（共 {demand.levels} 级）",
                f"level {level} of {demand.levels} of the review is missing",
            ),
        ),
        (
            demand.map_approval and current.map is None,
            "reviewed",
            Text("待填审图号", "the map approval (审图号) is missing"),
        ),
        (
            expired,
            "expired",
            Text("审图号已过有效期，须填新的审图号", "the map approval is over; a new one has to be recorded"),
        ),
    )
    return next(((stage, text) for lacking, stage, text in lacks if lacking), ("publishable", None))


def _unsubmitted(subject: Subject, end: Step | None) -> tuple[Stage, Text | None]:
    if end is not None and end.kind == "supersede":
        later = end.successor or ""
        return "superseded", Text(f"已由 {later} 取代", f"it was given up for {later}; submit it again to take it up")
    if end is not None:
        return "draft", Text(f"已退回：{end.reason}", f"it was rejected: {end.reason}")
    if subject.demo:
        return "publishable", None
    return "draft", Text("尚未提交审核", "it is not submitted for review")
