"""Describes the releases of a front-deployed copy: a mirror by Portolan's rules, hosted by its holder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tianlake.lake import keys
from tianlake.lake.describe import Document, History
from tianlake.lake.nodes import NodeCard
from tianlake.lake.records import dump_json
from tianlake.lake.releases import JSON
from tianlake.stac.describer import StacDescriber
from tianlake.stac.profile import Json, link


@dataclass(frozen=True)
class MirrorDescriber(StacDescriber):
    """The `Describer` of a copy. Source: Portolan core, "Source Provenance": `via`, `canonical`, another host."""

    origin: NodeCard
    """The node that the copy is of, with its public address where it has one."""
    holder: str
    """Organisation that has the copy."""

    def pointer(self, node: NodeCard, history: History) -> Document:
        """Return the STAC Collection, which leads to the original."""
        body = json.loads(super().pointer(node, history).body)
        body["providers"] = self._providers(body["providers"])
        return self._mirrored(body, keys.pointer(history.product))

    def node_files(self, node: NodeCard, current: Sequence[History]) -> dict[str, Document]:
        """Return the documents of the copy; its catalog leads to the node's own."""
        found = super().node_files(node, current)
        body = json.loads(found[keys.CATALOG].body)
        body["providers"] = self._providers(body["providers"])
        return found | {keys.CATALOG: self._mirrored(body, keys.CATALOG)}

    def _mirrored(self, body: Json, key: str) -> Document:
        if url := self.origin.settings.url:
            kept = [each for each in body["links"] if each["rel"] != "canonical"]
            via = link("via", f"{url}/", "text/html", "来源节点 · The node it comes from")
            body["links"] = [*kept, via, link("canonical", f"{url}/{key}", title="原件 · The original")]
        return Document(dump_json(body), JSON)

    def _providers(self, original: Sequence[Json]) -> list[Json]:
        """Return who made the data and, last, who hosts the copy."""
        found = []
        for each in original:
            roles = [role for role in each["roles"] if role != "host"]
            found.append({**each, "roles": roles or ["processor"]})
        made = {each["name"].strip().casefold() for each in found}
        name = f"{self.holder}（前置副本 · copy）" if self.holder.strip().casefold() in made else self.holder
        return [*found, {"name": name, "roles": ["host"]}]
