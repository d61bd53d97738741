"""Takes releases back from copies: deleted at the holder and looked for there, or written down as still to be done."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tianlake.lake import keys
from tianlake.lake.cases.removal import derived_prefixes
from tianlake.lake.errors import LakeError, NotFoundError, StoreError
from tianlake.lake.replicas.filing import Filing, Standing
from tianlake.lake.replicas.plan import CopyPlan, Keeper, plan_copy, remaining_releases
from tianlake.lake.replicas.push import EMPTY, is_this_copy, record_act
from tianlake.lake.replicas.register import Register
from tianlake.lake.replicas.send import Transfer, listed_before, unwanted
from tianlake.lake.store import Store
from tianlake.lake.store.remains import Remains

logger = logging.getLogger(__name__)

Opener = Callable[[Filing], Store | None]
"""Returns the store that a copy lies in, or None where it is on a medium that is not at hand."""

OpenRemains = Callable[[Filing], Remains | None]
"""Returns what the store of a copy keeps of older objects, or None where nobody can look."""


def _nothing(_filing: Filing) -> Remains | None:
    """Look at no older objects."""
    return None


_AWAY: Final = "the copy is on a medium that is not at hand"


@dataclass(frozen=True, slots=True)
class KnownCopy:
    """A copy that holds, or may hold, releases of a node."""

    standing: Standing
    store: Store | None
    """Where it lies; None where that is not at hand now."""
    remains: Remains | None = None
    """What is kept there of older objects."""

    @property
    def id(self) -> str:
        """Of its filing."""
        return self.standing.id

    @property
    def holder(self) -> str:
        """Organisation that has it."""
        return self.standing.filing.holder

    @property
    def held(self) -> frozenset[str]:
        """`<product>/<release>` of all that may lie there."""
        return self.standing.held


@dataclass(frozen=True, slots=True)
class Recalled:
    """What became of a recall at one copy."""

    replica: str
    releases: tuple[str, ...]
    """`<product>/<release>`, those that were to be taken back."""
    reached: bool
    """False: the recall is open, and is made up for by `tianlake replica push --recall`."""
    deleted: tuple[str, ...] = ()
    """Keys of what was deleted at the holder."""
    reason: str | None = None
    """Why the holder could not be reached."""


def known_copies(store: Store, code: str, opener: Opener, remains: OpenRemains = _nothing) -> tuple[KnownCopy, ...]:
    """Return every copy that holds, or may hold, releases of a node, by id; opens no connection by itself.

    Args:
        store: The node's.
        code: Of the node.
        opener: Opens a holder's place.
        remains: Opens what is kept there of older objects.
    """
    found = [each for each in Register(store, code).all() if each.held]
    return tuple(KnownCopy(each, opener(each.filing), remains(each.filing)) for each in found)


def recall(keeper: Keeper, copy: KnownCopy, wanted: Iterable[str], reason: str) -> Recalled:
    """Take the releases that objects belong to back from a copy; its other releases stay, and it stays a lake.

    The holder's objects are read again after that. A holder that cannot be reached leaves the recall open.

    Args:
        keeper: The node's side.
        copy: One of `known_copies`.
        wanted: Keys of objects of the node, `releases/<product>/<release>/…`; others are passed over, as a copy makes
            what it has of them anew from its releases.
        reason: Goes on record.

    Raises:
        LakeError: The place holds something else, or the node's own store is damaged.
    """
    named = {f"{product}/{release}" for product, release in map(_release_of, wanted) if product}
    return take_back(keeper, copy, sorted(named & (copy.held | copy.standing.pending)), reason)


def take_back(keeper: Keeper, copy: KnownCopy, releases: Sequence[str], reason: str) -> Recalled:
    """Take releases (`<product>/<release>`) back from a copy; see `recall`."""
    if not releases:
        return Recalled(copy.id, (), reached=True)
    record_act(keeper, "replica.recall", copy.id, releases=list(releases), reason=reason)
    own = {"releases": list(releases), "reason": reason}
    try:
        deleted, sums = _delete(keeper, copy, frozenset(releases))
    except StoreError as error:
        told = " ".join(str(error).split())[:300]
        logger.warning("replica %s: %s: %s; the recall stays open", copy.id, copy.holder, told)
        keeper.register.take(copy.id, "recall", own | {"reached": False, "told": told}, keeper.hand)
        return Recalled(copy.id, tuple(releases), reached=False, reason=told)
    proof = hashlib.sha256("\n".join(deleted).encode()).hexdigest()
    done = {"reached": True, "deleted": len(deleted), "deleted_sha256": proof, "sums": sums}
    keeper.register.take(copy.id, "recall", own | done, keeper.hand)
    return Recalled(copy.id, tuple(releases), reached=True, deleted=deleted)


def open_recalls(store: Store, standing: Standing) -> list[str]:
    """Return the releases to be taken back from a copy: withdrawn, recalled before, or all of a copy that ended.

    Args:
        store: The node's.
        standing: How the copy stands.
    """
    if standing.revoked:
        return sorted(standing.held | standing.pending)
    gone = {each for each in standing.held if not _is_kept(store, each)}
    return sorted(gone | standing.pending)


def revoke(keeper: Keeper, copy: KnownCopy, reason: str, declared: str | None = None) -> Recalled:
    """End a filing, and take everything back; what cannot be reached stays an open recall.

    Args:
        keeper: The node's side.
        copy: The copy.
        reason: Goes on record.
        declared: What the holder declared in writing of having destroyed the copy, where nobody can look.
    """
    if not copy.standing.revoked:
        record_act(keeper, "replica.revoke", copy.id, reason=reason)
        keeper.register.take(copy.id, "revoke", {"reason": reason}, keeper.hand)
    releases = tuple(sorted(copy.held | copy.standing.pending))
    if declared is None or not releases:
        return take_back(keeper, copy, releases, reason)
    record_act(keeper, "replica.recall", copy.id, releases=list(releases), reason=reason, declared=declared)
    details = {"releases": list(releases), "reason": reason, "reached": True, "declared": declared}
    keeper.register.take(copy.id, "recall", details, keeper.hand)
    return Recalled(copy.id, releases, reached=True)


def _delete(keeper: Keeper, copy: KnownCopy, releases: frozenset[str]) -> tuple[tuple[str, ...], str | None]:
    """Delete releases at the holder and make its documents anew; return the keys, and the hash of the new list.

    Raises:
        StoreError: The holder cannot be reached, or the copy is not there.
    """
    if copy.store is None:
        raise StoreError(_AWAY)
    transfer = Transfer(keeper.desk.store, copy.store, copy.id)
    transfer.begin()
    if not transfer.existing:
        raise StoreError(EMPTY)
    if not is_this_copy(keeper, copy.standing, copy.store):
        raise LakeError(
            f"replica {copy.id}: the place {copy.standing.filing.place} holds something else",
            zh=f"副本 {copy.id}：{copy.standing.filing.place} 已是别的内容",
        )
    rest = _remaining(keeper, copy, releases)
    listed = listed_before(copy.store)
    if rest is None:
        deleted = _delete_all(transfer, listed)
        sums = None
    else:
        deleted = transfer.delete(unwanted(transfer.existing, rest, listed))
        transfer.send((), lambda _: None)
        for part in rest.documents:
            transfer.send_one(part)
        sums = rest.sums
    _erase_older(copy, releases)
    _look_again(copy, releases)
    transfer.remember()
    return tuple(sorted(deleted)), sums


def _remaining(keeper: Keeper, copy: KnownCopy, releases: frozenset[str]) -> CopyPlan | None:
    """Return what a copy is without some releases; None where nothing of it is left."""
    if copy.standing.revoked or copy.store is None:
        return None
    histories = remaining_releases(keeper, copy.standing, copy.held - releases)
    return plan_copy(keeper, copy.standing, copy.store, histories) if histories else None


def _delete_all(transfer: Transfer, listed: Iterable[str]) -> list[str]:
    """Delete every object of a copy, what marks it as one last: until then the same can be done again."""
    owned = {key for key in transfer.existing if key.startswith((keys.RELEASES, keys.COLLECTIONS))}
    papers = {keys.COPY_SUMS, keys.COPY_SIGNATURE}
    deleted = transfer.delete((owned | set(listed)) - {keys.COPY, *papers})
    return [*deleted, *transfer.delete(papers), *transfer.delete([keys.COPY])]


def _erase_older(copy: KnownCopy, releases: frozenset[str]) -> None:
    """Delete what a bucket with versioning keeps of the releases and of all that was derived from them."""
    if copy.remains is None:
        return
    for product in sorted({each.partition("/")[0] for each in releases}):
        for prefix in derived_prefixes(product):
            copy.remains.erase(prefix)


def _look_again(copy: KnownCopy, releases: frozenset[str]) -> None:
    """See that nothing of the releases is left: a bucket may have said so and not done it.

    Raises:
        StoreError: Something is.
    """
    for each in sorted(releases):
        product, _, release = each.partition("/")
        left = next(iter(copy.store.list(keys.release_prefix(product, release))), None) if copy.store else None
        if left is not None:
            raise StoreError(f"{left.key}: is still there after it was deleted")
        older = next(iter(copy.remains.list(keys.release_prefix(product, release))), None) if copy.remains else None
        if older is not None and older.key.startswith(keys.RELEASES):
            raise StoreError(f"{older.key}: an older version of it is still there after it was deleted")


def _is_kept(store: Store, name: str) -> bool:
    """Say whether a release is still in the node's lake: complete, and not withdrawn."""
    product, _, release = name.partition("/")
    names = (keys.TOMBSTONE, keys.MANIFEST)
    stone, manifest = (_exists(store, keys.release_file(product, release, each)) for each in names)
    return manifest and not stone


def _exists(store: Store, key: str) -> bool:
    try:
        store.head(key)
    except NotFoundError:
        return False
    return True


def _release_of(key: str) -> tuple[str, str]:
    try:
        product, release, _name = keys.parse_release_file(key)
    except LakeError:
        return "", ""
    return product, release
