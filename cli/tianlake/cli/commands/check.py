"""`tianlake check`: what quality reports of waiting candidates say, and what the policy finds in their bytes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tianlake.build.candidates import CandidateFolder, latest_candidate
from tianlake.build.quality.document import PAGE, Document, read_document
from tianlake.build.quality.words import order
from tianlake.cli.checking import run_checks
from tianlake.cli.commands._options import as_json, node_option, product_option
from tianlake.cli.findings import finding_line
from tianlake.cli.output import emit, tell
from tianlake.cli.policy_words import policy_line
from tianlake.cli.reviewing import map_warnings
from tianlake.cli.session import Session
from tianlake.cli.words import say, told
from tianlake.lake.errors import LakeError
from tianlake.lake.words import Text, collection_id

if TYPE_CHECKING:
    from tianlake.build.policy import Report


@dataclass(frozen=True, slots=True)
class _Checked:
    """A candidate, and what is said of it."""

    folder: Path
    quality: Document
    policy: Report
    warnings: tuple[Text, ...]
    """Of the map approval of the release that is out: dates that come, or are past."""

    @property
    def found_something(self) -> bool:
        """Whether features were lost, or the policy refuses it."""
        return self.quality.verdict == "dropped" or self.policy.refused


@click.command(
    help=say(
        "检查待发布的候选版本：质量发现，以及政策检查的发现；有内容被丢弃或政策拒绝发布则以 1 退出",
        "Check candidates: the findings of their quality reports, and what the policy finds in their bytes. "
        "Exits with 1 where something was dropped or the policy refuses it.",
    )
)
@node_option
@product_option
@as_json
@click.pass_obj
@click.pass_context
def check(context: click.Context, session: Session, *, node: str | None, product: str | None, as_json: bool) -> None:
    """Check the candidates of the products asked for."""
    waiting = [_candidate(session, code, recipe.card.id) for code, recipe in session.products(node, product)]
    found = []
    for folder, document in waiting:
        own = folder.candidate
        warnings = map_warnings(session, own.node, own.card.id)
        checked = _Checked(folder.path, document, _policy(session, folder), warnings)
        found.append(checked)
        if not as_json:
            _tell(checked)
    if as_json:
        emit([_plain(each) for each in found])
    if any(each.found_something for each in found):
        context.exit(1)


def _plain(checked: _Checked) -> dict[str, Any]:
    told_ahead = [each.en for each in checked.warnings]
    return asdict(checked.quality) | {"policy": asdict(checked.policy), "map_approval": told_ahead}


def _policy(session: Session, folder: CandidateFolder) -> Report:
    """Return what the policy of its node finds in a candidate."""
    candidate = folder.candidate
    return run_checks(session, candidate, folder.path, session.policy(candidate.node))


def _candidate(session: Session, code: str, product: str) -> tuple[CandidateFolder, Document]:
    """Return the folder and the quality report of a candidate.

    Raises:
        LakeError: Nothing was built, or by a version that wrote no such report.
    """
    folder = latest_candidate(session.workspace.state, code, product)
    document = read_document(folder.path) if folder else None
    if folder is None or document is None:
        title = collection_id(code, product)
        raise LakeError(f"{title}: nothing was built yet; run: tianlake build --node {code} --product {product}")
    return folder, document


def _tell(found: _Checked) -> None:
    title = collection_id(found.quality.node, found.quality.product)
    click.echo(f"{title}: {told(found.quality.summary)}")
    for finding in order(found.quality.findings):
        click.echo(f"  {finding_line(finding)}")
    click.echo(f"  {_verdict(found.policy)}")
    for each in found.policy.findings:
        click.echo(f"    {policy_line(each)}")
    for warning in found.warnings:
        click.echo(f"  {told(warning)}")
    for line in found.policy.read:
        tell(say(f"{title}：抽样检查 {line}", f"{title}: looked at {line}"))
    tell(f"{title}: {found.folder / PAGE}")


def _verdict(report: Report) -> str:
    """Say in one line how many findings of each kind there are."""
    count = {kind: sum(each.severity == kind for each in report.findings) for kind in ("refuse", "review", "warn")}
    if not report.findings:
        return say(f"政策 {report.policy}：未发现问题", f"policy {report.policy}: nothing found")
    return say(
        f"政策 {report.policy}：拒绝发布 {count['refuse']}，须审核 {count['review']}，提示 {count['warn']}",
        f"policy {report.policy}: {count['refuse']} refused, {count['review']} to review, {count['warn']} noted",
    )
