"""The web API at the gateway: calls are answered in threads, a few at a time."""

from __future__ import annotations

from typing import Final

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response

from tianlake.functions.calls import Call, Reply
from tianlake.functions.gateway.documents import base_url
from tianlake.functions.gateway.places import Place
from tianlake.functions.gateway.problems import BAD_HOST, NOT_FOUND, UNREAD, problem_response
from tianlake.functions.gateway.received import received
from tianlake.functions.gateway.representations import WHOLE_BYTES
from tianlake.functions.gateway.unread import Read, Unread
from tianlake.functions.gateway.web_requests import WebCall
from tianlake.functions.gateway.wmts_requests import carried_by
from tianlake.functions.web.desk import Came, WebDesk

_THREADS: Final = 4
"""Questions that are answered at a time, per worker: each may use several threads of DuckDB."""

_RETRY_S: Final = 30
"""When to come back where too many answers wait for their readers, seconds."""


class WebCalls:
    """Hands calls to the desk; without one there is no web API."""

    def __init__(self, desk: WebDesk | None, *, trust_forwarded: bool) -> None:
        """Answer by `desk`."""
        self._desk = desk
        self._trust_forwarded = trust_forwarded
        self._limiter = CapacityLimiter(_THREADS)
        # Statements take seconds in processes of their own: a search does not wait for a thread behind them.
        self._statements = CapacityLimiter(_THREADS)
        self._unread = Unread()

    async def answer(self, request: Request, place: Place, called: WebCall, code: str) -> Response:
        """Answer one call, that admission let in, about the node with this code."""
        if self._desk is None:
            return problem_response(NOT_FOUND)
        base = base_url(request, place, trust_forwarded=self._trust_forwarded)
        if base is None:
            return problem_response(BAD_HOST)
        call = await received(request, called.path, trust_forwarded=self._trust_forwarded)
        if isinstance(call, Response):
            return call
        came = Came(code, base, carried_by(request.scope["query_string"]))
        reply = await self._replied(self._desk, call, came, runs=called.path == "/sql")
        if reply is None:
            return problem_response(UNREAD, {"retry-after": str(_RETRY_S)})
        fields = dict(reply.headers)
        if len(reply.body) <= WHOLE_BYTES:
            return Response(reply.body, reply.status, fields)
        return Read(self._unread, reply.body, reply.status, fields)

    async def _replied(self, desk: WebDesk, call: Call, came: Came, *, runs: bool) -> Reply | None:
        """Return what the desk says; None for a statement that is not run, as too many answers wait already."""
        if not runs:
            return await anyio.to_thread.run_sync(desk.answer, call, came, limiter=self._limiter)
        async with self._statements:  # looked at when its turn comes: those before it have answers by then
            return None if self._unread.full else await anyio.to_thread.run_sync(desk.answer, call, came)

    async def close(self) -> None:
        """End what the services started."""
        if self._desk is not None:
            await anyio.to_thread.run_sync(self._desk.close)
