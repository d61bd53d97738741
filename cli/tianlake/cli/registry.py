"""Who belongs to whom: signing keys of the workspace, and the children that nodes' operators registered."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from tianlake.lake.errors import LakeError, fault
from tianlake.lake.keyfiles import SIGNING, make_seed_file, make_signing_key, read_seed, signing_key
from tianlake.lake.records import read_record
from tianlake.stac.federation.records import Registered

__all__ = [
    "SIGNING",
    "children",
    "make_seed_file",
    "make_signing_key",
    "quoted",
    "read_seed",
    "signing_key",
    "write_child",
]


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
