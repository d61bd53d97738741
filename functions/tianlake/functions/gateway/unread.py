"""Answers of the web API that wait for their readers: of how many bytes, and for how long.

The answer to a statement may have 50 MB (`web.sql.limits`) and lies in memory until its client has read it. Handed to
the server in one piece it would lie there for as long as the client likes, and so would the next client's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tianlake.functions.gateway.representations import WHOLE_BYTES
from tianlake.lake.errors import LakeError

MOST: Final = 200_000_000
"""Bytes that may wait in one worker before no further statement is run: four of the largest answers."""

PATIENCE_S: Final = 30.0
"""How long a reader may take for any answer, seconds."""

SLOWEST: Final = 128_000
"""Bytes a second that a reader has to take beyond that: a line of one Mbit/s."""


class Unread:
    """How many bytes wait in this worker."""

    def __init__(self, most: int = MOST) -> None:
        """Let `most` bytes wait before `full`."""
        self._most = most
        self.bytes = 0

    @property
    def full(self) -> bool:
        """Whether too much waits already."""
        return self.bytes >= self._most


class Read(Response):
    """Is sent as it is read: the server takes a further piece once the client took the one before."""

    def __init__(self, unread: Unread, content: bytes, status: int, headers: Mapping[str, str]) -> None:
        """Answer with `content`, which counts as `unread` while it is sent."""
        super().__init__(content, status, headers)
        self._unread = unread

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer; raises `LakeError` where its reader takes too long."""
        del scope, receive
        size = len(self.body)
        self._unread.bytes += size
        try:
            async with asyncio.timeout(PATIENCE_S + size / SLOWEST):
                await self._send(send)
        except TimeoutError:
            raise LakeError(f"the reader took less than {SLOWEST} bytes a second of {size} bytes") from None
        finally:
            self._unread.bytes -= size

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body = memoryview(self.body)
        for start in range(0, len(body), WHOLE_BYTES):
            piece = bytes(body[start : start + WHOLE_BYTES])
            await send({"type": "http.response.body", "body": piece, "more_body": start + WHOLE_BYTES < len(body)})
        if not body:
            await send({"type": "http.response.body", "body": b""})
