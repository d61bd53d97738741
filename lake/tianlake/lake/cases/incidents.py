"""Security incidents and risk reports (article 18): signed steps, deadlines, and a form to hand in."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from tianlake.lake import keys
from tianlake.lake.cases.settings import CaseSettings
from tianlake.lake.cases.steps import later
from tianlake.lake.chain import Chain, Link
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError, fault
from tianlake.lake.nodes import NodeCode
from tianlake.lake.people import People, Signer
from tianlake.lake.records import STRICT, read_record
from tianlake.lake.store import Store
from tianlake.lake.words import Instant, Sha256, Text

MAGIC: Final = b"tianlake-incident 1\n"
INCIDENT_ID: Final = re.compile(r"i\d{8}-[0-9a-f]{6}")
ATTEMPTS: Final = 50

Sort = Literal["incident", "risk"]
"""网络安全事件, 风险评估: article 18."""
StepKind = Literal["open", "update", "report", "close", "publish"]

SORTS: Final[dict[Sort, Text]] = {
    "incident": Text("网络安全事件", "security incident"),
    "risk": Text("风险评估报告", "risk assessment"),
}
KINDS: Final[dict[StepKind, Text]] = {
    "open": Text("发现", "found"),
    "update": Text("续报", "update"),
    "report": Text("报告主管部门", "reported to the authority"),
    "close": Text("办结", "closed"),
    "publish": Text("公布", "published"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the header of `private/incidents/<id>/<seq>.txt`."""

    seq: Annotated[int, Field(ge=1)]
    previous: Sha256
    node: NodeCode
    incident: Annotated[str, Field(pattern=f"^{INCIDENT_ID.pattern}$")]
    at: Instant
    kind: StepKind
    by: str
    details: Mapping[str, str] = field(default_factory=dict)
    """Of `open`: `sort`, `title`, `level`, `found`, `text`. Of others `text`, of `report` `authority` and `number`.

    Of `publish`, for the public: `zh` and `en`, and where they are told `product`, `began` and `ended`.
    """
    layout: Literal[1] = 1

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True)
class Incident:
    """How one stands after all its steps."""

    id: str
    sort: str
    title: str
    level: str
    found: str
    """When it was noticed: UTC, RFC 3339; from then on deadlines run."""
    reported: str | None
    closed: str | None
    steps: tuple[Step, ...]

    def due(self, settings: CaseSettings) -> str | None:
        """Return until when the next thing is to be done, or None where it is closed."""
        if self.closed is not None:
            return None
        hours, days = settings.incident_report_hours, settings.incident_close_days
        return later(self.found, days if self.reported else hours / 24)


def advance(before: Incident | None, step: Step) -> Incident:
    """Return how an incident stands after one more step; raises `LakeError` where it may not follow."""
    details = step.details
    if before is None:
        if step.kind != "open":
            raise LakeError(
                f"incident {step.incident}: does not exist; open it first: tianlake incident open",
                zh=f"事件 {step.incident}：不存在；请先登记：tianlake incident open",
            )
        named = (details["sort"], details["title"], details["level"], details["found"])
        return Incident(step.incident, *named, None, None, (step,))
    if step.kind == "publish":
        if before.sort != "incident":
            raise LakeError(
                f"incident {step.incident}: is a risk assessment, and these are not published",
                zh=f"事件 {step.incident}：是风险评估报告，不公布",
            )
        return replace(before, steps=(*before.steps, step))
    if step.kind == "open" or before.closed is not None:
        raise LakeError(f"incident {step.incident}: {step.kind}: it is {'closed' if before.closed else 'open already'}")
    if step.kind == "close" and before.sort == "incident" and before.reported is None:
        raise LakeError(
            f"incident {step.incident}: it was not reported yet: tianlake incident update --reported",
            zh=f"事件 {step.incident}：尚未报告：tianlake incident update --reported",
        )
    after = replace(before, steps=(*before.steps, step))
    if step.kind == "report":
        return replace(after, reported=before.reported or step.at)
    return replace(after, closed=step.at) if step.kind == "close" else after


@dataclass(frozen=True, slots=True)
class IncidentBook:
    """The incidents and risk reports of one node."""

    store: Store
    people: People
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""

    def ids(self) -> list[str]:
        """Return the ids of all of them, sorted."""
        parts = (info.key.removeprefix(keys.INCIDENTS).split("/") for info in self.store.list(keys.INCIDENTS))
        return sorted({part[0] for part in parts if len(part) > 1 and INCIDENT_ID.fullmatch(part[0])})

    def find(self, incident: str) -> Incident:
        """Return one; raises `NotFoundError`, or `LakeError` where a step is damaged or signed by nobody who may."""
        found = self._standing(incident)
        if found is None:
            raise NotFoundError(f"incident {incident}: node {self.people.code} has no such incident")
        return found

    def take(self, incident: str, kind: StepKind, details: Mapping[str, str], signer: Signer) -> Incident:
        """Append a step.

        Raises:
            LakeError: It may not follow, or the signer is no officer.
            ConflictError: Others keep writing.
        """
        if "officer" not in self.people.find(signer.person).roles:
            raise LakeError(
                f"{signer.person}: incidents are handled by an officer",
                zh=f"{signer.person}：事件由经办人（officer）处理",
            )
        chain = self._chain(incident)
        for _ in range(ATTEMPTS):
            end, before = chain.end(), self._standing(incident)
            now = datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            at = now if before is None else max(now, before.steps[-1].at)
            header: dict[str, Any] = {"node": self.people.code, "incident": incident, "at": at, "kind": kind}
            header |= {"by": signer.person, "details": dict(details), "layout": 1}
            place = {"seq": end.seq + 1 if end else 1, "previous": end.digest if end else "0" * 64}
            after = advance(before, read_record(Step, header | place, file=f"incident {incident}"))
            try:
                chain.append(end, header, signer.seed)
            except ConflictError:
                continue
            return after
        raise ConflictError(f"{keys.INCIDENTS}{incident}/: others keep writing; try again")

    def _standing(self, incident: str) -> Incident | None:
        found: Incident | None = None
        for step in self._steps(incident):
            found = advance(found, step)
        return found

    def _steps(self, incident: str) -> Iterator[Step]:
        before: Link | None = None
        for link in self._chain(incident).links():
            step = read_record(Step, dict(link.header), file=link.key)
            officer = any(each.id == step.by and "officer" in each.roles for each in self.people.persons)
            signed = officer and self.people.signed(link.signed, step.by, step.at)
            if not (signed and link.is_after(before) and step.incident == incident):
                raise fault(link.key, "", f"is not the step that {step.by} signed as an officer; restore it")
            before = link
            yield step

    def _chain(self, incident: str) -> Chain:
        if not INCIDENT_ID.fullmatch(incident):
            raise LakeError(
                f"incident {incident!r}: an id is written i20261127-0123ab; see: tianlake incident list",
                zh=f"事件 {incident!r}：编号写法如 i20261127-0123ab；请查看：tianlake incident list",
            )
        return Chain(self.store, lambda seq: keys.incident_step(incident, seq), MAGIC)
