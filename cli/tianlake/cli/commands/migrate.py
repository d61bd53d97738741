"""`tianlake migrate`: moves lakes of earlier versions forward to the layout of this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.desk import open_desk
from tianlake.cli.output import emit, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say, told
from tianlake.lake.keys import NODE
from tianlake.lake.migration import Left, Plan, plan_migration
from tianlake.lake.migration import migrate as move
from tianlake.lake.plain import LAYOUT


@click.command(
    help=say(
        f"把旧版本的湖迁移到布局版本 {LAYOUT}：先用 --dry-run 查看；可重复运行；中断后再次运行即可",
        f"Move lakes of earlier versions forward to layout {LAYOUT}: look with --dry-run first. May be repeated, and "
        "run again after an interruption. Exits with 1 where something is left to people.",
    )
)
@node_option
@click.option("--dry-run", is_flag=True, help=say("只列出将要做的改动", "Only tell what would be done."))
@as_json
@click.pass_context
def migrate(context: click.Context, *, node: str | None, dry_run: bool, as_json: bool) -> None:
    """Migrate the nodes asked for."""
    session: Session = context.obj
    rows, open_ends = [], False
    for code in session.codes(node):
        plan, left = _done(session, code, dry_run=dry_run)
        _tell(code, plan, left, dry_run=dry_run)
        rows.append(_row(code, plan, left))
        open_ends |= bool(left)
    if as_json:
        emit(rows)
    if open_ends:
        context.exit(1)


def _done(session: Session, code: str, *, dry_run: bool) -> tuple[Plan, tuple[Left, ...]]:
    if dry_run:
        return plan_migration(session.store(code), code), ()
    return move(open_desk(session, code))


def _tell(code: str, plan: Plan, left: Sequence[Left], *, dry_run: bool) -> None:
    if plan.found is None:
        tell(say(f"{code}：尚未发布任何内容", f"{code}: nothing is published yet"))
    elif not plan.changes:
        tell(say(f"{code}：布局已是版本 {LAYOUT}", f"{code}: the layout is {LAYOUT} already"))
    refused = {each.key for each in left}
    how = say("将：", "would do: ") if dry_run else say("已完成：", "done: ")
    for change in plan.changes:
        if change.key not in refused and not (left and change.key == NODE):
            tell(f"{code}: {how}{change.key}: {told(change.what)}")
    for each in left:
        tell(f"{code}: {say('有待人工处理：', 'left to you: ')}{each.key}: {say(each.why.zh, str(each.why))}")


def _row(code: str, plan: Plan, left: Sequence[Left]) -> dict[str, Any]:
    return {
        "node": code,
        "found": plan.found,
        "layout": LAYOUT,
        "changes": [{"key": each.key, "what": asdict(each.what)} for each in plan.changes],
        "left": [{"key": each.key, "why": str(each.why)} for each in left],
    }
