"""Deletes from backups what a removal (article 18) took away: from every snapshot, and what no snapshot names then."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from tianlake.lake import keys
from tianlake.lake.backup.place import OBJECTS, SEALED, SNAPSHOTS, Place, content_key
from tianlake.lake.backup.series import Series
from tianlake.lake.backup.snapshot import MEDIA_TYPE, Object, Snapshot, rewrite_snapshot, write_snapshot
from tianlake.lake.errors import LakeError
from tianlake.lake.store import Matches, Store
from tianlake.lake.words import Instant

_OTHERS = (keys.TAKEN, keys.HARVEST, keys.FOREIGN_TAKEN, keys.FOREIGN)
"""What was taken from other nodes, and the pointers to it."""

Gone = Callable[[Object], bool]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted from the backups at one place."""

    snapshots: int
    """Snapshots that were written anew without it."""
    deleted: int
    """Objects of the backup that are gone, older versions too."""


def removed_by(lake: Store, product: str, keep: str | None) -> Gone:
    """Return what tells which saved objects may hold something of what was removed from a product.

    All releases of it but the one that stayed, the reports of their checks, its documents, and all documents that are
    derived from products, where the lake has others now. Pointers of other products, and what was taken from other
    nodes, stay.

    Args:
        lake: The node's store, after the removal.
        product: Id of the product.
        keep: The release that is current and does not hold it; None: the whole product went.
    """
    now = {info.key: info.etag for info in lake.list(skip=(keys.RELEASES,))}
    kept = (keys.release_prefix(product, keep), f"{keys.reviews_of(product)}{keep}/") if keep else ()
    own = (keys.release_prefix(product), keys.product_document(product, ""))

    def gone(each: Object) -> bool:
        key = each.key
        if key.startswith(kept) or key.endswith(f"/{keys.TOMBSTONE}") or (each.etag and now.get(key) == each.etag):
            return False
        if key.startswith(own):
            return True
        if key.startswith(keys.reviews_of(product)):
            return f"/{keys.REPORTS}" in key
        return not key.startswith((keys.RELEASES, keys.COLLECTIONS, keys.PRIVATE, *_OTHERS))

    return gone


def forget(series: Series, gone: Gone, seed: bytes, at: Instant) -> Forgotten:
    """Delete objects from every snapshot; may be repeated, and finishes what was interrupted.

    Args:
        series: With the operator's key: reports that are sealed are found with it alone.
        gone: What to delete.
        seed: Of the node's key.
        at: Now.

    Raises:
        LakeError: A snapshot cannot be read, or the operator's key is not here: then the private part of snapshots is
            left as it was, and all that may be public is deleted all the same.
        StoreError: The place cannot be reached, or keeps what it should delete.
    """
    changed, used = 0, set[str]()
    for name in series.names():
        key = f"{SNAPSHOTS}{name}"
        info, document = series.place.store.get(key)
        found = series.parse(name, document)
        less = _without(found, gone)
        if less != found:
            less = replace(less, head=replace(less.head, forgotten=at))
            is_open = less.private is not None
            body = write_snapshot(less, seed) if is_open else rewrite_snapshot(document, less, seed)
            series.place.store.put(key, body, media_type=MEDIA_TYPE, condition=Matches(info.etag))
            changed += 1
        used |= {content_key(each.sha256) for each in less.public} | less.seals.keys()
    deleted = _delete_unused(series.place, used)
    if series.secret is None and series.names():
        rule = "its private part may hold reports of checks, and is sealed: run it again where the operator's key is"
        raise LakeError(
            f"backup {series.place.url}: {rule}", zh=f"备份 {series.place.url}：私有部分已加密，需操作者密钥才能清除"
        )
    return Forgotten(changed, deleted)


def forget_accounts(series: Series, newest: Object, before: Instant, seed: bytes) -> Forgotten:
    """Delete accounts from every snapshot of before somebody left: their names and addresses are in those.

    Needs no key of the operator. May be repeated, and finishes what was interrupted.

    Args:
        series: Of the place.
        newest: Accounts as they were saved since: a snapshot may have been made in the same second.
        before: When the last of them left.
        seed: Of the node's key.

    Raises:
        LakeError: A snapshot cannot be read.
        StoreError: The place cannot be reached, or keeps what it should delete.
    """
    closed, changed, used = replace(series, secret=None), 0, set[str]()
    for name in series.names():
        key = f"{SNAPSHOTS}{name}"
        info, document = series.place.store.get(key)
        found = closed.parse(name, document)
        own = found.head.accounts
        if own is not None and own.sha256 != newest.sha256 and found.head.at <= before:
            gone = set(own.pieces) - set(newest.pieces)
            seals = {piece: digest for piece, digest in found.seals.items() if piece not in gone}
            found = replace(found, head=replace(found.head, accounts=None), seals=seals)
            body = rewrite_snapshot(document, found, seed)
            series.place.store.put(key, body, media_type=MEDIA_TYPE, condition=Matches(info.etag))
            changed += 1
        used |= {content_key(each.sha256) for each in found.public} | found.seals.keys()
    return Forgotten(changed, _delete_unused(series.place, used) if changed else 0)


def _without(found: Snapshot, gone: Gone) -> Snapshot:
    private = None if found.private is None else _rest(found.private, gone)
    seals = found.seals
    if private is not None:
        own = (found.head.accounts,) if found.head.accounts else ()
        wanted = {piece for each in (*private, *own) for piece in each.pieces}
        seals = {piece: digest for piece, digest in found.seals.items() if piece in wanted}
    return replace(found, public=_rest(found.public, gone), private=private, seals=seals)


def _rest(objects: Iterable[Object], gone: Gone) -> tuple[Object, ...]:
    return tuple(each for each in objects if not gone(each))


def _delete_unused(place: Place, used: set[str]) -> int:
    """Delete what no snapshot names, and all that the place keeps of older objects."""
    count = 0
    for prefix in (OBJECTS, SEALED):
        for info in list(place.store.list(prefix)):
            if info.key not in used:
                place.store.delete(info.key)
                count += 1
    return count + sum(place.remains.erase(prefix) for prefix in (OBJECTS, SEALED, SNAPSHOTS))
