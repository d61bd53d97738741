"""Policy files: the one that is shipped, those of a workspace, and which of them bind a node."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import fault
from tianlake.lake.handed import POLICY
from tianlake.lake.naming import nodes_above
from tianlake.lake.pinned import pinned_body, read_pins
from tianlake.lake.policy.effective import EffectivePolicy
from tianlake.lake.policy.merge import effective_policy
from tianlake.lake.policy.values import Policy
from tianlake.lake.records import read_record
from tianlake.lake.toml_files import parse_toml, read_toml
from tianlake.lake.workspace import Workspace

DEFAULT: Final = "cn-public-map.toml"
NODE_FILE: Final = "policy.toml"
"""In `nodes/<code>/`: what this node and those below it tighten."""


@cache
def default_policy() -> Policy:
    """Return the nation's policy as it is shipped."""
    shown = f"tianlake/lake/policy/{DEFAULT}"
    return read_record(Policy, parse_toml((files("tianlake.lake.policy") / DEFAULT).read_bytes(), shown), file=shown)


def read_policy(file: Path, shown: str) -> Policy:
    """Return what a policy file says; raises `LakeError`, which calls it `shown`, where it is missing or wrong."""
    return read_record(Policy, read_toml(file, shown), file=shown)


def node_policies(workspace: Workspace, code: str) -> tuple[Policy, ...]:
    """Return the policies that bind a node, national first: the shipped one, those of the workspace, those pinned.

    A policy binds its own node and all below it. What nodes above hand down and a node of the line has pinned counts
    like a file of the workspace.

    Raises:
        LakeError: A file is missing or wrong.
    """
    line = (*reversed(nodes_above(code, load_divisions())), code)
    found = (default_policy(), *_in_files(workspace), *_pinned(workspace, line), *_of_nodes(workspace, line))
    return tuple(sorted((each for each in found if each.node in line), key=lambda each: line.index(each.node)))


def node_policy(workspace: Workspace, code: str, at: date) -> EffectivePolicy:
    """Return what holds at a node of a workspace on a day in China; raises as its parts do."""
    return effective_policy(node_policies(workspace, code), at, code)


def _in_files(workspace: Workspace) -> Iterator[Policy]:
    """Yield the policies that `[policy] files` of `tianlake.toml` names."""
    for name in workspace.settings.policy.files:
        yield read_policy(workspace.root / name, name)


def _pinned(workspace: Workspace, line: tuple[str, ...]) -> Iterator[Policy]:
    """Yield the policies that nodes of a line have pinned of what their parents hand down: TOML, signed there."""
    for code in line:
        pins = read_pins(workspace.root, code)
        for pin in pins.pins if pins else ():
            if pin.document.kind == POLICY:
                shown = f"nodes/{code}/pins: {pin.document.name}"
                raw = parse_toml(pinned_body(workspace.root, code, pin), shown)
                yield read_record(Policy, raw, file=shown)


def _of_nodes(workspace: Workspace, line: tuple[str, ...]) -> Iterator[Policy]:
    """Yield the policies beside the settings of nodes; each can only be of its own node."""
    for code in line:
        file = workspace.root / "nodes" / code / NODE_FILE
        if file.is_file():
            shown = workspace.shown(file)
            policy = read_policy(file, shown)
            if policy.node != code:
                raise fault(
                    shown,
                    "node",
                    f"must be the folder's name {code}; got {policy.node!r}",
                    zh=f"须与文件夹名 {code} 相同；现为 {policy.node!r}",
                )
            yield policy
