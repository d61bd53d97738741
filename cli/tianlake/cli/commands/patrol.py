"""`tianlake patrol`: are the bytes of all releases those that were published? What is wrong is mended."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from tianlake.cli.backing import sources
from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.output import emit, size, tell
from tianlake.cli.progress import steps
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.patrol import WITHDRAWN, Budget, Damage, Patrol, Patroller
from tianlake.lake.words import Text

LOOKING = Text("巡检", "patrol")
WRONG = {
    "missing": Text("缺失", "is missing"),
    "changed": Text("内容已变", "is not what was published"),
    "unreadable": Text("清单无法读取", "is a manifest that cannot be read, and nobody signed for its hash"),
}


@click.command(
    help=say(
        "巡检：按清单逐字节核对各版本的全部文件，损坏或缺失的从副本或备份修复；可只做一部分，下次接着做。"
        "仍有损坏时以 1 退出",
        "Hold every file of every release to its manifest, byte by byte, and mend what is wrong from a copy or a "
        "backup. A run may do a part; the next one goes on. Exits with 1 where damage is left.",
    )
)
@node_option
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    show_default=True,
    help=say("本次核对全部字节的几分之几", "Which part of all bytes this run reads."),
)
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), help=say("本次至多用时", "The longest that this run takes.")
)
@as_json
@click.pass_context
def patrol(context: click.Context, *, node: str | None, share: float, minutes: float | None, as_json: bool) -> None:
    """Look through the nodes asked for."""
    session: Session = context.obj
    budget = Budget(share, minutes * 60 if minutes is not None else None)
    rows = []
    for code in session.codes(node):
        with steps(code)(LOOKING, None) as advance:
            found = Patroller(session.store(code), sources(session, code), done=advance).run(budget)
        _tell(code, found)
        rows.append(_row(code, found))
    if as_json:
        emit(rows)
    if any(row["left"] for row in rows):
        context.exit(1)


def _tell(code: str, found: Patrol) -> None:
    for each in found.damages:
        tell(f"{code}: {each.key}: {_said(each)}")
    more = say(f"，下次从 {found.until} 之后继续", f"; the next run goes on after {found.until}") if found.until else ""
    zh = (
        f"{code}：核对 {found.objects} 个文件（共 {found.whole} 个，{size(found.bytes)}），发现 {len(found.damages)} 处"
    )
    en = f"{code}: {found.objects} of {found.whole} files read, {size(found.bytes)}; {len(found.damages)} were wrong"
    left = len(found.left)
    tell(say(f"{zh}，仍有 {left} 处{more}", f"{en}, {left} are still{more}"))


def _said(each: Damage) -> str:
    word = WRONG[each.wrong]
    if each.mended == WITHDRAWN:
        return say(f"{word.zh}；该版本已撤下", f"{word.en}; its release was withdrawn meanwhile")
    if each.mended is not None:
        return say(f"{word.zh}；已从 {each.mended} 修复", f"{word.en}; mended from {each.mended}")
    tried = "; ".join(each.tried) or say("没有副本或备份", "there is no copy and no backup")
    zh = f"{word.zh}；未能修复（{tried}）：请恢复备份，或重新构建并发布：tianlake restore、tianlake build --force"
    en = (
        f"{word.en}; not mended ({tried}): restore it from elsewhere, or publish anew: tianlake restore, tianlake build"
    )
    return say(zh, en)


def _row(code: str, found: Patrol) -> dict[str, Any]:
    return {"node": code, **asdict(found), "left": [each.key for each in found.left]}
