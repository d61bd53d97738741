"""Admission at the gateway: what a request shows goes to the door, and what the door says goes into the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Scope

from tianlake.functions.admission.answers import Refusal
from tianlake.functions.admission.demands import demand_of
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.guests import Guest
from tianlake.functions.admission.headers import ADMITTED, tell_quota
from tianlake.functions.admission.proof import proves
from tianlake.functions.admission.records import Asked, Demand
from tianlake.functions.admission.requests import Request as Shown
from tianlake.functions.admission.requests import asked_for
from tianlake.functions.gateway.access_log import NOTE, Note, note_of, note_release
from tianlake.functions.gateway.callers import client_of
from tianlake.functions.gateway.layers import layer_product
from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.passes import WANTED, Passes
from tianlake.functions.gateway.places import Place
from tianlake.functions.gateway.ranges import Unsatisfiable, parse_range
from tianlake.functions.gateway.representations import let_go
from tianlake.functions.gateway.rules import RulesOfNode
from tianlake.lake.errors import ConflictError, NotFoundError, StoreError
from tianlake.lake.plain import Access

_THREADS: Final = 8
"""Calls to the account store at a time, per worker: a slow one must not take the threads that read objects."""

_TURNS: Final = 20
"""Errands that one request is worth. Each brings it on, unless others spend what was leased before its turn."""

_SENT: Final = frozenset({200, 206})
"""Answers whose bytes are charged: those that carry a file."""

_VARY: Final = (b"vary", b"authorization, x-api-key")
"""Beside what an answer varies by otherwise: several lines of a list are one list (RFC 9110 §5.3)."""

_ADMITTED: Final = ADMITTED.encode()

_SENDING: Final = b"tianlake-sending"
"""Of a `HEAD` by a proxy in front, which keeps files itself: the `Range` of the request that it is about to answer."""


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A request that is let in and not counted."""

    access: Access
    """Of what it asks for."""


FREE: Final = Uncounted("open")
"""For what is open to all and not counted."""

Entry = Guest | Uncounted
"""Who was let in."""

Decided = Entry | Refusal


class FrontDoor:
    """Asks a `Door`, and runs its errands in threads: each once, however many requests wait for it."""

    def __init__(
        self, door: Door, rules: RulesOfNode, *, trust_forwarded: bool, clock: Callable[[], float] = time.time
    ) -> None:
        """Stand in front of what `door` and `rules` are for, by their `clock`: seconds since the epoch."""
        self._door = door
        self._rules = rules
        self._trust_forwarded = trust_forwarded
        self._limiter = CapacityLimiter(_THREADS)
        self._running: dict[Errand, asyncio.Task[None]] = {}
        self._clock = clock
        self._passes = Passes(trust_forwarded=trust_forwarded)
        door.look_ahead(self._begun)

    async def enter(self, request: Request, place: Place, node: Node) -> Entry | Response:
        """Return who was let in, or the answer that says why not.

        Raises:
            NotFoundError: No such product, or none that is ever served.
            StoreError: The lake does not answer.
        """
        demand = demand_of(place)
        if demand.meter is None:
            if await _is_internal(node, place.product):
                raise _nothing(place)
            return FREE
        access: Access
        if demand.access is not None:
            access = demand.access
        elif demand.product is not None and (current := node.seen(demand.product)) is not None:
            access = current.access
        else:
            access = await _access_of_layer(node, demand.layer) if demand.layer else await _access(node, demand.product)
        if access == "internal":
            raise _nothing(place)
        if self._rules.until <= (now := self._clock()):
            await self._look_after()
            now = self._clock()
        said = self._decide(request.scope, demand, access, now)
        if isinstance(said, Guest):
            return said
        if isinstance(said, Errand):
            decide = partial(self._decide, request.scope, demand, access)
            said = await self._settled(said, lambda: decide(self._clock()))
        return self._refused(request.scope, place, said) if isinstance(said, Refusal) else said

    def _decide(self, scope: Scope, demand: Demand, access: Access, now: float) -> Decided | Errand:
        """Decide from what a request shows; whoever showed the same a moment ago is not looked at again."""
        rules = self._rules.held
        seal, guest = self._passes.find(scope, demand, access, rules, now)
        if guest is None:
            if _was_admitted(scope, rules.edge_pass):
                return Uncounted(access)
            client = client_of(scope, trust_forwarded=self._trust_forwarded)
            asked = _asked(scope, client, demand, access)
            known = self._door.recognise(asked, now)
            if not isinstance(known, Guest):
                return known
            guest = known
            self._passes.keep(seal, asked, guest, rules, now)
        return self._door.let_in(guest, now)

    async def leave(self, request: Request, place: Place, entry: Entry, response: Response) -> Response:
        """Charge the bytes of an answer and say in it what is left; or return the refusal that goes out instead."""
        scope = request.scope
        if (note := scope.get(NOTE)) is not None:
            await self._note(note, scope, entry, response)
        if entry is FREE:
            return response
        fields = response.raw_headers
        if entry.access != "open":
            _keep_private(fields)
        if isinstance(entry, Guest):
            if entry.sent is not None and (size := self._sent(scope, response)):
                said: Decided | Errand = self._door.charge(entry, size, self._clock())
                if said is not entry:
                    if isinstance(said, Errand):
                        said = await self._settled(said, partial(self._charge, entry, size))
                    if isinstance(said, Refusal):
                        await let_go(response)
                        return self._refused(scope, place, said)
            tell_quota(entry, fields)
        return response

    async def _note(self, note: Note, scope: Scope, entry: Entry, response: Response) -> None:
        """Note who was let in, and whether what is sent is sent by another one or counted there."""
        note.guest = entry if isinstance(entry, Guest) else None
        if _was_admitted(scope, self._rules.held.edge_pass):
            note.source = "origin"
        elif scope["method"] == "HEAD" and (size := self._sent(scope, response)):
            note.sent = size
        await note_release(note)

    def _sent(self, scope: Scope, response: Response) -> int:
        """Return how many bytes of a file are sent: by this answer, or by the proxy in front that asks for its word."""
        if response.status_code not in _SENT:
            return 0
        if (method := scope["method"]) != "GET":
            return _asked_size(scope, response) if method == "HEAD" and self._trust_forwarded else 0
        return len(response.body) if not isinstance(response, StreamingResponse) else _announced(response)

    def _charge(self, guest: Guest, size: int) -> Decided | Errand:
        return self._door.charge(guest, size, self._clock())

    async def close(self) -> None:
        """Give back what is leased, once what is under way is there."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        await anyio.to_thread.run_sync(self._door.close)

    async def _look_after(self) -> None:
        """Do what has to be done every half minute, on the way of a request."""
        await self._rules.look()
        if (errand := self._door.sweep(self._clock())) is not None:
            await self._run(errand)

    async def _settled(self, errand: Errand, decide: Callable[[], Decided | Errand]) -> Decided:
        """Run an errand, and decide again, until there is a decision."""
        said: Decided | Errand = errand
        for _turn in range(_TURNS):
            if not isinstance(said, Errand):
                return said
            await self._run(said)
            said = decide()
        raise StoreError("leases are spent faster than the account store gives them")

    async def _run(self, errand: Errand) -> None:
        await asyncio.shield(self._begun(errand))  # others wait for it, even where this client has gone

    def _begun(self, errand: Errand) -> asyncio.Task[None]:
        """Have an errand run in a thread, if it does not yet; the caller need not wait for it."""
        task = self._running.get(errand)
        if task is None:
            task = asyncio.create_task(anyio.to_thread.run_sync(errand.run, limiter=self._limiter))
            self._running[errand] = task
            task.add_done_callback(lambda _done: self._running.pop(errand, None))
        return task

    def _refused(self, scope: Scope, place: Place, refusal: Refusal) -> Response:
        strict = self._rules.held.strict
        fields = {"content-type": refusal.content_type(strict), **dict(refusal.headers)}
        if (note := note_of(scope)) is not None:
            note.code = refusal.code
        body = refusal.body(strict, f"{scope.get('root_path', '')}{place.base}")
        return Response(body, refusal.status_code(strict), fields)


def _was_admitted(scope: Scope, secret: bytes | None) -> bool:
    """Say whether an edge function of ours let a request in and counted it. Whoever cannot prove it is a client."""
    sent = [value for name, value in scope["headers"] if name == _ADMITTED]
    return proves(sent, secret)


def _asked(scope: Scope, client: str, demand: Demand, access: Access) -> Asked:
    fields: dict[str, str] = {}
    for raw, value in scope["headers"]:
        if (name := WANTED.get(raw)) is not None:
            text = value.decode("latin-1")
            fields[name] = f"{fields[name]}, {text}" if name in fields else text
    query, path = scope["query_string"].decode("latin-1"), scope["raw_path"].decode("latin-1")
    return asked_for(Shown(path, query, fields, client), demand, access)


async def _access(node: Node, product: str | None) -> Access:
    """Return who may have a product: the card of its current release says it, for every release.

    Raises:
        NotFoundError: No such product, or none of its releases is published.
    """
    if product is None:
        return "open"
    try:
        current = await node.current(product)
    except ConflictError:
        current = await node.current(product, fresh=True)
    return current.access


async def _access_of_layer(node: Node, layer: str) -> Access:
    """Return who may have what a layer of today's clients shows; one that shows nothing is answered so to anybody."""
    try:
        return await _access(node, await layer_product(node, layer))
    except NotFoundError:
        return "open"


async def _is_internal(node: Node, product: str | None) -> bool:
    """Say whether documents are those of an internal product; a withdrawn one's stay open."""
    try:
        return await _access(node, product) == "internal"
    except NotFoundError:
        return False


def _nothing(place: Place) -> NotFoundError:
    return NotFoundError(f"product {place.product!r} is internal: it should not be in a lake that is served")


def _announced(response: Response) -> int:
    return int(response.headers.get("content-length", 0))


def _asked_size(scope: Scope, response: Response) -> int:
    """Return how many bytes of a file a proxy sends that asked about all of it, and has a `Range` to answer."""
    ranges = [value.decode("latin-1") for name, value in scope["headers"] if name == _SENDING]
    if not ranges or not (size := _announced(response)):
        return 0
    found = parse_range(wanted, size) if (wanted := ranges[-1]) else None
    if found is None:
        return size
    return 0 if isinstance(found, Unsatisfiable) else found.length


def _keep_private(fields: list[tuple[bytes, bytes]]) -> None:
    """Keep an answer out of shared caches, which would hand it to those without a key (RFC 9111 §5.2.2.7)."""
    for place, (name, value) in enumerate(fields):
        if name == b"cache-control":
            fields[place] = (name, value.replace(b"public", b"private"))
            break
    fields.append(_VARY)
