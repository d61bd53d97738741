"""What deploying does, as values: commands, variables, settings of the edge. Nothing here runs anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tianlake.lake.errors import LakeError
from tianlake.lake.nodes import NodeSettings
from tianlake.lake.settings import WorkspaceSettings
from tianlake.lake.store.locations import Bucket, node_url, parse_location

KEPT: Final = (
    "aws_s3_bucket",
    "aws_dynamodb_table",
    "aws_efs_file_system",
    "aws_efs_backup_policy",  # its end would end the backups
    "aws_kms_",
    "aws_secretsmanager_",
    "aws_backup_",
)
"""Beginnings of the types of resources that hold data, that guard it, or without which it cannot be read."""

_DATA: Final = frozenset(
    {
        "aws_s3_bucket",
        "aws_dynamodb_table",
        "aws_efs_file_system",
        "aws_kms_key",
        "aws_secretsmanager_secret",
        "aws_backup_vault",
    }
)
"""Types of which a deployment deletes none; a policy or a rule of theirs may be replaced."""

BACKEND: Final = "backend.hcl"
"""Of a stack's folder: where its state lies, which is nobody's but the operator's."""

_NO_CHANGE: Final = frozenset({"no-op", "read"})


@dataclass(frozen=True, slots=True)
class Stack:
    """A Terraform root that serves one node."""

    folder: Path
    packages: Path
    """What `make package` makes."""
    workspace: Path
    """Whose nodes it serves."""
    endpoint: str | None = None
    """Base URL of an emulator of AWS; None for AWS."""

    def command(self, *arguments: str) -> list[str]:
        """Return a command of Terraform's."""
        return ["terraform", f"-chdir={self.folder}", *arguments]

    def init(self, *, backend: bool = False) -> list[str]:
        """Return the command that fetches modules and providers; `backend`: a file says where the state lies."""
        return self.command("init", "-input=false", "-no-color", *([f"-backend-config={BACKEND}"] if backend else []))

    def plan(self, file: Path, *, destroy: bool = False) -> list[str]:
        """Return the command that plans into a file; it ends with 2 where there is something to do."""
        more = ["-destroy"] if destroy else []
        return self.command("plan", "-input=false", "-json", "-detailed-exitcode", f"-out={file}", *more)

    def show(self, file: Path) -> list[str]:
        """Return the command that tells a plan to people."""
        return self.command("show", "-no-color", str(file))

    def show_json(self, *file: str) -> list[str]:
        """Return the command that tells a plan, or without a file what there is, to programs."""
        return self.command("show", "-json", *file)

    def apply(self, file: Path) -> list[str]:
        """Return the command that does what was planned."""
        return self.command("apply", "-input=false", "-json", str(file))

    def output(self) -> list[str]:
        """Return the command that tells what a stack says of itself."""
        return self.command("output", "-json")

    def forget(self, addresses: Sequence[str]) -> list[str]:
        """Return the command after which Terraform no longer looks after resources, which stay."""
        return self.command("state", "rm", *addresses)

    def variables(self) -> dict[str, str]:
        """Return what is added to the environment of all these commands."""
        found = {
            "TF_IN_AUTOMATION": "1",
            "TF_VAR_packages": str(self.packages),
            "TF_VAR_workspace": str(self.workspace),
        }
        if self.endpoint is not None:
            found |= {"TF_VAR_endpoint": self.endpoint, "AWS_ENDPOINT_URL": self.endpoint}
        return found


def stack_folder(root: Path, named: Path | None, settings: WorkspaceSettings, code: str) -> Path:
    """Return the folder of a node's stack: the one that is named, or the one of `[deploy]`.

    Raises:
        LakeError: Neither says one, or there is no Terraform in it.
    """
    if named is None and settings.deploy.stack is None:
        raise LakeError("tianlake.toml: deploy.stack: names no folder; write it there, or name one with --stack DIR")
    folder = named or root / str(settings.deploy.stack).replace("{code}", code)
    if not any(folder.glob("*.tf")):
        raise LakeError(f"{folder}: has no *.tf; it is to be a Terraform root that uses infra/modules/node")
    return folder.resolve()


def package_command(source: Path, out: Path, python: str, edge_config: Path | None) -> list[str]:
    """Return the command that makes the packages of a node."""
    edge = [] if edge_config is None else ["--edge-config", str(edge_config)]
    return [sys.executable, str(source / "tools/package.py"), "--out", str(out), "--python", python, *edge]


def edge_config(
    nodes: Sequence[NodeSettings], settings: WorkspaceSettings, base: Path, elsewhere: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return what an edge function is told (`functions.edge.config`), or None where the accounts are not in DynamoDB.

    Args:
        nodes: The one at the root, then those that it hosts.
        settings: Of the workspace.
        base: The workspace.
        elsewhere: Base URLs of their children that are served elsewhere, by code.

    Raises:
        LakeError: The lake is in no bucket, or its region is not said.
    """
    scheme, _, prefix = settings.accounts.url.partition(":")
    if scheme != "dynamodb":
        return None
    if settings.aws.region is None:
        raise LakeError("tianlake.toml: aws.region: is missing; the edge has none of its own")
    buckets = {}
    for node in nodes:
        place = parse_location(node_url(settings.lake.url, node.code), base)
        if not isinstance(place, Bucket):
            raise LakeError(f"tianlake.toml: lake.url: must be s3://… to be deployed; got {settings.lake.url!r}")
        buckets[node.code] = {"bucket": place.name, "prefix": f"{place.prefix}/" if place.prefix else ""}
    own = {"root": nodes[0].code, "accounts": prefix, "region": settings.aws.region, "strict": settings.accounts.strict}
    endpoint = {} if settings.aws.endpoint_url is None else {"endpoint_url": settings.aws.endpoint_url}
    return {"nodes": buckets, "moved": dict(elsewhere), **own, **endpoint}


@dataclass(frozen=True, slots=True)
class Changes:
    """How many resources a plan makes, changes in place, and deletes (one that is replaced counts twice)."""

    made: int = 0
    changed: int = 0
    deleted: int = 0
    lost: tuple[str, ...] = ()
    """Addresses of those among the deleted that hold data."""

    @property
    def total(self) -> int:
        """Steps of all of them."""
        return self.made + self.changed + self.deleted


def changes_of(plan: Mapping[str, Any]) -> Changes:
    """Return what a plan does, from `terraform show -json` (Terraform, "JSON output format": `resource_changes`)."""
    done = [
        (str(each["address"]), str(each["type"]), list(each["change"]["actions"]))
        for each in plan.get("resource_changes", ())
        if not _NO_CHANGE.issuperset(each["change"]["actions"])
    ]
    return Changes(
        sum("create" in actions for _address, _type, actions in done),
        sum(actions == ["update"] for _address, _type, actions in done),
        sum("delete" in actions for _address, _type, actions in done),
        tuple(sorted(address for address, kind, actions in done if "delete" in actions and kind in _DATA)),
    )


def parted(state: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the addresses of what stays of a stack and of what goes, from `terraform show -json` of its state."""
    found = sorted(_managed(state.get("values", {}).get("root_module", {})))
    stays = [address for address, kind in found if kind.startswith(KEPT)]
    return stays, [address for address, kind in found if not kind.startswith(KEPT)]


def _managed(module: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in module.get("resources", ()):
        if each.get("mode") == "managed":
            yield str(each["address"]), str(each["type"])
    for child in module.get("child_modules", ()):
        yield from _managed(child)
