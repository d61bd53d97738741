"""What a stack says of itself, once it is there: outputs of the module `node`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tianlake.lake.errors import LakeError
from tianlake.lake.settings import WorkspaceSettings
from tianlake.lake.store.locations import node_url


@dataclass(frozen=True, slots=True)
class Outputs:
    """Outputs that commands read; None where a stack has no such thing."""

    node_code: str
    site_url: str
    lake_url: str | None = None
    api_url: str | None = None
    dashboard_url: str | None = None
    distribution_id: str | None = None
    cdn_domain: str | None = None
    gateway_target: str | None = None


def outputs_of(found: Mapping[str, Any]) -> Outputs | None:
    """Return what `terraform output -json`, or `planned_values.outputs` of a plan, says; None where it says nothing.

    Raises:
        LakeError: One that is needed is missing, or is no text.
    """
    if not found:
        return None
    values = {name: found.get(name, {}).get("value") for name in Outputs.__dataclass_fields__}
    for name, value in values.items():
        if value is not None and not isinstance(value, str):
            raise LakeError(f"stack: output {name}: must be text")
    for name in ("node_code", "site_url"):
        if values[name] is None:
            raise LakeError(f"stack: output {name}: is missing; pass on the outputs of infra/modules/node")
    return Outputs(**values)


def check_node(found: Mapping[str, Any], code: str) -> None:
    """Refuse the stack of another node, by outputs that may be incomplete; raises `LakeError`."""
    named = found.get("node_code", {}).get("value")
    if named is not None and named != code:
        raise LakeError(f"stack: output node_code: is {named}, not {code}; name the stack of that node: --stack DIR")


def check_planned(plan: Mapping[str, Any], code: str, settings: WorkspaceSettings) -> None:
    """Refuse a plan for another node, lake or account store than the workspace's, as far as it is known before.

    Raises:
        LakeError: It is for another one.
    """
    found = plan.get("planned_values", {}).get("outputs", {})
    check_node(found, code)
    lake = found.get("lake_url", {}).get("value")
    if lake is not None and node_url(lake, code) != node_url(settings.lake.url, code):
        raise _other("lake.url", settings.lake.url, lake)
    accounts = found.get("accounts", {}).get("value")
    if accounts is not None and accounts != settings.accounts.url:
        raise _other("accounts.url", settings.accounts.url, accounts)


def _other(place: str, ours: str, theirs: str) -> LakeError:
    return LakeError(f"tianlake.toml: {place}: is {ours!r}, but the stack's is {theirs!r}; make them the same")
