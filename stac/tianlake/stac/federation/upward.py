"""What a node derives from its harvest and hands up: copies of records, the merged index, the signed offer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tianlake.lake import keys
from tianlake.lake.describe import Document, History
from tianlake.lake.errors import NotFoundError, fault
from tianlake.lake.nodes import NodeCard
from tianlake.lake.records import dump_json, parse_record
from tianlake.lake.releases import GEOJSON, JSON, PARQUET, MediaType
from tianlake.lake.signed import take_apart
from tianlake.lake.store import Store
from tianlake.lake.trail import Anchor
from tianlake.lake.trail.anchors import read_anchors
from tianlake.stac.assets import scenes
from tianlake.stac.collection import current
from tianlake.stac.dcat import referred_catalog
from tianlake.stac.federation import items, rows
from tianlake.stac.federation.copies import Branch, branch_files, branch_link, branch_name, branches
from tianlake.stac.federation.hrefs import absolute
from tianlake.stac.federation.offers import MAGIC, MEDIA_TYPE, write_offer
from tianlake.stac.federation.records import BASE_URL, File, Harvest, Offer, read_harvest
from tianlake.stac.federation.take import CARD_FILE, held_rows
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

    def documents(
        self, node: NodeCard, histories: Sequence[History], documents: Mapping[str, Document]
    ) -> dict[str, Document]:
        """Return the documents of federation by key, and the node's catalog with links to them.

        Raises:
            NotFoundError: A snapshot was replaced by another harvest meanwhile.
            LakeError: The node hands up records and has no address they could be read at.
        """
        harvest, _info = read_harvest(self.store)
        url = _url(node)
        if (self.seed is None or url is None) and not harvest.children:
            return {}
        below = branches(node, ((child, held_rows(self.store, child)) for child in harvest.held))
        own = _own_rows(node, histories, documents, url) if url else []
        index = self._index([*own, *(row for each in below for row in each.rows)], node, histories, harvest)
        found = {key: document for each in below for key, document in branch_files(each).items()}
        found |= {keys.index_file(_sha256(document.body), name): document for name, document in index.items()}
        found[keys.CATALOG] = _catalog(documents[keys.CATALOG], below, index)
        found[keys.DCAT] = _dcat(documents[keys.DCAT], below)
        if self.seed is not None and url:
            card = documents[keys.NODE]
            found[keys.index_file(_sha256(card.body), CARD_FILE)] = card
            offer = _offer(node, url, {**index, CARD_FILE: card}, harvest, len(own), _made(histories, harvest))
            offer = replace(offer, trail=_anchor(documents))
            found[keys.OFFER] = Document(write_offer(offer, self.seed), MEDIA_TYPE)
        return found

    def keeps(self, key: str) -> bool:
        """Say whether an object below `federation/` stays: harvests, and the offer where nobody can sign another."""
        if key == keys.HARVEST or key.startswith((keys.TAKEN, keys.ANCHORS)):
            return True
        return self.seed is None and key in {keys.OFFER, *self._offered()}

    def _offered(self) -> list[str]:
        """Return the keys that the published offer names; none where there is no offer."""
        try:
            signed = take_apart(self.store.get(keys.OFFER)[1], MAGIC)
        except NotFoundError:
            return []
        if signed is None:
            return []
        offer = parse_record(Offer, signed.header, file=keys.OFFER)
        return [file.key for file in (offer.card, offer.collections, offer.items) if file is not None]

    def _index(
        self, found: Sequence[rows.Row], node: NodeCard, histories: Sequence[History], harvest: Harvest
    ) -> dict[str, Document]:
        """Return the merged index by name: the node's own and what it took from below."""
        index = {rows.NAME: _parquet(rows.write_rows(found))}
        files: dict[str, bytes] = {}
        url = node.settings.url
        if url and (own := [item for history in histories if history.current for item in _own_items(history, url)]):
            files[node.code] = items_parquet(own)
        for child in harvest.held:
            key = f"{keys.taken_prefix(child.code, child.snapshot)}{items.NAME}"
            if any(info.key == key for info in self.store.list(key)):
                files[child.code] = self.store.get(key)[1]
        if (body := items.merge_items(files)) is not None:
            index[items.NAME] = _parquet(body)
        return index


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


def _made(histories: Sequence[History], harvest: Harvest) -> str:
    """Return when the newest thing happened that an offer tells of: also that something was withdrawn."""
    times = [history.updated for history in histories]
    times += [stone.withdrawn for history in histories for stone in history.withdrawn]
    return max((each for each in (*times, harvest.changed) if each), default=_NEVER)


def _offer(node: NodeCard, url: str, files: Mapping[str, Document], harvest: Harvest, own: int, made: str) -> Offer:
    named = {
        name: File(keys.index_file(digest := _sha256(each.body), name), digest, len(each.body))
        for name, each in files.items()
    }
    below = tuple(each for child in harvest.children for each in child.health(node.code))
    return Offer(1, node.code, url, made, named[CARD_FILE], named[rows.NAME], named.get(items.NAME), own, below)


def _anchor(documents: Mapping[str, Document]) -> Anchor | None:
    """Return how the node's trail ended when it was last anchored."""
    if (found := documents.get(keys.AUDIT_ANCHORS)) is None:
        return None
    return read_anchors(found.body, file=keys.AUDIT_ANCHORS).anchors[-1]


def _catalog(document: Document, below: Sequence[Branch], index: Mapping[str, Document]) -> Document:
    """Return the node's catalog with links to the merged index, and to the branches before the node's own products."""
    body = json.loads(document.body)
    links = [each for each in body["links"] if each["rel"] != "child"]
    products = [each for each in body["links"] if each["rel"] == "child"]
    for name, each in index.items():
        links.append(link("related", f"./{keys.index_file(_sha256(each.body), name)}", each.media_type, _RELATED[name]))
    body["links"] = [*links, *products, *(branch_link(each) for each in below)]
    return Document(dump_json(body), JSON)


def _dcat(document: Document, below: Sequence[Branch]) -> Document:
    """Return the catalog in DCAT with those of the children by reference: each tells of its own children in turn."""
    body = json.loads(document.body)
    referred = [referred_catalog(each.child.url, branch_name(each), _publisher(each)) for each in below]
    if referred:
        body["@graph"][0]["dcat:catalog"] = referred
    return Document(dump_json(body), document.media_type)


def _publisher(branch: Branch) -> str | None:
    """Return who hosts a child's own records, as one of them says."""
    for row in branch.rows:
        if row.node == branch.child.code:
            return next((str(each["name"]) for each in row.body()["providers"] if "host" in each["roles"]), None)
    return None


def _parquet(body: bytes) -> Document:
    media_type: MediaType = PARQUET
    return Document(body, media_type)


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
