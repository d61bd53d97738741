"""The viewer-request function: lets a request through without its key, or answers it. Decides nothing itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tianlake.functions import redirects
from tianlake.functions.admission.answers import Refusal
from tianlake.functions.admission.demands import demand_of
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.guests import Guest
from tianlake.functions.admission.records import Asked, Demand
from tianlake.functions.admission.requests import Request, asked_for, ranged_size
from tianlake.functions.cors import PREFLIGHT, WEB_PREFLIGHT
from tianlake.functions.edge.config import Config
from tianlake.functions.edge.events import Json, cloudfront_request, generated, passed_on, request_of, unforged
from tianlake.functions.edge.onward import gateway_address, object_key, object_path
from tianlake.functions.edge.site import Site
from tianlake.functions.gateway.places import AccountCall, CaseCall, Folder, Moved, Place, locate
from tianlake.functions.gateway.web_requests import WebCall
from tianlake.functions.problems import (
    MEDIA_TYPE,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNAVAILABLE,
    Problem,
    problem_body,
)
from tianlake.lake.errors import NotFoundError, StoreError
from tianlake.lake.keys import RELEASES
from tianlake.lake.plain import Access

_log = logging.getLogger(__name__)

Said = Guest | Refusal

_TURNS: Final = 10
"""Errands that one request is worth: it waits for each, and others may spend what they bring."""

_PATIENCE_S: Final = 2.5
"""How long a request may have waited before it waits for one more errand, seconds. CloudFront waits for 5 s in all, and
then gives an answer that no page can read."""


class Viewer:
    """Answers CloudFront's viewer requests for the nodes of a `Config`."""

    def __init__(self, config: Config, site: Site, door: Door, clock: Callable[[], float] = time.time) -> None:
        self._config = config
        self._site = site
        self.door = door
        self._clock = clock

    def handle(self, event: Json) -> Json:
        """Return the request as it goes on to cache and origin, or the answer to it."""
        sent = cloudfront_request(event)
        head = sent["method"] == "HEAD"
        try:
            return self._handle(sent)
        except NotFoundError as error:
            _log.debug("%r: %s", sent["uri"], error)
            return _problem(NOT_FOUND, head=head)
        except StoreError as error:
            _log.warning("%r: %s", sent["uri"], error)
        except Exception:  # noqa: BLE001 - the last line of defence: no page can read what CloudFront answers then
            _log.exception("%r failed", sent["uri"])
        return _problem(UNAVAILABLE, ("retry-after", "2"), head=head)

    def _handle(self, sent: Json) -> Json:
        request = request_of(sent)
        if (to := redirects.moved_to(request.path.encode(), request.query, self._config.moved)) is not None:
            return _redirect(to)
        if sent["method"] not in {"GET", "HEAD"} and not self._is_question(sent, request):
            return self._without_reading(sent, request)
        place = self._place(request)
        demand = demand_of(place)
        if demand.meter is not None:
            if demand.meter != "data" and self._secret is None:
                raise StoreError("the account store has not told yet what a gateway believes")
            asked = asked_for(request, demand, self._access(place, demand))
            counts = demand.meter == "data" and sent["method"] == "GET"
            refusal = self._decided(asked, lambda: self._size(request, place) if counts else 0)
            if refusal is not None:
                return self._refused(refusal, place, head=sent["method"] == "HEAD")
        return self._onward(sent, request, place, demand)

    def _onward(self, sent: Json, request: Request, place: Place, demand: Demand) -> Json:
        """Return what becomes of a request that is let in."""
        code = self._code(place)
        match place.target:
            case AccountCall() | CaseCall():  # the origin wants to know who calls
                return unforged(sent)
            case Folder(to) | Moved(to):
                return _redirect(to)
        if (key := object_key(place, self._site, code)) is not None:
            if key.startswith(RELEASES) and self._site.size(code, key) is None:
                # The bucket's own answer would be told to be kept for good: CloudFront adds that to errors, too.
                raise NotFoundError(f"node {code} has no {key}")
            return passed_on(sent, object_path(key, self._config.nodes[code].prefix), "")
        uri, query = gateway_address(place, request, self._site, code)
        return passed_on(sent, uri, query, self._secret if demand.meter is not None else None)

    def _without_reading(self, sent: Json, request: Request) -> Json:
        """Return what becomes of a preflight, of a call that changes an account, or of a method that is not served."""
        preflight = PREFLIGHT
        with suppress(NotFoundError):
            target = self._place(request).target
            if isinstance(target, AccountCall | CaseCall):
                return unforged(sent)
            preflight = WEB_PREFLIGHT if isinstance(target, WebCall) else preflight
        if sent["method"] == "OPTIONS":
            return generated(204, preflight.items())
        return _problem(METHOD_NOT_ALLOWED, ("allow", preflight["allow"]))

    def _is_question(self, sent: Json, request: Request) -> bool:
        with suppress(NotFoundError):
            target = self._place(request).target
            return isinstance(target, WebCall) and target.takes(sent["method"])
        return False

    @property
    def _secret(self) -> bytes | None:
        return self._site.edge_pass

    def _place(self, request: Request) -> Place:
        return locate(request.path.encode(), self._config.nodes, request.query.encode())

    def _code(self, place: Place) -> str:
        return place.node or self._config.root

    def _access(self, place: Place, demand: Demand) -> Access:
        if demand.access is not None:
            return demand.access
        code, product = self._code(place), demand.product
        if product is None and demand.layer is not None:
            source = self._site.layer(code, demand.layer)
            product = source.product if source else None
        if product is None:
            return "open"
        found = self._site.product(code, product)
        if found is None:
            raise NotFoundError(f"product {product!r} of node {code} is not published")
        return found.access

    def _size(self, request: Request, place: Place) -> int:
        """Return the bytes that an answer will have, at most: those of its range, and never more than the file's."""
        code = self._code(place)
        key = object_key(place, self._site, code)
        size = self._site.size(code, key) if key else None
        ranged = ranged_size(request.headers)
        return min(size or 0, ranged) if ranged is not None else size or 0

    def _decided(self, asked: Asked, size: Callable[[], int]) -> Refusal | None:
        """Ask the door until it has decided; return the refusal, if it is one.

        `size` is asked only for whom the door knows and lets in: it costs a request to the bucket.
        """
        until = self._clock() + _PATIENCE_S
        said = self._settled(lambda: self.door.recognise(asked, self._clock()), until)
        if isinstance(said, Guest):
            guest, sent = said, size()
            said = self._settled(lambda: self.door.let_in(guest, self._clock(), sent), until)
        return said if isinstance(said, Refusal) else None

    def _settled(self, ask: Callable[[], Said | Errand], until: float) -> Said:
        for _turn in range(_TURNS):
            answer = ask()
            if not isinstance(answer, Errand):
                return answer
            if self._clock() > until:
                break
            answer.run()
        raise StoreError("the account store is too slow, or leases are spent faster than it gives them")

    def _refused(self, refusal: Refusal, place: Place, *, head: bool) -> Json:
        strict = self._config.strict
        fields = [("content-type", refusal.content_type(strict)), *refusal.headers]
        return generated(refusal.status_code(strict), fields, refusal.body(strict, place.base), head=head)


def _redirect(to: str) -> Json:
    return generated(redirects.STATUS, [("location", to), ("cache-control", redirects.KEPT)])


def _problem(problem: Problem, *fields: tuple[str, str], head: bool = False) -> Json:
    told = [("content-type", MEDIA_TYPE), ("cache-control", "no-store"), *fields]
    return generated(problem.status, told, problem_body(problem), head=head)
