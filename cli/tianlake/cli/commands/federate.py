"""`tianlake federate`: a node takes in what its children publish (articles 3 and 4 of the Measures)."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import click

from tianlake.build.job import Advance
from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.desk import open_desk
from tianlake.cli.foreign import federate_foreign, has_foreign
from tianlake.cli.output import emit, tell
from tianlake.cli.pins import look_up, tell_notices
from tianlake.cli.progress import steps
from tianlake.cli.registry import children, parent_of
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake import keys
from tianlake.lake.current import CurrentReleases, NodeObjects
from tianlake.lake.derived import refresh
from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import LakeError
from tianlake.lake.naming import nodes_above
from tianlake.lake.query import read_from, s3_secret
from tianlake.lake.store.remains import open_remains
from tianlake.lake.words import Text
from tianlake.stac.federation import Household, Limit, Outcome, Report, federate
from tianlake.stac.federation.area import PublishedAreas
from tianlake.stac.federation.compare import Failed, Taken
from tianlake.stac.federation.sources import Source, open_source
from tianlake.stac.foreign import Outcome as ForeignOutcome

HARVEST = Text("汇聚", "harvest")


@click.command(
    "federate",
    help=say(
        "汇聚下级节点的目录：逐级向上，验签、查辖区、比对后一次切换；提示上级文件有无更新；有下级未能汇聚时返回 1",
        "Take in the catalogs of the nodes below, level by level: verified, compared, then switched to at once; and "
        "tell what the parent hands down that is newer. Exits with 1 where a child could not be taken.",
    ),
)
@node_option
@click.option("--dry-run", is_flag=True, help=say("只比对，不写入", "Compare only; write nothing."))
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=Limit().child_s,
    show_default=True,
    help=say("每个下级节点的时限（秒）", "Seconds that one child may take."),
)
@as_json
@click.pass_context
def federate_nodes(context: click.Context, *, node: str | None, dry_run: bool, timeout: float, as_json: bool) -> None:
    """Harvest at the nodes asked for, the lowest first, so that what comes up goes all the way in one run."""
    session: Session = context.obj
    for code in session.codes(node):  # first, so that what goes up with this run tells of it
        if looked := look_up(session, code):
            tell_notices(looked)
            if looked.moved and not dry_run:
                refresh(open_desk(session, code))
    foreign = {
        code: federate_foreign(session, code, timeout, dry_run=dry_run)
        for code in session.codes(node)
        if has_foreign(session, code)
    }
    found = federate_all(session, node, limit=Limit(child_s=timeout), dry_run=dry_run)
    alone = sorted(foreign.keys() - {code for code, _report in found})
    if not dry_run:
        for code in alone:
            refresh(open_desk(session, code))
    if as_json:
        told = [_plain(code, report, dry_run=dry_run) for code, report in found]
        told += [{"node": code, "dry_run": dry_run, "moved": False, "children": []} for code in alone]
        emit([each | {"foreign": list(map(_foreign, foreign.get(each["node"], ())))} for each in told])
    failed = any(isinstance(outcome, Failed) for _code, report in found for outcome in report.outcomes)
    if failed or any(each.changes is None for outcomes in foreign.values() for each in outcomes):
        context.exit(1)


def _foreign(outcome: ForeignOutcome) -> dict[str, Any]:
    changes = outcome.changes
    return {
        "name": outcome.name,
        "outcome": "taken" if changes else "failed",
        "reason": outcome.reason,
        "added": list(changes.added) if changes else [],
        "updated": list(changes.updated) if changes else [],
        "deleted": list(changes.deleted) if changes else [],
        "unchanged": changes.unchanged if changes else None,
        "left_out": list(outcome.left_out),
    }


def federate_all(
    session: Session, node: str | None, *, limit: Limit, dry_run: bool = False
) -> list[tuple[str, Report]]:
    """Harvest at one node, or at every node of the workspace with children, and tell how it went.

    Raises:
        LakeError: The node asked for has no children.
    """
    root = session.workspace.root
    codes = [code for code in session.codes(node) if children(root, code)]
    if not codes and any(parent_of(root, code) or has_foreign(session, code) for code in session.codes(node)):
        return []
    if not codes:
        what = f"node {node}" if node else "this workspace"
        raise LakeError(f"federate: {what} has no registered children; register one with: tianlake node add")
    found = []
    for code in sorted(codes, key=lambda each: (-len(nodes_above(each, load_divisions())), each)):
        desk = None if dry_run else open_desk(session, code)
        house = replace(_house(session, code, limit), trail=desk.trail if desk else None)
        with steps(code)(HARVEST, len(house.children)) as advance:

            def told(outcome: Outcome, advance: Advance = advance) -> None:
                advance(1)
                _tell(outcome)

            report = federate(house, time.time(), limit=limit, dry_run=dry_run, told=told)
        if desk is not None:
            refresh(desk)
            _forget(session, code, report)
        found.append((code, report))
    return found


def _forget(session: Session, code: str, report: Report) -> None:
    """Delete what the store keeps of what was taken before, where it was just learned that something was withdrawn."""
    if any(each.purged is not None and each.purged == each.taken for each in report.harvest.children):
        settings = session.workspace.settings
        remains = open_remains(settings.lake.url, code, settings.aws, session.workspace.root)
        for prefix in (keys.FEDERATION, keys.CATALOG):
            remains.erase(prefix)


def _house(session: Session, code: str, limit: Limit) -> Household:
    workspace = session.workspace
    url, aws = workspace.settings.lake.url, workspace.settings.aws
    store, root = session.store(code), read_from(url, code, workspace.root)
    secret = s3_secret(aws) if root.startswith("s3://") else None
    area = PublishedAreas(CurrentReleases([NodeObjects(code, store, root)]), code, secret)

    def opener(place: str) -> Source:
        return open_source(place, workspace.root, aws, limit.document_s, workspace.ca_file)

    return Household(code, store, children(workspace.root, code), opener, area)


def _tell(outcome: Outcome) -> None:
    match outcome:
        case Taken(child, changes):
            tell(
                say(
                    f"{child.code}：新增 {len(changes.added)}，更新 {len(changes.updated)}，"
                    f"删除 {len(changes.deleted)}，未变 {changes.unchanged}",
                    f"{child.code}: {len(changes.added)} added, {len(changes.updated)} updated, "
                    f"{len(changes.deleted)} deleted, {changes.unchanged} unchanged",
                )
            )
        case Failed(code, _url, reason):
            tell(
                say(
                    f"{code}：未能汇聚，保留上次的内容：{reason}",
                    f"{code}: not taken, what was taken before stays: {reason}",
                )
            )
        case same:
            tell(say(f"{same.code}：没有变化", f"{same.code}: nothing changed"))


def _plain(code: str, report: Report, *, dry_run: bool) -> dict[str, Any]:
    rows = [_row(report, outcome) for outcome in report.outcomes]
    return {"node": code, "dry_run": dry_run, "moved": report.moved, "children": rows}


def _row(report: Report, outcome: Outcome) -> dict[str, Any]:
    code = outcome.child.code if isinstance(outcome, Taken) else outcome.code
    held = report.harvest.find(code)
    changes = outcome.changes if isinstance(outcome, Taken) else None
    listed = {"added": changes.added, "updated": changes.updated, "deleted": changes.deleted} if changes else {}
    return {
        "code": code,
        "outcome": "taken" if changes else "failed" if isinstance(outcome, Failed) else "same",
        "state": held.state if held else None,
        "stale_since": held.stale_since if held else None,
        "reason": outcome.reason if isinstance(outcome, Failed) else None,
        **{name: list(listed.get(name, ())) for name in ("added", "updated", "deleted")},
        "unchanged": changes.unchanged if changes else None,
    }
