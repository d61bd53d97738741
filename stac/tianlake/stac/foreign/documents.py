"""What a node publishes of foreign trees: mirrors of their records by Portolan's rules, and an index of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from tianlake.lake import keys
from tianlake.lake.describe import Document
from tianlake.lake.errors import NotFoundError
from tianlake.lake.nodes import NodeCard
from tianlake.lake.records import dump_json
from tianlake.lake.releases import JSON, PARQUET
from tianlake.lake.store import Store
from tianlake.stac import mirrors, profile
from tianlake.stac.foreign.indexes import ITEMS, RECORDS, records_parquet
from tianlake.stac.foreign.mapping import Record
from tianlake.stac.foreign.records import Held, read_sources
from tianlake.stac.foreign.take import held_records
from tianlake.stac.markdown import document
from tianlake.stac.profile import Json, link
from tianlake.stac.providers import host

_GUIDE: Final = (
    "- 外部目录的记录，不是数据 · A record of a foreign catalog, no data: follow `canonical`, and read it there.\n"
    f"- `{keys.FOREIGN}` tells what was taken when, and what is stale."
)
_RECORDS: Final = "外部目录的全部记录（Parquet） · All records of foreign catalogs (Parquet)"


@dataclass(frozen=True, slots=True)
class ForeignTrees:
    """The documents of one node that follow from what it took from foreign trees."""

    store: Store

    def documents(self, node: NodeCard, catalog: Document) -> dict[str, Document]:
        """Return them by key, and the node's catalog with links to them; nothing where no tree is held.

        Args:
            node: Whose they are.
            catalog: Of the node, as it is without them.
        """
        held = [each for each in read_sources(self.store)[0].held if each.snapshot is not None]
        if not held:
            return {}
        found: dict[str, Document] = {}
        rows: list[tuple[str, Record]] = []
        for tree in held:
            own = held_records(self.store, tree)
            rows += [(tree.name, each) for each in own]
            for record in own:
                found |= _collection_files(node, tree, record)
            found |= _catalog_files(tree, own)
        index = [*self._items(held), (RECORDS, _RECORDS, records_parquet(node.code, sorted(rows, key=_id)))]
        found |= {keys.index_file(_sha256(body), name): Document(body, PARQUET) for name, _title, body in index}
        found[keys.CATALOG] = _linked(catalog, held, index)
        return found

    def keeps(self, key: str) -> bool:
        """Say whether an object below `federation/` is what a harvest of foreign trees laid down."""
        return key == keys.FOREIGN or key.startswith(keys.FOREIGN_TAKEN)

    def _items(self, held: Sequence[Held]) -> Iterator[tuple[str, str, bytes]]:
        """Yield name, title and bytes of the index of Items of each tree that has some."""
        for tree in held:
            with suppress(NotFoundError):
                body = self.store.get(f"{keys.foreign_taken(tree.name, tree.snapshot or '')}{ITEMS}")[1]
                title = f"外部目录 {tree.name} 的影像 · Scenes of the foreign catalog {tree.name} (stac-geoparquet)"
                yield ITEMS, title, body


def _id(row: tuple[str, Record]) -> str:
    return row[1].id


def _linked(catalog: Document, held: Sequence[Held], index: Sequence[tuple[str, str, bytes]]) -> Document:
    body = json.loads(catalog.body)
    for name, title, each in index:
        body["links"].append(link("related", f"./{keys.index_file(_sha256(each), name)}", PARQUET, title))
    for tree in held:
        body["links"].append(link("child", f"./{keys.foreign_copy(tree.name, keys.CATALOG)}", title=_title(tree)))
    return Document(dump_json(body), JSON)


def _title(tree: Held) -> str:
    return f"外部目录 {tree.name} · Foreign catalog {tree.name}"


def _catalog_files(tree: Held, own: Sequence[Record]) -> dict[str, Document]:
    key = keys.foreign_copy(tree.name, keys.CATALOG)
    description = (
        f"外部目录的记录，由本节点汇聚；数据仍在原处，由其发布者负责。\n\n"
        f"Records of a foreign catalog, taken over by this node. The data stays where it is: {tree.place}"
    )
    body: Json = {
        "type": "Catalog",
        "stac_version": profile.STAC_VERSION,
        "stac_extensions": [profile.PORTOLAN, profile.LANGUAGE],
        "id": f"foreign-{tree.name}",
        "title": _title(tree),
        "description": description,
        **profile.LANGUAGES,
        "links": [
            *mirrors.place(key, "../../../catalog.json"),
            link("canonical", tree.place, title="原目录 · The catalog itself"),
            *(link("child", f"./{each.slug}/collection.json", title=str(each.body()["title"])) for each in own),
        ],
        "tianlake:state": tree.state,
    }
    if tree.taken:
        body["updated"] = tree.taken
    if tree.stale_since:
        body |= {"tianlake:stale_since": tree.stale_since, "tianlake:stale_reason": tree.reason}
    return mirrors.files(key, body, document(f"# {_title(tree)}", description), _GUIDE)


def _collection_files(node: NodeCard, tree: Held, record: Record) -> dict[str, Document]:
    key = keys.foreign_copy(tree.name, f"{record.slug}/collection.json")
    original = record.body()
    assets = {name: each for name, each in original["assets"].items() if not _is_mirror(each)}
    beside: dict[str, Document] = {}
    if not mirrors.has_data(assets):
        text = record.document.encode()
        beside[f"{key.rpartition('/')[0]}/{mirrors.RECORD}"] = Document(text, JSON)
        assets["record"] = mirrors.record_asset(text, "原记录 · The original record")
    kept = [each for each in original["links"] if each["rel"] != "via" or each.get("type") == "text/html"]
    body = {
        **original,
        "stac_extensions": sorted(
            {*original["stac_extensions"], profile.PORTOLAN, *([profile.FILE] if beside else [])}
        ),
        "providers": mirrors.providers(original["providers"], host(node)),
        "updated": tree.taken,
        "assets": assets,
        "links": [
            *mirrors.place(key, "../catalog.json"),
            *kept,
            link("via", f"{tree.place.rpartition('/')[0]}/", "text/html", "来源目录 · The catalog it comes from"),
            link("canonical", record.url, title="原记录 · The original record"),
        ],
    }
    source = f"外部目录的记录，由本节点汇聚 · A record of a foreign catalog, taken over by this node: <{record.url}>"
    return beside | mirrors.files(key, body, mirrors.readme(body, source), _GUIDE)


def _is_mirror(asset: Json) -> bool:
    return "collection-mirror" in (asset.get("roles") or ())


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
