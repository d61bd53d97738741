"""Documents that follow from pointers and releases: made again after every move, and whenever they lag behind."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tianlake.lake import keys
from tianlake.lake.attached import lake_file
from tianlake.lake.describe import Describer, Document, Federation, History
from tianlake.lake.errors import ConflictError, NotFoundError
from tianlake.lake.feed import feed_documents
from tianlake.lake.gate import Gate
from tianlake.lake.history import known_products, read_history
from tianlake.lake.layout import refuse_newer
from tianlake.lake.leaks import NOWHERE, Surroundings, refuse_leaks
from tianlake.lake.nodes import NodeCard
from tianlake.lake.plain import LAYOUT
from tianlake.lake.quotas import DEFAULT_POLICY, QuotaPolicy
from tianlake.lake.records import dump_json
from tianlake.lake.releases import JSON
from tianlake.lake.reports.links import with_reports
from tianlake.lake.sitemap import is_sitemap, sitemap_documents
from tianlake.lake.sql import lake_sql
from tianlake.lake.store import ABSENT, Matches, Store
from tianlake.lake.terms import Terms, default_terms
from tianlake.lake.trail import Journal
from tianlake.lake.trail.anchors import anchor_documents

logger = logging.getLogger(__name__)

DATABASE: Final = "application/octet-stream"
"""Media type of a DuckDB database: none is registered."""

ATTEMPTS: Final = 12
"""How often documents are made anew when publishers of other products write them at the same moment."""

LONGEST_WAIT_S: Final = 2.0
"""Longest pause between two attempts, seconds; pauses double and are random, so that publishers do not keep step."""


_NOT_DERIVED: Final = (keys.RELEASES, keys.FEDERATION, keys.PRIVATE)
"""Where no derived documents lie, or others see to them: not looked into, however much there is."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a node's publishers work: its card, its bucket and who writes its documents."""

    node: NodeCard
    store: Store
    describer: Describer
    trail: Journal
    """Takes down every act, before it is done."""
    gate: Gate
    """Lets releases out. There is no desk without one, and no way around it."""
    extras: Mapping[str, Document]
    """Further objects of the node by key, such as the portal's files."""
    around: Surroundings = NOWHERE
    """What of this machine must not be read in public."""
    quotas: QuotaPolicy = DEFAULT_POLICY
    terms: Terms = field(default_factory=default_terms)
    federation: Federation | None = None
    """What the node hands up the tree and took from below; None where it takes no part."""
    layout: int | None = None
    """What `node.json` is to say of the lake's layout; None: what it says already. `migrate` alone raises it."""


def refresh(desk: Desk) -> None:
    """Bring every derived document of a node up to date; finish withdrawals that were interrupted.

    Raises:
        LakeError: A document holds what must not be published, or the lake is of a layout that is not known here.
        ConflictError: Others kept writing for all `ATTEMPTS`; the next command brings the documents up to date.
    """
    for attempt in range(ATTEMPTS):
        try:
            _refresh_once(desk)
        except ConflictError:
            logger.info("another publisher writes documents of %s, attempt %d", desk.node.code, attempt + 1)
            time.sleep(random.uniform(0, min(LONGEST_WAIT_S, 0.05 * 2**attempt)))  # noqa: S311 - no secret
        else:
            return
    raise ConflictError(f"{desk.node.code}: other publishers keep writing the catalog; publish again")


def _refresh_once(desk: Desk) -> None:
    store = desk.store
    # Etags before state: whoever changes the state after this also writes these objects after this, and then
    # one of the two conditional writes fails and looks again.
    etags = {info.key: info.etag for info in store.list(skip=_NOT_DERIVED)}
    found = refuse_newer(store, desk.node.code) if keys.NODE in etags else None
    layout = desk.layout if desk.layout is not None else found
    desk = replace(desk, node=replace(desk.node, layout=LAYOUT if layout is None else layout))
    prefixes = desk.federation.prefixes if desk.federation is not None else ()
    etags |= {info.key: info.etag for prefix in prefixes for info in store.list(prefix)}
    histories = [_settled(store, product) for product in known_products(store)]
    documents = derived_documents(desk, histories, etags)
    documents |= anchor_documents(store, desk.node.code)
    documents = _federated(desk, histories, documents)
    # What other nodes say was checked when it was taken, and cannot tell of this machine.
    own = ((key, document.body) for key, document in documents.items() if not key.startswith(keys.FEDERATION))
    refuse_leaks(own, desk.around)
    wanted = {**desk.extras, **documents}
    for key, document in wanted.items():
        _write(store, key, document, etags.get(key))
    for history in histories:
        _drop_stale(store, history, wanted, etags)
    for key in sorted(key for key in etags if is_sitemap(key) and key not in wanted):
        store.delete(key, condition=Matches(etags[key]))
    if desk.federation is not None:
        for key in sorted(key for key in etags if key.startswith(keys.FEDERATION) and key not in wanted):
            if not desk.federation.keeps(key):
                store.delete(key, condition=Matches(etags[key]))
        desk.federation.settle()


def _federated(desk: Desk, histories: Sequence[History], documents: Mapping[str, Document]) -> dict[str, Document]:
    """Return the documents with those of federation, of which what these lead to is written then."""
    if desk.federation is None:
        return dict(documents)
    try:
        found = desk.federation.documents(desk.node, histories, documents)
    except NotFoundError as error:
        raise ConflictError(f"{desk.node.code}: a harvest replaced what was read: {error}") from None
    offer = found.pop(keys.OFFER, None)
    ordered = {**found, **documents, **found}
    return ordered | ({keys.OFFER: offer} if offer else {})  # last: it tells others that all is there


def derived_documents(desk: Desk, histories: Sequence[History], etags: Mapping[str, str]) -> dict[str, Document]:
    """Return every document that follows from the histories, by key, in the order in which they are written.

    Args:
        desk: Whose store holds the lake that they are made for.
        histories: Of all its products.
        etags: Of the objects that are there already, by key.
    """
    documents = _documents(desk, histories)
    documents[keys.CATALOG] = with_reports(documents[keys.CATALOG], etags)
    documents[keys.LAKE_DUCKDB] = _lake_file(desk, histories, documents, etags)
    return documents


def _documents(desk: Desk, histories: Sequence[History]) -> dict[str, Document]:
    """Return every document that follows from the histories alone, by key."""
    documents = {
        keys.product_document(history.product, name): document
        for history in histories
        for name, document in desk.describer.product_files(desk.node, history).items()
    }
    current = [history for history in histories if history.current]
    # The pointer too: its members but `version` and `updated` follow from them and from the node's settings.
    documents |= {keys.pointer(history.product): desk.describer.pointer(desk.node, history) for history in current}
    documents |= desk.describer.node_files(desk.node, current)
    documents |= feed_documents(desk.node, histories)
    documents[keys.QUOTAS] = Document(dump_json(desk.quotas.document()), JSON)
    documents[keys.TERMS] = Document(dump_json(desk.terms.document()), JSON)
    documents[keys.LAKE_SQL] = Document(lake_sql(desk.node, current).encode(), "application/sql")
    return documents | sitemap_documents(desk.node, current, (*documents, *desk.extras))


def _lake_file(
    desk: Desk, histories: Sequence[History], documents: Mapping[str, Document], etags: Mapping[str, str]
) -> Document:
    """Return the database of all views: the published one where it defines the same, as no two files are alike."""
    published = desk.store.get(keys.LAKE_DUCKDB)[1] if keys.LAKE_DUCKDB in etags else None
    index = documents.get(keys.ITEMS)
    current = [history for history in histories if history.current]
    return Document(lake_file(desk.node, current, index.body if index else None, published), DATABASE)


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
    """Remove documents that nothing leads to: READMEs of a withdrawn product, Items of an earlier release."""
    prefix = keys.product_document(history.product, "")
    for key in sorted(key for key in etags if key.startswith(prefix)):
        if key not in wanted and key != keys.pointer(history.product) and _is_stale(history, key.removeprefix(prefix)):
            store.delete(key, condition=Matches(etags[key]))


def _is_stale(history: History, name: str) -> bool:
    """Tell whether a document beside the pointer may go: not one that a publisher has just put there."""
    release, _, item = name.partition("/")
    if not item or history.current is None:
        return not item or any(stone.release == release for stone in history.withdrawn)
    return release < history.current


def _settled(store: Store, product: str) -> History:
    """Return a product's history, withdrawals finished: files beside a tombstone go, and a pointer to one.

    A publisher that had looked for tombstones just before somebody withdrew leaves such a pointer.
    """
    history, pointer = read_history(store, product)
    stones = {stone.release for stone in history.withdrawn}
    if pointer is not None and pointer.release in stones:
        store.delete(keys.pointer(product), condition=Matches(pointer.etag))
        history = replace(history, current=None, updated=None)
    for release in stones:
        own = keys.release_file(product, release, keys.TOMBSTONE)
        for info in list(store.list(keys.release_prefix(product, release))):
            if info.key != own:
                store.delete(info.key)
    return history
