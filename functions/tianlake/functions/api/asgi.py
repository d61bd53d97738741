"""A Lambda function of the web API as an ASGI application: adapters know every service that calls functions."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from tianlake.functions.accounts.calls import failure, refusal
from tianlake.functions.admission.requests import Request
from tianlake.functions.api.events import Sent, client_behind, origin_of
from tianlake.functions.api.limits import LARGEST, TOO_LARGE
from tianlake.functions.api.web import WebFunction
from tianlake.functions.calls import CallError, Reply
from tianlake.functions.cors import ALWAYS

_log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class AsgiFunction:
    """Answers one request at a time, on the spot, as a Lambda function does."""

    def __init__(self, function: Callable[[], WebFunction]) -> None:
        """Answer by what `function` returns, which the first request opens."""
        self._function = function

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request (ASGI 3); nothing else is spoken here."""
        if scope["type"] != "http":
            raise RuntimeError(f"the function speaks HTTP only, not {scope['type']!r}")
        reply = self._answered(scope, (await receive()).get("body") or b"")
        headers = {**ALWAYS, **dict(reply.headers), "content-length": str(len(reply.body))}
        told = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": told})
        await send({"type": "http.response.body", "body": reply.body})

    def _answered(self, scope: Scope, body: bytes) -> Reply:
        try:
            function = self._function()
            reply = function.reply(_sent(scope, body, function))
        except Exception:  # noqa: BLE001 - the last line of defence: logged whole, answered without its text
            _log.exception("%r failed", scope["path"])
            reply = failure()
        return reply if len(reply.body) <= LARGEST else refusal(CallError(TOO_LARGE))


def _sent(scope: Scope, body: bytes, function: WebFunction) -> Sent:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = bytes(raw_name).decode("latin-1").lower(), bytes(raw_value).decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    served = function.served
    client = client_behind(str((scope.get("client") or ("",))[0]), headers, served.proxies)
    # Services of AWS hand on a decoded path; it is encoded again, so that one parser reads paths everywhere.
    request = Request(quote(scope["path"]), scope["query_string"].decode("latin-1"), headers, client)
    origin = origin_of(scope.get("aws.event") or {"requestContext": {}}, headers, served.url)
    return Sent(request, scope["method"], body, origin)
