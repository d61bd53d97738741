"""`tianlake replica`: front-deployed copies (前置副本), filed and taken care of (article 16)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.commands.replica_file import file_one, revoke_one
from tianlake.cli.commands.replica_verify import verify
from tianlake.cli.copies import (
    at_option,
    find_copies,
    known_copy,
    open_keeper,
    plain,
    recalled_row,
    require_place,
    tell_recalled,
)
from tianlake.cli.output import emit, size, table, tell
from tianlake.cli.progress import steps
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError
from tianlake.lake.replicas import Keeper, KnownCopy, Recalled, open_recalls, push, take_back, today
from tianlake.lake.words import Text

SENDING = Text("推送", "push")


@click.group(
    help=say(
        "前置副本：备案、推送、核对、收回、终止",
        "Front-deployed copies: file them, send them, look through them, take them back.",
    )
)
def replica() -> None:
    """Group the commands of copies."""


replica.add_command(file_one)
replica.add_command(verify)
replica.add_command(revoke_one)


@replica.command(
    "push",
    help=say(
        "推送到持有单位：只传有差异的文件，先收回应收回的版本；中断后再次运行即续传",
        "Bring copies up to date: what is to be taken back goes first, then only what differs is sent. "
        "Run again to go on where it broke off. Exits with 1 where a recall stays open.",
    ),
)
@click.argument("ids", metavar="[ID]...", nargs=-1)
@node_option
@at_option
@click.option("--recall", "only_recall", is_flag=True, help=say("只收回，不推送", "Take back only; send nothing."))
@as_json
@click.pass_context
def push_all(
    context: click.Context,
    *,
    ids: tuple[str, ...],
    node: str | None,
    at: Path | None,
    only_recall: bool,
    as_json: bool,
) -> None:
    """Push the copies asked for; without names, all that can be reached and have not ended."""
    session: Session = context.obj
    if at is not None and len(ids) != 1:
        raise LakeError("replica push: --at is for one copy; name it", zh="推送：--at 只用于一个副本，请指明是哪一个")
    done, still_open = [], False
    for code, standing in find_copies(session, node, ids):
        keeper = open_keeper(session, code)
        copy = known_copy(session, standing, at)
        recalled = _take_back(keeper, copy, say("应收回", "due"))
        still_open |= recalled is not None and not recalled.reached
        row: dict[str, Any] = {"node": code, "id": standing.id, "recalled": recalled_row(recalled), "sent": None}
        if not only_recall and (ids or _is_due(keeper, copy)):
            row["sent"] = _push_one(session, keeper, standing.id, at)
        done.append(row)
    if as_json:
        emit(done)
    if still_open:
        context.exit(1)


def _is_due(keeper: Keeper, copy: KnownCopy) -> bool:
    """Say whether a copy that nobody named is to be pushed: it can be reached, and its filing holds."""
    over = copy.standing.filing.is_over(today(keeper.register.clock()))
    if over and not copy.standing.revoked:
        until = copy.standing.filing.expires
        tell(say(f"{copy.id}：备案已于 {until} 到期，未推送", f"{copy.id}: its filing ended on {until}; not sent"))
    return copy.store is not None and not over and not copy.standing.revoked


def _push_one(session: Session, keeper: Keeper, replica_id: str, at: Path | None) -> dict[str, Any]:
    copy = known_copy(session, keeper.register.find(replica_id), at)
    holder = require_place(copy)
    sent = push(keeper, replica_id, holder, progress=lambda total: steps(replica_id)(SENDING, total))
    held = ", ".join(found := sorted(keeper.register.find(replica_id).held))
    tell(
        say(
            f"{replica_id}：已推送 {sent.files} 个文件（{size(sent.size)}），已有 {sent.kept} 个，"
            f"删除 {len(sent.deleted)} 个；现有 {held}",
            f"{replica_id}: {sent.files} files sent ({size(sent.size)}), {sent.kept} there already, "
            f"{len(sent.deleted)} deleted; holds {held}",
        )
    )
    counts = {"files": sent.files, "bytes": sent.size, "kept": sent.kept, "deleted": len(sent.deleted)}
    return counts | {"releases": found}


def _take_back(keeper: Keeper, copy: KnownCopy, reason: str) -> Recalled | None:
    """Take back what is due at a copy and tell of it; None where nothing is."""
    due = open_recalls(keeper.desk.store, copy.standing)
    if not due:
        return None
    done = take_back(keeper, copy, due, reason)
    tell_recalled(done)
    return done


@replica.command(
    "list", help=say("列出副本：状态、到期日、未完成的收回", "List copies: state, last day, open recalls.")
)
@node_option
@as_json
@click.pass_obj
def list_all(session: Session, *, node: str | None, as_json: bool) -> None:
    """List every copy that was ever filed."""
    rows = [plain(code, each, session.store(code), time.time()) for code, each in find_copies(session, node, ())]
    if as_json:
        emit(rows)
        return
    header = say(
        "节点 副本 持有单位 备案号 状态 到期 推送于 核对于 内容 待收回",
        "node copy holder number state expires pushed verified holds to-be-taken-back",
    ).split()
    words = {"active": say("有效", "active"), "expired": say("已到期", "expired"), "revoked": say("已终止", "revoked")}
    table((_cells(row, words[row["state"]]) for row in rows), header)


def _cells(row: dict[str, Any], state: str) -> tuple[object, ...]:
    own = (row["node"], row["id"], row["holder"], row["number"], state, row["expires"], row["pushed"])
    seen = row["verified"]
    if seen and not row["sound"]:
        seen = say(f"{seen}（有差异）", f"{seen} (differs)")
    return (*own, seen, ", ".join(row["held"]), ", ".join(row["recalls"]))
