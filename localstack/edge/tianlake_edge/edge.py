"""What becomes of a request: the function's word, then the cache, then an origin."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tianlake_edge.cache import Cache, Kept, Key
from tianlake_edge.events import event_of, outcome
from tianlake_edge.freshness import ttl_of
from tianlake_edge.function import EdgeFunctionError
from tianlake_edge.messages import HOP_BY_HOP, Asked, Fields, Said
from tianlake_edge.origins import Origin, OriginError
from tianlake_edge.parts import CONDITIONS, part_of
from tianlake_edge.policies import Behaviour, Distribution

_log = logging.getLogger(__name__)

LARGEST_KEPT: Final = 16 * 1024 * 1024
"""Bytes of an object that is kept whole. Of a larger one each range is asked for: CloudFront keeps pieces."""

_ENCODINGS: Final = ("br", "gzip")
"""What CloudFront tells apart where a policy keeps encodings."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What an edge is made of."""

    distribution: Distribution
    name: str
    """Id of the distribution."""
    function: Callable[[dict[str, Any]], dict[str, Any]]
    origins: Mapping[str, Origin]
    """By kind, `gateway`, `api`, …; buckets as `bucket:<node code>`."""
    root: str
    """Code of the node at `/`."""
    cache: Cache
    heed: Callable[[Cache], None] = lambda _cache: None
    """Drops what invalidations name; called before each look into the cache."""
    clock: Callable[[], float] = time.time


class Edge:
    """Answers viewers. Safe for threads."""

    def __init__(self, setup: Setup) -> None:
        self._own = setup

    def answer(self, asked: Asked) -> Said:
        """Return the answer to a viewer's request."""
        behaviour, code = self._own.distribution.find(asked.path)
        if asked.method not in behaviour.methods:
            return _told(Said(403, {}, b"This distribution does not allow the method.\n"), "Error")
        try:
            found = outcome(self._own.function(event_of(asked, self._own.name)), asked)
        except (EdgeFunctionError, ValueError, KeyError, TypeError) as error:
            _log.warning("%s %r: the function failed: %s", asked.method, asked.path, error)
            return _told(Said(502, {}, b"The function of this distribution failed.\n"), "LambdaValidationError")
        if isinstance(found, Said):
            return _told(found, "LambdaGeneratedResponse")
        try:
            said, how = self._looked_up(asked, found, behaviour, self._node(code))
        except OriginError as error:
            _log.warning("%s %r: %s", asked.method, asked.path, error)
            return _told(Said(502, {}, b"The origin does not answer.\n"), "Error")
        return _told(_completed(said, asked, behaviour), how)

    def _node(self, code: str | None) -> str:
        """Return whose bucket a path leads to: that of a node which is none of ours is the root's to refuse."""
        return code if code is not None and f"bucket:{code}" in self._own.origins else self._own.root

    def _looked_up(self, asked: Asked, found: Asked, behaviour: Behaviour, code: str) -> tuple[Said, str]:
        """Return what the cache or the origin says, and which of them it was."""
        name = behaviour.origin if behaviour.origin != "bucket" else f"bucket:{code}"
        origin, sent = self._own.origins[name], _sent(found, behaviour)
        if not behaviour.cache.keeps or asked.method not in {"GET", "HEAD"}:
            return origin.ask(sent), "Miss"
        self._own.heed(self._own.cache)
        now, key = self._own.clock(), _key(name, found, behaviour)
        kept = self._own.cache.find(key)
        if kept is not None and kept.is_fresh(now):
            whole = replace(kept.said, fields={**kept.said.fields, "age": str(int(now - kept.since))})
            return part_of(whole, asked), "Hit"
        if asked.method == "HEAD":
            return origin.ask(sent), "Miss"
        return self._fetched(origin, asked, sent, (key, kept, behaviour))

    def _fetched(
        self, origin: Origin, asked: Asked, sent: Asked, place: tuple[Key, Kept | None, Behaviour]
    ) -> tuple[Said, str]:
        """Ask the origin for the whole, by what is kept of it where something is; keep the answer, give the part."""
        key, kept, behaviour = place
        fields = {name: value for name, value in sent.fields.items() if name not in CONDITIONS}
        if kept is not None and (etag := kept.said.fields.get("etag")):
            fields["if-none-match"] = etag
        now = self._own.clock()
        if kept is None and "range" in asked.fields and self._is_large(origin, replace(sent, fields=fields)):
            own = {name: asked.fields[name] for name in CONDITIONS & asked.fields.keys()}
            return origin.ask(replace(sent, fields={**fields, **own})), "Miss"
        whole = origin.ask(replace(sent, fields=fields))
        if whole.status == 304 and kept is not None:  # noqa: PLR2004 - it still holds
            self._own.cache.renew(key, now, kept.ttl)
            return part_of(kept.said, asked), "RefreshHit"
        ttl = ttl_of(whole, behaviour.cache, now)
        if ttl is not None and len(whole.body) <= LARGEST_KEPT:
            self._own.cache.keep(key, whole, now, ttl)
        return part_of(whole, asked), "Miss"

    @staticmethod
    def _is_large(origin: Origin, sent: Asked) -> bool:
        told = origin.ask(replace(sent, method="HEAD"))
        return int(told.fields.get("content-length") or 0) > LARGEST_KEPT


def _key(origin: str, found: Asked, behaviour: Behaviour) -> Key:
    """Return what tells an answer from others: the path as it goes on, and what the cache policy names."""
    policy = behaviour.cache
    parameters = [each for each in found.query.split("&") if each and policy.query.takes(each.partition("=")[0])]
    named = [found.fields.get(name, "") for name in policy.headers]
    return origin, found.path, "&".join(parameters), *named, _encoding(found) if policy.compressed else ""


def _encoding(found: Asked) -> str:
    """Return the viewer's `Accept-Encoding` as a cache policy has it: `br`, `gzip`, both or nothing."""
    told = {each.strip().partition(";")[0].lower() for each in found.fields.get("accept-encoding", "").split(",")}
    return ",".join(each for each in _ENCODINGS if each in told)


def _sent(found: Asked, behaviour: Behaviour) -> Asked:
    """Return the request that the origin gets: what the policies name of the viewer's, and what CloudFront adds."""
    fields: dict[str, str] = {}
    if behaviour.sent is not None:
        fields = {name: value for name, value in found.fields.items() if behaviour.sent.takes(name)}
    fields = {name: value for name, value in fields.items() if name not in HOP_BY_HOP | {"content-length"}}
    query = (
        found.query
        if behaviour.query is not None and behaviour.query.behavior == "all"
        else _kept_query(found, behaviour)
    )
    if behaviour.cache.keeps:
        fields.pop("accept-encoding", None)
        if behaviour.cache.compressed and (told := _encoding(found)):
            fields["accept-encoding"] = told
        fields |= {name: found.fields[name] for name in behaviour.cache.headers if name in found.fields}
    fields.setdefault("user-agent", "Amazon CloudFront")
    return replace(found, query=query, fields=fields)


def _kept_query(found: Asked, behaviour: Behaviour) -> str:
    named = behaviour.cache.query
    return "&".join(each for each in found.query.split("&") if each and named.takes(each.partition("=")[0]))


def _completed(said: Said, asked: Asked, behaviour: Behaviour) -> Said:
    """Return an answer with what the response headers policy adds where the origin says nothing."""
    policy = behaviour.response
    if policy is None:
        return said
    added: Fields = {**policy.headers, **(policy.cors if "origin" in asked.fields else {})}
    own = {name: value for name, value in said.fields.items() if not name.startswith("x-amz-")}
    return replace(said, fields={**added, **own})


def _told(said: Said, how: str) -> Said:
    fields = {**said.fields, "x-cache": f"{how} from cloudfront", "via": "1.1 edge (CloudFront)"}
    return replace(said, fields=fields)
