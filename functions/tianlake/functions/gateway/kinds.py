"""What the access log calls a place: its kind, product and release. Pure."""

from __future__ import annotations

from typing import Final

from tianlake.functions.gateway.places import (
    AccountCall,
    Alive,
    CaseCall,
    CurrentArchive,
    CurrentAsset,
    Place,
    Ready,
    Stored,
    Tile,
)
from tianlake.functions.gateway.web_requests import WebCall
from tianlake.functions.gateway.wmts_requests import LayerTile, Malformed
from tianlake.lake import keys
from tianlake.lake.access import part_of
from tianlake.lake.logs.rows import Kind
from tianlake.lake.plain import PRODUCT_ID, RELEASE_ID

_SEARCHES: Final = frozenset({"/v2/search", "/v2/administrative", "/geocoder"})

_BY_TYPE: Final[dict[type, Kind]] = {
    Tile: "tile",
    LayerTile: "tile",
    Malformed: "tile",
    CurrentArchive: "archive",
    AccountCall: "account",
    CaseCall: "case",
    Alive: "health",
    Ready: "health",
}


def kind_of(place: Place) -> Kind:
    """Return what was asked for."""
    match place.target:
        case CurrentAsset(_, name):
            return _of_file(name)
        case Stored(key):
            return _of_object(key)
        case WebCall() as call:
            return "search" if call.path in _SEARCHES else "stac" if call.path.startswith("/stac") else "web"
        case other:  # what is not named here describes: TileJSON, styles, capabilities, redirects
            return _BY_TYPE.get(type(other), "catalog")


def product_of(place: Place) -> str:
    """Return the product that an address names; empty where it names none, or what can be no product's id."""
    return found if (found := place.product) and PRODUCT_ID.fullmatch(found) else ""


def release_of(place: Place) -> str:
    """Return the release that an address names; empty where it names none, or what can be no release's id."""
    match place.target:
        case Tile() as tile:
            return tile.release
        case Stored(key) if key.startswith(keys.RELEASES) and key.count("/") > 2:  # noqa: PLR2004 - product, release, file
            release = key.split("/")[2]
            return release if RELEASE_ID.fullmatch(release) else ""
        case _:
            return ""


def _of_object(key: str) -> Kind:
    if key.startswith((keys.PORTAL, keys.QUARTERLY)) or key == "robots.txt":
        return "portal"
    if key.startswith(keys.RELEASES):
        return _of_file(key.split("/", 3)[-1])
    return "catalog"


def _of_file(name: str) -> Kind:
    part = part_of(name)
    return "catalog" if part == "document" else "archive" if part == "archive" else "data"
