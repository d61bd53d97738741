"""The viewer-request function: lets a request through without its key, or answers it. Decides nothing itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tianlake.functions.admission.answers import Refusal
from tianlake.functions.admission.demands import demand_of
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.records import Asked, Demand
from tianlake.functions.admission.requests import Request, asked_for, ranged_size
from tianlake.functions.cors import METHODS, PREFLIGHT
from tianlake.functions.edge.config import Config
from tianlake.functions.edge.events import Json, cloudfront_request, generated, passed_on, request_of
from tianlake.functions.edge.site import Site
from tianlake.functions.gateway.places import AccountCall, CurrentArchive, CurrentAsset, Place, Stored, locate
from tianlake.functions.gateway.wmts_requests import Capabilities, LayerTile
from tianlake.functions.problems import (
    MEDIA_TYPE,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNAVAILABLE,
    Problem,
    problem_body,
)
from tianlake.lake.errors import NotFoundError, StoreError
from tianlake.lake.plain import Access

_log = logging.getLogger(__name__)

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
        if sent["method"] not in {"GET", "HEAD"}:
            return self._without_reading(sent, request)
        place = self._place(request)
        demand = demand_of(place)
        if demand.meter is not None:
            refusal = self._decided(self._asked(request, place, demand, sent["method"]))
            if refusal is not None:
                return self._refused(refusal, place, head=sent["method"] == "HEAD")
        match place.target:
            case AccountCall():  # the origin wants to know who calls
                return sent
            case Capabilities():  # its addresses carry the key on: it is made for this client alone, and not cached
                return passed_on(sent, query=request.query)
            case LayerTile() as tile if (path := self._rewritten(place, tile)) is not None:
                return passed_on(sent, path, "")
            case _:
                return passed_on(sent)

    def _without_reading(self, sent: Json, request: Request) -> Json:
        """Return what becomes of a preflight, of a call that changes an account, or of a method that is not served."""
        with suppress(NotFoundError):
            if isinstance(self._place(request).target, AccountCall):
                return sent
        if sent["method"] == "OPTIONS":
            return generated(204, PREFLIGHT.items())
        return _problem(METHOD_NOT_ALLOWED, ("allow", METHODS))

    def _place(self, request: Request) -> Place:
        return locate(request.path.encode(), self._config.nodes, request.query.encode())

    def _code(self, place: Place) -> str:
        return place.node or self._config.root

    def _asked(self, request: Request, place: Place, demand: Demand, method: str) -> Asked:
        """Return what is asked of admission; raises `NotFoundError` for a product that is not published."""
        size = self._size(request, place) if demand.meter == "data" and method == "GET" else 0
        return asked_for(request, demand, self._access(place, demand), size)

    def _access(self, place: Place, demand: Demand) -> Access:
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

    def _size(self, request: Request, place: Place) -> int | None:
        """Return the bytes that an answer will have, at most: those of its range, or of the whole file."""
        if (ranged := ranged_size(request.headers)) is not None:
            return ranged
        code = self._code(place)
        match place.target:
            case CurrentArchive(product, variant):
                return self._site.size(code, product, None, variant)
            case CurrentAsset(product, name):
                return self._site.size(code, product, name)
            case Stored(key):
                return self._site.size_of(code, key)
            case _:
                return None

    def _decided(self, asked: Asked) -> Refusal | None:
        """Ask the door until it has decided; return the refusal, if it is one."""
        began = self._clock()
        for _turn in range(_TURNS):
            answer = self.door.decide(asked, self._clock())
            if not isinstance(answer, Errand):
                return answer if isinstance(answer, Refusal) else None
            if self._clock() - began > _PATIENCE_S:
                break
            answer.run()
        raise StoreError("the account store is too slow, or leases are spent faster than it gives them")

    def _refused(self, refusal: Refusal, place: Place, *, head: bool) -> Json:
        strict = self._config.strict
        fields = [("content-type", refusal.content_type(strict)), *refusal.headers]
        return generated(refusal.status_code(strict), fields, refusal.body(strict, place.base), head=head)

    def _rewritten(self, place: Place, tile: LayerTile) -> str | None:
        """Return where the archive's own tile is, the same for every spelling of the request.

        None where there is none, or not in a format that the client can take: the origin says what is wrong.
        """
        code = self._code(place)
        source = self._site.layer(code, tile.layer)
        tiles = self._site.tiles(code, source, tile.letter) if source else None
        if tiles is None or tile.family not in {"any", "vector" if tiles.extension == "mvt" else "image"}:
            return None
        return f"{place.base}tiles/{tiles.folder}/{tile.z}/{tile.x}/{tile.y}.{tiles.extension}"


def _problem(problem: Problem, *fields: tuple[str, str], head: bool = False) -> Json:
    told = [("content-type", MEDIA_TYPE), ("cache-control", "no-store"), *fields]
    return generated(problem.status, told, problem_body(problem), head=head)
