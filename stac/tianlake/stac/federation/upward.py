"""What a node derives from its harvest and hands up: copies of records, the merged index, the signed offer."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tianlake.lake import keys
from tianlake.lake.describe import Document, History
from tianlake.lake.errors import ConflictError, NotFoundError, fault
from tianlake.lake.nodes import NodeCard
from tianlake.lake.records import dump_json, parse_record
from tianlake.lake.releases import GEOJSON, JSON, PARQUET
from tianlake.lake.signed import take_apart
from tianlake.lake.store import Store
from tianlake.lake.trail import Anchor
from tianlake.lake.trail.anchors import read_anchors
from tianlake.stac.assets import scenes
from tianlake.stac.collection import current
from tianlake.stac.dcat import referred_catalog
from tianlake.stac.federation import items, ledger, rows
from tianlake.stac.federation.copies import Branch, branch_link, branch_name
from tianlake.stac.federation.hrefs import absolute
from tianlake.stac.federation.ledger import Ledger
from tianlake.stac.federation.merged import Merged, Own, dump_merged, is_there, merge, put_index
from tianlake.stac.federation.mirror import Writer, source_of
from tianlake.stac.federation.offers import MAGIC, MEDIA_TYPE, write_offer
from tianlake.stac.federation.records import BASE_URL, Child, File, Harvest, Offer, read_harvest
from tianlake.stac.federation.retention import last_withdrawal, sweep
from tianlake.stac.federation.take import CARD_FILE, held_rows, held_times
from tianlake.stac.geoparquet import items_parquet
from tianlake.stac.items import SEVERAL, Place, item_name, scene_item
from tianlake.stac.profile import Json, link

_NEVER: Final = "1970-01-01T00:00:00Z"
"""When an offer of nothing at all was made."""

_RELATED: Final = {
    rows.NAME: "本节点及下级的全部记录（Parquet） · All records, those of nodes below too (Parquet)",
    items.NAME: "本节点及下级的全部影像（stac-geoparquet） · All scenes, those of nodes below too (stac-geoparquet)",
}


@dataclass(frozen=True, slots=True)
class Upward:
    """The `Federation` of one node."""

    store: Store
    """The node's own."""
    seed: bytes | None
    """Of the node's Ed25519 key, 32 bytes; without it the offer of before stays as it is."""
    clock: Callable[[], float] = time.time
    """Seconds since the epoch: what was replaced goes an hour later."""
    prefixes: tuple[str, ...] = (keys.OFFER, keys.MERGED)
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Of this writer alone."""

    def documents(
        self, node: NodeCard, histories: Sequence[History], documents: Mapping[str, Document]
    ) -> dict[str, Document]:
        """Bring copies and indexes up to date; return the documents that lead to them, the node's catalog among them.

        Raises:
            NotFoundError: A snapshot was replaced by another harvest meanwhile.
            ConflictError: Another writer is at work on the same copies.
            LakeError: The node hands up records and has no address they could be read at.
        """
        harvest, _info = read_harvest(self.store)
        url = _url(node)
        if (self.seed is None or url is None) and not harvest.children:
            return {}
        told = self._copy(node, harvest)
        own = _own_rows(node, histories, documents, url) if url else []
        made = merge(self.store, _own(node, histories, own), harvest)
        found = {keys.MERGED: Document(dump_merged(made), JSON)}
        found[keys.CATALOG] = _catalog(documents[keys.CATALOG], harvest.held, made)
        found[keys.DCAT] = _dcat(documents[keys.DCAT], harvest.held, told)
        if self.seed is not None and url:
            card = documents[keys.NODE]
            file = File(keys.index_file(digest := _sha256(card.body), CARD_FILE), digest, len(card.body))
            if not is_there(self.store, file):
                put_index(self.store, file, card.body, JSON)
            offer = _offer(node, url, {**made.files(), CARD_FILE: file}, harvest, len(own), _made(histories, harvest))
            offer = replace(offer, trail=_anchor(documents), withdrawn=_withdrawn(histories, harvest))
            found[keys.OFFER] = Document(write_offer(offer, self.seed), MEDIA_TYPE)
        return found

    def keeps(self, key: str) -> bool:
        """Say whether an object stays: the offer does where nobody can sign another."""
        return self.seed is None and key == keys.OFFER

    def settle(self) -> None:
        """Remove copies of children that are held no longer, and indexes that were replaced an hour ago.

        To be called when the documents that no longer lead to them are written.

        Raises:
            ConflictError: Another writer is at work on the same copies.
        """
        harvest, _info = read_harvest(self.store)
        writer = self._writer()
        for child in harvest.children:
            if child.snapshot is None:
                found = ledger.find(self.store, child.code)
                if found.etag is not None:
                    entered = writer.enter(found)
                    self._check_unchanged(harvest)
                    writer.remove(entered)
        used = {file.key for file in (*self._merged_files(), *self._offered())} | self._linked()
        offer = self._offer_now()
        own = offer.withdrawn if offer else None
        withdrawn = last_withdrawal([own, *(child.purged for child in harvest.children)])
        sweep(self.store, keys.INDEX, {f"{key.rpartition('/')[0]}/" for key in used}, self.clock(), withdrawn)

    def _copy(self, node: NodeCard, harvest: Harvest) -> dict[str, Ledger]:
        """Bring the copies of every child up to date, where they do not follow from what is held of it already.

        Returns:
            Code of the child → what is known of its copies then.
        """
        writer, told = self._writer(), {}
        stale = []
        for child in harvest.held:
            found = ledger.find(self.store, child.code)
            if found.ledger.is_settled(source_of(child, node)):
                told[child.code] = found.ledger
            else:
                stale.append((child, found, writer.enter(found)))
        if stale:
            # Who enters after this reads what is held after this: the last one to write writes what is true.
            self._check_unchanged(harvest)
        for child, found, entered in stale:
            held = tuple(sorted(held_rows(self.store, child), key=lambda each: each.id))
            branch = Branch(node, child, held, held_times(self.store, child))
            told[child.code] = writer.write(found, entered, branch)
        return told

    def _check_unchanged(self, harvest: Harvest) -> None:
        if read_harvest(self.store)[0] != harvest:
            raise ConflictError(f"{keys.HARVEST}: another harvest switched meanwhile")

    def _writer(self) -> Writer:
        return Writer(self.store, self.name, self.clock())

    def _linked(self) -> set[str]:
        """Return the keys of the indexes that the node's catalog leads to: those of foreign trees too."""
        try:
            body = json.loads(self.store.get(keys.CATALOG)[1])
        except NotFoundError:
            return set()
        hrefs = (str(each["href"]).removeprefix("./") for each in body["links"])
        return {href for href in hrefs if href.startswith(keys.INDEX)}

    def _merged_files(self) -> list[File]:
        """Return the files of the merged index that is published; raises `LakeError` where nobody knows them."""
        try:
            body = self.store.get(keys.MERGED)[1]
        except NotFoundError:
            return []
        return list(parse_record(Merged, body, file=keys.MERGED).files().values())

    def _offered(self) -> list[File]:
        """Return the files that the published offer names; none where there is no offer."""
        offer = self._offer_now()
        return [] if offer is None else [each for each in (offer.card, offer.collections, offer.items) if each]

    def _offer_now(self) -> Offer | None:
        """Return the published offer, or None where there is none."""
        try:
            signed = take_apart(self.store.get(keys.OFFER)[1], MAGIC)
        except NotFoundError:
            return None
        return None if signed is None else parse_record(Offer, signed.header, file=keys.OFFER)


def _url(node: NodeCard) -> str | None:
    """Return the node's address; without one it hands nothing up, as nobody could read it."""
    url = node.settings.url
    if url is not None and not BASE_URL.fullmatch(url):
        rule = "the public http(s) address of a node is written without a final '/'"
        raise fault(f"nodes/{node.code}/node.toml", "url", f"{rule}; got {url!r}")
    return url


def _own_rows(
    node: NodeCard, histories: Sequence[History], documents: Mapping[str, Document], url: str
) -> list[rows.Row]:
    """Return the node's own records: its pointers, with absolute addresses."""
    found = []
    for history in histories:
        if history.current:
            key = keys.pointer(history.product)
            found.append(rows.row_of(absolute(json.loads(documents[key].body), f"{url}/{key}"), node.code, url))
    return found


def _own(node: NodeCard, histories: Sequence[History], found: Sequence[rows.Row]) -> Own:
    """Return what the node itself gives to its index."""
    url = node.settings.url
    having = [each for each in histories if each.current and scenes(current(each).manifest.candidate)] if url else []
    told = json.dumps([url, *((each.product, current(each).manifest_sha256) for each in having)])

    def make() -> bytes:
        return items_parquet([item for history in having for item in _own_items(history, str(url))])

    return Own(node.code, found, _sha256(told.encode()) if having else None, make)


def _own_items(history: History, url: str) -> Iterator[Json]:
    manifest = current(history).manifest
    candidate = manifest.candidate
    product, release, several = candidate.card.id, manifest.release, scenes(candidate)
    place = Place(f"{url}/", f"{url}/{keys.release_prefix(product, release)}")
    for scene in several:
        item = scene_item(candidate, scene, place)
        if len(several) >= SEVERAL:  # a lone one has no document of its own
            key = keys.product_document(product, item_name(candidate, scene, release))
            item["links"].append(link("canonical", f"{url}/{key}", GEOJSON))
        yield item


def _withdrawn(histories: Sequence[History], harvest: Harvest) -> str | None:
    """Return when something was withdrawn last, here or at a node below."""
    times = [stone.withdrawn for history in histories for stone in history.withdrawn]
    times += [child.withdrawn for child in harvest.children if child.withdrawn is not None]
    return max(times, default=None)


def _made(histories: Sequence[History], harvest: Harvest) -> str:
    """Return when the newest thing happened that an offer tells of: also that something was withdrawn."""
    times = [history.updated for history in histories]
    times += [stone.withdrawn for history in histories for stone in history.withdrawn]
    return max((each for each in (*times, harvest.changed) if each), default=_NEVER)


def _offer(node: NodeCard, url: str, named: Mapping[str, File], harvest: Harvest, own: int, made: str) -> Offer:
    below = tuple(each for child in harvest.children for each in child.health(node.code))
    return Offer(1, node.code, url, made, named[CARD_FILE], named[rows.NAME], named.get(items.NAME), own, below)


def _catalog(document: Document, held: Sequence[Child], made: Merged) -> Document:
    """Return the node's catalog with links to the merged index, and to the branches after the node's own products."""
    body = json.loads(document.body)
    links = [each for each in body["links"] if each["rel"] != "child"]
    products = [each for each in body["links"] if each["rel"] == "child"]
    links += [link("related", f"./{file.key}", PARQUET, _RELATED[name]) for name, file in made.files().items()]
    body["links"] = [*links, *products, *(branch_link(each.code) for each in held)]
    return Document(dump_json(body), JSON)


def _anchor(documents: Mapping[str, Document]) -> Anchor | None:
    """Return how the node's trail ended when it was last anchored."""
    if (found := documents.get(keys.AUDIT_ANCHORS)) is None:
        return None
    return read_anchors(found.body, file=keys.AUDIT_ANCHORS).anchors[-1]


def _dcat(document: Document, held: Sequence[Child], told: Mapping[str, Ledger]) -> Document:
    """Return the catalog in DCAT with those of the children by reference: each tells of its own children in turn."""
    body = json.loads(document.body)
    referred = [referred_catalog(each.url, branch_name(each.code), told[each.code].publisher) for each in held]
    if referred:
        body["@graph"][0]["dcat:catalog"] = referred
    return Document(dump_json(body), document.media_type)


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
