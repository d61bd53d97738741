"""Items as they are answered, from rows of an index (stac-geoparquet 1.0) and their addresses. Pure."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import urljoin

from tianlake.functions.web.stac.addresses import Addresses, Json, link
from tianlake.functions.web.stac.index import FOREIGN, NAMES
from tianlake.functions.web.stac.sources import Row
from tianlake.lake.plain import Text
from tianlake.lake.relations import OF_A_TREE
from tianlake.lake.releases import GEOJSON, JSON

_BOX: Final = ("xmin", "ymin", "zmin", "xmax", "ymax", "zmax")
_NO_PROPERTY: Final = FOREIGN | set(NAMES)
_WHOLE_SECOND: Final = ".000000Z"
_NODE: Final = Text("发布该数据的节点", "The node that publishes it")
_ORIGINAL: Final = Text("原始记录", "The original record")


def item(row: Row, key: str, addresses: Addresses) -> Json:
    """Return the Item that a row is.

    Args:
        row: Its columns.
        key: Of the file that it is from: relative addresses begin there.
        addresses: What links begin with.
    """
    file = addresses.node(key)
    assets = {name: _asset(each, file, addresses) for name, each in row["assets"].items() if each is not None}
    properties = {name: _clean(value) for name, value in row.items() if name not in _NO_PROPERTY and value is not None}
    found: Json = {
        "type": "Feature",
        "stac_version": row.get("stac_version") or "1.1.0",
        "stac_extensions": row.get("stac_extensions") or [],
        "id": row["id"],
        "geometry": json.loads(row["geometry"]) if row["geometry"] else None,
        "bbox": [row["bbox"][each] for each in _BOX if row["bbox"].get(each) is not None],
        "properties": {"datetime": None} | properties,
        "collection": row["collection"],
        "assets": assets,
        "links": [*_links(row, addresses), *_further(row, file, addresses)],
    }
    return found


def _asset(asset: Json, file: str, addresses: Addresses) -> Json:
    found: Json = _clean(asset)
    return found | {"href": addresses.asset(urljoin(file, found["href"]))}


def _links(row: Row, addresses: Addresses) -> list[Json]:
    """Return where the Item stands in this API."""
    collection = f"/collections/{row['collection']}"
    return [
        link("self", addresses.api(f"{collection}/items/{row['id']}"), GEOJSON),
        link("parent", addresses.api(collection)),
        link("collection", addresses.api(collection)),
        link("root", addresses.api()),
    ]


def _further(row: Row, file: str, addresses: Addresses) -> list[Json]:
    """Return the links of the record itself, and to the node that publishes it where that is another one."""
    told = [each for each in map(_clean, row["links"]) if each.get("rel") and each.get("href")]
    found = [
        each
        | {"href": urljoin(file, each["href"])}
        | ({"title": f"{_ORIGINAL.zh} · {_ORIGINAL.en}"} if each["rel"] == "canonical" else {})
        for each in told
        if each["rel"] not in OF_A_TREE
    ]
    root = next((urljoin(file, each["href"]) for each in told if each["rel"] == "root"), None)
    if root is None or row["collection"].startswith(f"n{addresses.code}-"):
        return found
    return [*found, link("via", root, JSON, _NODE)]


def _clean(value: Any) -> Any:  # noqa: ANN401 - a value of a row
    """Return a value as JSON has it: a column that only other rows have is null in this one, and left out."""
    match value:
        case dict():
            return {name: _clean(each) for name, each in value.items() if each is not None}
        case list() | tuple():
            return [_clean(each) for each in value]
        case str():
            return f"{value.removesuffix(_WHOLE_SECOND)}Z" if value.endswith(_WHOLE_SECOND) else value
        case float():
            return value if math.isfinite(value) else None
        case date():  # a moment, too
            return _moment(value) if isinstance(value, datetime) else value.isoformat()
        case _:
            return value if value is None or isinstance(value, int) else str(value)


def _moment(value: datetime) -> str:
    known = value if value.tzinfo else value.replace(tzinfo=UTC)
    return known.astimezone(UTC).isoformat().replace("+00:00", "Z")
