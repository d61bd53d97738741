"""STAC Collections: one per product, whose `version` and `updated` are the product's pointer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from tianlake.lake import keys
from tianlake.lake.credits import credit
from tianlake.lake.describe import History, Published
from tianlake.lake.errors import LakeError
from tianlake.lake.nodes import NodeCard
from tianlake.lake.recipes import ProductCard
from tianlake.lake.releases import (
    GEOJSON,
    JSON,
    Asset,
    Candidate,
    Column,
    RasterFacts,
    TableFacts,
)
from tianlake.lake.words import both, collection_id
from tianlake.stac import profile
from tianlake.stac.assets import Files, collection_assets, file_asset, keyed, listed, scenes, tables
from tianlake.stac.auth import referring, with_schemes
from tianlake.stac.fields import renders
from tianlake.stac.file_links import file_links
from tianlake.stac.items import SEVERAL, item_name, item_title
from tianlake.stac.profile import Json, link
from tianlake.stac.providers import contacts, origin, providers
from tianlake.stac.services import service_links
from tianlake.stac.texts import CLASSES, catalog_name, description, instants, marked

ROOT = "../../catalog.json"
"""The node's catalog as seen from a collection."""

_ALWAYS = (
    profile.ATTRIBUTION,
    profile.CONTACTS,
    profile.FILE,
    profile.LANGUAGE,
    profile.PROJECTION,
    profile.THEMES,
)

_WKB = "WKB, {crs}: 经度在前，单位为度 · longitude first, degrees"
_COVERING = "几何的外包框，供按范围跳读 · bounding box of the geometry, for skipping by extent"


def current(history: History) -> Published:
    """Return the release the pointer stands at.

    Raises:
        LakeError: The pointer is not set, or its release is not in the lake.
    """
    found = history.find(history.current or "")
    if found is None:
        raise LakeError(f"{history.product}: release {history.current} of the pointer is not in the lake")
    return found


def collection_document(node: NodeCard, history: History) -> Json:
    """Return the Collection `collections/<product>/collection.json` for the current release."""
    manifest = current(history).manifest
    product = history.product
    own = {asset.name for asset in manifest.candidate.assets}
    made = tuple(entry for entry in manifest.files if entry.path not in own)
    prefix = f"../../{keys.release_prefix(product, manifest.release)}"
    body = release_document(node, Files(manifest.candidate, made, prefix), shown_files(manifest.candidate))
    body["stac_extensions"] = sorted({*body["stac_extensions"], profile.PORTOLAN, profile.VERSION})
    body |= {"version": manifest.release, "deprecated": False}
    body |= _approved(node, history, manifest.candidate.card)
    if history.updated is not None:
        body["updated"] = history.updated
    place = [
        link("root", ROOT, title=catalog_name(node)),
        link("parent", ROOT, title=catalog_name(node)),
        link("describedby", "./README.md", profile.MARKDOWN, "说明 · README"),
        link("agents", "./AGENTS.md", profile.MARKDOWN, "智能体指南 · Guide for agents"),
    ]
    items = _item_links(manifest.candidate, manifest.release)
    served = referring(service_links(node, manifest.candidate), manifest.candidate.card.access, prefix)
    if served:
        body["stac_extensions"] = sorted({*body["stac_extensions"], profile.WEB_MAP_LINKS})
    leading = [*served, *body["links"], *_approval_link(history, prefix)]
    body["links"] = [*place, *leading, *_version_links(history), *items]
    return body


def _approved(node: NodeCard, history: History, card: ProductCard) -> Json:
    """Return what is said beside maps, and what let the release out; no extension knows of approvals."""
    approval = history.approval
    said: Json = {"attribution": credit(card, approval, node.settings.notice)}
    if approval is None:
        return said
    until = approval.map.until.isoformat() if approval.map and approval.map.until else None
    found: Json = {"policy": approval.policy, "demo": approval.demo, "map_approvals": list(approval.numbers)}
    if until is not None:
        found["map_approval_until"] = until
    if approval.map is not None and approval.map.exemption is not None:
        found["map_exemption"] = approval.map.exemption
    return said | {"tianlake:approval": found}


def _approval_link(history: History, prefix: str) -> list[Json]:
    title = "审核记录 · Approval"
    return [link("related", f"{prefix}{keys.APPROVAL}", JSON, title)] if history.approval else []


def release_document(node: NodeCard, files: Files, shown: Sequence[Asset]) -> Json:
    """Return the Collection of one release on its own: nothing in it changes when the pointer moves.

    It does not claim the Portolan profile, which wants a README and a place in a tree.

    Args:
        node: Who publishes it.
        files: The release's files as the document sees them.
        shown: Those files of the candidate that the document lists; scenes that are not shown are Items.
    """
    candidate = files.candidate
    card = candidate.card
    body: Json = {
        "type": "Collection",
        "stac_version": profile.STAC_VERSION,
        "id": collection_id(node.code, card.id),
        "title": marked(node, both(card.title)),
        "description": description(node, card),
        **profile.LANGUAGES,
        "license": card.license,
        "attribution": card.attribution,
        "keywords": _keywords(node, card),
        "providers": providers(node, card),
        "contacts": contacts(node),
        "themes": [_theme(card)],
        "extent": _extent(candidate),
        "assets": collection_assets(files, shown),
        "links": [*_source_links(node, card), *file_links(files)],
        # No extension has these, nor `tianlake:changes`: how often an update is promised (ISO 8601), and who may read.
        "tianlake:update_cycle": card.update_cycle,
        "tianlake:access": card.access,
    }
    body |= _table(candidate) | _raster(candidate, shown)
    if candidate.changes is not None:
        body["tianlake:changes"] = asdict(candidate.changes)
    body["stac_extensions"] = sorted({*_ALWAYS, *_extensions(body)})
    return with_schemes(body, card.access, files.prefix)


def shown_files(candidate: Candidate) -> list[Asset]:
    """Return the files a Collection lists itself: several scenes are items instead (PORTO-CORE-071)."""
    several = {scene.name for scene in scenes(candidate)}
    return [asset for asset in listed(candidate) if len(several) < SEVERAL or asset.name not in several]


def _extensions(body: Json) -> Iterable[str]:
    """Yield the extensions that a Collection uses beside the ones that each has."""
    if "table:columns" in body:
        yield profile.TABLE
    if "vector:geometry_types" in body:
        yield profile.VECTOR
    if "renders" in body:
        yield profile.RENDER
    if any("bands" in asset for asset in (*body["assets"].values(), *body.get("item_assets", {}).values())):
        yield profile.RASTER
    if any("pc:count" in asset for asset in body["assets"].values()):
        yield profile.POINTCLOUD
    if any(each["rel"] in {"pmtiles", "3d-tiles"} for each in body["links"]):
        yield profile.WEB_MAP_LINKS


def _extent(candidate: Candidate) -> Json:
    start, end = instants(candidate.card)
    facts = [each.facts for each in scenes(candidate) if isinstance(each.facts, RasterFacts)]
    taken = [each.scene for each in facts if each.scene is not None]
    if taken:  # pictures know better than the card
        start = min(each.acquired_start for each in taken)
        end = max(each.acquired_end for each in taken)
    elif start is None:
        end = candidate.built  # Of unknown age, but not newer than its build.
    return {"spatial": {"bbox": [candidate.bounds.as_list()]}, "temporal": {"interval": [[start, end]]}}


def _keywords(node: NodeCard, card: ProductCard) -> list[str]:
    words = [*card.keywords, CLASSES[card.product_class].zh, CLASSES[card.product_class].en]
    return list(dict.fromkeys([*words, node.identity.division, node.identity.short_name]))


def _theme(card: ProductCard) -> Json:
    title = both(CLASSES[card.product_class])
    return {"scheme": "地理信息公共服务平台管理办法 第八条", "concepts": [{"id": card.product_class, "title": title}]}


def _source_links(node: NodeCard, card: ProductCard) -> list[Json]:
    found = []
    source = origin(node, card)
    title = "数据来源 · Source of the data"
    if source is not None:
        found.append(link("via", source, "text/html", title))
    elif card.source_url:
        found.append(link("related", card.source_url, "text/html", title))  # PTL-PRO-004: only a mirror has `via`
    if card.license_url:
        found.append(link("license", card.license_url, "text/html", "许可 · Licence"))
    return found


def _table(candidate: Candidate) -> Json:
    """Return the table and vector fields; PORTO-FMT-046 wants them on the Collection itself."""
    found = tables(candidate.assets)
    if not found:
        return {}
    facts = found[0][1]
    found_fields: Json = {
        "table:columns": [
            {"name": column.name, "type": column.type, **_meaning(column, facts)} for column in facts.columns
        ],
        "table:row_count": facts.rows,
    }
    if facts.geometry_column is not None:
        found_fields["table:primary_geometry"] = facts.geometry_column
        found_fields["vector:geometry_types"] = sorted({kind.split(" ")[0] for kind in facts.geometry_types})
    return found_fields


def _meaning(column: Column, facts: TableFacts) -> Json:
    if column.name == facts.geometry_column:
        return {"description": _WKB.format(crs=facts.crs)}
    if column.name == "bbox" and facts.geometry_column is not None:
        return {"description": _COVERING}
    return {"description": both(column.description)} if column.description else {}


def _raster(candidate: Candidate, shown: Sequence[Asset]) -> Json:
    """Return how rasters are drawn and, where they are Items, what the Items have in common."""
    found = scenes(candidate)
    facts = [each.facts for each in found if isinstance(each.facts, RasterFacts)]
    if not facts:
        return {}
    title = both(candidate.card.title)
    names = [key for key, each in keyed(shown).items() if isinstance(each.facts, RasterFacts)]
    fields: Json = {"renders": renders(facts[0], names or ["data"], title)}
    if not names:
        template = file_asset(found[0], Files(candidate, (), ""))
        common = {name: template[name] for name in ("type", "roles", "proj:code", "bands")}
        fields["item_assets"] = {"data": common | {"title": title}}
        fields["summaries"] = {
            "gsd": sorted({each.gsd_m for each in facts}),
            "proj:code": sorted({each.crs for each in facts}),
        }
    return fields


def _version_links(history: History) -> list[Json]:
    """Return RFC 5829 links: to the history, and to the releases before and after the current one."""
    found = [link("version-history", "./versions.json", title="发布历史 · Release history")]
    ids = [each.manifest.release for each in history.releases]
    place = ids.index(history.current or "")
    around = [("predecessor-version", ids[place - 1 : place]), ("successor-version", ids[place + 1 : place + 2])]
    for rel, neighbour in around:
        for release in neighbour:
            if _has_document(history, release):
                href = f"../../{keys.release_file(history.product, release, profile.RELEASE_FILE)}"
                found.append(link(rel, href, title=release))
    if len(ids) > 1:
        found.append(link("latest-version", "./collection.json", title="当前版本 · Current version"))
    return found


def _has_document(history: History, release: str) -> bool:
    found = history.find(release)
    return found is not None and any(each.path == profile.RELEASE_FILE for each in found.manifest.files)


def _item_links(candidate: Candidate, release: str) -> list[Json]:
    found = scenes(candidate)
    if len(found) < SEVERAL:
        return []
    names = [(item_name(candidate, each, release), item_title(candidate, each)) for each in found]
    return [link("item", f"./{name}", GEOJSON, title) for name, title in names]
