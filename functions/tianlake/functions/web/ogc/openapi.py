"""The API's definition: OpenAPI 3.0 over the collections that there are (17-069r4 §9, class `oas30`). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from tianlake.build.catalog.records import both
from tianlake.functions.problems import MEDIA_TYPE
from tianlake.functions.web.ogc.conformance import CLASSES
from tianlake.functions.web.ogc.cql2_tree import LANGUAGES, LONGEST
from tianlake.functions.web.ogc.crs import CRS84, SERVED
from tianlake.functions.web.ogc.documents import schema_of
from tianlake.functions.web.ogc.links import OPENAPI, SCHEMA, Addresses, Json
from tianlake.functions.web.ogc.openapi_schemas import SCHEMAS
from tianlake.functions.web.ogc.record_search import MOST as MOST_RECORDS
from tianlake.functions.web.ogc.record_search import PARAMETERS
from tianlake.functions.web.ogc.records import ID, SORTABLE
from tianlake.functions.web.ogc.tables import FeatureTable
from tianlake.functions.web.ogc.tree import ID as TREE
from tianlake.functions.web.ogc.tree import PARAMETERS as TREE_PARAMETERS
from tianlake.functions.web.ogc.wanted import LIMIT, MOST, OWN, parameters_of
from tianlake.lake.nodes import NodeCard
from tianlake.lake.releases import GEOJSON, JSON

VERSION: Final = "1.0.0"
"""Of the API."""


def definition(node: NodeCard, tables: Sequence[FeatureTable], addresses: Addresses, *, trees: bool = False) -> Json:
    """Return the OpenAPI document.

    Args:
        node: Whose API it is.
        tables: Its feature collections: each one's items have parameters of their own.
        addresses: What the server's address begins with.
        trees: Whether there are records of the whole tree.
    """
    paths: Json = {
        "/": _get("landing", "landing page", JSON, "landingPage"),
        "/conformance": _get("conformance", "conformance classes", JSON, "confClasses"),
        "/api": _get("api", "this document", OPENAPI, "document"),
        "/collections": _get("collections", "collections", JSON, "collections"),
    }
    for table in tables:
        paths |= _of_features(table)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"OGC API · {node.identity.name}",
            "version": VERSION,
            "description": "OGC API Features Part 1, 2, 3 (CQL2) and OGC API Records Part 1.",
            "contact": {"name": node.settings.operator.name},
            "x-conformance": list(CLASSES),
        },
        "servers": [{"url": addresses.plain("")}],
        "paths": paths | _of_records() | (_of_records(TREE, TREE_PARAMETERS) if trees else {}),
        "components": {"schemas": SCHEMAS, "parameters": _PARAMETERS, "responses": _RESPONSES, **_SECURITY},
        "security": [{}, {"tk": []}, {"header": []}],
    }


def _of_features(table: FeatureTable) -> Json:
    path, name, title = f"/collections/{table.id}", table.id, both(table.release.card.title)
    own = [_query(each.name, schema_of(each), _said(each.description)) for each in parameters_of(table)]
    shared = [_shared(each) for each in OWN]
    crs = [_path("featureId", "id of a feature"), _shared("crs")]
    return {
        path: _get(f"{name}.collection", title, JSON, "collection"),
        f"{path}/queryables": _get(f"{name}.queryables", f"{title}: queryables", SCHEMA, "document"),
        f"{path}/items": _get(f"{name}.items", f"{title}: features", GEOJSON, "featureCollection", [*shared, *own]),
        f"{path}/items/{{featureId}}": _get(f"{name}.item", f"{title}: one feature", GEOJSON, "feature", crs),
    }


def _of_records(identity: str = ID, parameters: Sequence[str] = PARAMETERS) -> Json:
    path = f"/collections/{identity}"
    shared = [_shared("limit-records" if each == "limit" else each) for each in parameters if each != "sortby"]
    sortby = _query("sortby", {"type": "string"}, f"Keys, `-` before what falls: {', '.join(SORTABLE)}")
    record = [_path("recordId", "id of a record")]
    return {
        path: _get(f"{identity}.collection", "catalog", JSON, "collection"),
        f"{path}/queryables": _get(f"{identity}.queryables", "catalog: queryables", SCHEMA, "document"),
        f"{path}/sortables": _get(f"{identity}.sortables", "catalog: sortables", SCHEMA, "document"),
        f"{path}/items": _get(f"{identity}.items", "catalog: records", GEOJSON, "featureCollection", [*shared, sortby]),
        f"{path}/items/{{recordId}}": _get(f"{identity}.item", "catalog: one record", GEOJSON, "feature", record),
    }


def _get(identity: str, summary: str, media_type: str, schema: str, parameters: Iterable[Json] = ()) -> Json:
    body = {"content": {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}
    known = [*parameters, _shared("f")]
    missing = ("404",) if any(each.get("in") == "path" for each in known) else ()
    return {
        "get": {
            "operationId": identity,
            "summary": summary,
            "parameters": known,
            "responses": {
                "200": {"description": summary, **body},
                **{each: {"$ref": f"#/components/responses/{each}"} for each in ("400", *missing, "406", "default")},
            },
        }
    }


def _shared(name: str) -> Json:
    return {"$ref": f"#/components/parameters/{name}"}


def _query(name: str, schema: Json, description: str, **more: Any) -> Json:  # noqa: ANN401 - members of OpenAPI
    found = {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
    return found | {"style": "form", "explode": False} | more


def _path(name: str, description: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "description": description}


def _said(description: Any) -> str:  # noqa: ANN401 - a text or None
    return "Only features with this value." if description is None else both(description)


def _list(**items: Any) -> Json:  # noqa: ANN401 - members of JSON Schema
    return {"type": "array", "items": items}


def _whole(least: int, most: int, default: int) -> Json:
    return {"type": "integer", "minimum": least, "maximum": most, "default": default}


_CRS: Final = {"type": "string", "format": "uri", "enum": list(SERVED), "default": CRS84}
_NUMBERS: Final = {
    "type": "array",
    "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
    "items": {"type": "number"},
}

_PARAMETERS: Final[dict[str, Json]] = {
    "f": _query("f", {"type": "string", "enum": ["json"]}, "Format"),
    "limit": _query("limit", _whole(1, MOST, LIMIT), "Features on a page; more are not given"),
    "limit-records": _query("limit", _whole(1, MOST_RECORDS, LIMIT), "Records on a page; more are not given"),
    "offset": _query("offset", {"type": "integer", "minimum": 0, "default": 0}, "Items before the page"),
    "bbox": _query("bbox", _NUMBERS, "Box that items touch; the first number above the third: across 180°"),
    "bbox-crs": _query("bbox-crs", _CRS, "CRS of `bbox`"),
    "crs": _query("crs", _CRS, "CRS of the answer"),
    "datetime": _query("datetime", {"type": "string"}, "RFC 3339 date, date-time, or interval with `/` and `..`"),
    "filter": _query("filter", {"type": "string", "maxLength": LONGEST}, "CQL2 (21-065r2)"),
    "filter-lang": _query("filter-lang", {"type": "string", "enum": [*LANGUAGES], "default": LANGUAGES[0]}, "Language"),
    "filter-crs": _query("filter-crs", _CRS, "CRS of geometries in `filter`"),
    "sortby": _query("sortby", _list(type="string"), "Attributes, `-` before those that fall"),
    "properties": _query("properties", _list(type="string"), "Attributes in the answer"),
    "q": _query("q", _list(type="string"), "Terms, parted by commas: records that hold one of them"),
    "type": _query("type", _list(type="string"), "Types of records"),
    "ids": _query("ids", _list(type="string"), "Ids of records"),
    "node": _query("node", _list(type="string"), "Codes of nodes: records that one of them publishes"),
    "theme": _query("theme", _list(type="string"), "Classes of article 8(1): catalog, entity, place, imagery, …"),
    "externalIds": _query("externalIds", _list(type="string"), "`value`, `scheme:value` or `scheme:`"),
}


def _problem(description: str) -> Json:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/problem"}}}}


_RESPONSES: Final[dict[str, Json]] = {
    "400": _problem("A parameter is wrong; `field` and `rule` say which and why"),
    "404": _problem("There is no such item"),
    "406": _problem("Only JSON is served"),
    "default": _problem("Refused, or not to be answered now (docs/front-door.md)"),
}

_SECURITY: Final[Json] = {
    "securitySchemes": {
        "tk": {"type": "apiKey", "in": "query", "name": "tk"},
        "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    }
}
