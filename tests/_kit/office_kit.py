"""Workspaces of offices in a tree, and the command run in them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from command_kit import run
from federation_kit import tree

NODE = 'code = "{code}"\nurl = "{url}"\n[operator]\nname = "Operator of {code}"\nurl = "https://example.org/{code}"\n'


def workspace(folder: Path, *codes: str, url: str | None = None) -> Path:
    """Write a workspace of these nodes; what it publishes lies beside it already."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    for code in codes:
        own = url or tree(folder).members[code].url
        (folder / f"nodes/{code}").mkdir(parents=True)
        text = NODE.format(code=code, url=own) + '[authority]\nname = "Authority"\n'
        (folder / f"nodes/{code}/node.toml").write_text(text)
        give_key(folder, code, tree(folder).members[code].seed)
    return folder


def give_key(folder: Path, code: str, seed: bytes) -> None:
    """Put the key of a node, whose trail it has signed so far, where the command looks for it."""
    file = folder / f"signing/{code}.key"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.touch(0o600)
    file.write_text(base64.b64encode(seed).decode() + "\n")


def told(where: Path, *arguments: str, code: int = 0) -> Any:
    done = run("-C", str(where), *arguments, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def refused(where: Path, *arguments: str) -> str:
    done = run("-C", str(where), *arguments)
    assert done.returncode == 2, done.stdout
    (line,) = done.stderr.strip().splitlines()
    return line
