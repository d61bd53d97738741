"""The printable form of an incident or risk report, in Chinese: what is handed in to the authority."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined

from tianlake.lake.cases.incidents import KINDS, SORTS, Incident
from tianlake.lake.nodes import NodeCard

TEMPLATE: Final = "incident.html.jinja"


def incident_page(incident: Incident, node: NodeCard) -> str:
    """Return the page as HTML; everything that people wrote is escaped."""
    template = (files("tianlake.cli") / "templates" / TEMPLATE).read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    words = {kind: text.zh for kind, text in KINDS.items()}
    sorts: dict[str, str] = {sort: text.zh for sort, text in SORTS.items()}
    page = environment.from_string(template)
    return page.render(incident=incident, sort=sorts[incident.sort], kinds=words, node=node)
