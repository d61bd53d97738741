"""Who belongs to whom: signing keys of the workspace, and the children that nodes' operators registered."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tianlake.lake.errors import LakeError, fault
from tianlake.lake.keyfiles import SIGNING, make_seed_file, make_signing_key, read_seed, signing_key
from tianlake.lake.records import read_record
from tianlake.stac.federation.records import Registered

__all__ = [
    "PARENT",
    "SIGNING",
    "children",
    "elsewhere",
    "make_seed_file",
    "make_signing_key",
    "parent_of",
    "quoted",
    "read_seed",
    "signing_key",
    "write_child",
    "write_parent",
]


PARENT: Final = "parent.toml"
"""File of a node with who its parent is, where it is read and which keys it signs with."""


def children(workspace: Path, code: str) -> tuple[Registered, ...]:
    """Return the children that are registered at a node, by code.

    Raises:
        LakeError: A file of them is wrong.
    """
    files = sorted((workspace / "nodes" / code / "children").glob("*.toml"))
    return tuple(_child(file, file.relative_to(workspace).as_posix()) for file in files if file.name[0] != ".")


def elsewhere(workspace: Path, codes: Iterable[str]) -> dict[str, str]:
    """Return the base URLs of the children of nodes by code, as far as none of `codes` is that child.

    Raises:
        LakeError: As of `children`.
    """
    served = set(codes)
    found = (each for code in sorted(served) for each in children(workspace, code))
    return {each.code: each.url for each in found if each.code not in served}


def _child(file: Path, shown: str) -> Registered:
    found = _registered(file, shown)
    if found.code != file.stem:
        raise fault(shown, "code", f"must be the file's name {file.stem!r}; got {found.code!r}")
    return found


def _registered(file: Path, shown: str) -> Registered:
    try:
        return read_record(Registered, tomllib.loads(file.read_text("utf-8")), file=shown)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise fault(shown, "", f"not TOML in UTF-8: {error}") from None
    except OSError as error:
        raise fault(shown, "", f"cannot be read: {error.strerror}") from None


def parent_of(workspace: Path, code: str) -> Registered | None:
    """Return the parent that is registered at a node, whose documents it takes; None where there is none.

    Raises:
        LakeError: The file is wrong.
    """
    file = workspace / "nodes" / code / PARENT
    return _registered(file, file.relative_to(workspace).as_posix()) if file.is_file() else None


def write_parent(workspace: Path, code: str, parent: Registered) -> Path:
    """Write down the parent of a node; as `write_child`."""
    return _write(workspace / "nodes" / code / PARENT, parent)


def write_child(workspace: Path, parent: str, child: Registered) -> Path:
    """Write down a child of a node, in the place of what was written before; return the file.

    Raises:
        LakeError: A value holds what a line of TOML cannot.
    """
    return _write(workspace / "nodes" / parent / "children" / f"{child.code}.toml", child)


def _write(file: Path, child: Registered) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    listed = ", ".join(quoted(key) for key in child.keys)
    lines = [
        "# tianlake node add",
        f"code = {quoted(child.code)}",
        f"place = {quoted(child.place)}  # 由此处读取 · where it is read",
        f"url = {quoted(child.url)}  # 公众访问地址 · where the public reads",
        f"keys = [{listed}]",
    ]
    fresh = file.with_name(f".{child.code}.{os.getpid()}.new")
    fresh.write_text("\n".join(lines) + "\n", "utf-8")
    fresh.replace(file)
    return file


def quoted(text: str) -> str:
    """Return a text as TOML has it; raises `LakeError` where one line of TOML cannot hold it as it is."""
    if not text.isprintable() or '"' in text or "\\" in text:
        raise LakeError(f"{text!r}: must not hold quotes, backslashes or control characters")
    return f'"{text}"'
