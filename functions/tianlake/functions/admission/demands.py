"""What a place demands of who asks for it: by its path alone, so that addresses never depend on who asks."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tianlake.functions.admission.records import Demand
from tianlake.functions.gateway.places import CurrentArchive, CurrentAsset, Place, Stored, Tile
from tianlake.functions.gateway.web_requests import WebCall
from tianlake.functions.gateway.wmts_requests import LayerTile, Malformed
from tianlake.lake import keys
from tianlake.lake.access import part_of
from tianlake.lake.errors import LakeError
from tianlake.lake.quotas import Meter

DOCUMENT: Final = Demand(None)
"""What is open to all and not counted."""


def demand_of(place: Place) -> Demand:
    """Return what a place demands: how it is counted, and whose `access` decides.

    Documents of every product are open, so that whoever may not have the data can see what there is and ask for it.
    """
    match place.target:
        case Tile() as tile:
            return _counted("tile", tile.product, place.node)
        case CurrentArchive() as archive:
            return _counted("data", archive.product, place.node)
        case CurrentAsset() | Stored() as file:
            return _of_file(file, place.node)
        case LayerTile() | Malformed() as of_layer:  # the key first, then the parameters: as today (tianditu.md §1.3)
            return Demand("tile", layer=of_layer.layer, node=place.node)
        case WebCall() as called if called.counted:
            return Demand("search", called.product, node=place.node, bulk=called.bulk, access=called.access)
        case _:
            return DOCUMENT


def _of_file(file: CurrentAsset | Stored, node: str | None) -> Demand:
    if isinstance(file, CurrentAsset):
        return _file(file.product, file.name, node)
    return _stored(file.key, node) if file.key.startswith(keys.RELEASES) else DOCUMENT


def _stored(key: str, node: str | None) -> Demand:
    """Return what a file of a release demands; one whose key is none of a release is nothing that could be open."""
    try:
        product, _release, name = keys.parse_release_file(key)
    except LakeError:
        product, name = key.split("/")[1], key
    return _file(product, name, node)


def _file(product: str, name: str, node: str | None) -> Demand:
    part = part_of(name)
    return DOCUMENT if part == "document" else _counted("data", product, node, bulk=part == "bulk")


@lru_cache(maxsize=1024)
def _counted(meter: Meter, product: str, node: str | None, *, bulk: bool = False) -> Demand:
    return Demand(meter, product, node=node, bulk=bulk)
