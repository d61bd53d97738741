"""A case (诉求): its signed steps, and which may follow which. Pure; article 18 of the Measures.

received, reported to the authority, decided; if granted applied and proved; closed; erased when its time is over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field

from tianlake.lake.cases.settings import CaseSettings
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.nodes import NodeCode
from tianlake.lake.records import STRICT
from tianlake.lake.words import Instant, Sha256, Text

MAGIC: Final = b"tianlake-case 1\n"

CASE_ID: Final = re.compile(r"c\d{8}-[0-9a-f]{10}")

StepKind = Literal["open", "report", "decide", "apply.begin", "apply", "prove", "close", "erase"]
"""`apply.begin` keeps what has to be looked for before the first of it is deleted: by it, an apply that was killed is
finished."""

State = Literal["received", "reported", "granted", "refused", "applying", "applied", "proved", "closed", "erased"]

Ground = Literal["security", "privacy", "rights", "error", "other"]
"""Why somebody asks: article 18 names security and privacy, "and so on" (等)."""

Wish = Literal["remove", "correct"]
"""删除, 修改: article 18."""

STATES: Final[dict[State, Text]] = {
    "received": Text("已收到", "received"),
    "reported": Text("已报告主管部门", "reported to the authority"),
    "granted": Text("同意处理", "granted"),
    "refused": Text("不予处理", "refused"),
    "applying": Text("正在处理", "being removed"),
    "applied": Text("已处理，待核验", "removed, to be proved"),
    "proved": Text("已核验无残留", "proved: nothing is left"),
    "closed": Text("已办结", "closed"),
    "erased": Text("已办结，记录已销毁", "closed, its record erased"),
}

_AFTER: Final[dict[StepKind, frozenset[State]]] = {
    "report": frozenset({"received"}),
    "decide": frozenset({"reported", "granted", "applying"}),
    "apply.begin": frozenset({"granted", "applying", "applied", "proved"}),
    "apply": frozenset({"applying"}),
    "prove": frozenset({"applied", "proved"}),
    "close": frozenset({"refused", "proved"}),
    "erase": frozenset({"closed"}),
}
"""Step → states it may follow; `open` follows nothing. A grant that names the wrong thing is decided anew."""

_COMMAND: Final[dict[State, str]] = {
    "received": "report",
    "reported": "decide",
    "granted": "apply",
    "applying": "apply",
    "refused": "close",
    "applied": "prove",
    "proved": "close",
    "closed": "close --erase",
    "erased": "",
}
"""What comes next, as the command has it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the header of `private/cases/<id>/<seq>.txt`. Nothing in it tells what was removed, or who asked."""

    seq: Annotated[int, Field(ge=1)]
    previous: Sha256
    node: NodeCode
    case: Annotated[str, Field(pattern=f"^{CASE_ID.pattern}$")]
    at: Instant
    kind: StepKind
    by: str
    """Id of the officer who signed it."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Of `open`: `wish`, `ground`, `received`, `source`. Of `report`: `authority`, `number`. Of `decide`: `decision`,
    `basis`, `targets` (product and how it is told what goes), `anew` where it replaces a grant. Of `apply`: `releases`
    kept and removed. Of `prove`: `clean`, `found`, `objects`, `bytes`, `unread`, `listing`. Of `close`:
    `erase_after`."""
    sealed: Sha256 | None = None
    """Of the sealed part of the step, where it has one; that part is erased at the end."""
    layout: Literal[1] = 1

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands after all its steps."""

    id: str
    state: State
    received: str
    """UTC, RFC 3339; from then on deadlines run."""
    wish: Wish
    ground: Ground
    at: str
    """Of the last step."""
    since: str
    """When it came into this state."""
    sealed: tuple[str, ...] = ()
    """SHA-256 of its sealed parts, oldest first."""
    parts: Mapping[StepKind, str] = field(default_factory=dict)
    """Step → SHA-256 of its newest sealed part."""
    targets: tuple[Mapping[str, Any], ...] = ()
    erase_after: str | None = None
    begun: bool = False
    """Whether a removal was begun: some of it may be gone."""

    @property
    def open(self) -> bool:
        """Whether something is still to be done about it."""
        return self.state not in {"closed", "erased"}


def advance(before: Standing | None, step: Step) -> Standing:
    """Return how a case stands after one more step.

    Raises:
        LakeError: It may not follow; the message says what has to come first.
    """
    if step.kind == "open":
        if before is not None:
            raise LakeError(f"case {step.case}: is open already", zh=f"诉求 {step.case}：已受理")
        return _opened(step)
    if before is None:
        raise LakeError(
            f"case {step.case}: does not exist; open it first: tianlake case open",
            zh=f"诉求 {step.case}：不存在；请先受理：tianlake case open",
        )
    check_order(before, step.kind, step.details)
    state = _reached(step)
    sealed = (*before.sealed, step.sealed) if step.sealed else before.sealed
    parts = {**before.parts, step.kind: step.sealed} if step.sealed else dict(before.parts)
    begun = before.begun or step.kind == "apply.begin"
    after = replace(before, state=state, at=step.at, since=step.at, sealed=sealed, parts=parts, begun=begun)
    if step.kind == "decide":
        return replace(after, targets=tuple(step.details["targets"]))
    return replace(after, erase_after=str(step.details["erase_after"])) if step.kind == "close" else after


def check_order(before: Standing, kind: StepKind, details: Mapping[str, Any]) -> None:
    """Raise `LakeError` where a step may not follow; the message says what has to come first."""
    if before.state not in _AFTER[kind]:
        raise LakeError(
            f"case {before.id}: {kind}: {_refusal(before.state)}",
            zh=f"诉求 {before.id}：现为“{STATES[before.state].zh}”，此时不能 {kind}；请查看：tianlake case list",
        )
    if kind != "decide":
        return
    if before.state != "reported" and not details.get("anew"):
        rule = "to decide anew is said outright: tianlake case decide --anew"
        raise LakeError(
            f"case {before.id}: decide: the case is {STATES[before.state].en} already; {rule}",
            zh=f"诉求 {before.id}：决定：现为“{STATES[before.state].zh}”；重新决定须写明 --anew",
        )
    if before.begun and details["decision"] != "grant":
        rule = "part of it may be gone already, so it can be granted anew but not be refused"
        raise LakeError(
            f"case {before.id}: decide: {rule}",
            zh=f"诉求 {before.id}：决定：已开始删除，可以重新决定删除什么，但不能改为不予处理",
        )


def standing(steps: Iterable[Step], *, file: str) -> Standing | None:
    """Return how a case stands, or None where it has no step; raises `LakeError` where one may not follow."""
    found: Standing | None = None
    for step in steps:
        try:
            found = advance(found, step)
        except (KeyError, TypeError, ValueError):
            raise fault(file, f"{step.seq}.details", f"lacks what a step {step.kind!r} says") from None
    return found


def due(case: Standing, settings: CaseSettings) -> str | None:
    """Return until when the next step is to be taken (UTC, RFC 3339), or None where nothing is to be done any more."""
    if case.state in {"closed", "erased"}:
        return case.erase_after if case.state == "closed" else None
    begins, days = {
        "received": (case.received, settings.report_days),
        "reported": (case.received, settings.decide_days),
        "granted": (case.since, settings.apply_days),
        "applying": (case.since, settings.apply_days),
        "applied": (case.since, settings.prove_days),
        "refused": (case.since, settings.close_days),
        "proved": (case.since, settings.close_days),
    }[case.state]
    return later(begins, days)


def next_command(case: Standing) -> str:
    """Return the verb of `tianlake case` that comes next; empty where none does."""
    return _COMMAND[case.state]


def later(instant: str, days: float) -> str:
    """Return an instant some days later."""
    return (datetime.fromisoformat(instant) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _opened(step: Step) -> Standing:
    details = step.details
    wish, ground = details["wish"], details["ground"]
    if wish not in get_args(Wish) or ground not in get_args(Ground):
        msg = "another wish or ground"
        raise ValueError(msg)
    sealed = (step.sealed,) if step.sealed else ()
    parts: dict[StepKind, str] = {"open": step.sealed} if step.sealed else {}
    received = str(details["received"])
    return Standing(step.case, "received", received, wish, ground, step.at, step.at, sealed, parts)


def _reached(step: Step) -> State:
    if step.kind == "decide":
        return "granted" if step.details["decision"] == "grant" else "refused"
    if step.kind == "prove":
        return "proved" if step.details["clean"] is True else "applied"
    reached: dict[StepKind, State] = {"report": "reported", "apply.begin": "applying", "apply": "applied"}
    return (reached | {"close": "closed", "erase": "erased"})[step.kind]


def _refusal(state: State) -> str:
    told = f"the case is {STATES[state].en}"
    return f"{told}; next comes: tianlake case {_COMMAND[state]}" if _COMMAND[state] else told
