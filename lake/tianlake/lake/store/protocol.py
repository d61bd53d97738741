"""What Tianlake needs of an object store: the S3 semantics it relies on, and nothing more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What a store knows of an object without reading it."""

    key: str
    size: int
    """Bytes."""
    etag: str
    """Strong validator, opaque, without quotes: equal means byte-equal within one key."""
    media_type: str
    modified: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of bytes: `start` and `length`, both known, both within the object."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Absent:
    """Condition of a write: no object has this key yet (`If-None-Match: *`)."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Condition of a write: the object still has this etag (`If-Match`)."""

    etag: str


Condition = Absent | Matches
ABSENT: Final = Absent()


class Store(Protocol):
    """An object store, for builders and publishers. Keys are relative and `/`-separated.

    Every method raises `StoreError` when the store or the network fails (the call may be repeated), and
    `LakeError` for a key that is empty, absolute or holds `.`/`..` parts, a backslash or a control character.
    """

    def head(self, key: str) -> ObjectInfo:
        """Return what is known of an object; raises `NotFoundError`."""

    def get(self, key: str, span: Span | None = None) -> tuple[ObjectInfo, bytes]:
        """Return an object, or a part of it, with the etag those bytes had; raises `NotFoundError`."""

    def put(self, key: str, body: bytes | Path, *, media_type: str, condition: Condition | None = None) -> ObjectInfo:
        """Write an object whole or not at all.

        Raises:
            ConflictError: `condition` did not hold; nothing was written.
        """

    def delete(self, key: str, *, condition: Matches | None = None) -> None:
        """Remove an object; one that is not there is no error without a condition.

        Raises:
            ConflictError: `condition` did not hold; nothing was removed.
        """

    def list(self, prefix: str = "", *, skip: Collection[str] = ()) -> Iterator[ObjectInfo]:
        """Yield every object whose key starts with `prefix`, sorted by key (UTF-8 bytes).

        Args:
            prefix: Beginning of keys.
            skip: Folders right below `prefix`, each its key with a final `/`, that are not looked into: however many
                objects they hold, that costs nothing.
        """


class Reader(Protocol):
    """The same objects for a server: asynchronous, streaming, read-only."""

    async def head(self, key: str) -> ObjectInfo:
        """Return what is known of an object; raises `NotFoundError` or `StoreError`."""

    async def stream(self, info: ObjectInfo, span: Span | None = None) -> AsyncIterator[bytes]:
        """Return an iterator over the bytes of exactly the version `info` tells of.

        Raises:
            ConflictError: The object is no longer that version. Raised before the first byte.
        """
