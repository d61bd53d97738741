"""What a case needs of a workspace: its book and keys, what it removes, where that may lie."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tianlake.cli.session import Session
from tianlake.lake import keys
from tianlake.lake.cases.book import CaseBook
from tianlake.lake.cases.evidence import Evidence, evidence_of, unknown_parts
from tianlake.lake.cases.settings import CaseSettings
from tianlake.lake.cases.steps import Standing
from tianlake.lake.errors import LakeError
from tianlake.lake.exclusions import Target
from tianlake.lake.keyfiles import SIGNING, make_signing_key, signing_key
from tianlake.lake.records import dump_json, read_record
from tianlake.lake.releases import JSON
from tianlake.lake.sealed import letter_box
from tianlake.lake.store import Store
from tianlake.lake.store.remains import Remains, open_remains


def _shown(part: Target) -> str:
    """Return one thing that a target names as the command takes it."""
    told = [f"--id {each}" for each in part.ids] + [f"--where {column}={value}" for column, value in part.values]
    told += [f"--area {each}" for each in part.areas] + [f"--column {each}" for each in part.columns]
    return told[0] if told else "--whole"


@dataclass(frozen=True)
class Bench:
    """One node of a workspace, as its officers work on cases."""

    session: Session
    code: str

    @cached_property
    def store(self) -> Store:
        """The node's."""
        return self.session.store(self.code)

    @cached_property
    def remains(self) -> Remains:
        """What the node's store keeps of older objects."""
        workspace = self.session.workspace
        return open_remains(workspace.settings.lake.url, self.code, workspace.settings.aws, workspace.root)

    @cached_property
    def book(self) -> CaseBook:
        """The node's cases."""
        return CaseBook(self.store, self.session.workspace.people(self.code))

    @property
    def settings(self) -> CaseSettings:
        """Deadlines and places."""
        return self.session.workspace.settings.cases

    @property
    def key_name(self) -> str:
        """Of the private key that opens what is sealed, in `signing/`."""
        return f"{self.code}.cases"

    @property
    def secret(self) -> bytes:
        """That key; raises `LakeError` where it is not here."""
        found = signing_key(self.session.workspace.root, self.key_name)
        if found is None:
            rule = "missing: what citizens wrote and what cases remove cannot be read without it; restore it"
            raise LakeError(
                f"{SIGNING}/{self.key_name}.key: {rule}",
                zh=f"{SIGNING}/{self.key_name}.key：缺失：没有它就读不了公众的诉求和所删的内容；请从备份恢复",
            )
        return found

    def box(self) -> str:
        """Return the public key that parts of cases are sealed for; makes it before the first case."""
        root = self.session.workspace.root
        known = signing_key(root, self.key_name)
        if known is None and next(iter(self.store.list(keys.CASES)), None) is not None:
            known = self.secret  # refused: the key is lost, and another one would open nothing
        return letter_box(known or make_signing_key(root, self.key_name))

    def open_form(self) -> str:
        """Let the public form take in requests: put the node's box where servers find it; return the box."""
        box = self.box()
        self.store.put(keys.CASES_BOX, dump_json({"box": box}), media_type=JSON)
        return box

    def targets(self, case: Standing) -> list[Target]:
        """Return what a case removes; raises `LakeError` where nothing was granted or its record was erased."""
        told = self.book.told(case, "decide", self.secret)
        found = [read_record(Target, each, file=f"case {case.id}") for each in told.get("targets", [])]
        if not found:
            raise LakeError(
                f"case {case.id}: nothing that it removes is on record", zh=f"诉求 {case.id}：没有记载删除什么"
            )
        return found

    def evidence(self, case: Standing) -> Evidence | None:
        """Return what was kept of a removal before it began; None before that."""
        if "apply.begin" not in case.parts:
            return None
        raw = self.book.told(case, "apply.begin", self.secret)
        if not raw:
            raise LakeError(
                f"case {case.id}: what has to be looked for was erased with the record of the case",
                zh=f"诉求 {case.id}：查找依据已随诉求记录销毁",
            )
        return read_record(Evidence, raw["evidence"], file=f"case {case.id}")

    def refuse_unknown(self, case: str, target: Target) -> None:
        """Refuse a decision that names what no release has, before anybody signs it; raises `LakeError`."""
        with tempfile.TemporaryDirectory(prefix="tianlake-case-") as place:
            unknown = unknown_parts(self.store, target, Path(place))
        if not unknown:
            return
        told = ", ".join(dict.fromkeys(_shown(each) for each in unknown))
        raise LakeError(
            f"case {case}: decide: no release of {target.product} has {told}; nothing was signed: correct it",
            zh=f"诉求 {case}：决定：{target.product} 的任何版本都没有 {told}；尚未签名，请更正",
        )

    def gather(self, targets: Sequence[Target]) -> Evidence:
        """Return what tells what targets remove, from all releases that are there."""
        found = Evidence()
        with tempfile.TemporaryDirectory(prefix="tianlake-case-") as place:
            for target in targets:
                found = found + evidence_of(self.store, target, Path(place))
        return found
