"""The web API behind API Gateway: the same places, door and desk as at a gateway; errands are run on the spot."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tianlake.functions.accounts.calls import refusal
from tianlake.functions.accounts.conditions import Conditions
from tianlake.functions.admission.admit import Rules
from tianlake.functions.admission.answers import Refusal
from tianlake.functions.admission.demands import demand_of
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.headers import ADMITTED
from tianlake.functions.admission.proof import proves
from tianlake.functions.admission.records import Demand
from tianlake.functions.admission.requests import Request, asked_for
from tianlake.functions.api.admission import admitted, decide, kept_private, refused
from tianlake.functions.api.events import Event, Sent, sent_by
from tianlake.functions.calls import Call, CallError, Reply
from tianlake.functions.cors import WEB_METHODS, WEB_PREFLIGHT
from tianlake.functions.gateway.places import Place, locate
from tianlake.functions.gateway.web_requests import SERVICES, WebCall
from tianlake.functions.gateway.wmts_requests import carried_by
from tianlake.functions.problems import METHOD_NOT_ALLOWED, NOT_FOUND, UNAVAILABLE
from tianlake.functions.web.desk import Came, WebDesk
from tianlake.lake.errors import NotFoundError, StoreError
from tianlake.lake.plain import Access

_log = logging.getLogger(__name__)

DEEPEST: Final = 6
"""Parts of a path below `/ogc` that have a route: `collections/<id>/items/<id>` and two more."""


def web_routes() -> list[str]:
    """Return the routes of the web API, at the root and below a node's code. Chalice has none for all below a path."""
    below = ["ogc" + "".join(f"/{{part{number}}}" for number in range(depth)) for depth in range(1, DEEPEST + 1)]
    return [f"{node}/{route}" for node in ("", "/{node}") for route in (*SERVICES, *below)]


@dataclass(frozen=True, slots=True)
class Served:
    """What a function is told of where it stands."""

    codes: tuple[str, ...]
    """Nodes that are served, each below its code."""
    root: str
    """The node that is served at the root too."""
    url: str = ""
    """Base URL as clients see it; empty where that is API Gateway's own."""
    strict: bool = False
    """Whether refusals are answered as Tianditu does today."""
    proxies: int = 0
    """How many proxies of ours stand in front of API Gateway."""


def rules_of(conditions: Conditions, begin: Rules, *, asks_terms: bool = True) -> Rules:
    """Return the rules that follow from what a node published.

    Args:
        conditions: Its quotas and terms.
        begin: What else holds: secrets, and how refusals are told.
        asks_terms: Whether keys rest until their account accepted these terms (`gateway.rules.RulesOfNode`).
    """
    rules = replace(begin, policy=conditions.policy)
    terms = conditions.terms if asks_terms else None
    return replace(rules, terms=terms.version, grace_days=terms.grace_days) if terms is not None else rules


class WebFunction:
    """Answers events of API Gateway."""

    def __init__(
        self,
        desk: WebDesk,
        door: Door,
        rules: Callable[[], Rules],
        served: Served,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Let in by `door`, under `rules`, what `desk` answers."""
        self._desk = desk
        self._door = door
        self._rules = rules
        self._served = served
        self._clock = clock

    def answer(self, event: Event) -> Reply:
        """Return the answer to an event of API Gateway; errors are those of `reply`."""
        return self.reply(sent_by(event, self._served.proxies, self._served.url))

    @property
    def served(self) -> Served:
        """What the function is told of where it stands."""
        return self._served

    def reply(self, sent: Sent) -> Reply:
        """Return the answer to a request; whatever the lake or the account store fails with is answered, too."""
        try:
            reply = self._answered(sent)
        except CallError as error:
            reply = refusal(error)
        except NotFoundError as error:
            _log.debug("%s", error)
            reply = refusal(CallError(NOT_FOUND))
        except StoreError as error:
            _log.error("%s", error)
            reply = refusal(CallError(UNAVAILABLE, headers={"retry-after": "2"}))
        return replace(reply, body=b"") if sent.method == "HEAD" else reply

    def _answered(self, sent: Sent) -> Reply:
        request, method = sent.request, sent.method
        place = locate(request.path.encode(), self._served.codes, request.query.encode())
        called = place.target
        if not isinstance(called, WebCall):
            raise CallError(NOT_FOUND)
        if method == "OPTIONS":
            return Reply(204, tuple(WEB_PREFLIGHT.items()))
        if not called.takes(method):
            raise CallError(METHOD_NOT_ALLOWED, headers={"allow": WEB_METHODS})
        demand = demand_of(place)
        base = f"{sent.origin}{place.base}"
        if demand.meter is None:
            return self._said(sent, place, called, base)
        access = self._access(demand)
        if self._was_admitted(request):
            return self._kept(access, self._said(sent, place, called, base))
        decision = decide(self._door, asked_for(request, demand, access), self._clock())
        if isinstance(decision, Refusal):
            return refused(decision, strict=self._served.strict, base=base)
        return admitted(self._kept(access, self._said(sent, place, called, base)), decision)

    def _said(self, sent: Sent, place: Place, called: WebCall, base: str) -> Reply:
        request = sent.request
        call = Call(sent.method, called.path, request.headers, request.query, sent.body, request.client)
        return self._desk.answer(call, Came(self._code(place.node), base, carried_by(request.query.encode())))

    def _access(self, demand: Demand) -> Access:
        if demand.access is not None or demand.product is None:
            return demand.access or "open"
        access = self._desk.releases.find(self._code(demand.node), demand.product).card.access
        if access == "internal":
            raise NotFoundError(f"product {demand.product!r} is internal: it should not be in a lake that is served")
        return access

    def _code(self, node: str | None) -> str:
        return node or self._served.root

    def _was_admitted(self, request: Request) -> bool:
        sent = request.headers.get(ADMITTED)
        return sent is not None and proves([sent.encode(errors="replace")], self._rules().edge_pass)

    def _kept(self, access: Access, reply: Reply) -> Reply:
        return reply if access == "open" else kept_private(reply)
