"""The STAC Catalog that is the root of a node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tianlake.lake import keys
from tianlake.lake.describe import History
from tianlake.lake.feed import ATOM, FEED
from tianlake.lake.nodes import NodeCard, NodeLink
from tianlake.lake.words import Text, both
from tianlake.stac import profile
from tianlake.stac.auth import SCHEMES
from tianlake.stac.collection import current
from tianlake.stac.profile import Json, link
from tianlake.stac.providers import contacts, host
from tianlake.stac.texts import catalog_title, marked, notice, paragraphs

_KEY_TEXT: Final = (
    "密钥（tk）：部分产品需要，注册后领取；密钥只发给本节点。 · A key (tk): some products ask for one, which a "
    "registered user gets; it is sent to this node alone."
)


def catalog_document(node: NodeCard, histories: Sequence[History], *, indexed: bool) -> Json:
    """Return `catalog.json` of a node.

    Its `stac_browser` is read by STAC Browser 4 ("Customize through root catalog"): it asks users for their key.

    Args:
        node: Whose catalog it is.
        histories: Of the products whose pointer is set.
        indexed: Whether there is an index of Items.
    """
    body: Json = {
        "type": "Catalog",
        "stac_version": profile.STAC_VERSION,
        "stac_extensions": sorted([profile.PORTOLAN, profile.CONTACTS, profile.LANGUAGE]),
        "id": f"n{node.code}",
        "title": catalog_title(node),
        "description": catalog_description(node),
        **profile.LANGUAGES,
        "providers": [host(node)],
        "contacts": contacts(node),
        "stac_browser": {"authConfig": {**SCHEMES["tk"], "description": _KEY_TEXT}},
        "links": [
            *_self(node),
            link("root", f"./{keys.CATALOG}", title=catalog_title(node)),
            link("describedby", "./README.md", profile.MARKDOWN, "说明 · README"),
            link("agents", "./AGENTS.md", profile.MARKDOWN, "智能体指南 · Guide for agents"),
            link("related", f"./{keys.NODE}", title="节点信息 · The node"),
            link("related", f"./{keys.LAKE_SQL}", "application/sql", "DuckDB 视图 · DuckDB views of all products"),
            link("related", f"./{keys.LAKE_DUCKDB}", "application/octet-stream", "DuckDB 数据库 · The same to ATTACH"),
            link("alternate", f"./{keys.FEED_ATOM}", ATOM, "版本更新（Atom） · Releases (Atom)"),
            link("alternate", f"./{keys.FEED_JSON}", FEED, "版本更新（JSON Feed） · Releases (JSON Feed)"),
            link("alternate", f"./{keys.DCAT}", "application/ld+json", "DCAT-AP 目录 · The catalog in DCAT-AP"),
            link("terms-of-service", f"./{keys.TERMS}", title="服务条款 · Terms of service"),
            link("related", f"./{keys.QUOTAS}", title="使用限额 · Limits of use"),
            *_index(indexed=indexed),
            *_service(node),
            *_neighbours(node),
            *_basemap(node),
            *(_child(node, history) for history in histories),
        ],
    }
    moved = [history.updated for history in histories if history.updated]
    return body | ({"updated": max(moved)} if moved else {})


def catalog_description(node: NodeCard) -> str:
    """Return what a node is, in both languages."""
    return paragraphs(notice(node), catalog_text(node))


def catalog_text(node: NodeCard) -> Text:
    """Return what a node's catalog is and who answers for it."""
    identity, settings = node.identity, node.settings
    return Text(
        f"{identity.name}（{identity.short_name}）的数据目录。运行维护单位：{settings.operator.name}；"
        f"主管部门：{settings.authority.name}。坐标系：CGCS2000（EPSG:4490），经度在前。",
        f"Data catalog of the node {identity.code} ({identity.division}) of China's public geographic-information "
        f"platform, Tianditu. Operated by {settings.operator.name}, under {settings.authority.name}. "
        "Coordinates: CGCS2000 (EPSG:4490), longitude first.",
    )


def _self(node: NodeCard) -> list[Json]:
    """Return the one absolute link, where the catalog has a fixed address (PORTO-CORE-081)."""
    url = node.settings.url
    return [link("self", f"{url}/{keys.CATALOG}")] if url else []


def _index(*, indexed: bool) -> list[Json]:
    title = "影像清单（stac-geoparquet） · All scenes (stac-geoparquet)"
    return [link("related", f"./{keys.ITEMS}", "application/vnd.apache.parquet", title)] if indexed else []


def _service(node: NodeCard) -> list[Json]:
    """Return the link to the STAC API, where the catalog has a fixed address that a server answers at."""
    url = node.settings.url
    title = "STAC API：检索本节点及下级 · STAC API of this node and those below"
    return [link("service", f"{url}/stac", title=title)] if url else []


def _neighbours(node: NodeCard) -> list[Json]:
    """Return links to the catalogs above and below in the tree of nodes.

    They are no `parent` and `child`: a node's catalog is complete in itself, and its root has no parent.
    """
    above = [_neighbour("up", node.parent)] if node.parent else []
    return [*above, *(_neighbour("related", child) for child in node.children)]


def _basemap(node: NodeCard) -> list[Json]:
    """Return the link to the style that maps lay this node's products on, where the node names one."""
    return [link("related", node.basemap, profile.STYLE, "底图 · Base map")] if node.basemap else []


def _neighbour(rel: str, other: NodeLink) -> Json:
    return link(rel, f"{other.href}{keys.CATALOG}", title=f"{other.short_name} {other.name}")


def _child(node: NodeCard, history: History) -> Json:
    card = current(history).manifest.candidate.card
    return link("child", f"./{keys.pointer(history.product)}", title=marked(node, both(card.title)))
