"""Relations of links in STAC documents that hold in one tree only."""

from __future__ import annotations

from typing import Final

OF_A_TREE: Final = frozenset(
    {"root", "parent", "self", "child", "item", "items", "collection", "describedby", "agents"}
)
"""They say where a document stands in its tree: in another tree they would be wrong."""
