"""The access log at the gateway: each answer is noted in memory, on its way out; nothing is waited for."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import anyio.to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tianlake.functions.admission.guests import Guest
from tianlake.functions.gateway.callers import client_of
from tianlake.functions.gateway.kinds import kind_of, product_of, release_of
from tianlake.functions.gateway.layers import layer_product
from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.places import Place
from tianlake.lake.errors import LakeError
from tianlake.lake.logs.rows import Kind, Row, Source

NOTE: Final = "tianlake.note"
"""Member of a scope: see `note_of`."""

_NOT_MODIFIED: Final = 304
_GONE: Final = 499
"""Written of a client that went away before it was answered, as nginx does."""

_PROBLEMS: Final = 400
"""The first status of problems."""
_HEAD: Final = 100
_CODE: Final = re.compile(rb'"type":"urn:tianlake:problem:([a-z0-9-]{1,60})"')
"""In the first bytes of a problem document, as `problem_body` writes it."""


class Note:
    """What the gateway finds out about one request on its way, for the row that is written of it."""

    __slots__ = ("bytes", "code", "guest", "node", "place", "product", "release", "sent", "source", "status")

    def __init__(self) -> None:
        """Know nothing yet."""
        self.place: Place | None = None
        self.node: Node | None = None
        self.product = ""
        self.release = ""
        self.guest: Guest | None = None
        self.code = ""
        self.status = 0
        self.bytes = 0
        self.sent: int | None = None
        """Bytes that a proxy sends in our place, where it asked for our word alone."""
        self.source: Source = "gateway"


def note_of(scope: Scope) -> Note | None:
    """Return where to note something of a request; None where nothing is written down."""
    found: Note | None = scope.get(NOTE)
    return found


def note_place(scope: Scope, place: Place, node: Node) -> Place:
    """Note which place of which node is asked for, and return it."""
    if (note := note_of(scope)) is not None:
        note.place, note.node = place, node
    return place


async def note_release(note: Note) -> None:
    """Note which product a layer shows, and which release of a product is current; what is not known stays open."""
    if (place := note.place) is None or (node := note.node) is None:
        return
    if place.layer is not None:
        with suppress(LakeError):
            note.product = await layer_product(node, place.layer) or ""
    if (product := note.product or place.product) and (current := node.seen(product)) is not None:
        note.release = current.manifest.release


class Logged:
    """An ASGI application whose requests are noted."""

    def __init__(
        self,
        application: ASGIApp,
        note: Callable[[Row], None],
        close: Callable[[], None],
        *,
        root: str,
        trust_forwarded: bool,
    ) -> None:
        """Note what `application` answers.

        Args:
            application: What answers.
            note: Takes rows, in no time and without an error.
            close: Has all of them written, when the server stops.
            root: Code of the node that requests are of which are of none.
            trust_forwarded: As of the gateway.
        """
        self._application = application
        self._note = note
        self._close = close
        self._root = root
        self._trust_forwarded = trust_forwarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and note it, or hand on what the server says of itself."""
        if scope["type"] != "http":
            await self._application(scope, receive, self._closing(send))
            return
        scope[NOTE] = note = Note()
        came, began = time.time(), time.perf_counter()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.body":
                body = message.get("body", b"")
                note.bytes += len(body)
                if note.status >= _PROBLEMS and not note.code and (told := _CODE.search(body, 0, _HEAD)):
                    note.code = told[1].decode()
            elif message["type"] == "http.response.start":
                note.status = message["status"]
            await send(message)

        try:
            await self._application(scope, receive, watched)
        finally:
            self._note(self._row(scope, note, came, (time.perf_counter() - began) * 1000))

    def _closing(self, send: Send) -> Send:
        async def closing(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await anyio.to_thread.run_sync(self._close)
            await send(message)

        return closing

    def _row(self, scope: Scope, note: Note, came: float, took_ms: float) -> Row:
        kind, product, release = _called(note.place) if note.place else ("other", "", "")
        standing = note.guest.standing if note.guest is not None else None
        return Row(
            came,
            note.node.code if note.node is not None else self._root,
            note.product or product,
            release or note.release,
            kind,
            scope["method"] if note.sent is None else "GET",
            note.status or _GONE,
            note.code,
            note.bytes if note.sent is None else note.sent,
            took_ms,
            "hit" if note.status == _NOT_MODIFIED else "none",
            (standing.account or "") if standing else "",
            (standing.key or "") if standing else "",
            client_of(scope, trust_forwarded=self._trust_forwarded),
            note.source,
        )


def _called(place: Place) -> tuple[Kind, str, str]:
    return kind_of(place), product_of(place), release_of(place)
