"""Where examples find the files of a release."""

from __future__ import annotations

from dataclasses import dataclass

from tianlake.lake import keys
from tianlake.lake.nodes import NodeCard
from tianlake.lake.releases import Asset, Manifest


@dataclass(frozen=True, slots=True)
class Where:
    """Where examples find the files of a release."""

    node: NodeCard
    manifest: Manifest

    @property
    def base(self) -> str:
        """The URL that examples in JavaScript and shell start with: the node's own, or a place to fill in."""
        return f"{self.node.settings.url}/" if self.node.settings.url else "https://<host>/<path>/"

    def key(self, asset: Asset) -> str:
        """Return an asset's address relative to the folder of catalog.json."""
        return keys.release_file(self.manifest.candidate.card.id, self.manifest.release, asset.name)

    def sql(self, asset: Asset) -> str:
        """Return an asset's address as SQL reads it: the URL, or without one the path from that folder."""
        return f"{self.node.settings.url}/{self.key(asset)}" if self.node.settings.url else self.key(asset)
