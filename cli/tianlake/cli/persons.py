"""People who sign at a node: their files in the workspace, their keys, and who sits at the keyboard."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from tianlake.cli.registry import SIGNING, quoted, read_seed, signing_key
from tianlake.cli.session import Session
from tianlake.cli.words import say
from tianlake.lake.errors import LakeError
from tianlake.lake.people import People, Person, PersonKey, Signer
from tianlake.lake.signed import public_key

PERSON: Final = "TIANLAKE_PERSON"
"""Variable of the environment that names who sits at the keyboard, where `--as` does not."""

F = TypeVar("F", bound=Callable[..., Any])


def signed_by(command: F) -> F:
    """Give a command the options `--as` and `--key`: who signs, and with which file."""
    who = click.option(
        "--as",
        "person",
        metavar="ID",
        envvar=PERSON,
        required=True,
        help=say(f"签名人；也可用环境变量 {PERSON}", f"Who signs; or the environment's {PERSON}."),
    )
    key = click.option(
        "--key",
        "key_file",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help=say("签名人的私钥文件；缺省为 signing/people/ID.key", "The key's file; signing/people/ID.key by default."),
    )
    return who(key(command))


def signer(session: Session, code: str, person: str, key_file: Path | None) -> Signer:
    """Return the person at the keyboard, with the key that this person has at a node.

    Raises:
        LakeError: The node knows no such person, there is no key, or it is none of this person's.
    """
    known = session.workspace.people(code).find(person)
    name = person_key(person)
    seed = read_seed(key_file, str(key_file)) if key_file else signing_key(session.workspace.root, name)
    if seed is None:
        raise LakeError(
            f"{SIGNING}/{name}.key: does not exist; name the file of the key: --key FILE",
            zh=f"{SIGNING}/{name}.key：不存在；请指明密钥文件：--key 文件",
        )
    if public_key(seed) not in {each.key for each in known.keys}:
        where = str(key_file) if key_file else f"{SIGNING}/{name}.key"
        raise LakeError(
            f"{where}: holds no key of {person} at node {code}; see: tianlake people list --node {code}",
            zh=f"{where}：不是 {person} 在节点 {code} 的密钥；请查看：tianlake people list --node {code}",
        )
    return Signer(person, seed)


def person_key(person: str) -> str:
    """Return the name of a person's key, as `registry.signing_key` takes it."""
    return f"people/{person}"


def write_person(workspace: Path, code: str, person: Person) -> Path:
    """Write down a person of a node, in the place of what was written before; return the file.

    Raises:
        LakeError: A value holds what a line of TOML cannot.
    """
    folder = workspace / "nodes" / code / "people"
    roles = ", ".join(quoted(role) for role in person.roles)
    lines = [
        "# tianlake people",
        f"id = {quoted(person.id)}",
        f"name = {quoted(person.name)}",
        f"organisation = {quoted(person.organisation)}  # 对其签名负责的单位 · answers for what the person signs",
        f"roles = [{roles}]",
        f"level = {person.level}  # 可审到第几级 · up to which level of review",
        *_key_lines(person.keys),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{person.id}.toml"
    fresh = folder / f".{person.id}.{os.getpid()}.new"
    fresh.write_text("\n".join(lines) + "\n", "utf-8")
    fresh.replace(file)
    return file


def _key_lines(keys: Sequence[PersonKey]) -> list[str]:
    lines: list[str] = []
    for key in keys:
        lines += ["", "[[keys]]", f"key = {quoted(key.key)}", f"since = {quoted(key.since)}"]
        if key.until is not None:
            lines.append(f"until = {quoted(key.until)}  # 此后的签名无效 · signatures from then on count for nothing")
    return lines


def where_known(session: Session, person: str) -> list[tuple[str, Person]]:
    """Return the nodes of the workspace that know a person, and what they know; raises `LakeError` where none does."""
    crews: list[People] = [session.workspace.people(code) for code in session.codes()]
    found = [(crew.code, each) for crew in crews for each in crew.persons if each.id == person]
    if not found:
        raise LakeError(
            f"{person}: no node of this workspace knows such a person; see: tianlake people list",
            zh=f"{person}：本工作区没有节点登记此人；请查看：tianlake people list",
        )
    return found
