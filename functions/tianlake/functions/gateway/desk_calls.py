"""Calls that a desk answers, at the gateway: bodies are read within bounds, and answered in a thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response

from tianlake.functions.calls import Reply
from tianlake.functions.gateway.received import received
from tianlake.functions.gateway.rules import RulesOfNode
from tianlake.lake.errors import StoreError

_log = logging.getLogger(__name__)


class Desk(Protocol):
    """Answers calls at a time (seconds since the epoch), and blocks meanwhile."""

    @property
    def answer(self) -> Callable[..., Reply]:
        """Answers a `Call`, at a time, and about a node where the desk is not one for all of them."""

    def close(self, now: float) -> None:
        """Give back what is leased; raises `StoreError`."""


class DeskCalls:
    """Hands calls to a desk."""

    def __init__(
        self, desk: Desk, rules: RulesOfNode, *, threads: int, trust_forwarded: bool, clock: Callable[[], float]
    ) -> None:
        """Answer by `desk`.

        Args:
            desk: Its conditions and limits are those that `rules` keeps.
            rules: Looked at anew where they are stale.
            threads: Calls that are answered at a time, per worker.
            trust_forwarded: Whether a proxy says who the client is.
            clock: Seconds since the epoch.
        """
        self._desk = desk
        self._rules = rules
        self._trust_forwarded = trust_forwarded
        self._clock = clock
        self._limiter = CapacityLimiter(threads)

    async def answer(self, request: Request, path: str, *about: str) -> Response:
        """Answer one call; raises `StoreError` where the lake does not answer.

        Args:
            request: As it came.
            path: Below the node's root, without a first `/`.
            about: Code of the node, where the desk asks for one.
        """
        if self._rules.stale():
            await self._rules.look()
        call = await received(request, f"/{path}", trust_forwarded=self._trust_forwarded)
        if isinstance(call, Response):
            return call
        reply = await anyio.to_thread.run_sync(self._desk.answer, call, self._clock(), *about, limiter=self._limiter)
        return Response(reply.body, reply.status, dict(reply.headers))

    async def close(self) -> None:
        """Give back what is leased for calls; a store that fails is logged."""
        try:
            await anyio.to_thread.run_sync(self._desk.close, self._clock())
        except StoreError as error:
            _log.warning("leases of %s cannot be given back: %s", type(self._desk).__name__, error)
