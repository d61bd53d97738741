"""Schemas of the API's definition, after those of STAC API 1.0.0 and 17-069r4."""

from __future__ import annotations

from typing import Any, Final

from tianlake.functions.web.ogc.openapi_schemas import SCHEMAS as OF_OGC

_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_LINKS: Final = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_COUNT: Final = {"type": "integer", "minimum": 0}
_ASSETS: Final = {"type": "object", "additionalProperties": {"type": "object", "required": ["href"]}}

SCHEMAS: Final[dict[str, Any]] = {
    **{name: OF_OGC[name] for name in ("link", "document", "confClasses", "geometry", "problem")},
    "catalog": {
        "type": "object",
        "required": ["type", "stac_version", "id", "description", "links", "conformsTo"],
        "properties": {
            "type": {"type": "string", "enum": ["Catalog"]},
            "stac_version": _TEXT,
            "id": _TEXT,
            "title": _TEXT,
            "description": _TEXT,
            "conformsTo": _TEXTS,
            "links": _LINKS,
        },
    },
    "collection": {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["Collection"]},
            "stac_version": _TEXT,
            "id": _TEXT,
            "title": _TEXT,
            "description": _TEXT,
            "license": _TEXT,
            "extent": {"type": "object", "required": ["spatial", "temporal"]},
            "links": _LINKS,
            "assets": _ASSETS,
        },
    },
    "collections": {
        "type": "object",
        "required": ["links", "collections", "numberMatched", "numberReturned"],
        "properties": {
            "links": _LINKS,
            "collections": {"type": "array", "items": {"$ref": "#/components/schemas/collection"}},
            "numberMatched": _COUNT,
            "numberReturned": _COUNT,
        },
    },
    "item": {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "stac_version": _TEXT,
            "id": _TEXT,
            "collection": _TEXT,
            "geometry": {"$ref": "#/components/schemas/geometry"},
            "bbox": {"type": "array", "items": {"type": "number"}},
            "properties": {"type": "object"},
            "links": _LINKS,
            "assets": _ASSETS,
        },
    },
    "itemCollection": {
        "type": "object",
        "required": ["type", "features", "links", "numberMatched", "numberReturned"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/item"}},
            "links": _LINKS,
            "numberMatched": _COUNT,
            "numberReturned": _COUNT,
            "context": {
                "type": "object",
                "properties": {"returned": _COUNT, "limit": _COUNT, "matched": _COUNT},
            },
        },
    },
    "itemSearch": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "ids": _TEXTS,
            "collections": _TEXTS,
            "bbox": {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
            "intersects": {"$ref": "#/components/schemas/geometry"},
            "datetime": _TEXT,
            "limit": {"type": "integer", "minimum": 1},
            "token": _TEXT,
            "fields": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"include": _TEXTS, "exclude": _TEXTS},
            },
            "sortby": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field"],
                    "properties": {"field": _TEXT, "direction": {"type": "string", "enum": ["asc", "desc"]}},
                },
            },
            "filter": {"oneOf": [{"type": "object"}, _TEXT]},
            "filter-lang": {"type": "string", "enum": ["cql2-json", "cql2-text"], "default": "cql2-json"},
            "filter-crs": _TEXT,
        },
    },
}
