"""Entry point of the viewer-request function of CloudFront: `viewer_request.handler` of the bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tianlake.functions.edge.config import NAME, config_of
from tianlake.functions.edge.start import edge_of

_EDGE = edge_of(config_of((Path(__file__).parent / NAME).read_text("utf-8")))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one event of CloudFront."""
    del context
    return _EDGE(event)
