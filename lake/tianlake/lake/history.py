"""What the lake knows of a product: its releases, read from the objects themselves."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from typing import NamedTuple

from tianlake.lake import keys
from tianlake.lake.describe import History, Published, Tombstone
from tianlake.lake.errors import LakeError, NotFoundError, fault
from tianlake.lake.records import parse_record
from tianlake.lake.releases import Manifest
from tianlake.lake.reviews.approval import Approval, read_approval
from tianlake.lake.store import Store

logger = logging.getLogger(__name__)


class Pointer(NamedTuple):
    """Where a product stands, and the etag that the next move is conditional on."""

    release: str
    updated: str
    etag: str
    attribution: str | None = None
    """What is said beside its maps: whom they are owed to, map-approval numbers (审图号), the mark of a demo."""


def read_pointer(store: Store, product: str) -> Pointer | None:
    """Return a product's pointer, or None where nothing is published.

    Raises:
        LakeError: The collection is there but is no pointer.
    """
    key = keys.pointer(product)
    try:
        info, body = store.get(key)
    except NotFoundError:
        return None
    try:
        document = json.loads(body)
        attribution = document.get("attribution")
        told = attribution if isinstance(attribution, str) else None
        return Pointer(str(document["version"]), str(document["updated"]), info.etag, told)
    except (ValueError, KeyError, TypeError):
        rule = "not a STAC Collection with `version` and `updated`; remove it and publish the product again"
        raise fault(key, "version", rule) from None


def read_history(store: Store, product: str) -> tuple[History, Pointer | None]:
    """Return every release of a product and its pointer.

    The pointer is read first: a publisher that moves it later than that is noticed by the etag.
    """
    pointer = read_pointer(store, product)
    releases: list[Published] = []
    withdrawn: list[Tombstone] = []
    approval: Approval | None = None
    for release, names in list_releases(store, product):
        if keys.TOMBSTONE in names:
            key = keys.release_file(product, release, keys.TOMBSTONE)
            withdrawn.append(parse_record(Tombstone, store.get(key)[1], file=key))
        elif keys.MANIFEST in names:  # written last: without it the release is a leftover of a crash
            releases.append(read_release(store, product, release))
            if pointer is not None and release == pointer.release and keys.APPROVAL in names:
                approval = read_approval(store, product, release)
    history = History(
        product=product,
        releases=tuple(releases),
        withdrawn=tuple(withdrawn),
        current=pointer.release if pointer else None,
        updated=pointer.updated if pointer else None,
        approval=approval,
    )
    return history, pointer


def read_release(store: Store, product: str, release: str) -> Published:
    """Return a release's manifest; raises `NotFoundError` where there is none."""
    key = keys.release_file(product, release, keys.MANIFEST)
    body = store.get(key)[1]
    return Published(parse_record(Manifest, body, file=key), hashlib.sha256(body).hexdigest())


def published_products(store: Store) -> list[str]:
    """Return the products whose pointer is set, sorted."""
    found = []
    for info in store.list(keys.COLLECTIONS):
        match info.key.split("/"):
            case [_, product, "collection.json"]:
                found.append(product)
    return found


def known_products(store: Store) -> list[str]:
    """Return every product that ever had a release here, sorted."""
    return sorted({product for product, _, _ in _release_files(store, keys.RELEASES)})


def list_releases(store: Store, product: str) -> Iterator[tuple[str, set[str]]]:
    """Yield each release of a product with the names of the files in it, oldest first, incomplete ones included."""
    found: dict[str, set[str]] = {}
    for _, release, name in _release_files(store, keys.release_prefix(product)):
        found.setdefault(release, set()).add(name)
    yield from sorted(found.items())


def _release_files(store: Store, prefix: str) -> Iterator[tuple[str, str, str]]:
    """Yield product, release and name of each file; what others put beside releases (`.DS_Store`) is no release."""
    for info in store.list(prefix):
        try:
            yield keys.parse_release_file(info.key)
        except LakeError:
            logger.info("%s is not of the layout and left alone", info.key)
