"""Requests of the public at the gateway: bodies are read within bounds, and answered in a thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response

from tianlake.functions.cases.desk import CaseDesk
from tianlake.functions.gateway.places import CaseCall
from tianlake.functions.gateway.received import received
from tianlake.functions.gateway.rules import RulesOfNode
from tianlake.lake.errors import StoreError

_log = logging.getLogger(__name__)

_THREADS: Final = 2
"""Calls that are answered at a time, per worker."""


class CaseCalls:
    """Hands calls about cases to the desk."""

    def __init__(
        self, desk: CaseDesk, rules: RulesOfNode, *, trust_forwarded: bool, clock: Callable[[], float]
    ) -> None:
        """Answer by `desk`, whose limits are those that `rules` keeps; `clock` gives seconds since the epoch."""
        self._desk = desk
        self._rules = rules
        self._trust_forwarded = trust_forwarded
        self._clock = clock
        self._limiter = CapacityLimiter(_THREADS)

    async def answer(self, request: Request, asked: CaseCall, code: str) -> Response:
        """Answer one call about the node with this code."""
        if self._rules.stale():
            await self._rules.look()
        call = await received(request, f"/{asked.path}", trust_forwarded=self._trust_forwarded)
        if isinstance(call, Response):
            return call
        reply = await anyio.to_thread.run_sync(self._desk.answer, call, self._clock(), code, limiter=self._limiter)
        return Response(reply.body, reply.status, dict(reply.headers))

    async def close(self) -> None:
        """Give back what is leased for calls; a store that fails is logged."""
        try:
            await anyio.to_thread.run_sync(self._desk.close, self._clock())
        except StoreError as error:
            _log.warning("leases of calls about cases cannot be given back: %s", error)
