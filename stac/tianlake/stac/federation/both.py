"""A node's part in the tree, upward and downward: the `Federation` of its publishers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tianlake.lake.describe import Document, History
from tianlake.lake.nodes import NodeCard
from tianlake.stac.federation.downward import Downward
from tianlake.stac.federation.upward import Upward


@dataclass(frozen=True, slots=True)
class BothWays:
    """What a node hands up and what it hands down."""

    up: Upward
    down: Downward

    def documents(
        self, node: NodeCard, histories: Sequence[History], documents: Mapping[str, Document]
    ) -> dict[str, Document]:
        """Return the documents of both; errors are those of `Upward`."""
        return {**self.down.documents(node, histories), **self.up.documents(node, histories, documents)}

    def keeps(self, key: str) -> bool:
        """Say whether either keeps an object."""
        return self.up.keeps(key) or self.down.keeps(key)
