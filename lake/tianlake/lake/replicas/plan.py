"""What a copy is made of: the current releases that its filing names, and the documents of a lake of these alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from tianlake.lake import keys
from tianlake.lake.derived import Desk, derived_documents
from tianlake.lake.describe import Describer, Document, History
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.history import read_history
from tianlake.lake.leaks import refuse_leaks
from tianlake.lake.nodes import NodeCard
from tianlake.lake.plain import layer_source
from tianlake.lake.releases import JSON
from tianlake.lake.replicas.filing import Filing, Standing
from tianlake.lake.replicas.papers import BINARY, TEXT, claim_of, pem, readme, sign_sums, write_sums
from tianlake.lake.replicas.register import Hand, Register
from tianlake.lake.signed import public_key
from tianlake.lake.store import Store


@dataclass(frozen=True, slots=True)
class Keeper:
    """A node's side of its copies."""

    desk: Desk
    """The node's own desk."""
    register: Register
    seed: bytes
    """Of the node's Ed25519 key, 32 bytes: lists of files and steps are signed with it."""
    mirror: Callable[[NodeCard, Filing], Describer]
    """Returns who describes the releases of a copy."""
    by: Hand | None = None
    """Who answers for what is done; the node's own operation where None."""

    @property
    def hand(self) -> Hand:
        """Who signs steps."""
        return self.by or Hand(self.seed)


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a copy."""

    key: str
    size: int
    """Bytes."""
    sha256: str
    media_type: str
    body: bytes | None = None
    """None: it is the object of the same key in the node's store."""


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """All files of a copy, in the order in which they are written."""

    releases: Mapping[str, str]
    """Product → release."""
    data: tuple[Part, ...]
    """Immutable files of releases, manifests last."""
    documents: tuple[Part, ...]
    """Written after all data: pointers, what follows from them, the papers; the signed list last."""

    @property
    def held(self) -> frozenset[str]:
        """`<product>/<release>` of each release."""
        return frozenset(f"{product}/{release}" for product, release in self.releases.items())

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.size for each in (*self.data, *self.documents))

    @property
    def sums(self) -> str:
        """SHA-256 of the list of files."""
        return next(each.sha256 for each in self.documents if each.key == keys.COPY_SUMS)


def copied_releases(keeper: Keeper, standing: Standing) -> dict[str, History]:
    """Return the history of each product that a copy is to hold now, cut down to its current release.

    A product that is not published, and a release that was ever recalled from the copy, are left out.

    Raises:
        LakeError: A product of the filing never leaves the node.
    """
    found: dict[str, History] = {}
    for product in standing.filing.products:
        history, _pointer = read_history(keeper.desk.store, product)
        release = history.find(history.current or "")
        if release is None or f"{product}/{release.manifest.release}" in standing.recalled:
            continue
        if release.manifest.candidate.card.access == "internal":
            raise LakeError(
                f"{product}: access is 'internal': such a product never leaves, to no holder",
                zh=f"{product}：access 为 internal，不得提供给任何单位",
            )
        found[product] = replace(history, releases=(release,), withdrawn=())
    return found


def remaining_releases(keeper: Keeper, standing: Standing, kept: AbstractSet[str]) -> dict[str, History]:
    """Return the history of each product of which a copy keeps a release, cut down to the newest that it keeps."""
    found: dict[str, History] = {}
    for product in standing.filing.products:
        history, _pointer = read_history(keeper.desk.store, product)
        there = [each for each in history.releases if f"{product}/{each.manifest.release}" in kept]
        if there:
            found[product] = replace(
                history,
                releases=(there[-1],),
                withdrawn=(),
                current=there[-1].manifest.release,
                updated=history.updated or there[-1].manifest.candidate.built,
            )
    return found


def plan_copy(keeper: Keeper, standing: Standing, holder: Store, histories: Mapping[str, History]) -> CopyPlan:
    """Return what a copy is to be, given what the holder has already (its database of views may stay).

    Raises:
        LakeError: A document holds what must not be published.
    """
    filing, desk = standing.filing, keeper.desk
    releases = {product: str(history.current) for product, history in sorted(histories.items())}
    data = [part for product, history in sorted(histories.items()) for part in _release_parts(desk.store, history)]
    card = copied_card(desk.node, releases)
    there = replace(desk, node=card, store=holder, describer=keeper.mirror(desk.node, filing), federation=None)
    etags = _etags(holder)
    documents = {**desk.extras, **derived_documents(there, [histories[each] for each in releases], etags)}
    documents[keys.COPY_README] = readme(desk.node, filing, releases, public_key(keeper.seed))
    documents[keys.COPY_KEY] = Document(pem(public_key(keeper.seed)), TEXT)
    documents[keys.COPY] = claim_of(desk.node, filing, keeper.seed, releases)
    refuse_leaks(((key, document.body) for key, document in documents.items()), desk.around)
    parts = [_document_part(key, document) for key, document in documents.items()]
    sums = write_sums((each.key, each.sha256) for each in (*data, *parts))
    signature = Document(sign_sums(sums, keeper.seed), BINARY)
    parts += [
        _document_part(keys.COPY_SIGNATURE, signature),
        _document_part(keys.COPY_SUMS, Document(sums, TEXT)),
    ]
    return CopyPlan(releases, tuple(data), tuple(parts))


def copied_card(node: NodeCard, releases: Mapping[str, str]) -> NodeCard:
    """Return what a copy publishes as `node.json`: nothing in it leads to what is not there.

    It has no address of its own, so that its views read what lies beside them; neighbours and a base map stay where
    they are addressed absolutely.
    """
    layers = {
        layer: value
        for layer, value in node.settings.layers.items()
        if (source := layer_source(value)) is not None and source.product in releases
    }
    parent = node.parent if node.parent and _is_absolute(node.parent.href) else None
    children = tuple(each for each in node.children if _is_absolute(each.href))
    basemap = node.basemap if node.basemap and _is_absolute(node.basemap) else None
    settings = replace(node.settings, url=None, layers=layers, basemap=node.settings.basemap if basemap else None)
    return replace(node, settings=settings, parent=parent, children=children, basemap=basemap)


def _is_absolute(href: str) -> bool:
    return href.startswith(("http://", "https://"))


def _release_parts(store: Store, history: History) -> Iterator[Part]:
    """Yield the files of a product's current release: those of its manifest, its approval, then the manifest."""
    release = history.releases[0]
    manifest = release.manifest
    for entry in manifest.files:
        key = keys.release_file(history.product, manifest.release, entry.path)
        yield Part(key, entry.size, entry.sha256, entry.media_type)
    for name in (keys.APPROVAL, keys.MANIFEST):
        key = keys.release_file(history.product, manifest.release, name)
        try:
            body = store.get(key)[1]
        except NotFoundError:
            continue
        yield Part(key, len(body), hashlib.sha256(body).hexdigest(), JSON, body)


def _document_part(key: str, document: Document) -> Part:
    body = document.body
    return Part(key, len(body), hashlib.sha256(body).hexdigest(), document.media_type, body)


def _etags(holder: Store) -> dict[str, str]:
    """Return the etags that documents are made by."""
    try:
        return {keys.LAKE_DUCKDB: holder.head(keys.LAKE_DUCKDB).etag}
    except NotFoundError:
        return {}
