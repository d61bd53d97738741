"""The web API at the gateway: calls are answered in threads, a few at a time."""

from __future__ import annotations

from typing import Final

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response

from tianlake.functions.gateway.documents import base_url
from tianlake.functions.gateway.places import Place
from tianlake.functions.gateway.problems import BAD_HOST, NOT_FOUND, problem_response
from tianlake.functions.gateway.received import received
from tianlake.functions.gateway.web_requests import WebCall
from tianlake.functions.gateway.wmts_requests import carried_by
from tianlake.functions.web.desk import Came, WebDesk

_THREADS: Final = 4
"""Questions that are answered at a time, per worker: each may use several threads of DuckDB."""


class WebCalls:
    """Hands calls to the desk; without one there is no web API."""

    def __init__(self, desk: WebDesk | None, *, trust_forwarded: bool) -> None:
        """Answer by `desk`."""
        self._desk = desk
        self._trust_forwarded = trust_forwarded
        self._limiter = CapacityLimiter(_THREADS)
        # Statements take seconds in processes of their own: a search does not wait for a thread behind them.
        self._statements = CapacityLimiter(_THREADS)

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
        limiter = self._statements if called.path == "/sql" else self._limiter
        reply = await anyio.to_thread.run_sync(self._desk.answer, call, came, limiter=limiter)
        return Response(reply.body, reply.status, dict(reply.headers))

    async def close(self) -> None:
        """End what the services started."""
        if self._desk is not None:
            await anyio.to_thread.run_sync(self._desk.close)
