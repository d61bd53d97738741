"""Which step may follow which: the rules of a review, each with what a person is told where it is broken. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tianlake.lake.errors import LakeError
from tianlake.lake.people import People, Person, Role
from tianlake.lake.policy import ReviewDemand
from tianlake.lake.reviews.numbers import MapNumber, read_numbers
from tianlake.lake.reviews.steps import MapApproval, Step, StepKind
from tianlake.lake.reviews.validity import CHINA
from tianlake.lake.words import Text

ROLES: Final[dict[StepKind, tuple[Role, ...]]] = {
    "submit": ("author",),
    "review": ("reviewer",),
    "map": ("map",),
    "reject": ("reviewer", "map", "publisher"),
    "supersede": ("author",),
}
"""Who may sign which step."""

AUTHORITIES: Final = {
    "national": Text("国务院自然资源主管部门", "the national authority"),
    "provincial": Text("省级自然资源主管部门", "the provincial authority"),
    "municipal": Text("设区的市级自然资源主管部门", "the city's authority"),
}


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a step, and with which key."""

    person: Person
    key: str


@dataclass(frozen=True, slots=True)
class Round:
    """A submission that was neither rejected nor given up, and the valid steps since."""

    submitted: Step
    signed: tuple[Signature, ...]
    """The author's signature, then the reviewers'."""
    levels: int = 0
    """Levels of review that are signed."""
    map: MapApproval | None = None

    def after(self, step: Step, by: Signature) -> Round:
        """Return the round with another valid step."""
        if step.kind == "review":
            return replace(self, levels=self.levels + 1, signed=(*self.signed, by))
        return replace(self, map=step.map)


def wrong(step: Step, by: Signature, current: Round | None, demand: ReviewDemand) -> Text | None:
    """Return the first rule that a step breaks, or None: its signature and time are known to be good."""
    return next(_broken(step, by, current, demand), None)


def signature(step: Step, signed_by: Iterator[Signature] | None, people: People) -> Signature | Text:
    """Return who signed a step, or what is wrong with its signature.

    Args:
        step: The step.
        signed_by: Keys of anybody that fit the signature; None where nobody has the id that the step names.
        people: Everybody who may sign.
    """
    if signed_by is None:
        who = step.person
        return Text(f"节点 {people.code} 没有人员 {who}", f"node {people.code} knows nobody called {who}")
    by = next(signed_by, None)
    if by is None:
        return Text(f"签名不是 {step.person} 的任何密钥所签", f"the signature is by none of the keys of {step.person}")
    if not any(each.key == by.key and each.holds(step.at) for each in by.person.keys):
        return Text(
            f"{step.person} 的密钥在 {step.at} 无效（已撤销或尚未启用）",
            f"the key of {step.person} did not hold at {step.at}: it was revoked, or came later",
        )
    return by


def kept(step: Step, by: Signature, at: str | None) -> Text | None:
    """Return what is wrong with how a step is on record, or None.

    Args:
        step: The step.
        by: Who signed it.
        at: When the audit trail took it down; None where that does not have it.
    """
    if at is None:
        return Text("审计记录中没有这一步", "the audit trail does not have it")
    if not any(each.key == by.key and each.holds(at) for each in by.person.keys):
        return Text(
            f"{at} 才记入审计记录，其时 {step.person} 的密钥已撤销：日期可能倒填",
            f"it is on record since {at}, when the key of {step.person} was revoked: it may be dated back",
        )
    return None


def _broken(step: Step, by: Signature, current: Round | None, demand: ReviewDemand) -> Iterator[Text]:
    roles = ROLES[step.kind]
    if not set(roles) & set(by.person.roles):
        yield Text(
            f"{step.person} 的职责不含 {' 或 '.join(roles)}",
            f"{step.person} does not have the role {' or '.join(roles)}",
        )
    if step.organisation != by.person.organisation:
        own = by.person.organisation
        yield Text(f"{step.person} 属于 {own}", f"{step.person} answers for {own}, not for {step.organisation}")
    if step.kind in {"reject", "supersede"} and not step.reason.strip():
        yield Text("须说明原因", "it goes on record with a reason; give one")
    if step.kind in {"submit", "supersede"}:
        return
    if current is None:
        yield Text("尚未提交审核", "it is not submitted, so there is nothing to sign")
        return
    if step.bound != current.submitted.bound:
        yield Text(
            "签的不是所提交的内容", "it is bound to other bytes, another policy or other findings than the submission"
        )
    if step.kind == "review":
        yield from _not_this_reviewer(step, by, current, demand)
    if step.kind == "map":
        yield from _not_this_map(step, current, demand)


def _not_this_reviewer(step: Step, by: Signature, current: Round, demand: ReviewDemand) -> Iterator[Text]:
    author, *reviewers = current.signed
    if by.person.id == author.person.id or by.key == author.key:
        yield Text(
            f"提交人 {author.person.id} 不得审核自己的提交",
            f"four eyes: {author.person.id} submitted it and cannot review it",
        )
    if any(by.person.id == each.person.id or by.key == each.key for each in reviewers):
        yield Text(
            f"{step.person} 已审过一级，一人只审一级",
            f"{step.person} signed another level already; one person signs one",
        )
    if current.levels >= demand.levels:
        yield Text(f"{demand.levels} 级审核均已完成", f"all {demand.levels} levels of review are signed already")
    if step.level != current.levels + 1:
        yield Text(f"下一级是第 {current.levels + 1} 级", f"the next level is {current.levels + 1}, not {step.level}")
    if step.checked is None:
        yield Text("审核人未自行运行检查", "its reviewer ran no checks of the bytes")
    if step.level > by.person.level:
        yield Text(
            f"{step.person} 只能审到第 {by.person.level} 级", f"{step.person} may review up to level {by.person.level}"
        )


def _not_this_map(step: Step, current: Round, demand: ReviewDemand) -> Iterator[Text]:
    if current.levels < demand.levels:
        yield Text("须先完成各级审核", f"level {current.levels + 1} of the review comes first")
    approval = step.map or MapApproval()
    signed = datetime.fromisoformat(step.at).astimezone(CHINA).date()
    if approval.exemption is not None and not step.reason.strip():
        yield Text("免审须说明理由", "an exemption goes on record with its reason; give one")
    if not approval.numbers and approval.exemption in {None, "unmodified"}:
        yield Text("须填写审图号", "a map-approval number (审图号) is needed")
        return
    try:
        numbers = read_numbers("/".join(approval.numbers), signed.year) if approval.numbers else ()
    except LakeError as error:
        yield Text(str(error), str(error))
        return
    if approval.exemption is not None:
        return
    yield from _not_this_authority(numbers, step.node, demand)
    if approval.approved is None:
        yield Text("须填写批准日期", "the day of the approval is needed")
        return
    if any(day > signed for day in (approval.approved, approval.filed) if day):
        yield Text("批准或备案日期在将来", "the day of the approval or filing is in the future")
    if approval.approved.year < max(each.year for each in numbers):
        yield Text("批准日期早于审图号的年份", "the day of the approval is before the number's year")


def _not_this_authority(numbers: tuple[MapNumber, ...], node: str, demand: ReviewDemand) -> Iterator[Text]:
    """Say why no number is of an authority for such a map of this place (地图管理条例, articles 17 and 18)."""
    fitting = [each for each in numbers if each.authority in demand.authorities]
    if not fitting:
        needed = [AUTHORITIES[each] for each in demand.authorities]
        yield Text(
            f"此图应由{' 或 '.join(each.zh for each in needed)}审核",
            f"this map is for {' or '.join(each.en for each in needed)}",
        )
    elif not any(each.covers(node) for each in fitting):
        shown = "/".join(each.text for each in fitting)
        yield Text(
            f"{shown} 是别处主管部门的审图号，不能用于节点 {node} 的地图",
            f"{shown} is a number of another place's authority, which reviews no map of node {node}",
        )
