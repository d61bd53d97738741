"""The gateway: an ASGI application over the buckets of one or more nodes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import copy
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tianlake.functions import cors, redirects
from tianlake.functions.gateway.access_log import note_place
from tianlake.functions.gateway.archives import Archives
from tianlake.functions.gateway.basemap import Drawn, style_over_basemap
from tianlake.functions.gateway.documents import base_url, style_of, tile_json_of
from tianlake.functions.gateway.front import NOBODY, Accounts, Entrance, Front, front_of
from tianlake.functions.gateway.heads import is_too_large
from tianlake.functions.gateway.node import Current, Node
from tianlake.functions.gateway.packing import packed
from tianlake.functions.gateway.places import (
    AccountCall,
    Alive,
    Called,
    CaseCall,
    CurrentArchive,
    CurrentAsset,
    Folder,
    Moved,
    OverBaseMap,
    Place,
    Ready,
    Stored,
    Style,
    Tile,
    TileJson,
    locate,
)
from tianlake.functions.gateway.problems import (
    BAD_HOST,
    HEAD_TOO_LARGE,
    INTERNAL,
    METHOD_NOT_ALLOWED,
    OF_ERROR,
    problem_response,
)
from tianlake.functions.gateway.readiness import Readiness
from tianlake.functions.gateway.representations import REVALIDATE, Representation, respond, stored
from tianlake.functions.gateway.stac_documents import stored_object
from tianlake.functions.gateway.tiles import tile
from tianlake.functions.gateway.web_calls import WebCalls
from tianlake.functions.gateway.web_requests import WebCall
from tianlake.functions.gateway.wmts import capabilities_of, layer_tile, wrong_parameter
from tianlake.functions.gateway.wmts_requests import Capabilities, LayerTile, Malformed, carried_by
from tianlake.functions.web.desk import WebDesk
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.releases import JSON
from tianlake.lake.store.protocol import Reader, Store

_log = logging.getLogger(__name__)

_ALWAYS: Final = [(name.encode(), value.encode()) for name, value in cors.ALWAYS.items()]

_OK: Final = b'{"status":"ok"}\n'


class Gateway:
    """Answers every request in `_answer`: nothing that is metered is looked for before admission let it in."""

    def __init__(
        self, nodes: Mapping[str, Node], root: str, front: Front, web: WebCalls, *, trust_forwarded: bool
    ) -> None:
        self._nodes = nodes
        self._root = nodes[root]
        self._front = front
        self._web = web
        self._trust_forwarded = trust_forwarded
        self._archives = Archives()
        self._readiness = Readiness(nodes.values(), front.snapshot)

    def at(self, code: str) -> Gateway:
        """Return the same with another node at `/`."""
        other = copy(self)
        other._root = self._nodes[code]  # noqa: SLF001 - of this class; all else is shared
        return other

    def behind(self, around: Callable[[Entrance], Entrance]) -> Gateway:
        """Return the same with something around its front door."""
        other = copy(self)
        other._front = replace(self._front, door=around(self._front.door))  # noqa: SLF001 - of this class
        return other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request, or learn of the server's start and stop (ASGI 3); nothing else is spoken here."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError(f"the gateway speaks HTTP only, not {scope['type']!r}")
        request = Request(scope, receive)
        response = await packed(request, await self._safely(request))
        if request.method == "HEAD":
            response.body = b""  # the headers still tell its length
        response.raw_headers.extend(_ALWAYS)
        try:
            await response(scope, receive, send)
        except LakeError as error:
            # Too late for another status: a body shorter than announced closes the connection.
            _log.warning("%r broke off: %s", scope["path"], error)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Give back what is leased when the server stops."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._front.close()
        await self._web.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _safely(self, request: Request) -> Response:
        """Turn whatever goes wrong into a problem document; its text stays in the log."""
        try:
            return await self._answer(request)
        except LakeError as error:
            return _told(request, error)
        except Exception:  # noqa: BLE001 - the last line of defence: logged whole, answered without its text
            _log.exception("%r failed", request.scope["path"])
            return problem_response(INTERNAL)

    async def _answer(self, request: Request) -> Response:
        if is_too_large(request.scope["headers"]):
            return problem_response(HEAD_TOO_LARGE)
        if request.method not in {"GET", "HEAD"} and not self._is_question(request):
            return await self._other(request)
        place = self._place(request)
        entry = await self._front.door.enter(request, place, self._node(place))
        if isinstance(entry, Response):
            return entry
        try:
            response = await self._found(request, place)
        except LakeError as error:  # what was spent is said with an error, too
            response = _told(request, error)
        return await self._front.door.leave(request, place, entry, response)

    def _is_question(self, request: Request) -> bool:
        with suppress(NotFoundError):
            target = self._place(request).target
            return isinstance(target, WebCall) and target.takes(request.method)
        return False

    async def _other(self, request: Request) -> Response:
        """Answer what reads nothing: a call that changes an account, a preflight, or a method that is not served."""
        preflight = cors.PREFLIGHT
        with suppress(NotFoundError):
            target = (place := self._place(request)).target
            if isinstance(target, AccountCall | CaseCall):
                return await self._called(request, place, target)
            preflight = cors.WEB_PREFLIGHT if isinstance(target, WebCall) else preflight
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=preflight)
        return problem_response(METHOD_NOT_ALLOWED, {"allow": preflight["allow"]})

    def _place(self, request: Request) -> Place:
        place = locate(request.scope["raw_path"], self._nodes, request.scope["query_string"])
        return note_place(request.scope, place, self._node(place))

    async def _found(self, request: Request, place: Place) -> Response:
        try:
            return await self._serve(request, place, fresh=False)
        except ConflictError as error:
            _log.debug("%r: %s; looking again", request.scope["path"], error)
            return await self._serve(request, place, fresh=True)

    def _node(self, place: Place) -> Node:
        return self._nodes[place.node] if place.node else self._root

    async def _serve(self, request: Request, place: Place, *, fresh: bool) -> Response:
        """Answer for what `place` is; with `fresh`, from nothing that was remembered."""
        node = self._node(place)
        match place.target:
            case AccountCall() | CaseCall() | WebCall() | Alive() | Ready() as called:
                return await self._called(request, place, called)
            case Folder(to) | Moved(to):
                return Response(status_code=redirects.STATUS, headers={"location": to, "cache-control": redirects.KEPT})
            case Stored(key):
                info = await node.head(key, fresh=fresh)
                return await stored_object(request, place, node, info, trust_forwarded=self._trust_forwarded)
            case Tile() | LayerTile() | Capabilities() | Malformed():
                found = await self._of_tiles(request, place, node, fresh=fresh)
                return found if isinstance(found, Response) else await respond(request, found)
            case CurrentAsset() | CurrentArchive() | TileJson() | Style() | OverBaseMap() as alias:
                current = await node.current(alias.product, fresh=fresh)
                return await self._alias(request, place, current, fresh=fresh)

    async def _called(self, request: Request, place: Place, called: Called) -> Response:
        """Answer what is no object: an account call, the web API, whether all is well."""
        match called:
            case AccountCall():
                return await self._front.calls.answer(request, called.path)
            case CaseCall():
                return await self._front.cases.answer(request, called.path, self._node(place).code)
            case WebCall():
                return await self._web.answer(request, place, called, self._node(place).code)
            case Ready():
                return await self._readiness.answer()
            case Alive():
                return _ok()

    async def _of_tiles(self, request: Request, place: Place, node: Node, *, fresh: bool) -> Representation | Response:
        """Return a tile by its address or by its layer, or what clients of layers read first."""
        match place.target:
            case Tile() as wanted:
                return await tile(request, self._archives, node, wanted, fresh=fresh)
            case LayerTile() as wanted:
                return await layer_tile(request, self._archives, node, wanted, fresh=fresh)
            case Capabilities() as wanted:
                base = base_url(request, place, trust_forwarded=self._trust_forwarded)
                return (
                    problem_response(BAD_HOST)
                    if base is None
                    else await capabilities_of(node, wanted, base, fresh=fresh)
                )
            case Malformed() as wrong:
                return wrong_parameter(wrong)
            case other:
                raise LakeError(f"{other} is no tile")

    async def _alias(self, request: Request, place: Place, current: Current, *, fresh: bool) -> Response:
        """Answer with what a stable address stands for in the current release."""
        node = self._node(place)
        match place.target:
            case TileJson() | Style() | OverBaseMap() as document:
                base = base_url(request, place, trust_forwarded=self._trust_forwarded)
                if base is None:
                    return problem_response(BAD_HOST)
                carried = carried_by(request.scope["query_string"])
                if isinstance(document, TileJson):
                    return await respond(request, tile_json_of(current, document.variant, base, carried))
                if isinstance(document, OverBaseMap):
                    root = base.removesuffix(place.base) + "/"
                    drawn = Drawn(node, current, base, carried)
                    return await respond(request, await style_over_basemap(drawn, self._nodes, root, fresh=fresh))
                return await respond(request, await style_of(node, current, base, carried=carried, fresh=fresh))
            case CurrentAsset(_, name):
                info = await node.asset(current, name, fresh=fresh)
            case CurrentArchive(_, variant):
                info = await node.asset(current, current.tiles(variant)[0].name, fresh=fresh)
            case other:
                raise LakeError(f"{other} is no alias")
        return await respond(request, stored(node, info, REVALIDATE))


def _told(request: Request, error: LakeError) -> Response:
    """Return the problem document of an error, whose text goes into the log."""
    level = logging.DEBUG if isinstance(error, NotFoundError) else logging.ERROR
    _log.log(level, "%r: %s", request.scope["path"], error)
    return problem_response(OF_ERROR.get(type(error), INTERNAL))


def _ok() -> Response:
    return Response(_OK, media_type=JSON, headers={"cache-control": "no-store"})


def create_app(
    nodes: Mapping[str, Reader],
    root: str,
    accounts: Accounts = NOBODY,
    web: WebDesk | None = None,
    *,
    stores: Mapping[str, Store] | None = None,
    trust_forwarded: bool = False,
) -> Gateway:
    """Return the ASGI application that serves `nodes` (code → objects).

    Each node is served at `/<code>/`, and the node `root` at `/` too.

    Args:
        nodes: Readers of the nodes' buckets by node code.
        root: Code of the node at `/`, whose quotas and terms hold.
        accounts: Who has a key.
        web: What answers the web API; None for none.
        stores: Node code → store for requests of the public; without one a node takes in none.
        trust_forwarded: Whether `X-Forwarded-Proto` and `X-Forwarded-Host` tell how clients see us, and the last entry
            of `X-Forwarded-For` who they are. Only behind a proxy that sets them itself.

    Raises:
        LakeError: `root` is not among the nodes.
    """
    if root not in nodes:
        raise LakeError(f"node {root}: cannot be served at '/', it is not among {', '.join(nodes) or 'no nodes'}")
    served = {code: Node(code, reader) for code, reader in nodes.items()}
    front = front_of(served[root], accounts, trust_forwarded=trust_forwarded, stores=stores)
    calls = WebCalls(web, trust_forwarded=trust_forwarded)
    return Gateway(served, root, front, calls, trust_forwarded=trust_forwarded)
