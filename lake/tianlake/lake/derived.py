"""Documents that follow from pointers and releases: made again after every move, and whenever they lag behind."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from tianlake.lake import keys
from tianlake.lake.describe import Describer, Document, History
from tianlake.lake.errors import ConflictError, NotFoundError
from tianlake.lake.history import known_products, read_history
from tianlake.lake.nodes import NodeCard
from tianlake.lake.sql import lake_sql
from tianlake.lake.store import ABSENT, Matches, Store

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 8
"""How often documents are made anew when publishers of other products write them at the same moment."""


def refresh(store: Store, node: NodeCard, describer: Describer, extras: Mapping[str, Document]) -> None:
    """Bring every derived document of a node up to date; finish withdrawals that were interrupted.

    Raises:
        ConflictError: Others kept writing for all `ATTEMPTS`; the next command brings the documents up to date.
    """
    for attempt in range(ATTEMPTS):
        try:
            _refresh_once(store, node, describer, extras)
        except ConflictError:
            logger.info("another publisher writes documents of %s, attempt %d", node.code, attempt + 1)
        else:
            return
    raise ConflictError(f"{node.code}: other publishers keep writing the catalog; publish again")


def _refresh_once(store: Store, node: NodeCard, describer: Describer, extras: Mapping[str, Document]) -> None:
    # Etags before state: whoever changes the state after this also writes these objects after this, and then
    # one of the two conditional writes fails and looks again.
    etags = {info.key: info.etag for info in store.list() if not info.key.startswith(keys.RELEASES)}
    histories = [read_history(store, product)[0] for product in known_products(store)]
    for history in histories:
        _finish_withdrawals(store, history)
    current = [history for history in histories if history.current]
    wanted = dict(extras)
    for history in histories:
        for name, document in describer.product_files(node, history).items():
            wanted[keys.product_document(history.product, name)] = document
    wanted |= describer.node_files(node, current)
    wanted[keys.LAKE_SQL] = Document(lake_sql(node, current).encode(), "application/sql")
    for key, document in wanted.items():
        _write(store, key, document, etags.get(key))
    for history in histories:
        _drop_stale(store, history, wanted, etags)


def _write(store: Store, key: str, document: Document, etag: str | None) -> None:
    """Write a document unless the lake has these bytes already: readers keep their caches."""
    if etag is not None:
        try:
            info, body = store.get(key)
        except NotFoundError:
            raise ConflictError(f"{key}: removed meanwhile") from None
        if body == document.body:
            return
        if info.etag != etag:
            raise ConflictError(f"{key}: changed meanwhile")
    condition = Matches(etag) if etag is not None else ABSENT
    store.put(key, document.body, media_type=document.media_type, condition=condition)


def _drop_stale(store: Store, history: History, wanted: Mapping[str, Document], etags: Mapping[str, str]) -> None:
    """Remove documents of a product that has no pointer any more (README.md of a withdrawn product)."""
    prefix = keys.product_document(history.product, "")
    keep = {keys.pointer(history.product)}
    for key in sorted(key for key in etags if key.startswith(prefix)):
        if key not in wanted and key not in keep:
            store.delete(key, condition=Matches(etags[key]))


def _finish_withdrawals(store: Store, history: History) -> None:
    for stone in history.withdrawn:
        own = keys.release_file(history.product, stone.release, keys.TOMBSTONE)
        for info in list(store.list(keys.release_prefix(history.product, stone.release))):
            if info.key != own:
                store.delete(info.key)
