"""What a node hands down: documents of its own and those it has pinned, named by one signed list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tianlake.lake import keys
from tianlake.lake.describe import Document, History
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.handed import (
    BASEMAP,
    MEDIA_TYPE,
    HandedDown,
    Handing,
    Pin,
    read_own_handing,
    write_handing,
)
from tianlake.lake.layers import archive_of, tile_archives
from tianlake.lake.nodes import NodeCard, basemap_product
from tianlake.lake.plain import Text
from tianlake.lake.records import dump_json
from tianlake.lake.releases import JSON
from tianlake.lake.store import Store
from tianlake.lake.tilejson import tile_json
from tianlake.stac.collection import current

_TITLE: Final = Text("底图", "Base map")
_ADDRESSED: Final = ("tiles", "minzoom", "maxzoom", "bounds", "scheme")
"""Members of TileJSON that a source of a style has too (MapLibre style specification, "vector")."""


@dataclass(frozen=True, slots=True)
class Given:
    """A document of the node's own."""

    name: str
    """Within the node: `terms`."""
    kind: str
    title: Text
    version: str
    body: bytes
    media_type: str = JSON
    file: str = ""
    """Name of the object; `<name>.json` where empty."""


@dataclass(frozen=True, slots=True)
class Downward:
    """What one node hands down."""

    store: Store
    """The node's own."""
    seed: bytes | None
    """Of the node's Ed25519 key; without it what it handed down before stays as it is."""
    given: tuple[Given, ...]
    pinned: tuple[tuple[Pin, bytes], ...]
    """What the node has pinned of what its parent hands down: used here, and handed on unchanged."""
    now: str
    """UTC, RFC 3339: when the list becomes another one, if it does."""

    def documents(self, node: NodeCard, histories: Sequence[History]) -> dict[str, Document]:
        """Return the files, and after them the list that names them, by key."""
        found = {_key(pin.document): Document(body, pin.document.media_type) for pin, body in self.pinned}
        if self.seed is None:
            return found
        own = [*self.given, *_base_map(self.store, node, histories)]
        before = self._before()
        listed = {}
        for each in own:
            document = _listed(each, node.code, before, self.now)
            if document.name in listed:
                raise LakeError(f"nodes/{node.code}: two documents are handed down as {document.name!r}; rename one")
            listed[document.name] = document
            found[_key(document)] = Document(each.body, each.media_type)
        for pin, _body in self.pinned:
            held = before.find(pin.document.name) if before else None
            same = held is not None and held.sha256 == pin.document.sha256
            listed[pin.document.name] = held if same and held else replace(pin.document, since=self.now)
        if not listed and before is None:
            return found
        handing = Handing(1, node.code, self.now, tuple(listed[name] for name in sorted(listed)))
        if before is not None and before.documents == handing.documents:
            handing = replace(handing, made=before.made)
        found[keys.DOWN] = Document(write_handing(handing, self.seed), MEDIA_TYPE)
        return found

    def keeps(self, key: str) -> bool:
        """Say whether an object stays though it is none of `documents`: where nobody can sign another list."""
        if self.seed is not None or not key.startswith((keys.DOWN, keys.DOWN_FILES)):
            return False
        before = self._before()
        return before is not None and key in {keys.DOWN, *map(_key, before.documents)}

    def _before(self) -> Handing | None:
        try:
            return read_own_handing(self.store.get(keys.DOWN)[1], name=keys.DOWN)
        except NotFoundError:
            return None


def _key(document: HandedDown) -> str:
    return keys.down_file(document.sha256, document.file)


def _listed(given: Given, code: str, before: Handing | None, now: str) -> HandedDown:
    """Return a document as the list has it: other bytes than before have another version, and are new from now on."""
    name, digest = f"{code}/{given.name}", hashlib.sha256(given.body).hexdigest()
    held = before.find(name) if before else None
    version, since = given.version, now
    if held is not None and held.sha256 == digest:
        version, since = held.version, held.since
    elif held is not None and held.version == version:
        version = f"{version}+{digest[:8]}"  # its author changed it and not its version
    file = given.file or f"{given.name}.json"
    return HandedDown(name, given.kind, given.title, version, since, file, digest, len(given.body), given.media_type)


def _base_map(store: Store, node: NodeCard, histories: Sequence[History]) -> list[Given]:
    """Return the base map that a node names, where it is a product of its own: the style of the current release.

    Its tiles are addressed by their release: what was pinned keeps showing these, whatever is published after.
    """
    named, url = basemap_product(node.settings.basemap), node.settings.url
    if named is None or named[0] != node.code or url is None:
        return []
    history = next((each for each in histories if each.product == named[1] and each.current), None)
    if history is None:
        return []
    manifest = current(history).manifest
    archive = archive_of(tile_archives(manifest.candidate), "")
    if archive is None or not any(file.path == keys.STYLE for file in manifest.files):
        return []
    style: dict[str, Any] = json.loads(store.get(keys.release_file(history.product, manifest.release, keys.STYLE))[1])
    tiles = tile_json(manifest, archive[1], f"{url}/")
    style["sources"] = {name: _addressed(source, tiles) for name, source in style["sources"].items()}
    style["metadata"] = {"tianlake:node": node.code, "tianlake:release": manifest.release}
    return [Given(history.product, BASEMAP, _TITLE, manifest.release, dump_json(style))]


def _addressed(source: Mapping[str, Any], tiles: Mapping[str, object]) -> dict[str, Any]:
    kept = {name: value for name, value in source.items() if name != "url"}
    return kept | {name: tiles[name] for name in _ADDRESSED}
