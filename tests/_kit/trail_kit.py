"""Journals for tests: one that keeps the acts it was told, and a node's trail with a key made up for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from tianlake.lake.store import Store
from tianlake.lake.trail import Act, Trail


@dataclass
class Notes:
    """A journal in memory."""

    acts: list[Act] = field(default_factory=list)

    def record(self, act: Act) -> None:
        """Keep an act."""
        self.acts.append(act)


def seed_of(name: str) -> bytes:
    """Return the seed of somebody's Ed25519 key: another one for each name, the same in each run."""
    return hashlib.sha256(name.encode()).digest()


def trail(store: Store, code: str) -> Trail:
    """Return the trail of a node that signs with a key of its own."""
    return Trail(store, code, seed_of(code))
