"""Where a request goes on to: an object of a bucket under its own key, or what a gateway answers. Decides no access.

Whatever spells the same thing goes on under one address, without a query, and so is one object to the cache.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

from tianlake.functions.admission.credentials import without_credentials
from tianlake.functions.admission.requests import Request
from tianlake.functions.edge.site import Site
from tianlake.functions.gateway.places import CurrentArchive, CurrentAsset, Place, Stored
from tianlake.functions.gateway.web_requests import WebCall
from tianlake.functions.gateway.wmts_requests import Capabilities, LayerTile, Malformed
from tianlake.lake.errors import NotFoundError


def object_key(place: Place, site: Site, code: str) -> str | None:
    """Return the key of the object that a place stands for; None where a gateway makes the answer.

    Args:
        place: What the path means.
        site: Where pointers stand.
        code: Of the place's node.

    Raises:
        NotFoundError: No such product, or none of its releases is published.
        StoreError: The bucket does not answer.
    """
    match place.target:
        case Stored(key):
            return key
        case CurrentAsset(product, name):
            found = site.file(code, product, name)
        case CurrentArchive(product, variant):
            found = site.archive(code, product, variant)
        case _:
            return None
    if found is None:
        raise NotFoundError(f"product {product!r} of node {code} is not published")
    return found


def object_path(key: str, prefix: str) -> str:
    """Return the address of an object in its one spelling: S3 takes a bare `+` for a space, so nothing is left bare."""
    return f"/{quote(prefix + key)}"


def gateway_address(place: Place, request: Request, site: Site, code: str) -> tuple[str, str]:
    """Return the path and the query under which a gateway is asked.

    Today's tiles go by the archive's own address. Those that are not there, or not in a format that the client can
    take, go on as they came, and the gateway says what is wrong.
    """
    match place.target:
        case Capabilities():  # its addresses carry the key on: it is made for this client alone, and not cached
            return request.path, request.query
        case WebCall() as called:  # so do those in answers of OGC API; nothing of the web API is cached
            return request.path, request.query if called.carries_on else without_credentials(request.query)
        case LayerTile() as tile if (path := _archives_own(place, tile, site, code)) is not None:
            return path, ""
        case LayerTile() | Malformed():
            return request.path, without_credentials(request.query)
        case _:
            return quote(unquote_to_bytes(request.path)), ""


def _archives_own(place: Place, tile: LayerTile, site: Site, code: str) -> str | None:
    source = site.layer(code, tile.layer)
    tiles = site.tiles(code, source, tile.letter) if source else None
    if tiles is None or tile.family not in {"any", "vector" if tiles.extension == "mvt" else "image"}:
        return None
    return f"{place.base}tiles/{tiles.folder}/{tile.z}/{tile.x}/{tile.y}.{tiles.extension}"
