"""From what a URL stands for right now to the answer: conditions, ranges, and one message or many."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from anyio import CancelScope
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from tianlake.functions.gateway.conditions import Outcome, Validators, evaluate, range_applies
from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.problems import (
    PRECONDITION_FAILED,
    RANGE_NOT_SATISFIABLE,
    problem_response,
)
from tianlake.functions.gateway.ranges import Unsatisfiable, content_range, parse_range
from tianlake.lake import keys
from tianlake.lake.errors import StoreError
from tianlake.lake.store.media import content_type
from tianlake.lake.store.protocol import ObjectInfo, Span

IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""For release files: a year, the longest time RFC 9111 caches are sure to understand; RFC 8246 for the rest."""

REVALIDATE: Final = "public, max-age=0, must-revalidate"
"""For documents and aliases: kept, but asked about each time, which costs a 304."""

SHORT: Final = "public, max-age=60, must-revalidate"
"""For single tiles of the current release: a map asks for hundreds, so a release shows after a minute at most."""

OWN: Final = "private, no-store"
"""`Cache-Control` of a document that carries somebody's key: it is for that client alone."""

WHOLE_BYTES: Final = 256 * 1024
"""Bodies up to this size are read whole and sent in one message; each message costs about as much as a request."""

REPORT_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
)
"""`Content-Security-Policy` of pages in releases and of quarterly reports: they tell what foreign sources say, and need
no script. The portal's own page lies outside of releases."""

NODES_FOLDER: Final = "../"
"""`Service-Worker-Allowed` of the portal's service worker, seen from its script: the map is answered at the node's base
URL too, which lies above (Service Workers, "Service-Worker-Allowed")."""

Open = Callable[[Span], Awaitable[AsyncIterator[bytes]]]


@dataclass(frozen=True, slots=True)
class Representation:
    """What a URL stands for right now."""

    validators: Validators
    media_type: str
    size: int
    """Bytes."""
    cache: str
    """`Cache-Control`."""
    open: Open
    """Opens a span of it, of at least one byte, in exactly this version; else raises `ConflictError`."""
    more: tuple[tuple[str, str], ...] = ()
    """Further header fields, `Vary` and `Content-Encoding`."""


_RENEWED: Final = (f"/{keys.APPROVAL}", f"/{keys.TOMBSTONE}")
"""What may come to be, or be renewed, beside the files of a release, which never change."""


def cache_of(key: str) -> str:
    """Return the `Cache-Control` of an object under its own key."""
    return IMMUTABLE if key.startswith(keys.RELEASES) and not key.endswith(_RENEWED) else REVALIDATE


def stored(node: Node, info: ObjectInfo, cache: str) -> Representation:
    """Return the representation of a whole object."""

    async def read(span: Span) -> AsyncIterator[bytes]:
        return await node.stream(info, None if span.length == info.size else span)

    validators = Validators(info.etag, info.modified)
    return Representation(validators, content_type(info.media_type), info.size, cache, read, _more(info))


def _more(info: ObjectInfo) -> tuple[tuple[str, str], ...]:
    if info.key == f"{keys.PORTAL}sw.mjs":
        return (("service-worker-allowed", NODES_FOLDER),)
    return (("content-security-policy", REPORT_POLICY),) if _is_report(info) else ()


def _is_report(info: ObjectInfo) -> bool:
    return info.key.startswith((keys.RELEASES, keys.QUARTERLY)) and info.media_type.startswith("text/html")


def made(body: bytes, media_type: str, modified: float, etag: str | None = None) -> Representation:
    """Return the representation of a document made for this request."""

    async def read(span: Span) -> AsyncIterator[bytes]:
        return _once(body[span.start : span.start + span.length])

    tag = etag or hashlib.sha256(body).hexdigest()[:32]
    return Representation(Validators(tag, modified), media_type, len(body), REVALIDATE, read)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def respond(request: Request, thing: Representation) -> Response:
    """Answer a GET or HEAD for `thing`.

    A HEAD is answered as the GET would be, but for the body, `Range` included: RFC 9110 §14.2 defines ranges
    for GET only, but S3 answers so and duckdb-wasm learns from a HEAD with a range whether ranges are served.

    Raises:
        ConflictError: The object changed since `thing` was made; nothing was sent.
        StoreError: The store failed; nothing was sent.
    """
    # How it may be kept comes first: admission looks for that in each answer that is not for everybody.
    fields = {"cache-control": thing.cache, **thing.validators.headers(), **dict(thing.more)}
    match evaluate(request.headers, thing.validators):
        case Outcome.FAILED:
            return problem_response(PRECONDITION_FAILED)
        case Outcome.NOT_MODIFIED:
            return Response(status_code=304, headers=fields)
        case _:
            span = _wanted(request.headers, thing)
    if isinstance(span, Unsatisfiable):
        return problem_response(RANGE_NOT_SATISFIABLE, {"content-range": content_range(None, thing.size)})
    fields |= {"content-type": thing.media_type, "accept-ranges": "bytes"}
    if span is None:
        return await _send(request, thing, Span(0, thing.size), 200, fields)
    fields["content-range"] = content_range(span, thing.size)
    return await _send(request, thing, span, 206, fields)


def _wanted(headers: Headers, thing: Representation) -> Span | Unsatisfiable | None:
    wanted = headers.get("range")
    if wanted is None or not range_applies(headers, thing.validators, time.time()):
        return None
    return parse_range(wanted, thing.size)


async def _send(request: Request, thing: Representation, span: Span, status: int, fields: dict[str, str]) -> Response:
    fields["content-length"] = str(span.length)
    if request.method == "HEAD" or span.length == 0:
        return Response(status_code=status, headers=fields)
    chunks = await thing.open(span)
    if span.length > WHOLE_BYTES:
        # The first bytes are taken before the first header is sent, so that what fails at once can be said.
        return _Stream(await anext(chunks), chunks, status, fields)
    body = b"".join([chunk async for chunk in chunks])
    if len(body) != span.length:
        raise StoreError(f"the store sent {len(body)} of {span.length} bytes")
    return Response(body, status, fields)


class _Stream(StreamingResponse):
    """Sends chunks as they come, and lets go of their source as soon as the client has gone."""

    def __init__(self, first: bytes, rest: AsyncIterator[bytes], status: int, fields: dict[str, str]) -> None:
        self._source = rest
        super().__init__(_paced(first, rest), status, fields)

    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        finally:
            await self.let_go()

    async def let_go(self) -> None:
        """Close the source: one that nobody closes keeps its file or connection until garbage is collected."""
        if isinstance(self._source, AsyncGenerator):
            with CancelScope(shield=True):
                await self._source.aclose()


async def let_go(response: Response) -> None:
    """Close what an answer would have been read from, if it is not sent after all."""
    if isinstance(response, _Stream):
        await response.let_go()


async def _paced(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield all chunks, letting the event loop run in between: else nobody notices that the client has gone."""
    yield first
    async for chunk in rest:
        await asyncio.sleep(0)
        yield chunk
