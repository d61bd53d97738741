"""What is current at each node, as whoever answers questions needs it: looked at anew every few seconds.

The gateway's own `Node` does the same for files, one product at a time and within a second; here a question may be of
all products of a node, and is answered in a thread.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

from tianlake.lake import keys
from tianlake.lake.divisions import load_divisions
from tianlake.lake.errors import LakeError, NotFoundError, fault
from tianlake.lake.history import read_pointer, read_release
from tianlake.lake.naming import nodes_above
from tianlake.lake.plain import PRODUCT_ID
from tianlake.lake.query import read_from
from tianlake.lake.recipes import ProductCard
from tianlake.lake.releases import Asset, Manifest, data_table
from tianlake.lake.store import DirectoryStore, S3Settings, Store, open_store

_log = logging.getLogger(__name__)

AT_ONCE: Final = 8
"""How many nodes, and how many products of each, are looked at at once: in object storage each look is a request."""

FRESH_S: Final = 2.0
"""How long what is current is believed, seconds."""

_CHILD: Final = "./collections/"


@dataclass(frozen=True, slots=True)
class NodeObjects:
    """One node's objects, and where DuckDB reads them."""

    code: str
    store: Store
    root: str
    """A folder or an `s3://` URL, with a final `/` (`query.read_from`)."""


@dataclass(frozen=True, slots=True)
class CurrentRelease:
    """The current release of one product."""

    code: str
    """Of its node."""
    manifest: Manifest
    root: str
    """Of its node, as of `NodeObjects`."""
    etag: str = field(repr=False)
    """Of the pointer that led here."""
    told: str | None = None
    """What the pointer says beside its maps."""

    @property
    def attribution(self) -> str:
        """Whom the data is owed to, with map-approval numbers (审图号) and the mark of a demo."""
        return self.told or self.card.attribution

    @property
    def product(self) -> str:
        """Id of the product within its node."""
        return self.card.id

    @property
    def card(self) -> ProductCard:
        """What the product says of itself."""
        return self.manifest.candidate.card

    @property
    def table(self) -> Asset | None:
        """The Parquet file of its features or rows; None where it has none."""
        return data_table(self.manifest.candidate)

    def holds(self, name: str) -> bool:
        """Say whether the release has a file of this path."""
        return any(each.path == name for each in self.manifest.files)

    def url(self, name: str) -> str:
        """Return where DuckDB reads a file of the release."""
        return self.root + keys.release_file(self.product, self.manifest.release, name)


@dataclass(slots=True)
class _Seen:
    """What was found at one node."""

    releases: tuple[CurrentRelease, ...] = ()
    looked: float | None = None


class CurrentReleases:
    """The current releases of some nodes. Safe to use from several threads: one looks, the others take what it saw."""

    def __init__(self, nodes: Sequence[NodeObjects], clock: Callable[[], float] = time.monotonic) -> None:
        """Look nowhere yet; `clock` gives seconds."""
        self._nodes = {node.code: node for node in nodes}
        self._seen = {node.code: _Seen() for node in nodes}
        self._locks = {node.code: Lock() for node in nodes}
        self._clock = clock

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the nodes."""
        return tuple(self._nodes)

    def node(self, code: str) -> NodeObjects:
        """Return a node's objects; raises `NotFoundError` where it is not served."""
        try:
            return self._nodes[code]
        except KeyError:
            raise NotFoundError(f"node {code} is not among those that are served") from None

    def below(self, code: str) -> tuple[str, ...]:
        """Return a node and those below it in the tree that are served here too, from the top down."""
        return (code, *(each for each in self._nodes if code in _above(each)))

    def of(self, code: str, *, fresh: bool = False) -> tuple[CurrentRelease, ...]:
        """Return the current releases of a node, by product; with `fresh`, looked at now.

        Raises:
            NotFoundError: The node is not served.
            StoreError: Its store does not answer, and never did.
        """
        node, seen, lock = self.node(code), self._seen[code], self._locks[code]
        if not fresh and seen.looked is not None:
            if self._clock() - seen.looked < FRESH_S or not lock.acquire(blocking=False):
                return seen.releases
        else:
            lock.acquire()
        try:
            # Until the look is over, others go by what was seen before.
            seen.releases = self._look(node, seen.releases)
            seen.looked = self._clock()
        except LakeError as error:
            if fresh or seen.looked is None:
                raise
            _log.warning("node %s: what is current cannot be looked at: %s; what was, still holds", code, error)
            seen.looked = self._clock()
        finally:
            lock.release()
        return seen.releases

    def of_all(self, codes: Sequence[str]) -> tuple[CurrentRelease, ...]:
        """Return the current releases of several nodes, node by node; several are looked at at once. Raises as `of`."""
        due = [code for code in codes if self._is_due(code)]
        if len(due) > 1:
            with ThreadPoolExecutor(min(AT_ONCE, len(due))) as pool:
                list(pool.map(self.of, due))
        return tuple(release for code in codes for release in self.of(code))

    def _is_due(self, code: str) -> bool:
        self.node(code)
        looked = self._seen[code].looked
        return looked is None or self._clock() - looked >= FRESH_S

    def find(self, code: str, product: str, *, fresh: bool = False) -> CurrentRelease:
        """Return the current release of one product; raises `NotFoundError` where there is none."""
        found = next((each for each in self.of(code, fresh=fresh) if each.product == product), None)
        if found is None:
            raise NotFoundError(f"product {product!r} of node {code} is not published")
        return found

    def _look(self, node: NodeObjects, before: tuple[CurrentRelease, ...]) -> tuple[CurrentRelease, ...]:
        known = {(each.product, each.etag): each for each in before}

        def look(product: str) -> CurrentRelease | None:
            try:
                etag = node.store.head(keys.pointer(product)).etag
                return known.get((product, etag)) or _follow(node, product)
            except NotFoundError:  # withdrawn since it was listed, or about to be
                return None

        products = _listed(node.store)
        if isinstance(node.store, DirectoryStore):  # a thread costs more than a look
            return tuple(filter(None, map(look, products)))
        with ThreadPoolExecutor(min(AT_ONCE, len(products) or 1)) as pool:
            return tuple(filter(None, pool.map(look, products)))


def open_nodes(url: str, codes: Sequence[str], settings: S3Settings | None, base: Path) -> list[NodeObjects]:
    """Return the objects of nodes; arguments and errors are those of `open_store`."""
    return [NodeObjects(code, open_store(url, code, settings, base), read_from(url, code, base)) for code in codes]


def _listed(store: Store) -> list[str]:
    """Return the products that the catalog lists: it may lag, so each one's pointer is asked.

    Not by listing `collections/`, which holds an Item for each scene of each product.
    """
    try:
        _info, body = store.get(keys.CATALOG)
    except NotFoundError:
        return []
    try:
        hrefs = [link["href"] for link in json.loads(body)["links"] if link["rel"] == "child"]
    except (ValueError, KeyError, TypeError):
        raise fault(keys.CATALOG, "links", "a node's catalog links to its collections") from None
    products = [href.removeprefix(_CHILD).split("/")[0] for href in hrefs if href.startswith(_CHILD)]
    return sorted(each for each in products if PRODUCT_ID.fullmatch(each))


def _follow(node: NodeObjects, product: str) -> CurrentRelease | None:
    pointer = read_pointer(node.store, product)
    if pointer is None:
        return None
    published = read_release(node.store, product, pointer.release)
    return CurrentRelease(node.code, published.manifest, node.root, pointer.etag, pointer.attribution)


@cache
def _above(code: str) -> frozenset[str]:
    """Return the codes of the nodes above one; kept, because each question asks it of every node that is served."""
    return frozenset(nodes_above(code, load_divisions()))
