"""The node's register of its copies: chains of signed steps in its own bucket, below `private/replicas/`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tianlake.lake import keys
from tianlake.lake.chain import Chain, Link
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.records import read_record
from tianlake.lake.replicas.filing import MAGIC, REPLICA_ID, Standing, Step, StepKind, standing
from tianlake.lake.store import Store
from tianlake.lake.words import instant

ATTEMPTS: Final = 50
"""How often a step is written anew behind those of others at the same moment."""

OWN: Final = "node"
"""Who signs where no person does: the node's own operation."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who takes a step."""

    seed: bytes
    """Of the Ed25519 key that signs it, 32 bytes: the node's, or that of the person `by`."""
    by: str = OWN


@dataclass(frozen=True, slots=True)
class Register:
    """The copies of one node."""

    store: Store
    """The node's own."""
    code: str
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""

    def ids(self) -> list[str]:
        """Return the ids of all copies that were ever filed, sorted."""
        parts = (info.key.removeprefix(keys.REPLICAS).split("/") for info in self.store.list(keys.REPLICAS))
        return sorted({part[0] for part in parts if len(part) > 1 and REPLICA_ID.fullmatch(part[0])})

    def find(self, replica: str) -> Standing:
        """Return how a copy stands; raises `NotFoundError` where none was filed by that id."""
        found = standing(map(self._step, self.links(replica)), file=f"{keys.REPLICAS}{replica}/")
        if found is None:
            known = ", ".join(self.ids()) or "none"
            raise NotFoundError(f"replica {replica}: no such copy was filed at node {self.code}; there are: {known}")
        return found

    def all(self) -> list[Standing]:
        """Return how every copy stands, by id."""
        return [self.find(each) for each in self.ids()]

    def links(self, replica: str) -> Iterator[Link]:
        """Yield the signed documents of a copy; raises `LakeError` where one is damaged."""
        before: Link | None = None
        for link in self._chain(replica).links():
            if not link.is_after(before):
                raise LakeError(f"{link.key}: previous: does not follow the step before it; restore it from a backup")
            before = link
            yield link

    def steps(self, replica: str) -> Iterator[Step]:
        """Yield the steps of a copy."""
        return map(self._step, self.links(replica))

    def take(self, replica: str, kind: StepKind, details: Mapping[str, Any], hand: Hand) -> Step:
        """Append a step.

        Raises:
            ConflictError: Others keep writing steps of this copy.
            LakeError: It is longer than a document of a chain may be.
        """
        chain = self._chain(replica)
        for _ in range(ATTEMPTS):
            end = chain.end()
            at = instant(self.clock())
            at = at if end is None else max(at, self._step(end).at)
            header = {"node": self.code, "replica": replica, "at": at, "kind": kind, "by": hand.by, "layout": 1}
            try:
                return self._step(chain.append(end, header | {"details": dict(details)}, hand.seed))
            except ConflictError:
                continue
        raise ConflictError(f"{keys.REPLICAS}{replica}/: others keep writing; try again")

    def _chain(self, replica: str) -> Chain:
        if not REPLICA_ID.fullmatch(replica):
            raise LakeError(
                f"replica {replica!r}: an id is 2 to 63 of a-z, 0-9 and '-', and starts with a letter",
                zh=f"副本 {replica!r}：编号为 2 至 63 个 a-z、0-9 或 -，以字母开头",
            )
        return Chain(self.store, lambda seq: keys.replica_step(replica, seq), MAGIC)

    def _step(self, link: Link) -> Step:
        return read_record(Step, dict(link.header), file=link.key)
