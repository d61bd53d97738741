"""One node's objects as the gateway sees them: what is current, and what was looked at a moment ago."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache, TTLCache

from tianlake.functions.gateway.published import Published, published
from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError, fault
from tianlake.lake.layers import archive_of, tile_archives
from tianlake.lake.plain import Access
from tianlake.lake.records import parse_record
from tianlake.lake.releases import Asset, Manifest, TileFacts
from tianlake.lake.store.protocol import ObjectInfo, Reader, Span
from tianlake.lake.words import RELEASE_ID

FRESH_S: Final = 1.0
"""How long the gateway may answer from what it saw, seconds: a release is visible to all after that time."""

_HEADS: Final = 4096
_PRODUCTS: Final = 512


@dataclass(frozen=True, slots=True)
class Released:
    """A complete release of a product."""

    manifest: Manifest

    @property
    def product(self) -> str:
        """The product's id within its node."""
        return self.manifest.candidate.card.id

    @property
    def access(self) -> Access:
        """Who may have the product."""
        return self.manifest.candidate.card.access

    def key(self, name: str) -> str:
        """Return the key of a file of the release."""
        return keys.release_file(self.product, self.manifest.release, name)

    def holds(self, name: str) -> bool:
        """Say whether the release has a file of that name."""
        return name == keys.MANIFEST or any(file.path == name for file in self.manifest.files)

    def tiles(self, variant: str = "") -> tuple[Asset, TileFacts]:
        """Return the archive of a variant, or the one that map clients draw: the first in web mercator, if any.

        Raises:
            NotFoundError: The product has no tiles, or not that variant of them.
        """
        archives = tile_archives(self.manifest.candidate)
        if (found := archive_of(archives, variant)) is not None:
            return found
        raise NotFoundError(f"product {self.product!r} has no tiles{f' {variant!r}' if archives else ''}")


@dataclass(frozen=True, slots=True)
class Current(Released):
    """The release that a product's pointer stands at."""

    pointer: ObjectInfo
    attribution: str
    """What is said beside its maps: whom they are owed to, map-approval numbers (审图号), the mark of a demo."""


class Node:
    """Reads one node's bucket and remembers for `FRESH_S` what cannot matter to be a second old.

    That is where pointers stand, and the heads of release files, which never change but may be withdrawn.
    Bytes are never remembered, and are always those of the version whose etag is sent with them.
    """

    def __init__(self, code: str, reader: Reader, clock: Callable[[], float] = time.monotonic) -> None:
        self.code = code
        self.reader = reader
        self._heads: TTLCache[str, ObjectInfo] = TTLCache(_HEADS, FRESH_S, timer=clock)
        self._clock = clock
        self._seen: dict[str, tuple[float, Current]] = {}
        self._releases: LRUCache[tuple[str, str], Current] = LRUCache(_PRODUCTS)
        self._named: TTLCache[tuple[str, str], Released] = TTLCache(_PRODUCTS, FRESH_S, timer=clock)
        self._published: TTLCache[str, Published] = TTLCache(1, FRESH_S, timer=clock)

    async def answers(self) -> None:
        """Ask the store for one object: that there is none is an answer, too. Raises `StoreError`."""
        with suppress(NotFoundError):
            await self.head(keys.NODE, fresh=True)

    async def head(self, key: str, *, fresh: bool = False) -> ObjectInfo:
        """Return what the store knows of an object; with `fresh`, not from memory.

        Raises:
            NotFoundError: No such object, or no store could hold one of that name.
            StoreError: The store does not answer.
        """
        remembered = key.startswith(keys.RELEASES)
        if remembered and not fresh and (seen := self._heads.get(key)) is not None:
            return seen
        self._heads.pop(key, None)
        try:
            info = await self.reader.head(key)
        except LakeError as error:
            if type(error) is LakeError:  # the key breaks a rule of the store
                raise NotFoundError(str(error)) from None
            raise
        if remembered:
            self._heads[key] = info
        return info

    async def stream(self, info: ObjectInfo, span: Span | None = None) -> AsyncIterator[bytes]:
        """Return an iterator over bytes of exactly the version that `info` tells of.

        Raises:
            ConflictError: It was replaced or removed since it was looked at: look again.
        """
        try:
            return await self.reader.stream(info, span)
        except NotFoundError as error:
            raise ConflictError(str(error)) from None

    async def read(self, info: ObjectInfo, span: Span | None = None) -> bytes:
        """Return the bytes of `span`, or all; raises what `stream` raises."""
        return b"".join([chunk async for chunk in await self.stream(info, span)])

    def seen(self, product: str) -> Current | None:
        """Return the release that a product's pointer stood at a moment ago, where it was looked at."""
        found = self._seen.get(product)
        return found[1] if found is not None and self._clock() - found[0] < FRESH_S else None

    async def current(self, product: str, *, fresh: bool = False) -> Current:
        """Return the release that a product's pointer stands at; with `fresh`, the pointer is looked at now.

        Raises:
            NotFoundError: No such product, or none of its releases is published.
            ConflictError: The pointer moved while it was followed: look again.
        """
        if not fresh and (seen := self.seen(product)) is not None:
            return seen
        self._seen.pop(product, None)
        pointer = await self.head(keys.pointer(product))
        found = self._releases.get((pointer.key, pointer.etag))
        if found is None:
            found = await self._follow(product, pointer)
            self._releases[pointer.key, pointer.etag] = found
        if len(self._seen) >= _PRODUCTS:
            self._seen.clear()
        self._seen[product] = (self._clock(), found)
        return found

    async def release(self, product: str, release: str, *, fresh: bool = False) -> Released:
        """Return a release by its id, whether or not it is current; with `fresh`, it is looked at now.

        Raises:
            NotFoundError: No such release, or it was withdrawn, be it that its files are still there.
        """
        if not fresh and (seen := self._named.get((product, release))) is not None:
            return seen
        self._named.pop((product, release), None)
        key = keys.release_file(product, release, keys.MANIFEST)
        info, stone = await asyncio.gather(self.head(key, fresh=fresh), self._tombstone(product, release))
        if stone:
            raise NotFoundError(f"release {release} of {product!r} was withdrawn")
        found = Released(parse_record(Manifest, await self.read(info), file=key))
        self._named[product, release] = found
        return found

    async def _tombstone(self, product: str, release: str) -> bool:
        with suppress(NotFoundError):
            await self.head(keys.release_file(product, release, keys.TOMBSTONE), fresh=True)
            return True
        return False

    async def published(self, *, fresh: bool = False) -> Published:
        """Return what the node publishes of itself; where it has published nothing, what then holds."""
        if not fresh and (seen := self._published.get(keys.NODE)) is not None:
            return seen
        try:
            info = await self.head(keys.NODE)
            found = published(await self.read(info), info.modified)
        except NotFoundError:
            found = Published()
        self._published[keys.NODE] = found
        return found

    async def asset(self, current: Released, name: str, *, fresh: bool = False) -> ObjectInfo:
        """Return what the store knows of a file of a release.

        Raises:
            NotFoundError: The release has no such file.
            ConflictError: The release was withdrawn since it was looked at: look again.
        """
        if not current.holds(name):
            raise NotFoundError(f"release {current.manifest.release} of {current.product!r} has no file {name!r}")
        try:
            return await self.head(current.key(name), fresh=fresh)
        except NotFoundError as error:
            if fresh:
                raise
            raise ConflictError(str(error)) from None

    async def _follow(self, product: str, pointer: ObjectInfo) -> Current:
        release, attribution = _told(pointer.key, await self.read(pointer))
        key = keys.release_file(product, release, keys.MANIFEST)
        try:
            info = await self.head(key)
        except NotFoundError:
            raise ConflictError(f"release {release} of {product!r} was withdrawn meanwhile") from None
        manifest = parse_record(Manifest, await self.read(info), file=key)
        return Current(manifest, pointer, attribution or manifest.candidate.card.attribution)


def _told(key: str, collection: bytes) -> tuple[str, str | None]:
    """Return the release that a pointer, a STAC Collection, names as its `version`, and its `attribution`, if any."""
    try:
        document = json.loads(collection)
        version, attribution = document["version"], document.get("attribution")
    except (ValueError, TypeError, KeyError, AttributeError):
        raise fault(key, "version", "a pointer is a STAC Collection with a version") from None
    if not isinstance(version, str) or not RELEASE_ID.fullmatch(version):
        raise fault(key, "version", f"must be a release id, not {version!r}")
    return version, attribution if isinstance(attribution, str) else None
