"""Small candidates and a plain describer, for tests of publishing that are not about catalogs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gate_kit import Open
from trail_kit import trail

from tianlake.lake.derived import Desk
from tianlake.lake.describe import Document, History
from tianlake.lake.nodes import NodeCard, NodeName, NodeSettings, Organisation
from tianlake.lake.publishing import Release, seal
from tianlake.lake.recipes import Period, Producer, ProductCard
from tianlake.lake.records import dump_json, dump_record
from tianlake.lake.releases import JSON, PARQUET, Asset, Candidate
from tianlake.lake.store import Store
from tianlake.lake.words import Bounds, Text

NODE = NodeCard(
    NodeName("156130000", "provincial", "河北省", "河北省地理信息公共服务平台", "天地图·河北", "156000000"),
    NodeSettings("156130000", Organisation("Operator"), Organisation("Authority")),
)


class PlainDescriber:
    """Writes the least that the lake itself reads: the pointer's two members, and lists."""

    def release_files(self, node: NodeCard, candidate: Candidate) -> dict[str, Document]:
        return {"items/scene.json": Document(dump_json({"id": f"{node.code}-{candidate.card.id}"}), JSON)}

    def pointer(self, node: NodeCard, history: History) -> Document:
        return Document(dump_json({"version": history.current, "updated": history.updated}), JSON)

    def product_files(self, node: NodeCard, history: History) -> dict[str, Document]:
        versions = {
            "current": history.current,
            "releases": [each.manifest.release for each in history.releases],
            "withdrawn": [each.release for each in history.withdrawn],
        }
        files = {"versions.json": Document(dump_json(versions), JSON)}
        if history.current:
            files["README.md"] = Document(f"# {history.product}\n".encode(), "text/markdown")
            files[f"{history.current}/scene.json"] = Document(dump_json({"release": history.current}), JSON)
        return files

    def node_files(self, node: NodeCard, current: Sequence[History]) -> dict[str, Document]:
        plain = {each.product: each.current for each in current}
        return {"catalog.json": Document(dump_json(plain), JSON)}


class CardDescriber(PlainDescriber):
    """Writes `node.json` too, as every describer of nodes does."""

    def node_files(self, node: NodeCard, current: Sequence[History]) -> dict[str, Document]:
        return super().node_files(node, current) | {"node.json": Document(dump_record(node), JSON)}


def card(product: str = "places") -> ProductCard:
    """Return what a small product says of itself."""
    return ProductCard(
        id=product,
        kind="vector",
        product_class="place",
        title=Text("地名", "Places"),
        description=Text("地名", "Places"),
        license="CC0-1.0",
        attribution="Example",
        producers=(Producer("Example"),),
        period=Period("2026-01-01"),
    )


def candidate(folder: Path, marker: str, *, product: str = "places", built: str = "2026-11-01T00:00:00Z") -> Candidate:
    """Write two files that hold `marker` into `folder` and return the candidate that lists them."""
    folder.mkdir(parents=True, exist_ok=True)
    assets = []
    for name, media_type in ((f"{product}.parquet", PARQUET), ("quality.json", JSON)):
        body = json.dumps({"marker": marker, "file": name}).encode()
        (folder / name).write_bytes(body)
        digest = hashlib.sha256(body).hexdigest()
        assets.append(Asset(name, "data", media_type, digest, len(body), Text(name, name)))
    return Candidate(
        node=NODE.code,
        card=card(product),
        built=built,
        fingerprint=hashlib.sha256(marker.encode()).hexdigest(),
        bounds=Bounds(113, 36, 120, 43),
        assets=tuple(assets),
        sources=(),
        tools={},
    )


def desk(store: Store) -> Desk:
    """Return a desk at the Hebei node with the plain describer."""
    return Desk(
        NODE,
        store,
        PlainDescriber(),
        trail(store, NODE.code),
        Open(),
        {"portal/index.html": Document(b"<!doctype html>", "text/html")},
    )


def carded_desk(store: Store) -> Desk:
    """Return a desk that publishes `node.json` too."""
    return replace(desk(store), describer=CardDescriber())


def sealed(folder: Path, marker: str, built: str = "2026-11-01T00:00:00Z", product: str = "places") -> Release:
    """Make a candidate in a folder of its own below `folder` and return the release it becomes."""
    own = folder / f"candidate-{product}-{marker}"
    return seal(candidate(own, marker, product=product, built=built), own, NODE, PlainDescriber())


def document(store: Store, key: str) -> Any:
    """Return a JSON object of the store, parsed."""
    return json.loads(store.get(key)[1])
