"""The API's definition: OpenAPI 3.0 (STAC API 1.0.0, Core; 17-069r4 §9). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from tianlake.functions.problems import MEDIA_TYPE
from tianlake.functions.web.ogc.cql2_tree import LANGUAGES, LONGEST
from tianlake.functions.web.ogc.crs import CRS84
from tianlake.functions.web.ogc.links import OPENAPI, SCHEMA
from tianlake.functions.web.stac.addresses import Addresses, Json
from tianlake.functions.web.stac.asked import COLLECTION_SEARCH, ITEM_SEARCH
from tianlake.functions.web.stac.conditions import LIMIT, MOST
from tianlake.functions.web.stac.conformance import CLASSES
from tianlake.functions.web.stac.openapi_schemas import SCHEMAS
from tianlake.lake.nodes import NodeCard
from tianlake.lake.releases import GEOJSON, JSON

VERSION: Final = "1.0.0"
"""Of the API."""


def definition(node: NodeCard, addresses: Addresses) -> Json:
    """Return the OpenAPI document of a node's API."""
    collection, item = _path("collectionId", "id of a collection"), _path("itemId", "id of an Item")
    paths = {
        "/": _get("landing", "landing page", JSON, "catalog"),
        "/conformance": _get("conformance", "conformance classes", JSON, "confClasses"),
        "/api": _get("api", "this document", OPENAPI, "document"),
        "/queryables": _get("queryables", "what Items can be found by", SCHEMA, "document"),
        "/sortables": _get("sortables", "what Items can be sorted by", SCHEMA, "document"),
        "/collections": _get("collections", "collections, and the search among them", JSON, "collections", _of_c()),
        "/collections/queryables": _get("collections.queryables", "what they can be found by", SCHEMA, "document"),
        "/collections/sortables": _get("collections.sortables", "what they can be sorted by", SCHEMA, "document"),
        "/collections/{collectionId}": _get("collection", "one collection", JSON, "collection", [collection]),
        "/collections/{collectionId}/queryables": _get(
            "collection.queryables", "what its Items can be found by", SCHEMA, "document", [collection]
        ),
        "/collections/{collectionId}/sortables": _get(
            "collection.sortables", "what its Items can be sorted by", SCHEMA, "document", [collection]
        ),
        "/collections/{collectionId}/items": _get(
            "items", "Items of a collection", GEOJSON, "itemCollection", [collection, *map(_shared, ITEM_SEARCH)]
        ),
        "/collections/{collectionId}/items/{itemId}": _get("item", "one Item", GEOJSON, "item", [collection, item]),
        "/search": _get("search", "search for Items", GEOJSON, "itemCollection", map(_shared, ITEM_SEARCH)) | _post(),
    }
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"STAC API · {node.identity.name}",
            "version": VERSION,
            "description": "STAC API 1.0.0 with fields, sort, filter (CQL2) and collection search.",
            "contact": {"name": node.settings.operator.name},
            "x-conformance": list(CLASSES),
        },
        "servers": [{"url": addresses.plain()}],
        "paths": paths,
        "components": {"schemas": SCHEMAS, "parameters": _PARAMETERS, "responses": _RESPONSES, **_SECURITY},
        "security": [{}, {"tk": []}, {"header": []}],
    }


def _of_c() -> list[Json]:
    return [_shared(each) for each in COLLECTION_SEARCH]


def _get(identity: str, summary: str, media_type: str, schema: str, parameters: Iterable[Json] = ()) -> Json:
    known = [*parameters, _shared("f")]
    paged = any(each.get("$ref", "").endswith("/token") for each in known)
    missing = ("404",) if any(each.get("in") == "path" for each in known) else ()
    return {
        "get": {
            "operationId": identity,
            "summary": summary,
            "parameters": known,
            "responses": _answers(summary, media_type, schema, *missing, *(("410",) if paged else ()), "406"),
        }
    }


def _post() -> Json:
    body = {"content": {JSON: {"schema": {"$ref": "#/components/schemas/itemSearch"}}}, "required": False}
    summary = "search for Items, the question in the body"
    answers = _answers(summary, GEOJSON, "itemCollection", "410", "413")
    return {"post": {"operationId": "postSearch", "summary": summary, "requestBody": body, "responses": answers}}


def _answers(summary: str, media_type: str, schema: str, *more: str) -> Json:
    content = {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    known = ("400", *more, "default")
    return {
        "200": {"description": summary, "content": content},
        **{each: {"$ref": f"#/components/responses/{each}"} for each in known},
    }


def _shared(name: str) -> Json:
    return {"$ref": f"#/components/parameters/{name}"}


def _query(name: str, schema: Json, description: str) -> Json:
    found = {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
    return found | {"style": "form", "explode": False}


def _path(name: str, description: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "description": description}


_TEXT: Final = {"type": "string"}
_LIST: Final = {"type": "array", "items": _TEXT}
_NUMBERS: Final = {
    "type": "array",
    "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
    "items": {"type": "number"},
}

_PARAMETERS: Final[dict[str, Json]] = {
    "f": _query("f", {"type": "string", "enum": ["json"]}, "Format"),
    "ids": _query("ids", _LIST, "Ids of Items"),
    "collections": _query("collections", _LIST, "Ids of collections"),
    "bbox": _query("bbox", _NUMBERS, "Box that geometries touch; the first number above the third: across 180°"),
    "intersects": _query("intersects", _TEXT, "GeoJSON geometry that geometries touch; not together with bbox"),
    "datetime": _query("datetime", _TEXT, "RFC 3339 date-time, or an interval with `/` and `..`"),
    "limit": _query(
        "limit", {"type": "integer", "minimum": 1, "default": LIMIT}, f"How many on a page; at most {MOST} are given"
    ),
    "token": _query("token", _TEXT, "Of a page, as the links `next` and `prev` have it"),
    "fields": _query("fields", _LIST, "Fields in the answer, `-` before those that are left out"),
    "sortby": _query("sortby", _LIST, "Properties, `-` before those that fall"),
    "filter": _query("filter", {"type": "string", "maxLength": LONGEST}, "CQL2 (21-065r2)"),
    "filter-lang": _query("filter-lang", {"type": "string", "enum": [*LANGUAGES], "default": LANGUAGES[0]}, "Language"),
    "filter-crs": _query("filter-crs", {"type": "string", "enum": [CRS84]}, "CRS of geometries in `filter`"),
    "q": _query("q", _LIST, "Terms, parted by commas: collections that hold one of them"),
}


def _problem(description: str) -> Json:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/problem"}}}}


_RESPONSES: Final[dict[str, Json]] = {
    "400": _problem("A parameter is wrong; `field` and `rule` say which and why"),
    "404": _problem("There is no such collection or Item"),
    "406": _problem("Only JSON is served"),
    "410": _problem("The index that the page belongs to was replaced and is gone: begin again"),
    "413": _problem("The body is too large"),
    "default": _problem("Refused, or not to be answered now (docs/front-door.md)"),
}

_SECURITY: Final[dict[str, Any]] = {
    "securitySchemes": {
        "tk": {"type": "apiKey", "in": "query", "name": "tk"},
        "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    }
}
