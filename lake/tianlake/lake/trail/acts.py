"""What goes on record: publishing, review, key, case and replica acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

ActKind = Literal[
    "trail.begin",
    "trail.new-key",
    "trail.lost-key",
    "trail.seal",
    "publish",
    "rollback",
    "withdraw",
    "publish.refused",
    "publish.renew",
    "review.submit",
    "review.approve",
    "review.reject",
    "review.map-approve",
    "review.supersede",
    "review.lost",
    "person.add",
    "person.new-key",
    "person.revoke-key",
    "key.issue",
    "key.revoke",
    "key.sync",
    "account.change",
    "case.open",
    "case.report",
    "case.decide",
    "case.apply",
    "case.prove",
    "case.close",
    "incident.open",
    "incident.change",
    "replica.file",
    "replica.push",
    "replica.verify",
    "replica.recall",
    "replica.revoke",
    "federation.take",
    "lake.migrate",
    "lake.adopt",
    "lake.restore",
]
"""What was done: the part of the system, and the verb."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done at a node."""

    kind: ActKind
    subject: str
    """What it is done to: `places/20261127T080000Z-1a2b3c4d`, the number of a case, a key's first digits."""
    by: str = "node"
    """Id of the person who answers for it; `node` where the node's own operation did it."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Further facts, as JSON has them. Never what a removal case removed, a raw key, or a citizen's name."""


class Journal(Protocol):
    """Takes down acts."""

    def record(self, act: Act) -> object:
        """Put an act on record; it is there for good when this returns.

        An act that changes what the public sees is recorded before it is done: a trail may tell of an act that broke
        off, but nothing happens that it does not tell of.

        Raises:
            LakeError: It cannot be recorded, so it must not be done.
            StoreError: The store failed; the same call may be repeated.
        """
