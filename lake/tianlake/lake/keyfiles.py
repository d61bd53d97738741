"""Secret keys of a workspace: files in `signing/` that git ignores and nobody else can read."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path
from typing import Final

from tianlake.lake.errors import fault

SIGNING: Final = "signing"
"""Folder of the workspace with private keys of its nodes and, below `people/`, of persons; git ignores all of it."""

SEED_BYTES: Final = 32

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
