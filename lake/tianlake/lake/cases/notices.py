"""Incidents as a node tells the public of them: `incidents.json`, of what an officer published and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from tianlake.lake.cases.incidents import Incident
from tianlake.lake.describe import Document
from tianlake.lake.records import dump_json
from tianlake.lake.releases import JSON
from tianlake.lake.words import Text


@dataclass(frozen=True, slots=True)
class Notice:
    """One incident: nothing of its private record but what was written to be read by all."""

    id: str
    what: Text
    product: str | None
    """Id within the node; None where it was of the node as a whole."""
    began: str
    """UTC, RFC 3339, as all times here; when it was noticed, where nobody told when it began."""
    ended: str | None
    """When its closing went on record, where nobody told when it ended; None while it lasts."""
    published: str
    """When what stands here was signed."""


def notice_of(incident: Incident) -> Notice | None:
    """Return what was published of an incident last, or None where nothing was."""
    told = [step for step in incident.steps if step.kind == "publish"]
    if not told:
        return None
    said = told[-1].details
    return Notice(
        incident.id,
        Text(said["zh"], said["en"]),
        said.get("product"),
        said.get("began", incident.found),
        said.get("ended", incident.closed),
        told[-1].at,
    )


def notices_document(code: str, incidents: Iterable[Incident]) -> Document:
    """Return `incidents.json` of a node: the latest incident first."""
    found = [notice for incident in incidents if (notice := notice_of(incident))]
    found.sort(key=lambda each: (each.began, each.id), reverse=True)
    return Document(dump_json({"node": code, "incidents": [asdict(each) for each in found], "layout": 1}), JSON)
