"""A node's part in the tree, upward and downward, and beyond it: the `Federation` of its publishers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tianlake.lake import keys
from tianlake.lake.describe import Document, History
from tianlake.lake.nodes import NodeCard
from tianlake.stac.federation.downward import Downward
from tianlake.stac.federation.upward import Upward
from tianlake.stac.foreign.documents import ForeignTrees


@dataclass(frozen=True, slots=True)
class BothWays:
    """What a node hands up and what it hands down, and what it lists of foreign trees."""

    up: Upward
    down: Downward
    foreign: ForeignTrees

    def documents(
        self, node: NodeCard, histories: Sequence[History], documents: Mapping[str, Document]
    ) -> dict[str, Document]:
        """Return the documents of all; errors are those of `Upward`."""
        found = {**self.down.documents(node, histories), **self.up.documents(node, histories, documents)}
        catalog = found.get(keys.CATALOG, documents[keys.CATALOG])
        foreign = self.foreign.documents(node, catalog)
        found.pop(keys.CATALOG, None)  # the catalog comes after what it leads to
        return {**found, **foreign} if foreign else {**found, keys.CATALOG: catalog}

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What the keys of the documents of all begin with."""
        return (*self.up.prefixes, keys.DOWN, keys.DOWN_FILES, keys.FOREIGN_COPIES, keys.INDEX)

    def keeps(self, key: str) -> bool:
        """Say whether one of them keeps an object; indexes stay until `settle` removes them."""
        own = self.up.keeps(key) or self.down.keeps(key) or self.foreign.keeps(key)
        return own or key.startswith(keys.INDEX)

    def settle(self) -> None:
        """Remove what nothing leads to any more; errors are those of `Upward`."""
        self.up.settle()
