"""What is made for map clients from a release: TileJSON, and its style over that TileJSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request

from tianlake.functions.gateway.node import Current, Node
from tianlake.functions.gateway.places import Place
from tianlake.functions.gateway.representations import OWN, Representation, made
from tianlake.lake import keys
from tianlake.lake.releases import JSON
from tianlake.lake.tilejson import tile_json

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""RFC 9110 §7.2, but names and addresses only: the field is written into documents that caches keep."""


def base_url(request: Request, place: Place, *, trust_forwarded: bool) -> str | None:
    """Return the absolute URL of a node's root as the client sees it, with a final `/`.

    Args:
        request: The request; its `Host` (RFC 9110 §7.2) names us.
        place: What the path means.
        trust_forwarded: Whether a proxy of ours sets `X-Forwarded-Proto` and `X-Forwarded-Host`, and nobody
            else can.

    Returns:
        None where the host is no host name, or there is more than one.
    """
    headers, scope = request.headers, request.scope
    # Several are joined, and so refused: RFC 9112 §3.2, as two recipients could believe different ones.
    scheme, host = scope["scheme"], ",".join(headers.getlist("host"))
    if trust_forwarded:
        scheme = "https" if headers.get("x-forwarded-proto", scheme).strip().lower() == "https" else "http"
        host = headers.get("x-forwarded-host", host).strip()
    if not _HOST.fullmatch(host):
        return None
    return f"{scheme}://{host}{scope.get('root_path', '')}{place.base}"


def tile_json_of(current: Current, variant: str, base: str, carried: str = "") -> Representation:
    """Return the TileJSON of an archive of the current release; raises `NotFoundError` where there is none.

    Args:
        current: The release.
        variant: Of the archive; empty for the one that maps draw.
        base: Absolute URL of the node's root, with a final `/`.
        carried: Query of the client's credentials, which the addresses carry on; empty for none.
    """
    document = tile_json(current.manifest, current.tiles(variant)[1], base) | {"attribution": current.attribution}
    return json_of(document, current, carried=carried)


async def style_of(node: Node, current: Current, base: str, *, carried: str, fresh: bool) -> Representation:
    """Return the default style of the current release, its source our TileJSON instead of the archive itself.

    Raises:
        NotFoundError: The release has no style, as it has no tiles.
        ConflictError: The release was withdrawn since its pointer was read: look again.
    """
    return json_of(await read_style(node, current, base, fresh=fresh), current, carried=carried)


async def read_style(node: Node, current: Current, base: str, *, fresh: bool) -> dict[str, Any]:
    """Return the document of `style_of`, which carries nothing; errors are the same."""
    info = await node.asset(current, keys.STYLE, fresh=fresh)
    style: dict[str, Any] = json.loads(await node.read(info))
    for source in style["sources"].values():
        source["url"] = f"{base}tiles/{current.product}.json"
        source["attribution"] = current.attribution  # that of the release itself is older than its approval
    return style


def json_of(document: dict[str, Any], *currents: Current, carried: str = "") -> Representation:
    """Return a TileJSON or style made from current releases, as new as the newest of their pointers.

    A key that it is asked for with is carried on in its addresses, as in the capabilities of layers: a client that was
    given one address with a key would not know how to ask for what that leads to. It is then for that client alone.
    """
    told = _carrying(document, carried) if carried else document
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    thing = made(body, JSON, max(current.pointer.modified for current in currents))
    return replace(thing, cache=OWN) if carried else thing


def _carrying(document: dict[str, Any], carried: str) -> dict[str, Any]:
    """Return a TileJSON, a style or a source of one, whose tiles or TileJSON are asked for with `carried`."""
    if "sources" in document:
        return document | {"sources": {name: _carrying(each, carried) for name, each in document["sources"].items()}}
    if "tiles" in document:
        return document | {"tiles": [f"{url}?{carried}" for url in document["tiles"]]}
    return document | {"url": f"{document['url']}?{carried}"}
