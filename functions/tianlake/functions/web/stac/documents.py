"""The documents that describe the API: landing page, conformance, queryables and sortables. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tianlake.functions.web.ogc.documents import DIALECT, schema_of
from tianlake.functions.web.ogc.links import OPENAPI, QUERYABLES, SCHEMA, SORTABLES
from tianlake.functions.web.ogc.tables import Field
from tianlake.functions.web.stac.addresses import Addresses, Json, link
from tianlake.functions.web.stac.conformance import CLASSES
from tianlake.lake import keys
from tianlake.lake.nodes import NodeCard
from tianlake.lake.plain import Text
from tianlake.lake.releases import GEOJSON

VERSION: Final = "1.1.0"
"""Of STAC."""


def landing(node: NodeCard, addresses: Addresses) -> Json:
    """Return the landing page: a STAC Catalog (STAC API 1.0.0, Core)."""
    notice = f" · {node.settings.notice}" if node.settings.notice else ""
    search = Text("检索数据项", "Search for Items")
    return {
        "type": "Catalog",
        "stac_version": VERSION,
        "id": f"n{node.code}",
        "title": f"{node.identity.short_name} {node.identity.name}",
        "description": f"{node.identity.name}及下级节点的全部数据集与影像。 · "
        f"All collections and scenes of this node and of the nodes below it.{notice}",
        "conformsTo": list(CLASSES),
        "links": [
            link("self", addresses.api(), title=Text("本文档", "This document")),
            link("root", addresses.api()),
            link("service-desc", addresses.api("/api"), OPENAPI, Text("接口定义", "Definition of the API")),
            link("conformance", addresses.api("/conformance"), title=Text("一致性类", "Conformance classes")),
            link("data", addresses.api("/collections"), title=Text("数据集", "Collections")),
            *(link("search", addresses.api("/search"), GEOJSON, search, method=each) for each in ("GET", "POST")),
            link(QUERYABLES, addresses.api("/queryables"), SCHEMA, Text("可查询属性", "Queryables")),
            link(SORTABLES, addresses.api("/sortables"), SCHEMA, Text("可排序属性", "Sortables")),
            link("alternate", addresses.node(keys.CATALOG), title=Text("静态 STAC 目录", "Static STAC catalog")),
        ],
    }


def conformance() -> Json:
    """Return the conformance declaration (17-069r4 §7.4)."""
    return {"conformsTo": list(CLASSES)}


def queryables(identifier: str, fields: Sequence[Field]) -> Json:
    """Return what a filter may compare (19-079r2 §6.2, STAC API filter extension)."""
    properties = {each.name: schema_of(each) for each in fields}
    properties["geometry"] = {"title": "geometry", "format": "geometry-any", "x-ogc-role": "primary-geometry"}
    return _schema(identifier, "可查询属性 · Queryables", properties)


def sortables(identifier: str, fields: Sequence[Field]) -> Json:
    """Return what can be sorted by (STAC API sort extension 1.1.0)."""
    return _schema(identifier, "可排序属性 · Sortables", {each.name: schema_of(each) for each in fields})


def _schema(identifier: str, title: str, properties: Json) -> Json:
    return {
        "$schema": DIALECT,
        "$id": identifier,
        "type": "object",
        "title": title,
        "properties": properties,
        "additionalProperties": False,
    }
