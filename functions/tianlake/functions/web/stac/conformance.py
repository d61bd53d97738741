"""The conformance classes that the API passes (docs/stac.md tells of each)."""

from __future__ import annotations

from typing import Final

_STAC: Final = "https://api.stacspec.org/"
_OGC: Final = "http://www.opengis.net/spec/"

_OF_STAC: Final = (
    "v1.0.0/core",
    "v1.0.0/collections",
    "v1.0.0/ogcapi-features",
    "v1.0.0/item-search",
    "v1.0.0/item-search#fields",
    "v1.0.0/item-search#sort",
    "v1.0.0/item-search#context",
    "v1.0.0-rc.2/item-search#filter",
    "v1.0.0/ogcapi-features#fields",
    "v1.0.0/ogcapi-features#sort",
    "v1.0.0-rc.1/collection-search",
    "v1.0.0-rc.1/collection-search#free-text",
    "v1.0.0-rc.1/collection-search#fields",
    "v1.0.0-rc.1/collection-search#sort",
    "v1.0.0-rc.1/collection-search#filter",
    "v1.1.0/item-search#sort",
    "v1.1.0/item-search#sortables",
    "v1.1.0/ogcapi-features#sort",
    "v1.1.0/collection-search#sort",
    "v1.1.0/collection-search#sortables",
)
"""STAC API 1.0.0 and its extensions fields, sort, context, filter and collection search, with free text."""

_OF_OGC: Final = (
    "ogcapi-common-2/1.0/conf/simple-query",
    "ogcapi-features-1/1.0/conf/core",
    "ogcapi-features-1/1.0/conf/oas30",
    "ogcapi-features-1/1.0/conf/geojson",
    "ogcapi-features-3/1.0/conf/queryables",
    "ogcapi-features-3/1.0/conf/filter",
    "ogcapi-features-3/1.0/conf/features-filter",
    "ogcapi-features-5/1.0/conf/sortables",
    "cql2/1.0/conf/cql2-text",
    "cql2/1.0/conf/cql2-json",
    "cql2/1.0/conf/basic-cql2",
    "cql2/1.0/conf/advanced-comparison-operators",
    "cql2/1.0/conf/case-insensitive-comparison",
    "cql2/1.0/conf/property-property",
    "cql2/1.0/conf/basic-spatial-functions",
    "cql2/1.0/conf/basic-spatial-functions-plus",
    "cql2/1.0/conf/spatial-functions",
)
"""17-069r4, 19-079r2, 21-065r2."""

CLASSES: Final = (*(_STAC + each for each in _OF_STAC), *(_OGC + each for each in _OF_OGC))
