"""Texts are sent as gzip to clients that take it (RFC 9110 §8.4); what is compressed already, and parts, are not."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tianlake.functions.gateway.tiles import accepts_gzip

LEAST: Final = 1024
"""Bytes from which on a text is packed: below that it all goes in one packet anyway."""
MOST: Final = 8 * 1024 * 1024
"""Bytes up to which a stored text is packed: code and documents have less; what has more is data, had in parts."""
_LEVEL: Final = 5
"""Of gzip: JSON is a tenth then, and 6 costs a third more for a hundredth less."""
_AT_ONCE: Final = 32 * 1024
"""Bytes that are packed without a thread: less than half a millisecond."""

_GZIP: Final = 16 + zlib.MAX_WBITS
"""Makes zlib write the gzip format (zlib manual, `deflateInit2`)."""

_TEXT: Final = re.compile(
    r"(?:text/[a-z0-9.+-]+|application/(?:json|xml|sql|(?:[a-z0-9.-]+\+)(?:json|xml)))(?:;.*)?", re.IGNORECASE
)
"""JSON and XML by whatever name (RFC 6839), and texts."""


async def packed(request: Request, response: Response) -> Response:
    """Return an answer, as gzip where that is of use to its client.

    A document is then another representation than the one whose bytes the store holds: its tag becomes a weak one (RFC
    9110 §8.8.1), which is enough for `If-None-Match`, and it takes no ranges. Whoever asks for a range gets the
    document as it is.
    """
    fields = response.headers
    if response.status_code != 200 or not _is_text(fields):  # noqa: PLR2004
        return response
    size = int(fields.get("content-length", 0))
    stored = isinstance(response, StreamingResponse) or not response.body
    if size < LEAST or (stored and size > MOST):
        return response
    fields.add_vary_header("accept-encoding")
    if "range" in request.headers or not accepts_gzip(request.headers.get("accept-encoding")):
        return response
    fields["content-encoding"] = "gzip"
    if (tag := fields.get("etag", "")).startswith('"'):
        fields["etag"] = f"W/{tag}"
    if "accept-ranges" in fields:
        del fields["accept-ranges"]
    if isinstance(response, StreamingResponse):
        del fields["content-length"]
        response.body_iterator = _packing(response.body_iterator)
        return response
    if not response.body:  # to a HEAD: what the packed document's size would be is not known, and need not be told
        del fields["content-length"]
        return response
    body = bytes(response.body)
    response.body = _pack(body) if size <= _AT_ONCE else await anyio.to_thread.run_sync(_pack, body)
    fields["content-length"] = str(len(response.body))
    return response


def _is_text(fields: Mapping[str, str]) -> bool:
    return "content-encoding" not in fields and _TEXT.fullmatch(fields.get("content-type", "")) is not None


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


async def _packing(pieces: AsyncIterable[str | bytes | memoryview]) -> AsyncIterator[bytes]:
    """Pack a document as it comes; one that breaks off has no end that a client would take for one."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    async for piece in pieces:
        data = piece.encode() if isinstance(piece, str) else bytes(piece)
        if ready := await anyio.to_thread.run_sync(packer.compress, data):
            yield ready
    yield packer.flush()
