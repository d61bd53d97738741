"""A parent's copies of the records it took: mirrors by Portolan's rules, in a tree of catalogs below its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tianlake.lake import keys
from tianlake.lake.describe import Document
from tianlake.lake.divisions import load_divisions
from tianlake.lake.naming import node_name, nodes_above
from tianlake.lake.nodes import NodeCard, NodeName
from tianlake.lake.relations import OF_A_TREE
from tianlake.lake.releases import JSON
from tianlake.lake.words import Instant
from tianlake.stac import mirrors, profile
from tianlake.stac.federation.records import Child, Health
from tianlake.stac.federation.rows import Row
from tianlake.stac.markdown import document
from tianlake.stac.profile import Json, link
from tianlake.stac.providers import host

FORM: Final = 1
"""Raised where other copies are made of the same records: then all of them are compared and written anew."""

_GUIDE: Final = (
    "- 汇聚的记录，不是数据 · A record that was taken over, no data: follow `canonical` to the node that publishes "
    "it, and read the data there.\n"
    f"- `{keys.HARVEST}` tells what was taken when, and what is stale; `{keys.INDEX}` holds the merged index."
)


@dataclass(frozen=True, slots=True)
class Branch:
    """What a node took from one child: the child, its records and those of the nodes below it."""

    node: NodeCard
    """The parent's."""
    child: Child
    rows: tuple[Row, ...]
    """By id."""
    taken: Mapping[str, Instant]
    """When each record was taken as it is: id → time; else when the child was."""


def branch_files(branch: Branch) -> dict[str, Document]:
    """Return the documents of a branch by key: collections first, then catalogs from the bottom up.

    So whoever follows links while they are written finds what they lead to.
    """
    own: dict[str, list[Row]] = {branch.child.code: []}
    for row in branch.rows:
        for code in _chain(row.node, branch.child.code):
            own.setdefault(code, [])
        own[row.node].append(row)
    found: dict[str, Document] = {}
    for row in branch.rows:
        found |= _collection_files(branch, row)
    for code in sorted(own, key=lambda each: (-len(_chain(each, branch.child.code)), each)):
        found |= _catalog_files(branch, code, own)
    return found


def branch_link(code: str) -> Json:
    """Return the link from the parent's own catalog to the branch of a child."""
    return link("child", f"./{keys.harvested([code], keys.CATALOG)}", title=_title(_name(code)))


def branch_name(code: str) -> str:
    """Return the names of a child."""
    name = _name(code)
    return f"{name.short_name} {name.name}"


def _chain(code: str, top: str) -> list[str]:
    """Return the codes from `top` down to a node below it."""
    line = [code, *nodes_above(code, load_divisions())]
    return line[line.index(top) :: -1]


def _name(code: str) -> NodeName:
    return node_name(code, load_divisions())


def _title(name: NodeName) -> str:
    return f"{name.short_name} {name.name} · Records of node {name.code}"


def _catalog_files(branch: Branch, code: str, own: dict[str, list[Row]]) -> dict[str, Document]:
    chain = _chain(code, branch.child.code)
    key = keys.harvested(chain, keys.CATALOG)
    name, health = _name(code), _health(branch.child, code)
    base = next((row.base for row in own[code]), branch.child.url if code == branch.child.code else None)
    below = sorted(each for each in own if _name(each).parent == code and each != branch.child.code)
    body: Json = {
        "type": "Catalog",
        "stac_version": profile.STAC_VERSION,
        "stac_extensions": [profile.PORTOLAN, profile.LANGUAGE],
        "id": f"n{code}",
        "title": _title(name),
        "description": _description(name),
        **profile.LANGUAGES,
        "links": [
            *mirrors.place(key, "../catalog.json" if len(chain) > 1 else "../../catalog.json"),
            *([link("canonical", f"{base}/{keys.CATALOG}", title="原目录 · The node's own catalog")] if base else []),
            *(link("child", f"./{each}/{keys.CATALOG}", title=_title(_name(each))) for each in below),
            *(link("child", f"./{row.product}/collection.json", title=_titled(row.body())) for row in own[code]),
        ],
        "tianlake:state": health.state,
    }
    if health.taken:
        body["updated"] = health.taken
    if health.stale_since:
        body |= {"tianlake:stale_since": health.stale_since, "tianlake:stale_reason": health.reason}
    return mirrors.files(key, body, document(f"# {_title(name)}", _description(name)), _GUIDE)


def _health(child: Child, code: str) -> Health:
    known = child.health("")
    return next((each for each in known if each.code == code), known[0])


def _description(name: NodeName) -> str:
    return (
        f"{name.name}的目录记录，由上级节点汇聚；数据仍在该节点。\n\n"
        f"Records of the node {name.code} ({name.division}), taken over by the node above it. The data stays there."
    )


def _collection_files(branch: Branch, row: Row) -> dict[str, Document]:
    key = keys.harvested(_chain(row.node, branch.child.code), f"{row.product}/collection.json")
    taken = branch.taken.get(row.id, branch.child.taken or "")
    body = copy_of(row, branch.node, taken, mirrors.place(key, "../catalog.json"))
    said = f"节点 {row.node} 的记录，由上级节点汇聚 · A record of node {row.node}, taken over by a node above it: "
    source = f"{said}<{row.base}/{keys.pointer(row.product)}>"
    found = mirrors.files(key, body, mirrors.readme(body, source), _GUIDE)
    if body["assets"].get("record", {}).get("href") == f"./{mirrors.RECORD}":  # those of others are absolute
        beside = f"{key.rpartition('/')[0]}/{mirrors.RECORD}"
        found = {beside: Document(row.document.encode(), JSON), **found}
    return found


def copy_of(row: Row, node: NodeCard, taken: str, place: Sequence[Json]) -> Json:
    """Return a parent's copy of a record.

    Source: Portolan core, "Source Provenance": a mirror has another host than producer, and carries `via`, `canonical`
    and `updated`, the time it was taken.

    Args:
        row: The record.
        node: The parent.
        taken: When, RFC 3339.
        place: Links that say where the copy stands in the parent's tree.
    """
    body = row.body()
    original = f"{row.base}/{keys.pointer(row.product)}"
    kept = [each for each in body["links"] if each.get("rel") not in OF_A_TREE and _stays(each)]
    return {
        **body,
        "providers": mirrors.providers(body["providers"], host(node)),
        "updated": taken,
        "tianlake:origin": {"node": row.node, "updated": body["updated"], "href": original},
        "assets": _assets(row, body["assets"]),
        "links": [
            *place,
            *kept,
            link("via", f"{row.base}/", "text/html", "来源节点 · The node it comes from"),
            link("canonical", original, title="原记录 · The original record"),
        ],
    }


def _assets(row: Row, original: Json) -> Json:
    """Return the files of a copy. Scenes are Items of the original alone: the copy has the record itself for its data.

    Source: Portolan core: a collection refers to its data, with checksum and size; formats, "Item mirror": an index is
    for Items that lie beside it.
    """
    found = {name: each for name, each in original.items() if "collection-mirror" not in each.get("roles", ())}
    if not mirrors.has_data(found):
        title = "原记录（影像为其条目） · The original record, whose Items the scenes are"
        found["record"] = mirrors.record_asset(row.document.encode(), title)
    return found


def _stays(each: Json) -> bool:
    """Say whether a link of the original goes into the copy: its `canonical`, and a `via` that is no page, do not."""
    return each.get("rel") != "canonical" and (each.get("rel") != "via" or each.get("type") == "text/html")


def _titled(body: Json) -> str:
    return str(body["title"])
