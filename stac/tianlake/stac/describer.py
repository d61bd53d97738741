"""The `Describer` that publishing uses: every document that speaks of releases, made from records alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tianlake.lake import keys
from tianlake.lake.describe import Document, History
from tianlake.lake.errors import LakeError
from tianlake.lake.matrix_sets import MATRIX_SETS
from tianlake.lake.nodes import NodeCard
from tianlake.lake.records import dump_json, dump_record
from tianlake.lake.releases import GEOJSON, JSON, PARQUET, Candidate, FileEntry, MediaType, RasterFacts
from tianlake.lake.styles import map_style
from tianlake.stac import dcat, profile
from tianlake.stac.agents import catalog_agents, collection_agents
from tianlake.stac.assets import Files, archives, listed, scenes
from tianlake.stac.catalog import catalog_document
from tianlake.stac.collection import collection_document, current, release_document
from tianlake.stac.dcat import dcat_document
from tianlake.stac.geoparquet import items_parquet
from tianlake.stac.items import SEVERAL, Place, item_document, item_name, scene_item
from tianlake.stac.profile import Json
from tianlake.stac.providers import check_license
from tianlake.stac.readme import catalog_readme, collection_readme
from tianlake.stac.texts import with_mark
from tianlake.stac.versions import versions_document


class StacDescriber:
    """Describes releases in STAC 1.1 and the Portolan profile. Pure: equal input gives equal bytes."""

    def release_files(self, node: NodeCard, candidate: Candidate) -> dict[str, Document]:
        """Return the files of the immutable release beside the assets: style, index of scenes, `release.json`.

        Raises:
            LakeError: The candidate or the node lacks what the profile demands; the message says what.
        """
        _check(candidate)
        found: dict[str, Document] = {}
        for asset, tiles in archives(candidate.assets)[:1]:
            style = map_style(candidate.card, tiles, f"pmtiles://../{asset.name}", categorical=_categorical(candidate))
            found[keys.STYLE] = Document(dump_json(style), profile.STYLE)
        several = scenes(candidate)
        if len(several) >= SEVERAL:
            place = Place("../../../", "./")
            body = items_parquet([scene_item(candidate, scene, place) for scene in several])
            found[profile.MIRROR_FILE] = Document(body, PARQUET)
        made = tuple(_entry(path, document) for path, document in sorted(found.items()))
        found[profile.RELEASE_FILE] = _json(release_document(node, Files(candidate, made, "./"), listed(candidate)))
        return found

    def pointer(self, node: NodeCard, history: History) -> Document:
        """Return the STAC Collection for `history.current`, which is set."""
        return _json(collection_document(with_mark(node, history), history))

    def product_files(self, node: NodeCard, history: History) -> dict[str, Document]:
        """Return the documents beside the pointer by name; Items of scenes lie in a folder named as the release."""
        found = {"versions.json": _json(versions_document(history))}
        if history.current is None:
            return found
        manifest = current(history).manifest
        candidate = manifest.candidate
        node = with_mark(node, history)
        found["README.md"] = Document(collection_readme(node, history), profile.MARKDOWN)
        found["AGENTS.md"] = Document(collection_agents(node, history), profile.MARKDOWN)
        several = scenes(candidate)
        for scene in several if len(several) >= SEVERAL else []:
            name = item_name(candidate, scene, manifest.release)
            body = dump_json(item_document(candidate, scene, manifest.release))
            found[name] = Document(body, GEOJSON)
        return found

    def node_files(self, node: NodeCard, current: Sequence[History]) -> dict[str, Document]:
        """Return the node's documents by key; `index/items.parquet` only where a product has scenes."""
        items = [item for history in current for item in _index(history)]
        node = with_mark(node, *current)
        indexed = bool(items)
        found = {
            keys.NODE: Document(dump_record(node), JSON),
            keys.CATALOG: _json(catalog_document(node, current, indexed=indexed)),
            keys.DCAT: Document(dump_json(dcat_document(node, current)), dcat.MEDIA_TYPE),
            "README.md": Document(catalog_readme(node, current), profile.MARKDOWN),
            "AGENTS.md": Document(catalog_agents(node, current, indexed=indexed), profile.MARKDOWN),
        }
        # Both, whatever the node holds: an archive may be copied to where its document is not.
        found |= {keys.matrix_set(each.id): _json(each.document()) for each in MATRIX_SETS.values()}
        if indexed:
            found[keys.ITEMS] = Document(items_parquet(items), PARQUET)
        return found


def _categorical(candidate: Candidate) -> bool:
    """Say whether the rasters of a candidate hold classes."""
    return any(isinstance(scene.facts, RasterFacts) and scene.facts.classes for scene in scenes(candidate))


def _index(history: History) -> list[Json]:
    """Return the scenes of a product's current release as the node's index holds them, a lone one too."""
    manifest = current(history).manifest
    candidate = manifest.candidate
    place = Place("../", f"../{keys.release_prefix(candidate.card.id, manifest.release)}")
    return [scene_item(candidate, scene, place) for scene in scenes(candidate)]


def _check(candidate: Candidate) -> None:
    """Refuse what could not be described before anything of it is uploaded."""
    product = candidate.card.id
    check_license(candidate.card)
    taken = sorted(asset.name for asset in candidate.assets if asset.name in profile.RESERVED)
    if taken:
        raise LakeError(f"{product}: assets: the name {taken[0]} is reserved for what describes a release")
    if not any(asset.role == "thumbnail" for asset in candidate.assets):
        raise LakeError(f"{product}: assets: one thumbnail is needed (Portolan core, Visualization); build again")
    if any(not isinstance(scene.facts, RasterFacts) for scene in scenes(candidate)):
        raise LakeError(f"{product}: assets: a COG needs the facts read back from its file; build again")
    if not any(asset.role == "data" for asset in candidate.assets):
        raise LakeError(f"{product}: assets: one file with role data is needed; build again")


def _entry(path: str, document: Document) -> FileEntry:
    media_type: MediaType = document.media_type  # type: ignore[assignment]
    return FileEntry(path, hashlib.sha256(document.body).hexdigest(), len(document.body), media_type)


def _json(body: Json) -> Document:
    return Document(dump_json(body), JSON)
