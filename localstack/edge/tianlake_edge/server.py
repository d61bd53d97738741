"""Serves an edge on 127.0.0.1: an ASGI application on granian."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import anyio.to_thread
from anyio import CapacityLimiter

from tianlake_edge.edge import Edge
from tianlake_edge.messages import HOP_BY_HOP, Asked, Said

Message = MutableMapping[str, Any]

THREADS: Final = 32
"""Requests under way at a time."""


class EdgeApp:
    """Hands each request to an edge, in a thread."""

    def __init__(self, edge: Edge, close: Callable[[], None]) -> None:
        """Answer by `edge`; `close` ends what it runs."""
        self._edge = edge
        self._close = close
        self._limiter = CapacityLimiter(THREADS)

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Answer one HTTP request, or learn of the server's start and stop (ASGI 3)."""
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await anyio.to_thread.run_sync(self._close)
            await send({"type": "lifespan.shutdown.complete"})
            return
        asked = _asked(scope, await _body(receive))
        said = await anyio.to_thread.run_sync(self._edge.answer, asked, limiter=self._limiter)
        fields = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in _fields(said, asked).items()
            if name not in HOP_BY_HOP
        ]
        await send({"type": "http.response.start", "status": said.status, "headers": fields})
        await send({"type": "http.response.body", "body": b"" if asked.method == "HEAD" else said.body})


async def _body(receive: Callable[[], Awaitable[Message]]) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return b"".join(parts)


def _asked(scope: Message, body: bytes) -> Asked:
    fields: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        fields[name] = f"{fields[name]}, {text}" if name in fields else text
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    client = scope.get("client") or ("127.0.0.1", 0)
    return Asked(scope["method"], path, query, fields, client[0], body)


def _fields(said: Said, asked: Asked) -> dict[str, str]:
    """Return the fields of an answer, with the length of its body where a body comes."""
    own = dict(said.fields)
    if said.status in {204, 304}:
        own.pop("content-length", None)
    elif asked.method != "HEAD":
        own["content-length"] = str(len(said.body))
    return own
