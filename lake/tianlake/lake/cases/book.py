"""The cases of a node in its own bucket: chains of signed steps, and sealed parts that are erased in the end."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tianlake.lake import keys
from tianlake.lake.cases.steps import CASE_ID, MAGIC, Standing, Step, StepKind, advance, standing
from tianlake.lake.chain import Chain, Link
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError, StoreError, fault
from tianlake.lake.people import People, Signer
from tianlake.lake.records import read_record
from tianlake.lake.sealed import MEDIA_TYPE, seal, unseal
from tianlake.lake.store import ABSENT, Store
from tianlake.lake.store.remains import Remains

ATTEMPTS: Final = 50


@dataclass(frozen=True, slots=True)
class Act:
    """A step about to be taken."""

    kind: StepKind
    details: Mapping[str, Any]
    told: Mapping[str, Any] | None = None
    """What goes into its sealed part, as JSON; None where it has none."""


@dataclass(frozen=True, slots=True)
class CaseBook:
    """The cases of one node."""

    store: Store
    """The node's own."""
    people: People
    """Who may sign: steps by others count for nothing, and are refused."""
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""

    def ids(self) -> list[str]:
        """Return the ids of all cases that were opened, sorted."""
        parts = (info.key.removeprefix(keys.CASES).split("/") for info in self.store.list(keys.CASES))
        return sorted({part[0] for part in parts if len(part) > 1 and CASE_ID.fullmatch(part[0])})

    def find(self, case: str) -> Standing:
        """Return how a case stands.

        Raises:
            NotFoundError: There is no such case.
            LakeError: A step is damaged, out of order, or signed by nobody who may.
        """
        found = standing(self.steps(case), file=f"{keys.CASES}{case}/")
        if found is None:
            raise NotFoundError(
                f"case {case}: node {self.people.code} has no such case; see: tianlake case list",
                zh=f"诉求 {case}：节点 {self.people.code} 没有这件诉求；请查看：tianlake case list",
            )
        return found

    def all(self) -> tuple[list[Standing], dict[str, LakeError]]:
        """Return how every case stands, oldest first, and of those that cannot be read, by their id, why."""
        found: list[Standing] = []
        unread: dict[str, LakeError] = {}
        for each in self.ids():
            try:
                found.append(self.find(each))
            except StoreError:
                raise
            except LakeError as error:
                unread[each] = error
        return found, unread

    def steps(self, case: str) -> Iterator[Step]:
        """Yield the steps of a case, each found signed by an officer of the node."""
        before: Link | None = None
        for link in self._chain(case).links():
            step = _step(link)
            if not link.is_after(before):
                raise fault(link.key, "previous", "does not follow the step before it; restore it from a backup")
            if step.case != case or not self._is_signed(link, step):
                raise fault(link.key, "", f"is not signed by {step.by} as an officer of this node; restore it")
            before = link
            yield step

    def take(self, case: str, act: Act, signer: Signer, box: str | None = None) -> Standing:
        """Append a step; return how the case stands then.

        Args:
            case: Its id.
            act: The step.
            signer: The officer at the keyboard.
            box: Public key that its sealed part is sealed for, where it has one.

        Raises:
            LakeError: The step may not follow, or the signer is no officer.
            ConflictError: Others keep writing steps of this case.
        """
        sealed = self._seal(case, act, box)
        for _ in range(ATTEMPTS):
            end = self._chain(case).end()
            before = standing(self.steps(case), file=f"{keys.CASES}{case}/")
            now = datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            at = now if before is None else max(now, before.at)
            header: dict[str, Any] = {
                "node": self.people.code,
                "case": case,
                "at": at,
                "kind": act.kind,
                "by": signer.person,
            }
            header |= {"details": dict(act.details), "sealed": sealed, "layout": 1}
            place = {"seq": end.seq + 1 if end else 1, "previous": end.digest if end else "0" * 64}
            after = advance(before, read_record(Step, header | place, file=f"case {case}"))
            self._check_officer(signer, at)
            try:
                self._chain(case).append(end, header, signer.seed)
            except ConflictError:
                continue
            return after
        raise ConflictError(f"{keys.CASES}{case}/: others keep writing; try again")

    def told(self, case: Standing, kind: StepKind, secret: bytes) -> dict[str, Any]:
        """Return what the newest sealed part of a step says; an empty object where there is none, or it was erased.

        Raises:
            LakeError: It was sealed for another key, or changed.
        """
        digest = case.parts.get(kind)
        if digest is None:
            return {}
        key = keys.case_sealed(case.id, digest)
        try:
            letter = self.store.get(key)[1]
        except NotFoundError:
            return {}
        if hashlib.sha256(letter).hexdigest() != digest:
            raise fault(key, "", "is not what was signed; restore it from a backup")
        found: dict[str, Any] = json.loads(unseal(letter, secret, case.id, file=key))
        return found

    def keep(self, case: str, told: Mapping[str, Any], box: str) -> str:
        """Seal a part of a case and put it; return its SHA-256, which a step names."""
        letter = seal(json.dumps(told, ensure_ascii=False).encode(), box, case)
        digest = hashlib.sha256(letter).hexdigest()
        try:
            self.store.put(keys.case_sealed(case, digest), letter, media_type=MEDIA_TYPE, condition=ABSENT)
        except ConflictError:
            raise LakeError(f"case {case}: two sealed parts with one name") from None
        return digest

    def erase(self, case: str, remains: Remains) -> int:
        """Delete every sealed part of a case, what the form took in, and all older versions; return how many."""
        prefixes = (f"{keys.CASES}{case}/sealed/", keys.case_filed(case))
        gone = 0
        for prefix in prefixes:
            for info in list(self.store.list(prefix)):
                self.store.delete(info.key)
                gone += 1
            remains.erase(prefix)
        return gone

    def _seal(self, case: str, act: Act, box: str | None) -> str | None:
        if act.told is None:
            return None
        if box is None:
            raise LakeError(f"case {case}: nothing can be sealed without the node's box")
        return self.keep(case, act.told, box)

    def _check_officer(self, signer: Signer, at: str) -> None:
        person = self.people.find(signer.person)
        if "officer" not in person.roles:
            roles: Sequence[str] = person.roles
            raise LakeError(
                f"{signer.person}: cases are handled by an officer; this person is: {', '.join(roles)}",
                zh=f"{signer.person}：诉求由经办人（officer）处理；此人的职责是：{', '.join(roles)}",
            )
        if not any(each.holds(at) for each in person.keys):
            raise LakeError(
                f"{signer.person}: has no key that may sign at {at}", zh=f"{signer.person}：在 {at} 没有有效的密钥"
            )

    def _is_signed(self, link: Link, step: Step) -> bool:
        person = next((each for each in self.people.persons if each.id == step.by), None)
        return (
            person is not None
            and "officer" in person.roles
            and self.people.signed(link.signed, step.by, step.at)
            and step.node == self.people.code
        )

    def _chain(self, case: str) -> Chain:
        if not CASE_ID.fullmatch(case):
            raise LakeError(
                f"case {case!r}: an id is written c20261127-0123456789; see: tianlake case list",
                zh=f"诉求 {case!r}：编号写法如 c20261127-0123456789；请查看：tianlake case list",
            )
        return Chain(self.store, lambda seq: keys.case_step(case, seq), MAGIC)


def _step(link: Link) -> Step:
    return read_record(Step, dict(link.header), file=link.key)
