"""Calls as the gateway receives them: with their bodies, which are read within bounds."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from tianlake.functions.accounts.calls import BODY_BYTES
from tianlake.functions.calls import Call
from tianlake.functions.gateway.callers import client_of
from tianlake.functions.gateway.problems import TOO_SLOW, problem_response

BODY_S: Final = 10.0
"""How long a client may take to send a body of at most 64 KiB, seconds."""

_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


async def received(request: Request, path: str, *, trust_forwarded: bool) -> Call | Response:
    """Return the call that a request is, or the answer to one whose body did not arrive in time.

    Args:
        request: The request.
        path: From the node's root on.
        trust_forwarded: As of `client_of`.
    """
    try:
        async with asyncio.timeout(BODY_S):
            body = await _body(request)
    except (TimeoutError, ClientDisconnect):
        return problem_response(TOO_SLOW, {"connection": "close"})
    fields: dict[str, str] = {}
    for name, value in request.headers.items():
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    client = client_of(request.scope, trust_forwarded=trust_forwarded)
    return Call(request.method, path, fields, request.scope["query_string"].decode("latin-1"), body, client)


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
