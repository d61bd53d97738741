"""Deletes the releases that held removed content, and what their store keeps of them and of all derived from them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tianlake.lake import keys
from tianlake.lake.derived import Desk, refresh
from tianlake.lake.describe import Tombstone
from tianlake.lake.errors import LakeError
from tianlake.lake.history import list_releases, read_pointer
from tianlake.lake.publishing import withdraw
from tianlake.lake.records import dump_record
from tianlake.lake.releases import JSON
from tianlake.lake.store import Store
from tianlake.lake.store.remains import Remains

logger = logging.getLogger(__name__)

REASON: Final = "依《办法》第十八条撤下 · withdrawn under article 18"
"""All that a tombstone says."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What was deleted."""

    releases: tuple[str, ...]
    """Ids of releases of the product that are tombstones now."""
    versions: int
    """Older versions of objects that the store had kept."""
    reports: int = 0
    """Reports of checks that went, as their findings quote what they were about."""


def retire(desk: Desk, product: str, keep: str | None, remains: Remains) -> Removed:
    """Delete every release of a product but one, all that was derived from them, and every older version.

    What stays of each is a tombstone that says nothing of what was in it. A call that was interrupted is finished by
    the same call.

    Args:
        desk: The node's.
        product: The product's id.
        keep: The release that is current and no longer holds it; None: the whole product goes.
        remains: What the node's store keeps of older objects.

    Raises:
        LakeError: The release to be kept is not the current one.
        ConflictError: Another publisher kept writing.
        StoreError: The store failed; the same call may be repeated.
    """
    if keep is None:
        _withdraw(desk, product)
    else:
        _bury(desk, product, keep)
        refresh(desk)
    reports = _forget_reports(desk.store, product, keep)
    gone = tuple(release for release, names in list_releases(desk.store, product) if keys.TOMBSTONE in names)
    prefixes = {*derived_prefixes(product), *_others(remains)}
    versions = sum(remains.erase(prefix) for prefix in sorted(prefixes))
    return Removed(gone, versions, reports)


def derived_prefixes(product: str) -> Iterator[str]:
    """Yield prefixes of all objects that hold something of a product, or are derived from it."""
    yield keys.release_prefix(product)
    yield keys.product_document(product, "")
    yield from (keys.ITEMS, keys.FEDERATION, keys.FEED_JSON, keys.FEED_ATOM, keys.LAKE_SQL, keys.LAKE_DUCKDB)
    yield from (keys.CATALOG, keys.NODE, "README.md", "AGENTS.md")
    yield f"{keys.REVIEWS}{product}/"


def _others(remains: Remains) -> Iterator[str]:
    """Yield the tops of all other objects that have older versions, releases and private ones left aside."""
    for each in remains.list():
        if not each.key.startswith((keys.RELEASES, keys.PRIVATE)):
            top, slash, _rest = each.key.partition("/")
            yield f"{top}{slash}"


def _forget_reports(store: Store, product: str, keep: str | None) -> int:
    """Delete what checks found in all releases but one, those that were never published among them; return how many.

    The steps of their reviews stay, and with them the hash of each report: a chain is never changed.
    """
    prefix, count = keys.reviews_of(product), 0
    for info in list(store.list(prefix)):
        release, _, name = info.key.removeprefix(prefix).partition("/")
        if name.startswith(keys.REPORTS) and release != keep:
            store.delete(info.key)
            count += 1
    return count


def _bury(desk: Desk, product: str, keep: str) -> None:
    pointer = read_pointer(desk.store, product)
    if pointer is None or pointer.release != keep:
        current = pointer.release if pointer else "none"
        raise LakeError(
            f"{product}: the release without it, {keep}, is not the current one, {current}: publish it",
            zh=f"{product}：不含该内容的版本 {keep} 不是现行版本（现行 {current}）：请先发布",
        )
    for release, names in list(list_releases(desk.store, product)):
        if release == keep or keys.TOMBSTONE in names:
            continue
        stone = Tombstone(release, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), REASON)
        desk.store.put(keys.release_file(product, release, keys.TOMBSTONE), dump_record(stone), media_type=JSON)
        logger.info("%s: release %s is a tombstone now", product, release)


def _withdraw(desk: Desk, product: str) -> None:
    alive = any(keys.TOMBSTONE not in names for _, names in list_releases(desk.store, product))
    if alive or read_pointer(desk.store, product) is not None:
        withdraw(desk, product, REASON)
    else:
        refresh(desk)
