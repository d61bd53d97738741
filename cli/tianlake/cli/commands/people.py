"""`tianlake people`: who answers for what a node does, and with which keys they sign (articles 9 and 15)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import click

from tianlake.cli.commands._options import as_json, node_option
from tianlake.cli.output import emit, table, tell
from tianlake.cli.persons import person_key, where_known, write_person
from tianlake.cli.registry import SIGNING, make_seed_file, make_signing_key, signing_key
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError, fault
from tianlake.lake.people import Person, PersonKey, Role
from tianlake.lake.records import read_record
from tianlake.lake.signed import public_key
from tianlake.lake.trail import Act
from tianlake.lake.words import Instant, PublicKey, instant


@click.group(
    help=say("人员：谁提供谁负责；登记、更换和撤销签名密钥", "People who answer for what a node does, and their keys.")
)
def people() -> None:
    """Group the commands of people."""


public_key_option = click.option(
    "--public-key",
    "given",
    metavar="KEY",
    help=say("本人自行保管私钥时的公钥", "The public key of somebody who keeps the private one: ed25519:BASE64."),
)


@people.command(help=say("在一个节点登记一个人，并为其生成密钥", "Register a person at a node, with a new key."))
@click.argument("person", metavar="ID")
@click.option("--node", "code", metavar="CODE", required=True, help=say("节点", "The node."))
@click.option("--name", required=True, help=say("姓名", "The person's name; it never leaves the node."))
@click.option("--organisation", required=True, help=say("负责单位", "Who answers for what the person signs."))
@click.option(
    "--role",
    "roles",
    type=click.Choice(get_args(Role)),
    multiple=True,
    required=True,
    help=say("职责，可重复", "What the person may do; may be given again."),
)
@click.option(
    "--level",
    type=click.IntRange(1, 9),
    default=1,
    show_default=True,
    help=say("审核人可审到第几级", "Of a reviewer: up to which level."),
)
@public_key_option
@as_json
@click.pass_obj
def add(session: Session, /, *, person: str, code: str, given: str | None, as_json: bool, **said: object) -> None:
    """Register one person."""
    root = session.workspace.root
    session.workspace.node(code)
    if any(each.id == person for each in session.workspace.people(code).persons):
        rule = f"is there already; for another key: tianlake people new-key {person}"
        raise fault(
            f"nodes/{code}/people/{person}.toml", "", rule, zh=f"已登记；换密钥请用：tianlake people new-key {person}"
        )
    raw = {"id": person, **said, "keys": [{"key": given or _NONE, "since": _now()}]}
    checked = read_record(Person, raw, file=f"nodes/{code}/people/{person}.toml")  # before a key is made
    key = given or public_key(signing_key(root, person_key(person)) or make_signing_key(root, person_key(person)))
    _refuse_shared(session, person, key)
    made = replace(checked, keys=(PersonKey(key, checked.keys[0].since),))
    _record(session, code, Act("person.add", person, details={"key": key, "roles": list(made.roles)}))
    file = session.workspace.shown(write_person(root, code, made))
    secret = None if given else f"{SIGNING}/{person_key(person)}.key"
    _tell_done(person, key, secret, file, as_json=as_json)


_NONE = f"ed25519:{'A' * 43}="
"""Stands for a key that is not made yet while the rest of a record is checked."""


@people.command("list", help=say("列出人员及其密钥", "List people and their keys."))
@node_option
@as_json
@click.pass_obj
def list_people(session: Session, *, node: str | None, as_json: bool) -> None:
    """Print everybody who may sign."""
    rows = [_row(code, each) for code in session.codes(node) for each in session.workspace.people(code).persons]
    if as_json:
        emit(rows)
        return
    header = say(
        "节点 人员 姓名 单位 职责 级别 密钥 自 至", "node person name organisation roles level key since until"
    ).split()
    table((cells for row in rows for cells in _cells(row)), header)


@people.command(
    "new-key",
    help=say("更换密钥：旧密钥自此刻起不再有效", "Give a person another key; the one before ends now. Old steps stay."),
)
@click.argument("person", metavar="ID")
@public_key_option
@as_json
@click.pass_obj
def new_key(session: Session, *, person: str, given: str | None, as_json: bool) -> None:
    """Rotate a person's key at every node that knows the person."""
    known, now = where_known(session, person), _now()
    if given is not None:
        read_record(PublicKey, given, file="--public-key")
        _refuse_shared(session, person, given)
    key = given or public_key(make_signing_key(session.workspace.root, person_key(person)))
    for code, found in known:
        before = tuple(replace(each, until=now) if each.until is None else each for each in found.keys)
        _record(session, code, Act("person.new-key", person, details={"key": key}))
        write_person(session.workspace.root, code, replace(found, keys=(*before, PersonKey(key, now))))
    secret = None if given else f"{SIGNING}/{person_key(person)}.key"
    _tell_done(person, key, secret, None, as_json=as_json)


@people.command(
    "revoke-key",
    help=say(
        "撤销密钥：自所给时刻起的签名一律无效，已签的步骤也不算",
        "End a key: what it signs from a time on counts not.",
    ),
)
@click.argument("person", metavar="ID")
@click.option("--key", "which", metavar="KEY", help=say("只撤销此公钥；缺省为全部", "Only this public key."))
@click.option(
    "--since", metavar="TIME", help=say("自何时起无效（UTC）；缺省为现在", "From when on, UTC; default: now.")
)
@as_json
@click.pass_obj
def revoke_key(session: Session, *, person: str, which: str | None, since: str | None, as_json: bool) -> None:
    """Revoke a person's keys, or one of them, at every node that knows the person."""
    until = _now() if since is None else read_record(Instant, since, file="--since")
    ended: set[str] = set()
    for code, found in where_known(session, person):
        keys = tuple(_ended(each, until) if which in {None, each.key} else each for each in found.keys)
        gone = [new.key for new, old in zip(keys, found.keys, strict=True) if new != old]
        if gone:
            details = {"keys": gone, "until": until}
            _record(session, code, Act("person.revoke-key", person, details=details))
            write_person(session.workspace.root, code, replace(found, keys=keys))
        ended.update(gone)
    if not ended:
        raise LakeError(
            f"{person}: no such key that still counted at {until}; see: tianlake people list",
            zh=f"{person}：没有在 {until} 仍有效的这把密钥；请查看：tianlake people list",
        )
    tell(say(f"{person}：{len(ended)} 个密钥自 {until} 起无效", f"{person}: {len(ended)} keys end at {until}"))
    if as_json:
        emit({"person": person, "keys": sorted(ended), "until": until})


@people.command(
    "make-key",
    help=say("在自己的机器上生成私钥，显示公钥", "Make a key in a file; prints the public one."),
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@as_json
def make_key(*, file: Path, as_json: bool) -> None:
    """Make a private key that its owner keeps."""
    if file.exists():
        raise fault(file, "", "is there already; a key is never written over", zh="已存在；密钥文件从不覆盖")
    key = public_key(make_seed_file(file))
    if as_json:
        emit({"file": str(file), "key": key})
    else:
        click.echo(key)


def _ended(key: PersonKey, until: str) -> PersonKey:
    """Return a key that ends at a time, or earlier where it did already."""
    return replace(key, until=until if key.until is None else min(key.until, until))


def _refuse_shared(session: Session, person: str, key: str) -> None:
    """Refuse the key of somebody else: two people with one key could be four eyes in one head."""
    for code in session.codes():
        for other in session.workspace.people(code).persons:
            if other.id != person and any(each.key == key for each in other.keys):
                rule = f"this key is {other.id}'s at node {code}; everybody signs with a key of their own"
                raise LakeError(f"{person}: {rule}")


def _record(session: Session, code: str, act: Act) -> None:
    from tianlake.cli.desk import open_trail  # noqa: PLC0415 - a short command starts fast

    open_trail(session, code).record(act)


def _tell_done(person: str, key: str, secret: str | None, file: str | None, *, as_json: bool) -> None:
    if file:
        tell(say(f"{person}：已登记于 {file}", f"{person}: registered in {file}"))
    if secret:
        told = (
            f"{person}：私钥在 {secret}，只交给本人",
            f"{person}: the private key is {secret}; hand it to nobody else",
        )
        tell(say(*told))
    if as_json:
        emit({"person": person, "key": key, "secret": secret, "file": file})


def _row(code: str, person: Person) -> dict[str, Any]:
    keys = [{"key": each.key, "since": each.since, "until": each.until} for each in person.keys]
    own = {"id": person.id, "name": person.name, "organisation": person.organisation, "level": person.level}
    return {"node": code, **own, "roles": list(person.roles), "keys": keys}


def _cells(row: dict[str, Any]) -> Iterable[tuple[object, ...]]:
    own = (row["node"], row["id"], row["name"], row["organisation"], ", ".join(row["roles"]), row["level"])
    return [(*own, key["key"], key["since"], key["until"]) for key in row["keys"]]


def _now() -> str:
    return instant(time.time())
