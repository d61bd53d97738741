"""`tianlake keys sync` and `issuer`: keys of the issuing node, handed down the tree."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import click

from tianlake.cli.bureau import clock, open_service
from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.desk import open_trail
from tianlake.cli.output import emit, tell
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.functions.accounts.conditions import rfc3339
from tianlake.functions.accounts.snapshot import SECRET, Snapshot, public_key, read_snapshot, write_snapshot
from tianlake.functions.accounts.snapshot_fetch import fetch_snapshot
from tianlake.functions.accounts.snapshot_keys import install
from tianlake.lake import keys
from tianlake.lake.errors import LakeError, NotFoundError, StoreError
from tianlake.lake.handed import ISSUER
from tianlake.lake.pinned import nearest_body
from tianlake.lake.trail import Act

TOKEN: Final = "TIANLAKE_NODE_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable with the management token of this node's account at the issuer."""


@click.command(
    help=say(
        "取密钥快照并验签，装入节点的存储；撤销的密钥在下级节点的失效时间即两次同步的间隔",
        "Take the snapshot of keys, verify it, put it into a node's bucket. Revocations arrive with the next sync.",
    )
)
@node_option
@click.option(
    "--from",
    "source",
    metavar="URL|FILE",
    help=say(
        "快照的来源；缺省为 accounts.issuer 的 /accounts/snapshot，或本工作区自己的用户库",
        "Where it is; /accounts/snapshot of accounts.issuer by default, or the workspace's own accounts.",
    ),
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=say(
        f"存有节点管理令牌的文件；或用环境变量 {TOKEN}", f"File with the node's token; or set the variable {TOKEN}."
    ),
)
@as_json
@click.pass_obj
def sync(session: Session, *, node: str | None, source: str | None, token_file: Path | None, as_json: bool) -> None:
    """Install the snapshot at the nodes asked for."""
    name, data, issuer_key = _snapshot(session, source, token_file)
    done = []
    codes = session.codes(node)
    for code in codes:
        _agree(session, code, issuer_key)
    for code in codes:
        snapshot = read_snapshot(data, issuer_key, name=name)
        details = {"issuer": snapshot.issuer, "issued": rfc3339(snapshot.issued), "keys": snapshot.count}
        open_trail(session, code).record(Act("key.sync", snapshot.issuer, details=details))
        found, newer = install(session.store(code), data, issuer_key, clock(), name=name)
        done.append(_row(code, found) | {"installed": newer})
        tell(_told(code, found, newer=newer))
    if as_json:
        emit(done)


def _agree(session: Session, code: str, issuer_key: str) -> None:
    """Hold whose keys are taken against whose the tree goes by, where the node has pinned that.

    Raises:
        LakeError: They are not the same, or what is pinned cannot be read.
    """
    body = nearest_body(session.workspace.root, code, ISSUER)
    if body is None:
        return
    try:
        pinned = str(json.loads(body)["issuer_key"])
    except (ValueError, TypeError, KeyError):
        raise LakeError(f"nodes/{code}/pins.toml: {ISSUER}: what is pinned names no issuer_key") from None
    if pinned != issuer_key:
        raise LakeError(
            f"tianlake.toml: accounts.issuer_key: is not the key that node {code} has pinned of the nodes above it, "
            f"{pinned}; write that one, or see: tianlake node pins --node {code}",
            zh=f"tianlake.toml：accounts.issuer_key：与节点 {code} 锁定的上级签发公钥 {pinned} 不一致；请改为该公钥，"
            f"或查看 tianlake node pins --node {code}",
        )


def _snapshot(session: Session, source: str | None, token_file: Path | None) -> tuple[str, bytes, str]:
    """Return a snapshot's name for messages, its bytes, and whose signature it must have.

    Raises:
        LakeError: Nobody knows whose signature to expect, the token is missing, the file cannot be read.
    """
    settings = session.workspace.settings.accounts
    if settings.issuer_key is None:
        if source is not None:
            raise LakeError(
                "tianlake.toml: accounts.issuer_key: needed to verify a snapshot; printed by: tianlake keys issuer"
            )
        with open_service(session) as service:
            seed = service.store.secret(SECRET)
            data = write_snapshot(service.store.keys(), session.codes()[0], seed, clock())
        return "accounts", data, public_key(seed)
    if source is None and settings.issuer is None:
        raise LakeError(
            "keys sync: where the snapshot is: name it with --from, or set accounts.issuer in tianlake.toml"
        )
    place = source or f"{settings.issuer}/accounts/snapshot"
    if place.startswith(("http://", "https://")):
        return place, fetch_snapshot(place, _token(token_file), session.workspace.ca_file), settings.issuer_key
    try:
        return place, Path(place).read_bytes(), settings.issuer_key
    except OSError as error:
        raise LakeError(f"{place}: cannot be read: {error.strerror}") from None


def _token(file: Path | None) -> str:
    try:
        found = file.read_text("utf-8") if file else os.environ.get(TOKEN, "")
    except (OSError, UnicodeDecodeError):
        raise LakeError(f"{file}: cannot be read as text") from None
    if not found.strip():
        raise LakeError(f"keys sync: the node's management token is needed: set {TOKEN}, or name a --token-file")
    return found.strip()


def taken_accounts(session: Session) -> dict[str, str]:
    """Return the tier of every account that has a key in the snapshots of the workspace's nodes."""
    issuer_key = session.workspace.settings.accounts.issuer_key or ""
    found: dict[str, str] = {}
    for code in session.codes():
        _info, data = session.store(code).get(keys.KEYS_SNAPSHOT)
        found |= {each.account: each.tier for each in read_snapshot(data, issuer_key, name=f"{code}/keys.snapshot")}
    return found


def describe_snapshot(session: Session, code: str) -> dict[str, Any]:
    """Return which snapshot of keys a node has installed, and how old it is; nulls where it has none that is good."""
    issuer_key = session.workspace.settings.accounts.issuer_key or ""
    try:
        _info, data = session.store(code).get(keys.KEYS_SNAPSHOT)
        return _row(code, read_snapshot(data, issuer_key, name=f"{code}/{keys.KEYS_SNAPSHOT}"))
    except StoreError:
        raise
    except NotFoundError:
        tell(
            say(
                f"{code}：还没有密钥快照；运行 tianlake keys sync",
                f"{code}: no snapshot of keys yet; run: tianlake keys sync",
            )
        )
    except LakeError as error:
        tell(str(error))
    return {"node": code, "issuer": None, "issued": None, "keys": None, "age_s": None}


def _row(code: str, found: Snapshot) -> dict[str, Any]:
    age = max(0, int(clock() - found.issued))
    return {
        "node": code,
        "issuer": found.issuer,
        "issued": rfc3339(found.issued),
        "keys": found.count,
        "age_s": age,
    }


def _told(code: str, found: Snapshot, *, newer: bool) -> str:
    what = say("已装入", "installed") if newer else say("已是此快照", "is there already")
    issued = rfc3339(found.issued)
    return say(
        f"{code}：{what} {found.count} 个密钥，{found.issuer} 签发于 {issued}",
        f"{code}: {what}: {found.count} keys of node {found.issuer} as of {issued}",
    )


@click.command(
    help=say(
        "显示签发公钥，填入下级节点的 accounts.issuer_key",
        "Print the public key for accounts.issuer_key of other nodes.",
    )
)
@as_json
@click.pass_obj
def issuer(session: Session, *, as_json: bool) -> None:
    """Print the public key that snapshots are signed with."""
    with open_service(session) as service:
        found = public_key(service.store.secret(SECRET))
    if as_json:
        emit({"issuer_key": found})
    else:
        click.echo(found)
