"""What the gateway needs to know of a node's `node.json`. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tianlake.lake import keys
from tianlake.lake.errors import fault
from tianlake.lake.plain import LayerSource, layer_source


@dataclass(frozen=True, slots=True)
class Published:
    """What a node says of itself; the defaults are for one that says nothing."""

    name: str = ""
    operator: str = ""
    operator_url: str = ""
    layers: Mapping[str, LayerSource] = field(default_factory=dict)
    """Layers of today's clients, and what they show."""
    uncovered: int = 204
    """Status of a tile that is not in its archive: 204 or 404."""
    modified: float = 0.0
    """When the node last said something else, seconds since the epoch."""


def published(document: bytes, modified: float) -> Published:
    """Return what `node.json` says. Members of other versions of Tianlake, or none, do not stop a server.

    Raises:
        LakeError: It is no JSON object.
    """
    try:
        card = json.loads(document)
    except ValueError:
        card = None
    if not isinstance(card, dict):
        raise fault(keys.NODE, "", "must be a JSON object; publish the node again")
    settings = _member(card, "settings")
    operator, layers = _member(settings, "operator"), _member(settings, "layers")
    return Published(
        str(_member(card, "identity").get("name") or ""),
        str(operator.get("name") or ""),
        str(operator.get("url") or ""),
        {name: source for name, value in layers.items() if (source := layer_source(value)) is not None},
        404 if _member(settings, "tiles").get("uncovered") == 404 else 204,  # noqa: PLR2004 - Not Found
        modified,
    )


def _member(of: dict[str, Any], name: str) -> dict[str, Any]:
    value = of.get(name)
    return value if isinstance(value, dict) else {}
