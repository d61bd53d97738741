"""The records of a node's catalog (OGC API Records, 20-004r1): products, and entries of its register. Pure.

An entry of a product is made from its current release; an entry of the register is the one that the node's product of
class `catalog` published, which tells of holdings that are not public no more than their title, class of secrecy and
contact. Where both speak of the same product, the release does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from tianlake.build.catalog.records import COLLECTION, LANGUAGE, LANGUAGES, both, product_holding, record
from tianlake.functions.web.ogc.documents import catalog_links, data_links, described, extent
from tianlake.functions.web.ogc.links import Addresses, Json, items_link, link
from tianlake.functions.web.ogc.tables import feature_tables
from tianlake.lake.current import CurrentRelease
from tianlake.lake.nodes import NodeCard
from tianlake.lake.plain import Text
from tianlake.lake.releases import GEOJSON, JSON
from tianlake.lake.words import Bounds, union

ID: Final = "records"
"""Id of the record collection. Ids of products begin with `n` and nine digits: it can be none of theirs."""

SORTABLE: Final = ("id", "title", "type", "updated")
TITLE: Final = Text("资源目录", "Catalog")

_CORE: Final = frozenset({"self", "collection"})
"""Links that say where a record itself is: an entry of the register has those of its file."""

_SEARCHED: Final = ("title", "description", "keywords", "contacts", "themes")
_SPACES: Final = re.compile(r"\s+")

_UNKNOWN: Final = Bounds(-180, -90, 180, 90)
"""Where a catalog without a product speaks of."""


@dataclass(frozen=True)
class Entry:
    """A record, but for its links."""

    document: Json
    release: CurrentRelease | None = None
    """The release that it describes; None for an entry of the register."""

    @property
    def id(self) -> str:
        """Id of the record, unique within the node."""
        return str(self.document["id"])

    @property
    def properties(self) -> Mapping[str, Any]:
        """What the record says."""
        found: Mapping[str, Any] = self.document["properties"]
        return found

    @cached_property
    def words(self) -> str:
        """What is searched, in plain form: title, description, keywords, contacts and themes."""
        return plain(" ".join(_texts([self.properties.get(name) for name in _SEARCHED])))


def plain(text: str) -> str:
    """Return a text as texts are compared: in one case, words one space apart."""
    return _SPACES.sub(" ", text).strip().casefold()


def entries(node: NodeCard, releases: Sequence[CurrentRelease], register: Iterable[Json]) -> tuple[Entry, ...]:
    """Return all entries of a node's catalog, sorted by id.

    Args:
        node: The node.
        releases: Its current releases, none of them internal.
        register: Records as the node's catalog published them.
    """
    found = {str(each["id"]): Entry(each) for each in register}
    made = (_of_release(node, each) for each in releases)
    return tuple(each for _id, each in sorted((found | {each.id: each for each in made}).items()))


def shown(entry: Entry, node: NodeCard, addresses: Addresses) -> Json:
    """Return a record with its links, as it is answered."""
    more: list[Json] = []
    if entry.release is not None:
        tables = feature_tables([entry.release])
        more = [items_link(addresses, each.id, entry.release.card.title) for each in tables]
        more += data_links(entry.release, node, addresses)
    links = [
        link("self", addresses.ogc(f"/collections/{ID}/items/{entry.id}"), GEOJSON),
        link("collection", addresses.ogc(f"/collections/{ID}"), JSON, TITLE),
        *(each for each in entry.document.get("links", ()) if each.get("rel") not in _CORE),
        *more,
    ]
    return entry.document | {"links": links}


def collection(node: NodeCard, releases: Sequence[CurrentRelease], addresses: Addresses) -> Json:
    """Return the description of the record collection (20-004r1, "Record Collection")."""
    boxes = [each.manifest.candidate.bounds for each in releases]
    plain = [each for each in boxes if each.west <= each.east]
    return {
        "id": ID,
        "type": "Collection",
        "itemType": "record",
        "conformsTo": [COLLECTION],
        "title": f"{node.identity.short_name} {both(TITLE)}",
        "description": f"{node.identity.name}的资源目录：已发布的产品与登记的其他资源。 · "
        "What this node publishes, and what else it has on its register.",
        "language": LANGUAGE,
        "languages": LANGUAGES,
        "contacts": _contacts(node),
        "extent": extent(union(plain) if plain and len(plain) == len(boxes) else _UNKNOWN, None),
        "defaultSortOrder": [{"field": "id", "direction": "asc"}],
        "links": catalog_links(addresses),
    }


def queryables(addresses: Addresses) -> Json:
    """Return the queryables of the record collection: those that have a parameter of their own."""
    return described(addresses.plain(f"/collections/{ID}/queryables"), both(TITLE), {"type": {"type": "string"}})


def sortables(addresses: Addresses) -> Json:
    """Return what records can be sorted by (20-004r1, "Sorting")."""
    properties: Json = {name: {"type": "string"} for name in SORTABLE}
    properties["updated"] = {"type": "string", "format": "date-time"}
    return described(addresses.plain(f"/collections/{ID}/sortables"), both(TITLE), properties)


def _of_release(node: NodeCard, release: CurrentRelease) -> Entry:
    candidate = release.manifest.candidate
    holding = product_holding(release.code, node.settings.operator, release.card)
    document = record(replace(holding, extent=candidate.bounds, division=None))
    media = dict.fromkeys(each.media_type for each in candidate.assets if each.role in {"data", "visual"})
    document["properties"] |= {
        "updated": candidate.built,
        "externalIds": [
            {"scheme": "tianlake:product", "value": release.product},
            {"scheme": "tianlake:release", "value": release.manifest.release},
        ],
        "formats": [{"mediaType": each} for each in media],
        "tianlake:attribution": release.attribution,
        "tianlake:access": release.card.access,
    }
    return Entry(document, release)


def _texts(found: Any) -> list[str]:  # noqa: ANN401 - JSON
    if isinstance(found, str):
        return [found]
    inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return [text for each in inner for text in _texts(each)]


def _contacts(node: NodeCard) -> list[Json]:
    pairs = (("operator", node.settings.operator), ("authority", node.settings.authority))
    return [{"organization": each.name, "roles": [role]} for role, each in pairs]
