"""What `tianlake init` writes: settings, a node each, and a small example product that builds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final
from uuid import uuid4

from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.nodes import NodeName
from tianlake.lake.policy.files import NODE_FILE
from tianlake.lake.workspace import check_lake_url

_HOSTED: Final = (
    'hosting = "parent"                          # 依托上级：与上级同桶，由其服务器提供服务 · lives under its parent\n'
)
_POINTS: Final = 3
_APART: Final = 0.001
"""Degrees between the points of the example: some 100 m, so that they lie in the smallest division."""


Seats = Callable[[str], tuple[float, float] | None]
"""Node code → longitude and latitude of the seat of its division, degrees; None where it is not known."""


def starter_files(names: Sequence[NodeName], lake_url: str, seats: Seats) -> dict[str, str]:
    """Return the text of every file of a new workspace by its path."""
    check_lake_url(lake_url)
    written = {
        "tianlake.toml": _template("tianlake.toml").substitute(lake_url=json.dumps(lake_url, ensure_ascii=False))
    }
    for name in names:
        written |= node_files(name, seats(name.code))
    return written


def node_files(name: NodeName, seat: tuple[float, float] | None, *, hosted: bool = False) -> dict[str, str]:
    """Return the text of a new node's files by their path in the workspace.

    Args:
        name: The node's.
        seat: Where the example's points lie, degrees: a node's parent refuses what lies outside its division. Without
            it there is no example.
        hosted: Whether it lives under its parent.
    """
    words = {"code": name.code, "name": name.name, "short_name": name.short_name, "division": name.division}
    words["hosting"] = _HOSTED if hosted else ""
    written = {f"nodes/{name.code}/{each}": _template(each).substitute(words) for each in ("node.toml", NODE_FILE)}
    if seat is None:
        return written
    for step in range(_POINTS):
        words |= {f"lon{step}": f"{seat[0] + step * _APART:.4f}", f"lat{step}": f"{seat[1] + step * _APART:.4f}"}
    written[f"nodes/{name.code}/products/places.toml"] = _template("places.toml").substitute(words)
    written[f"sources/{name.code}/places.csv"] = _template("places.csv").substitute(words)
    return written


def write_workspace(folder: Path, written: Mapping[str, str]) -> None:
    """Write a new workspace in one rename, so that a failure leaves nothing behind.

    Raises:
        LakeError: The folder exists and holds something.
        StoreError: The disk refused.
    """
    if folder.exists() and any(folder.iterdir()):
        raise LakeError(f"{folder}: the folder is not empty; name a new or empty one")
    part = folder.parent / f".{folder.name}.{uuid4().hex[:8]}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for name, text in written.items():
            file = part / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        part.replace(folder)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _template(name: str) -> Template:
    return Template((files("tianlake.cli") / "templates" / name).read_text("utf-8"))
