"""`tianlake replica verify`: is a copy what its node signed, still, and is it what the node would send now."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.copies import at_option, find_copies, known_copy, open_keeper
from tianlake.cli.output import emit, size, tell
from tianlake.cli.progress import steps
from tianlake.cli.session import Session
from tianlake.cli.words import say, told
from tianlake.lake.errors import LakeError
from tianlake.lake.replicas import RULES, Drift, KnownCopy, Look, behind, look_through, note_look
from tianlake.lake.signed import public_key
from tianlake.lake.store import Store, open_place
from tianlake.lake.words import Text

READING = Text("核对", "verify")


@click.command(
    help=say(
        "逐字节核对副本：缺少、改动、多余、版本落后、应收回、到期；有发现时返回 1。"
        "持有单位无需工作区也可核对：--at 目录 --public-key 来源节点的公钥",
        "Read every byte of copies: what is missing, changed, extra, behind, to be taken back, expired. Exits with 1 "
        "where something is. A holder needs no workspace: --at DIR --public-key KEY of the node.",
    )
)
@click.argument("ids", metavar="[ID]...", nargs=-1)
@node_option
@at_option
@click.option("--public-key", "key", metavar="ed25519:…", help=say("来源节点的公钥", "The node's public key."))
@as_json
@click.pass_context
def verify(
    context: click.Context, *, ids: tuple[str, ...], node: str | None, at: Path | None, key: str | None, as_json: bool
) -> None:
    """Look through the copies asked for."""
    if key is not None:
        if at is None or ids:
            raise LakeError(
                "replica verify: --public-key goes with --at DIR alone, for a folder without a workspace",
                zh="核对：--public-key 只与 --at 目录 同用，用于没有工作区的目录",
            )
        rows = [_by_itself(at, key)]
    else:
        session: Session = context.obj
        if at is not None and len(ids) != 1:
            raise LakeError(
                "replica verify: --at is for one copy; name it, or give the node's --public-key",
                zh="核对：--at 只用于一个副本，请指明，或给出来源节点的 --public-key",
            )
        found = find_copies(session, node, ids)
        rows = [_one(session, code, known_copy(session, each, at)) for code, each in found if ids or not _is_done(each)]
    if as_json:
        emit(rows)
    if not all(row["sound"] for row in rows):
        context.exit(1)


def _is_done(standing: Any) -> bool:  # noqa: ANN401 - a Standing
    """Say whether a copy ended and nothing of it is left to take back."""
    return bool(standing.revoked) and not standing.held and not standing.pending


def _by_itself(at: Path, key: str) -> dict[str, Any]:
    """Look through a folder as its holder does, without a network."""
    look = _look(str(at), open_place(f"file:{at.resolve()}", None, Path()), key, None)
    name = look.claim.replica if look.claim else str(at)
    _tell(name, look, look.drifts)
    return _row(look.claim.node if look.claim else None, name, look, look.drifts)


def _one(session: Session, code: str, copy: KnownCopy) -> dict[str, Any]:
    keeper = open_keeper(session, code)
    drifts: list[Drift] = list(behind(keeper, copy.standing))
    look = None
    if copy.store is not None and copy.held:
        look = _look(copy.id, copy.store, public_key(keeper.seed), copy.standing.sums)
        known = {(each.rule, each.what) for each in drifts}
        drifts = [*(each for each in look.drifts if (each.rule, each.what) not in known), *drifts]
        note_look(keeper, copy.id, sound=not drifts, found=len(drifts))
    _tell(copy.id, look, drifts)
    return _row(code, copy.id, look, drifts)


def _look(title: str, holder: Store, key: str, sums: str | None) -> Look:
    with steps(title)(READING, None) as advance:
        return look_through(holder, key, time.time(), done=advance, sums=sums)


def _tell(name: str, look: Look | None, drifts: Iterable[Drift]) -> None:
    found = list(drifts)
    for each in found:
        tell(f"{name}: {each.what}: {told(RULES[each.rule])}")
    if look is None:
        away = ("未读取（离线，或尚无内容）", "not read: its medium is away, or it holds nothing yet")
        tell(f"{name}: {say(*away)}")
    elif not found:
        amount = size(look.size)
        tell(f"{name}: {say(f'{look.files} 个文件（{amount}）无差异', f'{look.files} files, {amount}: sound')}")


def _row(code: str | None, name: str, look: Look | None, drifts: Iterable[Drift]) -> dict[str, Any]:
    found = [asdict(each) for each in drifts]
    own = {"node": code, "id": name, "sound": not found, "read": look is not None}
    return own | {"files": look.files if look else 0, "bytes": look.size if look else 0, "drifts": found}
