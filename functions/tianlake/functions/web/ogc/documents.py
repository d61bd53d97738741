"""The documents that describe the API: landing page, conformance, collections, queryables. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tianlake.build.catalog.records import both
from tianlake.functions.web.ogc.conformance import CLASSES
from tianlake.functions.web.ogc.crs import CRS84, SERVED, STORAGE
from tianlake.functions.web.ogc.links import (
    OPENAPI,
    QUERYABLES,
    SCHEMA,
    SORTABLES,
    Addresses,
    Json,
    items_link,
    link,
)
from tianlake.functions.web.ogc.tables import FeatureTable, Field, Kind
from tianlake.lake import keys
from tianlake.lake.current import CurrentRelease
from tianlake.lake.layers import archive_of, tile_archives
from tianlake.lake.nodes import NodeCard
from tianlake.lake.plain import Text, layer_source
from tianlake.lake.recipes import Period
from tianlake.lake.releases import JSON, PMTILES
from tianlake.lake.words import Bounds

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_SCHEMAS: Final[dict[Kind, Json]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
    "other": {},
}


def landing(node: NodeCard, addresses: Addresses) -> Json:
    """Return the landing page (17-069r4 §7.2)."""
    notice = f" · {node.settings.notice}" if node.settings.notice else ""
    return {
        "title": f"{node.identity.short_name} {node.identity.name}",
        "description": f"OGC API Features 与 OGC API Records：{node.identity.name}发布的要素与目录。 · "
        f"Features and catalog that this node publishes.{notice}",
        "links": [
            link("self", addresses.ogc(), JSON, Text("本文档", "This document")),
            link("service-desc", addresses.ogc("/api"), OPENAPI, Text("接口定义", "Definition of the API")),
            link("conformance", addresses.ogc("/conformance"), JSON, Text("一致性类", "Conformance classes")),
            link("data", addresses.ogc("/collections"), JSON, Text("数据集", "Collections")),
            link(
                "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog",
                addresses.ogc("/collections/records"),
                JSON,
                Text("资源目录", "Catalog"),
            ),
            link("alternate", addresses.node(keys.CATALOG), JSON, Text("STAC 目录", "STAC catalog")),
        ],
    }


def conformance() -> Json:
    """Return the conformance declaration (17-069r4 §7.4)."""
    return {"conformsTo": list(CLASSES)}


def collections(tables: Sequence[FeatureTable], catalogs: Sequence[Json], node: NodeCard, addresses: Addresses) -> Json:
    """Return all collections (17-069r4 §7.13); the CRS of all stand here once (18-058r1 §6.2.2)."""
    return {
        "links": [link("self", addresses.ogc("/collections"), JSON)],
        "crs": list(SERVED),
        "collections": [*(collection(each, node, addresses) for each in tables), *catalogs],
    }


def collection(table: FeatureTable, node: NodeCard, addresses: Addresses, *, alone: bool = False) -> Json:
    """Return the description of a feature collection (17-069r4 §7.14).

    Args:
        table: The collection.
        node: Its node.
        addresses: What links begin with.
        alone: Whether it stands outside of the list of collections, whose CRS it could point to.
    """
    card = table.release.card
    path = f"/collections/{table.id}"
    about = Text("可查询属性", "Queryables")
    return {
        "id": table.id,
        "title": both(card.title),
        "description": both(card.description),
        "attribution": table.release.attribution,
        "license": card.license,
        "keywords": list(card.keywords),
        "itemType": "feature",
        "extent": extent(table.bounds, card.period),
        "crs": list(SERVED) if alone else ["#/crs"],
        "storageCrs": STORAGE,
        "links": [
            link("self", addresses.ogc(path), JSON, card.title),
            items_link(addresses, table.id, card.title),
            link(QUERYABLES, addresses.ogc(f"{path}/queryables"), SCHEMA, about),
            *data_links(table.release, node, addresses),
        ],
    }


def data_links(release: CurrentRelease, node: NodeCard, addresses: Addresses) -> list[Json]:
    """Return links to what else there is of a product: STAC, files, tiles, and the layers of today's clients."""
    product, candidate = release.product, release.manifest.candidate
    found = [link("describedby", addresses.node(keys.pointer(product)), JSON, Text("STAC 数据集", "STAC Collection"))]
    if release.table is not None:
        table = release.table
        found.append(link("enclosure", addresses.node(f"data/{product}/{table.name}"), table.media_type, table.title))
    tiles = archive_of(tile_archives(candidate), "")
    if tiles is not None:
        asset, _facts = tiles
        found.append(link("tilejson", addresses.node(f"tiles/{product}.json"), JSON, Text("TileJSON", "TileJSON")))
        found.append(link("pmtiles", addresses.node(f"tiles/{product}.pmtiles"), PMTILES, asset.title))
    for layer, value in node.settings.layers.items():
        source = layer_source(value)
        if source is not None and source.product == product:
            path = f"{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetCapabilities"
            found.append(link("service-desc", addresses.node(path), "application/xml", Text(f"WMTS {layer}", "WMTS")))
    return found


def extent(bounds: Bounds, period: Period | None) -> Json:
    """Return an extent (17-069r4, schema `extent`)."""
    found: Json = {"spatial": {"bbox": [bounds.as_list()], "crs": CRS84}}
    if period is not None:
        found["temporal"] = {"interval": [[_instant(period.start), _instant(period.end)]]}
    return found


def queryables(table: FeatureTable, addresses: Addresses) -> Json:
    """Return the queryables of a feature collection (19-079r2 §6.2)."""
    shown = {each.name: schema_of(each) for each in table.queryables}
    types = table.facts.geometry_types
    kind = types[0].lower().split()[0] if len(types) == 1 else "any"  # `Point Z` has heights
    shown[table.geometry] = {"title": table.geometry, "format": f"geometry-{kind}", "x-ogc-role": "primary-geometry"}
    return described(addresses.plain(f"/collections/{table.id}/queryables"), both(table.release.card.title), shown)


def described(identifier: str, title: str, properties: Json) -> Json:
    """Return a schema document whose properties are what can be asked for."""
    return {
        "$schema": DIALECT,
        "$id": identifier,
        "type": "object",
        "title": title,
        "properties": properties,
        "additionalProperties": False,
    }


def schema_of(field: Field) -> Json:
    """Return the JSON Schema of an attribute."""
    title = {"title": field.name if field.description is None else both(field.description)}
    return title | _SCHEMAS[field.kind]


def catalog_links(addresses: Addresses) -> list[Json]:
    """Return the links of the record collection."""
    path = "/collections/records"
    title = Text("资源目录", "Catalog")
    return [
        link("self", addresses.ogc(path), JSON, title),
        items_link(addresses, "records", title),
        link(QUERYABLES, addresses.ogc(f"{path}/queryables"), SCHEMA, Text("可查询属性", "Queryables")),
        link(SORTABLES, addresses.ogc(f"{path}/sortables"), SCHEMA, Text("可排序属性", "Sortables")),
    ]


def _instant(said: str | None) -> str | None:
    """Return a date or date-time as RFC 3339 date-time; a day begins at midnight in UTC, as in the node's STAC."""
    if said is None or "T" in said:
        return said
    return f"{said}T00:00:00Z"
