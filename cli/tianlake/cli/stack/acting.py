"""The steps of deploying and of taking down: what `planning` says, done one after the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import tianlake.cli
from tianlake.build.job import Progress
from tianlake.cli.registry import elsewhere
from tianlake.cli.stack.outputs import Outputs, outputs_of
from tianlake.cli.stack.planning import BACKEND, Changes, Stack, changes_of, edge_config, package_command
from tianlake.cli.stack.running import follow, run, run_json
from tianlake.lake.errors import LakeError
from tianlake.lake.nodes import NodeSettings
from tianlake.lake.records import dump_json
from tianlake.lake.words import Text
from tianlake.lake.workspace import Workspace

PACKING: Final = Text("打包函数", "pack functions")
BEGINNING: Final = Text("准备 Terraform", "prepare Terraform")
PLANNING: Final = Text("计划", "plan")
DOING: Final = Text("执行", "apply")


@dataclass(frozen=True, slots=True)
class Planned:
    """What Terraform would do."""

    file: Path
    document: dict[str, Any]
    """Of `terraform show -json`."""
    text: str
    changes: Changes
    something: bool
    """Whether anything would be done, changes of outputs included."""


def hosted_by(workspace: Workspace, code: str) -> list[NodeSettings]:
    """Return a node, and those of the workspace that it hosts."""
    others = (workspace.node(each) for each in workspace.node_codes() if each != code)
    hosted = [each for each in others if each.hosting == "parent" and workspace.host(each.code).code == code]
    return [workspace.node(code), *hosted]


def make_packages(workspace: Workspace, code: str, progress: Progress) -> Path:
    """Make the packages of a node, its edge's settings among them, and return their folder.

    Raises:
        LakeError: Tianlake was not installed from its repository, which holds the entry points.
        StoreError: A wheel cannot be fetched.
    """
    source = Path(tianlake.cli.__file__).resolve().parents[3]
    if not (source / "tools/package.py").is_file():
        raise LakeError("deploy: packages are made in a checkout of Tianlake; name a folder of them: --packages DIR")
    work = workspace.state / "deploy" / code
    work.mkdir(parents=True, exist_ok=True)
    nodes = hosted_by(workspace, code)
    others = elsewhere(workspace.root, [each.code for each in nodes])
    told = edge_config(nodes, workspace.settings, workspace.root, others)
    config = None
    if told is not None:
        config = work / "edge.json"
        config.write_bytes(dump_json(told))
    out = work / "packages"
    with progress(PACKING):
        run(package_command(source, out, workspace.settings.deploy.python, config), {})
    return out


def begin(stack: Stack, progress: Progress) -> None:
    """Have Terraform fetch modules and providers, and find the state; raises `StoreError` where it fails."""
    with progress(BEGINNING):
        run(stack.init(backend=(stack.folder / BACKEND).is_file()), stack.variables())


@contextmanager
def planned(stack: Stack, progress: Progress, *, destroy: bool = False) -> Iterator[Planned]:
    """Plan, for as long as the block takes: a plan may hold secrets, and is deleted then.

    Raises:
        StoreError: Terraform failed.
    """
    variables = stack.variables()
    begin(stack, progress)
    with TemporaryDirectory(prefix="tianlake-plan-") as folder:
        file = Path(folder) / "plan"
        with progress(PLANNING):
            something = follow(stack.plan(file, destroy=destroy), variables) != 0
            document = run_json(stack.show_json(str(file)), variables)
            text = run(stack.show(file), variables)
        yield Planned(file, document, text, changes_of(document), something)


def do(stack: Stack, plan: Planned, progress: Progress) -> None:
    """Do what was planned; raises `StoreError` where Terraform failed. Run again, it goes on where it broke off."""
    total = max(plan.changes.total, 1)
    with progress(DOING, total) as advance:
        follow(stack.apply(plan.file), stack.variables(), _one(advance))


def told_by(stack: Stack) -> Outputs | None:
    """Return what a stack says of itself; None where it is not there."""
    return outputs_of(run_json(stack.output(), stack.variables()))


def note_kept(workspace: Workspace, code: str, state: dict[str, Any], kept: list[str]) -> Path:
    """Write down address and id of what stays, for `terraform import`; return the file."""
    ids = dict(_ids(state.get("values", {}).get("root_module", {})))
    file = workspace.state / "deploy" / code / "kept.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(file.read_bytes()) if file.is_file() else {}
    file.write_bytes(dump_json({**before, **{address: ids.get(address) for address in kept}}))
    return file


def _ids(module: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    for each in module.get("resources", ()):
        yield str(each["address"]), each.get("values", {}).get("id")
    for child in module.get("child_modules", ()):
        yield from _ids(child)


def _one(advance: Callable[[float], None]) -> Callable[[], None]:
    return lambda: advance(1)
