"""STAC documents for a client that shows a key: what needs the key is addressed with it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from tianlake.functions.gateway.documents import base_url
from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.places import Place
from tianlake.functions.gateway.problems import BAD_HOST, problem_response
from tianlake.functions.gateway.representations import OWN, cache_of, made, respond, stored
from tianlake.functions.gateway.wmts_requests import carried_by
from tianlake.lake import keys
from tianlake.lake.releases import JSON
from tianlake.lake.store.protocol import ObjectInfo

_FOLDERS: Final = (keys.COLLECTIONS, keys.FEDERATION)
_STRUCTURE: Final = frozenset({"root", "parent", "child", "item", "collection"})
"""Relations of links that a client goes on by: what they lead to is asked for with the key too."""


async def stored_object(
    request: Request, place: Place, node: Node, info: ObjectInfo, *, trust_forwarded: bool
) -> Response:
    """Answer with an object of a node's bucket; a STAC document carries on the key that it was asked for with.

    STAC clients have one place for a key at best, the address they begin with: STAC Browser sends it along to
    documents, but not to what it draws (docs/stac-browser.md).

    Raises:
        ConflictError: The object changed meanwhile; nothing was sent.
    """
    cache = cache_of(info.key)
    carried = carried_by(request.scope["query_string"]) if _may_be_stac(info.key) else ""
    if not carried:
        return await respond(request, stored(node, info, cache))
    base = base_url(request, place, trust_forwarded=trust_forwarded)
    if base is None:
        return problem_response(BAD_HOST)
    document = json.loads(await node.read(info))
    if not isinstance(document, dict) or "stac_version" not in document:
        return await respond(request, stored(node, info, cache))
    body = json.dumps(carrying(document, f"{base}{info.key}", carried), ensure_ascii=False, separators=(",", ":"))
    return await respond(request, replace(made(body.encode(), JSON, info.modified), cache=OWN))


def _may_be_stac(key: str) -> bool:
    return key == keys.CATALOG or (key.startswith(_FOLDERS) and key.endswith(".json"))


def carrying(document: dict[str, Any], address: str, carried: str) -> dict[str, Any]:
    """Return a STAC document that asks for what needs a key with `carried`. Pure.

    Only for what lies on the server that was asked: another node's server is not told a key that it was not shown.

    Args:
        document: With `auth:refs` where a key is needed (Authentication extension).
        address: Absolute URL of the document.
        carried: Query of the client's credentials.
    """
    links = [_with(each, address, carried) if _leads_on(each) else each for each in document.get("links", ())]
    assets = document.get("assets")
    if not isinstance(assets, dict):
        return document | {"links": links}
    told = {name: _with(each, address, carried) if "auth:refs" in each else each for name, each in assets.items()}
    return document | {"links": links, "assets": told}


def _leads_on(link: dict[str, Any]) -> bool:
    return "auth:refs" in link or link.get("rel") in _STRUCTURE


def _with(thing: dict[str, Any], address: str, carried: str) -> dict[str, Any]:
    href = str(thing.get("href", ""))
    here, there = urlsplit(address), urlsplit(urljoin(address, href))
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        return thing
    return thing | {"href": f"{href}{'&' if there.query else '?'}{carried}"}
