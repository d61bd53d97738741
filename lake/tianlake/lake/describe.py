"""What publishing needs to know of catalogs: the documents that speak of releases.

They are made elsewhere (`tianlake.stac`), so that the ground does not depend on what stands on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tianlake.lake.nodes import NodeCard
from tianlake.lake.releases import Candidate, Manifest
from tianlake.lake.words import ReleaseId

if TYPE_CHECKING:  # approvals are recorded in the trail, whose anchors are documents of this module
    from tianlake.lake.reviews.approval import Approval


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a withdrawn release: `releases/<product>/<release>/withdrawn.json`."""

    release: ReleaseId
    withdrawn: str
    """UTC, RFC 3339."""
    reason: str


@dataclass(frozen=True, slots=True)
class Published:
    """A release that the pointer stands at, or stood at."""

    manifest: Manifest
    manifest_sha256: str
    """Of the manifest's bytes: what an approval is bound to."""


@dataclass(frozen=True, slots=True)
class History:
    """Every release of one product that the lake knows of."""

    product: str
    releases: tuple[Published, ...]
    """Complete ones, oldest first."""
    withdrawn: tuple[Tombstone, ...]
    current: ReleaseId | None
    """Where the pointer stands."""
    updated: str | None
    """When the pointer moved last: UTC, RFC 3339."""
    approval: Approval | None = None
    """What lets the current release out; None where it went out before there were approvals."""

    def find(self, release: str) -> Published | None:
        """Return one release, or None where it is not (or no longer) in the lake."""
        return next((each for each in self.releases if each.manifest.release == release), None)


@dataclass(frozen=True, slots=True)
class Document:
    """A small file made from releases: its bytes and media type."""

    body: bytes
    media_type: str


class Describer(Protocol):
    """Makes every document that speaks of releases. Pure: equal input gives equal bytes."""

    def release_files(self, node: NodeCard, candidate: Candidate) -> dict[str, Document]:
        """Return the files of the immutable release beside the assets, by path: STAC items."""

    def pointer(self, node: NodeCard, history: History) -> Document:
        """Return the STAC Collection for `history.current`, which is set.

        Tianlake reads the pointer from its members `version` (release id) and `updated` (RFC 3339).
        """

    def product_files(self, node: NodeCard, history: History) -> dict[str, Document]:
        """Return the documents beside the pointer by name: `versions.json`, `README.md`, `AGENTS.md`.

        `README.md` and `AGENTS.md` are absent where `history.current` is None.
        """

    def node_files(self, node: NodeCard, current: Sequence[History]) -> dict[str, Document]:
        """Return the node's documents by key: `catalog.json`, `README.md`, `index/items.parquet`, ….

        `current` holds the histories of products whose pointer is set, sorted by product.
        """


class Federation(Protocol):
    """Makes what a node hands up and down the tree, and copies of what it took. Works in the node's own bucket."""

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What the keys of its documents begin with, below `federation/`."""

    def documents(
        self, node: NodeCard, histories: Sequence[History], documents: Mapping[str, Document]
    ) -> dict[str, Document]:
        """Write copies and indexes; return the documents that lead to them by key, in the order to write them in.

        Args:
            node: Whose they are.
            histories: Of every product, those that are withdrawn too.
            documents: What was derived already; some of these take the place of one of them.

        Raises:
            NotFoundError: What was taken from below was replaced meanwhile.
            ConflictError: Another writer is at work on the same copies.
        """

    def keeps(self, key: str) -> bool:
        """Say whether an object with one of the prefixes stays though it is none of `documents`."""

    def settle(self) -> None:
        """Remove what nothing leads to any more, when all documents are written; raises `ConflictError` as above."""
