"""What a stack says of itself, once it is there: outputs of the module `node`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tianlake.lake.errors import LakeError


@dataclass(frozen=True, slots=True)
class Outputs:
    """Outputs that commands read; None where a stack has no such thing."""

    node_code: str
    site_url: str
    lake_url: str | None = None
    api_url: str | None = None
    dashboard_url: str | None = None
    distribution_id: str | None = None


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


def check_planned(plan: Mapping[str, Any], code: str, lake_url: str) -> None:
    """Refuse a plan for another node or another lake than the workspace's, as far as it is known before it is done.

    Raises:
        LakeError: It is for another one.
    """
    found = plan.get("planned_values", {}).get("outputs", {})
    planned = found.get("node_code", {}).get("value")
    if planned is not None and planned != code:
        raise LakeError(f"stack: output node_code: is {planned}, not {code}; name the stack of that node: --stack DIR")
    lake = found.get("lake_url", {}).get("value")
    if lake is not None and lake.rstrip("/") != lake_url.rstrip("/"):
        raise LakeError(f"tianlake.toml: lake.url: is {lake_url!r}, but the stack's lake is {lake!r}; make them the same")
