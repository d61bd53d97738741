"""A product's style above that of the base map (底图) which its node names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tianlake.functions.gateway.documents import json_of, read_style
from tianlake.functions.gateway.node import Current, Node
from tianlake.functions.gateway.problems import NoBaseMapError
from tianlake.functions.gateway.representations import Representation
from tianlake.lake import keys
from tianlake.lake.errors import NotFoundError
from tianlake.lake.handed import BASEMAP as BASEMAP_KIND
from tianlake.lake.nodes import basemap_product

Json = dict[str, Any]
"""A JSON object."""

_GROUND: Final = 0
_BANDS: Final = {"line": 1, "circle": 1, "symbol": 2}
"""Type of a map layer → where it lies, from the ground up: what covers the map is `_GROUND`, names are on top."""

BASEMAP: Final = "basemap/"
PRODUCT: Final = "product/"
"""Before the names of sources and ids of layers, which could be the same in both styles."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A product whose style is asked for."""

    node: Node
    current: Current
    base: str
    """Absolute URL of the node's root, with a final `/`."""
    carried: str = ""
    """Query of the client's credentials, which the addresses carry on."""


async def style_over_basemap(own: Drawn, nodes: Mapping[str, Node], root: str, *, fresh: bool) -> Representation:
    """Return the style of a product above that of the base map which its node names, both of current releases.

    What the node names is read now, as every document that is not part of a release. A base map of a node that is not
    served here is that which the node has pinned of what its parent hands down, the very bytes of it. One of which only
    a URL is known is not fetched: what a server asks of others must not hang on what somebody publishes. The base map
    above itself is itself.

    Args:
        own: What is drawn.
        nodes: All nodes that are served, by code.
        root: Absolute URL below which each node is served, with a final `/`.
        fresh: Whether nothing that was remembered will do.

    Raises:
        NotFoundError: The product has no style.
        NoBaseMapError: The node names no base map, or one that is not served here.
        ConflictError: One of the releases was withdrawn meanwhile: look again.
    """
    upper = await read_style(own.node, own.current, own.base, fresh=fresh)
    try:
        card = json.loads(await own.node.read(await own.node.head(keys.NODE)))
        code, product = _named(card)
        if (code, product) == (own.node.code, own.current.product):
            return json_of(upper, own.current, carried=own.carried)
        if code not in nodes and (key := _pinned(card, f"{code}/{product}")) is not None:
            lower = json.loads(await own.node.read(await own.node.head(key)))
            return json_of(laid_over(lower, upper), own.current, carried=own.carried)
        node = _served(nodes, code)
        ground = await node.current(product, fresh=fresh)
        lower = await read_style(node, ground, f"{root}{code}/", fresh=fresh)
    except NotFoundError as error:
        raise NoBaseMapError(f"node {own.node.code}: its base map: {error}") from None
    return json_of(laid_over(lower, upper), ground, own.current, carried=own.carried)


def _named(card: Json) -> tuple[str, str]:
    """Return code and product of the base map that a node names in its `node.json`."""
    if (named := basemap_product(card.get("settings", {}).get("basemap"))) is None:
        raise NotFoundError(f"{keys.NODE} names no product of a node")
    return named


def _pinned(card: Json, name: str) -> str | None:
    """Return the key of the base map of that name that a node has pinned, or None."""
    found = (each for each in card.get("handed", ()) if (each["name"], each["kind"]) == (name, BASEMAP_KIND))
    return next((keys.down_file(each["sha256"], each["file"]) for each in found), None)


def _served(nodes: Mapping[str, Node], code: str) -> Node:
    if code not in nodes:
        raise NotFoundError(f"node {code} is not served here")
    return nodes[code]


def laid_over(lower: Json, upper: Json) -> Json:
    """Return one style that draws `upper` over `lower`, with the view and name of `upper`. Pure.

    Areas and pictures of `upper` lie below the lines and names of `lower`, so that boundary lines stay whole and names
    can be read; of two names that want one place, that of `upper` stands.
    """
    parts = (BASEMAP, lower["layers"]), (PRODUCT, [each for each in upper["layers"] if each["type"] != "background"])
    layers = [_renamed(layer, prefix) for prefix, own in parts for layer in own]
    sources = {f"{BASEMAP}{name}": source for name, source in lower["sources"].items()}
    sources |= {f"{PRODUCT}{name}": source for name, source in upper["sources"].items()}
    return {**upper, "sources": sources, "layers": sorted(layers, key=lambda each: _BANDS.get(each["type"], _GROUND))}


def _renamed(layer: Json, prefix: str) -> Json:
    source = {"source": f"{prefix}{layer['source']}"} if "source" in layer else {}
    return {**layer, "id": f"{prefix}{layer['id']}", **source}
