"""Records of the whole tree below a node (OGC API Records, 20-004r1): what it took from the nodes below, and its own.

They are the collections of the node's STAC API, as records: one catalog, by whichever door it is entered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin

from tianlake.build.catalog.records import COLLECTION, CORE, LANGUAGE, LANGUAGES, both, geometry
from tianlake.functions.calls import CallError, Reply
from tianlake.functions.problems import NOT_FOUND
from tianlake.functions.web.ogc import record_search
from tianlake.functions.web.ogc.documents import described, extent, schema_of
from tianlake.functions.web.ogc.items import dumped, geojson, now, paging
from tianlake.functions.web.ogc.links import QUERYABLES, SCHEMA, SORTABLES, Addresses, Json, items_link, link
from tianlake.functions.web.ogc.negotiate import check
from tianlake.functions.web.ogc.record_search import choose
from tianlake.functions.web.ogc.records import SORTABLE, Entry
from tianlake.functions.web.questions import Question, wrong
from tianlake.functions.web.stac.asked import filter_of
from tianlake.functions.web.stac.catalogs import Catalogs
from tianlake.functions.web.stac.collections import FIELDS, chosen
from tianlake.functions.web.stac.records import Record
from tianlake.lake import keys
from tianlake.lake.nodes import NodeCard
from tianlake.lake.plain import Text
from tianlake.lake.relations import OF_A_TREE
from tianlake.lake.releases import GEOJSON, JSON
from tianlake.lake.words import Bounds

ID: Final = "tree"
TITLE: Final = Text("本节点及下级节点的资源目录", "Catalog of this node and of those below it")

PARAMETERS: Final = (*record_search.PARAMETERS, "node", "theme", "filter", "filter-lang", "filter-crs")

_CHOSEN: Final = frozenset(record_search.PARAMETERS) - {"q"}

_KEPT: Final = ("description", "keywords", "license", "created", "updated")
_COPIED: Final = ("tianlake:access", "tianlake:update_cycle", "version")
_WORLD: Final = Bounds(-180, -90, 180, 90)


@dataclass(frozen=True)
class Tree:
    """Answers for the records of the tree; entries are made once for each record."""

    catalogs: Catalogs
    _made: dict[str, tuple[Mapping[str, Record], tuple[Entry, ...]]] = field(default_factory=dict)
    """By the node that is asked."""

    def page(self, question: Question, addresses: Addresses) -> Reply:
        """Answer with a page of records; raises `CallError` 400 for a parameter that is wrong."""
        given = check(question, GEOJSON, PARAMETERS)
        entries = _in_lists(self._searched(question, given), given)
        found = choose(entries, {name: each for name, each in given.items() if name in _CHOSEN})
        more = found.offset + found.limit < found.matched
        path = f"/collections/{ID}/items"
        document = {
            "type": "FeatureCollection",
            "timeStamp": now(),
            "numberMatched": found.matched,
            "numberReturned": len(found.entries),
            "features": [_placed(each, addresses) for each in found.entries],
            "links": [
                *paging(addresses, path, given, (found.offset, found.limit, more)),
                link("collection", addresses.ogc(f"/collections/{ID}"), JSON, TITLE),
            ],
        }
        return geojson(dumped(document))

    def one(self, question: Question, identity: str, addresses: Addresses) -> Reply:
        """Answer with one record; raises `CallError` 404 where there is none of that id."""
        check(question, GEOJSON)
        entry = next((each for each in self._entries(question) if each.id == identity), None)
        if entry is None:
            raise CallError(NOT_FOUND)
        return geojson(dumped(_placed(entry, addresses)))

    def _entries(self, question: Question) -> tuple[Entry, ...]:
        records = self.catalogs.state(question).records
        known = self._made.get(question.code)
        if known is None or known[0] is not records:
            base = question.base
            known = records, tuple(Entry(record_of(each, base)) for each in records.values())
            self._made[question.code] = known
        return known[1]

    def _searched(self, question: Question, given: Mapping[str, str]) -> Sequence[Entry]:
        """Return what free text and filter fit, as the STAC API finds it: what has a term in its title first."""
        told = filter_of(given) | ({"q": given["q"].split(",")} if "q" in given else {})
        records = self.catalogs.state(question).records
        entries = {each.id: each for each in self._entries(question)}
        found = chosen([each for each in records.values() if each.id in entries], told, question.inquiry.ask)
        return [entries[each.id] for each in found]


def record_of(record: Record, base: str) -> Json:
    """Return a collection as a record, but for the links that say where it stands in this API.

    Args:
        record: The collection.
        base: URL of the node that is asked, with a final `/`, for its own records where it has no public address.
    """
    body, facts = record.body(), record.facts
    address = f"{record.base}/{record.key}" if record.base else f"{base}{record.key}"
    west, south, east, north = facts["bbox"]
    properties: Json = {
        "type": "dataset",
        "title": facts["title"],
        "language": LANGUAGE,
        "languages": LANGUAGES,
        **{name: body[name] for name in _KEPT if body.get(name) is not None},
        "contacts": [_contact(each) for each in body.get("providers", ())],
        "themes": body.get("themes", []),
        "formats": [{"mediaType": each} for each in _media_types(body)],
        "externalIds": [{"scheme": "tianlake:node", "value": record.node}],
        "tianlake:node": record.node,
        **{(name if ":" in name else f"tianlake:{name}"): body[name] for name in _COPIED if body.get(name)},
    }
    return {
        "id": record.id,
        "type": "Feature",
        "conformsTo": [CORE],
        "time": _time(facts["start_datetime"], facts["end_datetime"]),
        "geometry": geometry(Bounds(west, south, east, north)),
        "properties": properties,
        "links": [*_links(record, body, address, base)],
    }


def collection(node: NodeCard, addresses: Addresses) -> Json:
    """Return the description of the record collection (20-004r1, "Record Collection")."""
    path = f"/collections/{ID}"
    return {
        "id": ID,
        "type": "Collection",
        "itemType": "record",
        "conformsTo": [COLLECTION],
        "title": f"{node.identity.short_name} {both(TITLE)}",
        "description": f"{node.identity.name}及其下级节点发布的全部产品。 · "
        "What this node and all nodes below it publish, as harvested level by level.",
        "language": LANGUAGE,
        "languages": LANGUAGES,
        "extent": extent(_WORLD, None),
        "defaultSortOrder": [{"field": "id", "direction": "asc"}],
        "links": [
            link("self", addresses.ogc(path), JSON, TITLE),
            items_link(addresses, ID, TITLE),
            link(QUERYABLES, addresses.ogc(f"{path}/queryables"), SCHEMA, Text("可查询属性", "Queryables")),
            link(SORTABLES, addresses.ogc(f"{path}/sortables"), SCHEMA, Text("可排序属性", "Sortables")),
            link("alternate", addresses.node("stac"), JSON, Text("STAC API", "STAC API")),
        ],
    }


def queryables(addresses: Addresses) -> Json:
    """Return the queryables: of CQL2 all of them, `node` and `theme` as parameters of their own, too."""
    fields = {each.name: schema_of(each) for each in FIELDS}
    return described(addresses.plain(f"/collections/{ID}/queryables"), both(TITLE), fields)


def sortables(addresses: Addresses) -> Json:
    """Return what records can be sorted by (20-004r1, "Sorting")."""
    fields: Json = {name: {"type": "string"} for name in SORTABLE}
    return described(addresses.plain(f"/collections/{ID}/sortables"), both(TITLE), fields)


def _in_lists(entries: Sequence[Entry], given: Mapping[str, str]) -> Sequence[Entry]:
    for name, value_of in (("node", _node), ("theme", _theme)):
        if name in given:
            wanted = {each.strip() for each in given[name].split(",") if each.strip()}
            if not wanted:
                raise wrong(name, "应为以逗号分隔的值", "is values, parted by commas")
            entries = [each for each in entries if value_of(each) in wanted]
    return entries


def _node(entry: Entry) -> str:
    return str(entry.properties["tianlake:node"])


def _theme(entry: Entry) -> str | None:
    ids = (each.get("id") for theme in entry.properties["themes"] for each in theme.get("concepts", ()))
    return next(ids, None)


def _placed(entry: Entry, addresses: Addresses) -> Json:
    own = [
        link("self", addresses.ogc(f"/collections/{ID}/items/{entry.id}"), GEOJSON),
        link("collection", addresses.ogc(f"/collections/{ID}"), JSON, TITLE),
    ]
    return entry.document | {"links": [*own, *entry.document["links"]]}


def _links(record: Record, body: Json, address: str, base: str) -> list[Json]:
    node = f"{record.base}/" if record.base else base
    told = [
        {"rel": "canonical", "href": address, "type": JSON, "title": "STAC"},
        {"rel": "via", "href": f"{node}{keys.CATALOG}", "type": JSON},
    ]
    own = {"canonical", "via", "self", "collection"} | OF_A_TREE
    told += [
        {name: each[name] for name in ("rel", "type", "title") if name in each}
        | {"href": urljoin(address, each["href"])}
        for each in body.get("links", ())
        if each.get("rel") not in own
    ]
    for name, asset in body.get("assets", {}).items():
        rel = "preview" if "thumbnail" in asset.get("roles", ()) else "enclosure"
        about = {key: asset[key] for key in ("type", "title") if key in asset}
        told.append({"rel": rel, "href": urljoin(address, asset["href"]), **about, "name": name})
    return told


def _time(start: str | None, end: str | None) -> Json | None:
    return None if start is None and end is None else {"interval": [start or "..", end or ".."]}


def _contact(provider: Mapping[str, Any]) -> Json:
    found: Json = {"organization": provider["name"], "roles": list(provider.get("roles", ()))}
    if provider.get("url"):
        found["links"] = [{"rel": "about", "href": provider["url"], "type": "text/html"}]
    if provider.get("email"):
        found["emails"] = [{"value": provider["email"]}]
    return found


def _media_types(body: Json) -> list[str]:
    data = [each for each in body.get("assets", {}).values() if {"data", "visual"} & set(each.get("roles", ()))]
    return list(dict.fromkeys(each["type"] for each in data if "type" in each))
