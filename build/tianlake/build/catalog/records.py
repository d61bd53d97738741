"""OGC API Records documents of a catalog: one record per holding, and the catalog that links them. Pure.

OGC API - Records - Part 1: Core, 20-004r1: record as GeoJSON (clause "Record", record-core), catalog as a document that
a crawler follows (record-collection). Both languages stand in one text, as in the node's STAC.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from tianlake.lake.nodes import Organisation
from tianlake.lake.recipes import SECURITY, Access, Holding, Period, ProductCard
from tianlake.lake.releases import GEOJSON, JSON
from tianlake.lake.words import Bounds, Text, collection_id

Json = dict[str, Any]

FOLDER: Final = "records"
CATALOG: Final = "records.json"
"""Not `catalog.json` or `collection.json`: a validator takes every file of these names for STAC."""

CORE: Final = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"
COLLECTION: Final = "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-collection"

_PHONE: Final = re.compile(r"\+[1-9][0-9]{3,14}")
"""As the schema of contacts wants phone numbers, without spaces."""

OBTAIN: Final[dict[Access, Text]] = {
    "open": Text("公开：由本节点直接浏览、下载和调用", "open: browse, download and use it at this node"),
    "key": Text("凭密钥调用：注册用户免费申请", "with a key, free for registered users"),
    "professional": Text("专业用户注册后使用（《办法》第十六条）", "for registered professional users (article 16)"),
}

LANGUAGE: Final[Json] = {"code": "zh", "name": "中文"}
LANGUAGES: Final[list[Json]] = [LANGUAGE, {"code": "en", "name": "English"}]


def both(text: Text) -> str:
    """Return a text in both languages, once where they are the same."""
    return text.zh if text.zh == text.en else f"{text.zh} · {text.en}"


def product_holding(code: str, operator: Organisation, card: ProductCard) -> Holding:
    """Return the entry of one of a node's own products.

    Args:
        code: Of the node.
        operator: Who runs it.
        card: Of the product.
    """
    return Holding(
        id=collection_id(code, card.id),
        title=card.title,
        security_class="internal" if card.access == "internal" else "public",
        organisation=operator.name,
        email=operator.email,
        phone=operator.phone,
        product_class=card.product_class,
        abstract=card.description,
        obtain=OBTAIN.get(card.access),
        extent=card.extent,
        division=None if card.extent else code,
        period=card.period,
        update_cycle=card.update_cycle,
        license=card.license,
        keywords=card.keywords,
    )


def record(holding: Holding) -> Json:
    """Return the record of a holding; what is not known is absent, or null where the standard wants the member."""
    properties: Json = {
        "type": "dataset",
        "title": both(holding.title),
        "language": LANGUAGE,
        "languages": LANGUAGES,
        "contacts": [_contact(holding)],
        # No property of the standard has these; names as in the node's STAC.
        "tianlake:security_class": holding.security_class,
        "tianlake:security": both(SECURITY[holding.security_class]),
    }
    if holding.abstract is not None:
        properties["description"] = both(holding.abstract)
    if holding.keywords:
        properties["keywords"] = list(holding.keywords)
    if holding.product_class is not None:
        concept = {"id": holding.product_class}
        properties["themes"] = [{"scheme": "地理信息公共服务平台管理办法 第八条", "concepts": [concept]}]
    if holding.license is not None:
        properties["license"] = holding.license
    if holding.obtain is not None:
        properties["rights"] = both(holding.obtain)
    if holding.update_cycle is not None:
        properties["tianlake:update_cycle"] = holding.update_cycle
    return {
        "id": holding.id,
        "type": "Feature",
        "conformsTo": [CORE],
        "time": time(holding.period),
        "geometry": geometry(holding.extent),
        "properties": properties,
        "links": [
            {"rel": "self", "href": f"./{holding.id}.json", "type": GEOJSON},
            {"rel": "collection", "href": f"./{CATALOG}", "type": JSON},
        ],
    }


def catalog(card: ProductCard, identifier: str, holdings: Sequence[Holding], bounds: Bounds) -> Json:
    """Return the catalog of all records.

    Args:
        card: Of the product of class catalog.
        identifier: The product's id, unique over the tree.
        holdings: What is listed.
        bounds: Of all of it.
    """
    return {
        "id": identifier,
        "type": "Catalog",
        "itemType": "record",
        "conformsTo": [COLLECTION],
        "title": both(card.title),
        "description": both(card.description),
        "language": LANGUAGE,
        "languages": LANGUAGES,
        "license": card.license,
        "extent": {"spatial": {"bbox": [bounds.as_list()]}},
        "links": [
            {"rel": "self", "href": f"./{CATALOG}", "type": JSON},
            *(
                {"rel": "item", "href": f"./{each.id}.json", "type": GEOJSON, "title": both(each.title)}
                for each in holdings
            ),
        ],
    }


def time(period: Period | None) -> Json | None:
    """Return a period as GeoJSON records have it (`time`): a closed or half-open interval of dates."""
    return None if period is None else {"interval": [_instant(period.start), _instant(period.end)]}


def _instant(said: str | None) -> str:
    """Return a date, or a date-time with the zone that the standard wants, UTC."""
    if said is None:
        return ".."
    return said.replace("+00:00", "Z")


def geometry(box: Bounds | None) -> Json | None:
    """Return a box as GeoJSON, counter-clockwise; two where it crosses the antimeridian (RFC 7946, 3.1.9)."""
    if box is None:
        return None
    if box.west <= box.east:
        return {"type": "Polygon", "coordinates": [_ring(box)]}
    parts = (Bounds(box.west, box.south, 180, box.north), Bounds(-180, box.south, box.east, box.north))
    return {"type": "MultiPolygon", "coordinates": [[_ring(part)] for part in parts]}


def _ring(box: Bounds) -> list[list[float]]:
    corners = [[box.west, box.south], [box.east, box.south], [box.east, box.north], [box.west, box.north]]
    return [*corners, corners[0]]


def _contact(holding: Holding) -> Json:
    found: Json = {"organization": holding.organisation, "roles": ["pointOfContact"]}
    if holding.contact is not None:
        found["name"] = holding.contact
    if holding.email is not None:
        found["emails"] = [{"value": holding.email}]
    phone = re.sub(r"[\s()-]", "", holding.phone or "")
    if _PHONE.fullmatch(phone):
        found["phones"] = [{"value": phone}]
    elif holding.phone is not None:
        found["contactInstructions"] = holding.phone
    return found
