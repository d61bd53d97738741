"""Who belongs to whom: signing keys of the workspace, and the children that nodes' operators registered."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import tomllib
from pathlib import Path
from typing import Final

from tianlake.lake.errors import LakeError, fault
from tianlake.lake.records import read_record
from tianlake.lake.signed import SEED_BYTES
from tianlake.stac.federation.records import Registered

SIGNING: Final = "signing"
"""Folder of the workspace with private keys of its nodes and, below `people/`, of persons; git ignores all of it."""

_OTHERS: Final = 0o077


def signing_key(workspace: Path, name: str) -> bytes | None:
    """Return the seed of an Ed25519 key, or None where there is none here.

    Args:
        workspace: Its root.
        name: Whose key it is: a node's code, or `people/` and a person's id.

    Raises:
        LakeError: The file can be read by others, or holds something else.
    """
    file = workspace / SIGNING / f"{name}.key"
    return read_seed(file, f"{SIGNING}/{name}.key") if file.exists() else None


def read_seed(file: Path, shown: str) -> bytes:
    """Return the seed of an Ed25519 key that a file holds in base64; `shown` is how messages name the file.

    Raises:
        LakeError: There is no such file, it can be read by others, or it holds something else.
    """
    try:
        mode = file.stat().st_mode
        text = file.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise fault(shown, "", "cannot be read; restore it from a backup") from None
    if mode & _OTHERS:
        raise fault(shown, "", f"a private key that others can read; run: chmod 600 {shown}")
    try:
        seed = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise fault(shown, "", "must hold 32 bytes in base64; restore it from a backup")
    return seed


def make_signing_key(workspace: Path, name: str) -> bytes:
    """Make a key, in the place of one that is there, and return its seed; nobody else can read the file."""
    top = workspace / SIGNING
    top.mkdir(mode=0o700, exist_ok=True)
    (top / ".gitignore").write_text("*\n")
    file = top / f"{name}.key"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    return make_seed_file(file)


def make_seed_file(file: Path) -> bytes:
    """Write a new key into a file, in the place of one that is there, and return its seed."""
    seed = secrets.token_bytes(SEED_BYTES)
    fresh = file.with_name(f".{file.stem}.{os.getpid()}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        written.write(base64.b64encode(seed).decode() + "\n")
        written.flush()
        os.fsync(written.fileno())
    fresh.replace(file)
    return seed


def children(workspace: Path, code: str) -> tuple[Registered, ...]:
    """Return the children that are registered at a node, by code.

    Raises:
        LakeError: A file of them is wrong.
    """
    files = sorted((workspace / "nodes" / code / "children").glob("*.toml"))
    return tuple(_child(file, file.relative_to(workspace).as_posix()) for file in files if file.name[0] != ".")


def _child(file: Path, shown: str) -> Registered:
    try:
        found = read_record(Registered, tomllib.loads(file.read_text("utf-8")), file=shown)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise fault(shown, "", f"not TOML in UTF-8: {error}") from None
    except OSError as error:
        raise fault(shown, "", f"cannot be read: {error.strerror}") from None
    if found.code != file.stem:
        raise fault(shown, "code", f"must be the file's name {file.stem!r}; got {found.code!r}")
    return found


def write_child(workspace: Path, parent: str, child: Registered) -> Path:
    """Write down a child of a node, in the place of what was written before; return the file.

    Raises:
        LakeError: A value holds what a line of TOML cannot.
    """
    folder = workspace / "nodes" / parent / "children"
    folder.mkdir(parents=True, exist_ok=True)
    listed = ", ".join(quoted(key) for key in child.keys)
    lines = [
        "# tianlake node add",
        f"code = {quoted(child.code)}",
        f"place = {quoted(child.place)}  # 上级从此处读取 · where the parent reads",
        f"url = {quoted(child.url)}  # 公众访问地址 · where the public reads",
        f"keys = [{listed}]",
    ]
    file = folder / f"{child.code}.toml"
    fresh = folder / f".{child.code}.{os.getpid()}.new"
    fresh.write_text("\n".join(lines) + "\n", "utf-8")
    fresh.replace(file)
    return file


def quoted(text: str) -> str:
    """Return a text as TOML has it; raises `LakeError` where one line of TOML cannot hold it as it is."""
    if not text.isprintable() or '"' in text or "\\" in text:
        raise LakeError(f"{text!r}: must not hold quotes, backslashes or control characters")
    return f'"{text}"'
