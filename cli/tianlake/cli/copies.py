"""Front-deployed copies as commands meet them: the node's side of them, and how a holder's place is opened."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import click

from tianlake.cli.desk import node_seed, open_desk
from tianlake.cli.output import tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError
from tianlake.lake.nodes import NodeCard
from tianlake.lake.people import Role, Signer
from tianlake.lake.replicas import (
    OFFLINE,
    Filing,
    Hand,
    Keeper,
    KnownCopy,
    Recalled,
    Register,
    Standing,
    open_recalls,
    today,
)
from tianlake.lake.store import S3Settings, Store, open_place
from tianlake.lake.store.remains import Remains, remains_at

at_option = click.option(
    "--at",
    type=click.Path(path_type=Path, file_okay=False),
    help=say("离线副本的介质现在所在的目录", "The folder in which the medium of an offline copy is now."),
)

OFFICER: Final[Role] = "officer"
"""Who answers for copies."""


def open_keeper(session: Session, code: str, signer: Signer | None = None) -> Keeper:
    """Return a node's side of its copies.

    Raises:
        LakeError: The node's key is not here, or the person at the keyboard is no officer of the node.
    """
    from tianlake.stac.mirror import MirrorDescriber  # noqa: PLC0415 - a short command starts fast

    def mirror(origin: NodeCard, filing: Filing) -> MirrorDescriber:
        return MirrorDescriber(origin, filing.holder)

    if signer is not None and OFFICER not in session.workspace.people(code).find(signer.person).roles:
        rule = f"copies are filed and ended by somebody with the role {OFFICER!r}"
        raise LakeError(
            f"nodes/{code}/people/{signer.person}.toml: roles: {rule}",
            zh=f"nodes/{code}/people/{signer.person}.toml：副本由经办人（officer）备案和终止",
        )
    seed = node_seed(session, code)
    if seed is None:
        raise LakeError(
            f"signing/{code}.key: missing: copies are signed with it; restore it from a backup",
            zh=f"signing/{code}.key：缺失：副本由它签名；请从备份恢复",
        )
    hand = Hand(signer.seed, signer.person) if signer else None
    register = Register(session.store(code), code, time.time)
    return Keeper(open_desk(session, code), register, seed, mirror, hand)


def opener(session: Session, at: Path | None = None) -> Callable[[Filing], Store | None]:
    """Return what opens holders' places; `at` is where the medium of an offline copy is now."""

    def opened(filing: Filing) -> Store | None:
        if at is not None:
            return open_place(f"file:{at.resolve()}", None, Path())
        if filing.place == OFFLINE:
            return None
        return open_place(filing.place, _settings(session, filing), session.workspace.root)

    return opened


def remains_opener(session: Session, at: Path | None = None) -> Callable[[Filing], Remains | None]:
    """Return what opens that which a holder's place keeps of older objects."""

    def opened(filing: Filing) -> Remains | None:
        if at is not None:
            return remains_at(f"file:{at.resolve()}", None, Path())
        if filing.place == OFFLINE:
            return None
        return remains_at(filing.place, _settings(session, filing), session.workspace.root)

    return opened


def _settings(session: Session, filing: Filing) -> S3Settings:
    settings = session.workspace.settings.aws or S3Settings()
    return settings if filing.endpoint is None else replace(settings, endpoint_url=filing.endpoint)


def known_copy(session: Session, standing: Standing, at: Path | None) -> KnownCopy:
    """Return a copy with its place opened."""
    filing = standing.filing
    return KnownCopy(standing, opener(session, at)(filing), remains_opener(session, at)(filing))


def require_place(copy: KnownCopy) -> Store:
    """Return the store that a copy lies in; raises `LakeError` where nobody said where its medium is."""
    if copy.store is None:
        raise LakeError(
            say(
                f"replica {copy.id}：离线副本，用 --at 指明介质所在的目录",
                f"replica {copy.id}: is offline; say in which folder its medium is: --at DIR",
            )
        )
    return copy.store


def find_copies(session: Session, node: str | None, ids: tuple[str, ...]) -> list[tuple[str, Standing]]:
    """Return the copies asked for, all where none is named, each with its node's code.

    Raises:
        LakeError: A named one was never filed, or at several nodes.
    """
    every = [(code, each) for code in session.codes(node) for each in Register(session.store(code), code).all()]
    if not ids:
        return every
    found = []
    for name in ids:
        named = [each for each in every if each[1].id == name]
        if len(named) > 1:
            codes = ", ".join(code for code, _standing in named)
            raise LakeError(
                f"replica {name}: was filed at {codes}; say which: --node CODE",
                zh=f"副本 {name}：在 {codes} 都有备案；请指明：--node 代码",
            )
        if not named:
            known = ", ".join(each.id for _code, each in every) or "none"
            raise LakeError(
                f"replica {name}: no such copy was filed; there are: {known}",
                zh=f"副本 {name}：没有备案；已备案：{known}",
            )
        found += named
    return found


def tell_recalled(done: Recalled) -> None:
    """Tell how a recall went."""
    names = ", ".join(done.releases)
    if done.reached:
        zh = f"{done.replica}：已收回 {names}，删除 {len(done.deleted)} 个文件并复查"
        en = f"{done.replica}: took back {names}: {len(done.deleted)} files deleted, and looked for again"
    else:
        again = f"tianlake replica push --recall {done.replica}"
        zh = f"{done.replica}：未能收回 {names}（{done.reason}），待办：{again}"
        en = f"{done.replica}: could not take back {names} ({done.reason}); it stays open: {again}"
    tell(say(zh, en))


def recalled_row(done: Recalled | None) -> dict[str, Any] | None:
    """Return how a recall went as programs read it."""
    if done is None:
        return None
    own = {"releases": list(done.releases), "reached": done.reached}
    return own | {"deleted": len(done.deleted), "reason": done.reason}


def plain(code: str, standing: Standing, lake: Store, now: float) -> dict[str, Any]:
    """Return how a copy stands as programs read it."""
    filing = standing.filing
    over = filing.is_over(today(now))
    return {
        "node": code,
        **asdict(filing),
        "state": "revoked" if standing.revoked else "expired" if over else "active",
        "filed": standing.filed,
        "pushed": standing.pushed,
        "verified": standing.verified,
        "sound": standing.sound,
        "revoked": standing.revoked,
        "held": sorted(standing.held),
        "recalls": open_recalls(lake, standing),
        "recall_asked": standing.asked,
    }
