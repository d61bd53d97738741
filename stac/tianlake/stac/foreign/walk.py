"""Walks a foreign tree by its links: within its folder, each document once, and no further than allowed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from tianlake.lake.errors import LakeError, NotFoundError, StoreError
from tianlake.stac.federation.hrefs import is_below, joined
from tianlake.stac.foreign.records import Fetch, Foreign, Limits
from tianlake.stac.profile import Json

AT_ONCE: Final = 4
"""Requests under way: a foreign server owes us nothing."""

MIRROR: Final = "collection-mirror"
"""Role of an asset that is the stac-geoparquet of a collection's Items (Portolan formats, "Item mirror")."""

_FOLLOWED: Final = ("child", "item")


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as it was when it was last read."""

    etag: str
    body: bytes


@dataclass(slots=True)
class Walked:
    """What a walk came by."""

    documents: dict[str, Kept] = field(default_factory=dict)
    """URL → document, Parquet files too."""
    collections: list[tuple[str, Json]] = field(default_factory=list)
    """URL and document, in the order they were found in."""
    items: list[tuple[str, str, Json]] = field(default_factory=list)
    """URL of the collection, URL of the Item and the Item."""
    indexes: list[tuple[str, str]] = field(default_factory=list)
    """URL of the collection, and of the index of its Items."""
    outside: int = 0
    """Links that lead out of the tree's folder, and were not followed."""
    dangling: int = 0
    """Links to what is not there."""


@dataclass(frozen=True, slots=True)
class _Step:
    url: str
    collection: str
    """URL of the collection that an Item is of; empty for all else."""


def walk(foreign: Foreign, fetch: Fetch, known: Mapping[str, Kept], limits: Limits) -> Walked:
    """Return what a tree consists of; raises where it cannot be had whole, so that nothing looks deleted.

    Args:
        foreign: Where it begins.
        fetch: Reads a document.
        known: Documents as they were read last: asked for with a condition.
        limits: How far.

    Raises:
        StoreError: A document is not to be had, or time is up.
        LakeError: A document is none, or the tree is larger than allowed.
    """
    walker = _Walker(foreign, fetch, known, limits, time.monotonic() + limits.seconds)
    return walker.whole()


@dataclass(slots=True)
class _Walker:
    foreign: Foreign
    fetch: Fetch
    known: Mapping[str, Kept]
    limits: Limits
    until: float
    found: Walked = field(default_factory=Walked)
    size: int = 0

    def whole(self) -> Walked:
        seen = {self.foreign.place}
        level = [_Step(self.foreign.place, "")]
        for depth in range(self.limits.depth + 1):
            following: list[_Step] = []
            for step, document in self._read(level):
                if document is None:
                    self._missing(step, depth)
                    continue
                for each in self._taken(step, document):
                    if each.url not in seen:
                        seen.add(each.url)
                        following.append(each)
            level = following
            if not level:
                self._read_indexes()
                return self.found
        raise LakeError(f"the tree is deeper than {self.limits.depth} levels")

    def _missing(self, step: _Step, depth: int) -> None:
        if depth == 0:
            raise StoreError(f"{_shown(step.url)}: is not there")
        self.found.dangling += 1

    def _read(self, steps: Sequence[_Step]) -> Iterator[tuple[_Step, Json | None]]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for at in range(0, len(steps), AT_ONCE):
                part = steps[at : at + AT_ONCE]
                for step, kept in zip(part, pool.map(self._document, part), strict=True):
                    yield step, None if kept is None else _parsed(kept.body, step.url)

    def _document(self, step: _Step) -> Kept | None:
        return self._get(step.url, self.limits.document_bytes)

    def _get(self, url: str, largest: int) -> Kept | None:
        if time.monotonic() > self.until:
            raise StoreError(f"the tree was not read within {self.limits.seconds:.0f} s")
        known = self.known.get(url)
        try:
            answer = self.fetch(url, known.etag if known else "", largest)
        except NotFoundError:
            return None
        if answer is None and known is None:
            raise StoreError(f"{_shown(url)}: answered with 304 to a request without a condition")
        kept = known if answer is None and known is not None else Kept(answer.etag, answer.body) if answer else None
        if kept is not None:
            self.size += len(kept.body)
            self.found.documents[url] = kept
        if len(self.found.documents) > self.limits.documents or self.size > self.limits.whole_bytes:
            rule = f"{self.limits.documents} documents or {self.limits.whole_bytes} bytes"
            raise LakeError(f"the tree has more than the {rule} that are read of one")
        return kept

    def _taken(self, step: _Step, document: Json) -> list[_Step]:
        """Note a document, and return where it leads."""
        links = document.get("links")
        kind = document.get("type")
        if not isinstance(links, list) or kind not in {"Catalog", "Collection", "Feature"}:
            raise LakeError(f"{_shown(step.url)}: is no STAC catalog, collection or Item")
        if kind == "Feature":
            if step.collection:
                self.found.items.append((step.collection, step.url, document))
            if len(self.found.items) > self.limits.items:
                raise LakeError(f"the tree has more than the {self.limits.items} Items that are read of one")
            return []
        if kind == "Collection":
            self.found.collections.append((step.url, document))
        own = step.url if kind == "Collection" else ""
        index = self._index(step.url, document) if own else None
        if index is not None:
            self.found.indexes.append((own, index))
        wanted = [each for each in links if isinstance(each, dict) and each.get("rel") in _FOLLOWED]
        steps = []
        for each in wanted:
            is_item = each["rel"] == "item"
            if is_item and (not own or index is not None):
                continue
            if (url := self._inside(step.url, each.get("href"))) is not None:
                steps.append(_Step(url, own if is_item else ""))
        return steps

    def _index(self, url: str, document: Json) -> str | None:
        assets = document.get("assets")
        for each in assets.values() if isinstance(assets, dict) else ():
            if isinstance(each, dict) and MIRROR in (each.get("roles") or ()):
                return self._inside(url, each.get("href"))
        return None

    def _inside(self, base: str, href: Any) -> str | None:  # noqa: ANN401 - a JSON value
        """Return an address that lies in the tree's folder, or None: such a link is not followed."""
        url = joined(base, href)
        if not url or "?" in url or len(url) > _LONGEST or not is_below(url, self.foreign.below):
            self.found.outside += 1
            return None
        return url

    def _read_indexes(self) -> None:
        for _collection, url in self.found.indexes:
            if url not in self.found.documents and self._get(url, self.limits.index_bytes) is None:
                raise StoreError(f"{_shown(url)}: is not there, though a collection names it")


_LONGEST: Final = 2000


def _parsed(body: bytes, url: str) -> Json:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise LakeError(f"{_shown(url)}: is no JSON object")
    return document


def _shown(url: str) -> str:
    return url[-100:]
