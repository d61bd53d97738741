"""Account calls at the gateway: bodies are read within bounds, and answered in a thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from tianlake.functions.accounts.calls import BODY_BYTES, Call
from tianlake.functions.accounts.desk import AccountDesk
from tianlake.functions.gateway.callers import client_of
from tianlake.functions.gateway.places import AccountCall
from tianlake.functions.gateway.problems import TOO_SLOW, problem_response
from tianlake.functions.gateway.rules import RulesOfNode
from tianlake.lake.errors import StoreError

_log = logging.getLogger(__name__)

BODY_S: Final = 10.0
"""How long a client may take to send a body of at most 64 KiB, seconds."""

_THREADS: Final = 4
"""Calls that are answered at a time, per worker: people look after keys now and then, maps ask all the time."""

_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class AccountCalls:
    """Hands account calls to the desk."""

    def __init__(
        self, desk: AccountDesk, rules: RulesOfNode, *, trust_forwarded: bool, clock: Callable[[], float]
    ) -> None:
        """Answer by `desk`, whose conditions are those that `rules` keeps; `clock` gives seconds since the epoch."""
        self._desk = desk
        self._rules = rules
        self._trust_forwarded = trust_forwarded
        self._clock = clock
        self._limiter = CapacityLimiter(_THREADS)

    async def answer(self, request: Request, asked: AccountCall) -> Response:
        """Answer one call; raises `StoreError` where the lake does not answer."""
        if self._rules.stale():
            await self._rules.look()
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return problem_response(TOO_SLOW, {"connection": "close"})
        fields: dict[str, str] = {}
        for name, value in request.headers.items():
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
        call = Call(
            request.method,
            f"/{asked.path}",
            fields,
            request.scope["query_string"].decode("latin-1"),
            body,
            client_of(request.scope, trust_forwarded=self._trust_forwarded),
        )
        reply = await anyio.to_thread.run_sync(self._desk.answer, call, self._clock(), limiter=self._limiter)
        return Response(reply.body, reply.status, dict(reply.headers))

    async def close(self) -> None:
        """Give back what is leased for calls; a store that fails is logged."""
        try:
            await anyio.to_thread.run_sync(self._desk.close, self._clock())
        except StoreError as error:
            _log.warning("leases of account calls cannot be given back: %s", error)


async def _body(request: Request) -> bytes:
    """Return the body, or more than a call may have, and no more of it than that."""
    if request.method not in _WITH_BODY:
        return b""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            break
    return bytes(body)
