"""The conformance classes that the API passes (docs/ogc.md tells of each)."""

from __future__ import annotations

from typing import Final

_SPEC: Final = "http://www.opengis.net/spec/"

FEATURES: Final = (
    "ogcapi-features-1/1.0/conf/core",
    "ogcapi-features-1/1.0/conf/oas30",
    "ogcapi-features-1/1.0/conf/geojson",
    "ogcapi-features-2/1.0/conf/crs",
    "ogcapi-features-3/1.0/conf/queryables",
    "ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "ogcapi-features-3/1.0/conf/filter",
    "ogcapi-features-3/1.0/conf/features-filter",
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
"""17-069r4, 18-058r1, 19-079r2, 21-065r2."""

RECORDS: Final = (
    "ogcapi-records-1/1.0/conf/record-core",
    "ogcapi-records-1/1.0/conf/record-collection",
    "ogcapi-records-1/1.0/conf/record-core-query-parameters",
    "ogcapi-records-1/1.0/conf/records-api",
    "ogcapi-records-1/1.0/conf/sorting",
    "ogcapi-records-1/1.0/conf/searchable-catalog",
    "ogcapi-records-1/1.0/conf/searchable-catalog/sorting",
)
"""20-004r1."""

CLASSES: Final = tuple(_SPEC + each for each in (*FEATURES, *RECORDS))
