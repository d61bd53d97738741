"""`tianlake node pins`: what the parent hands down, what a node uses of it, and what would change."""

from __future__ import annotations

from typing import Any

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.desk import open_desk
from tianlake.cli.output import emit, table
from tianlake.cli.pins import Looked, look_up, take, tell_notices
from tianlake.cli.registry import PARENT, parent_of
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.derived import refresh
from tianlake.lake.errors import LakeError


@click.command(
    help=say(
        "上级提供的底图、区划名录、条款、限额和政策文件：本节点按哈希锁定了哪些，有无更新；--update 采用更新。"
        "有可采用的更新或被拒绝的文件时返回 1，上级不可达时返回 3",
        "What the parent hands down (base map, divisions, terms, limits, policies): what is pinned here by its hash, "
        "and what is newer; --update takes it. Exits with 1 where something is newer, not taken or refused, with 3 "
        "where the parent does not answer.",
    )
)
@click.argument("names", nargs=-1, metavar="[NAME]…")
@node_option
@click.option("--update", is_flag=True, help=say("采用（可指明名称）", "Take what is newer, or the NAMEs alone."))
@as_json
@click.pass_context
def pins(context: click.Context, *, names: tuple[str, ...], node: str | None, update: bool, as_json: bool) -> None:
    """Show, and with --update take, what the nodes asked for are handed down."""
    session: Session = context.obj
    if names and not update:
        raise LakeError("node pins: names are for --update; without it all are shown")
    codes = [code for code in session.codes(node) if parent_of(session.workspace.root, code) is not None]
    if not codes:
        rule = "register the parent: tianlake node add URL --key ITS-PUBLIC-KEY"
        raise LakeError(f"node pins: no node here has a nodes/<code>/{PARENT}; {rule}")
    found = [_looked(session, code, names, update=update) for code in codes]
    if as_json:
        emit([_plain(each) for each in found])
    else:
        rows = [row for each in found for row in _rows(each)]
        header = say(
            "节点 名称 类型 版本 采用时间 状态 上级版本 变化", "node name kind version taken state offered changes"
        )
        table(rows, header.split())
        for each in found:
            if each.unreachable or each.refused:
                tell_notices(each)
    if any(each.unreachable for each in found):
        context.exit(3)
    if any(not each.is_current for each in found):
        context.exit(1)


def _looked(session: Session, code: str, names: tuple[str, ...], *, update: bool) -> Looked:
    found = take(session, code, names) if update else look_up(session, code)
    assert found is not None  # noqa: S101 - the caller has looked for the parent
    if update:
        refresh(open_desk(session, code))
    return found


def _rows(looked: Looked) -> list[tuple[str | None, ...]]:
    notices = {each.name: each for each in looked.pins.notices}
    rows: list[tuple[str | None, ...]] = []
    for pin in looked.pins.pins:
        of, notice = pin.document, notices.pop(pin.document.name, None)
        state, version = (_state(notice.change), notice.version) if notice else (_state("current"), None)
        changes = looked.differences.get(of.name)
        rows.append((looked.code, of.name, of.kind, of.version, pin.taken, state, version, changes))
    rows += [
        (looked.code, name, None, None, None, _state(each.change), each.version, None) for name, each in notices.items()
    ]
    return rows


def _state(change: str) -> str:
    words = {
        "current": say("最新", "current"),
        "new": say("未采用", "not-taken"),
        "newer": say("有更新", "newer"),
        "changed": say("拒绝（版本未变而内容已变）", "refused-changed-without-notice"),
        "gone": say("不再提供", "gone"),
    }
    return words[change]


def _plain(looked: Looked) -> dict[str, Any]:
    notices = {each.name: each for each in looked.pins.notices}
    known = {each.document.name: each for each in looked.pins.pins}
    documents = []
    for name in sorted({*notices, *known}):
        pin, notice = known.get(name), notices.get(name)
        documents.append(
            {
                "name": name,
                "kind": pin.document.kind if pin else None,
                "version": pin.document.version if pin else None,
                "sha256": pin.document.sha256 if pin else None,
                "taken": pin.taken if pin else None,
                "source": pin.source if pin else None,
                "state": notice.change if notice else "current",
                "offered": notice.version if notice else None,
                "since": notice.since if notice else None,
                "changes": looked.differences.get(name),
            }
        )
    return {
        "node": looked.code,
        "parent": looked.pins.parent,
        "unreachable": looked.unreachable,
        "refused": looked.refused,
        "documents": documents,
    }
