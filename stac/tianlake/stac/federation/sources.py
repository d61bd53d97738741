"""Where a child is read: over HTTP, in a bucket, or in a folder. Keys are made by us, never taken from a link."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from tianlake.lake import keys
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.fetch import Fetched, Limits, StatusError, fetch
from tianlake.lake.store import DirectoryStore, S3Settings, Store
from tianlake.lake.store.locations import Folder, parse_location
from tianlake.stac.federation.local import copy_object
from tianlake.stac.federation.records import BASE_URL

LARGEST_OFFER: Final = 2_000_000
"""Bytes; it holds the health of every node below, some 200 bytes each."""

SILENCE_S: Final = 20
"""How long a child may be silent, seconds."""

_ABSENT: Final = (404, 410)


class Source(Protocol):
    """A child's documents, as its parent reads them."""

    def offer(self, etag: str = "") -> Fetched | None:
        """Return the child's offer, or None where it is still the one with `etag`.

        Raises:
            NotFoundError: There is none.
            StoreError: No answer.
            LakeError: It is too large.
        """

    def read(self, key: str, largest: int) -> bytes:
        """Return a document; raises as `offer`."""

    def copy(self, key: str, largest: int, target: Path) -> None:
        """Write a file to `target`, which may be larger than memory; raises as `offer`."""


class HttpSource:
    """A child that is read over HTTP: conditional requests, no redirects."""

    def __init__(self, url: str, whole_s: float, ca_file: Path | None = None) -> None:
        """Read below `url`; one document may take `whole_s` seconds; `ca_file` as `fetch` has it."""
        self._base = url.rstrip("/")
        self._whole_s = whole_s
        self._ca_file = ca_file

    def offer(self, etag: str = "") -> Fetched | None:
        """Return the child's offer, unless it still has `etag`."""
        return self._fetch(keys.OFFER, LARGEST_OFFER, {"if-none-match": etag} if etag else {})

    def read(self, key: str, largest: int) -> bytes:
        """Return a document."""
        return self._unconditional(key, largest).body

    def copy(self, key: str, largest: int, target: Path) -> None:
        """Write a file to `target`."""
        with target.open("wb") as file:
            self._unconditional(key, largest, file)

    def _unconditional(self, key: str, largest: int, target: BinaryIO | None = None) -> Fetched:
        found = self._fetch(key, largest, {}, target)
        if found is None:
            raise LakeError(f"{key}: answered with 304 to a request without a condition")
        return found

    def _fetch(
        self, key: str, largest: int, condition: dict[str, str], target: BinaryIO | None = None
    ) -> Fetched | None:
        limits = Limits(largest, min(SILENCE_S, self._whole_s / 2), self._whole_s)
        try:
            # Not compressed: what is small on the way could be without end here.
            headers = {"accept-encoding": "identity", **condition}
            return fetch(f"{self._base}/{key}", headers, limits, self._ca_file, target=target)
        except StatusError as error:
            if error.status in _ABSENT:
                raise NotFoundError(f"{key}: is not there ({error.status})") from None
            raise


class StoreSource:
    """A child in a bucket or folder that the parent may read."""

    def __init__(self, store: Store) -> None:
        """Read the objects of `store`."""
        self._store = store

    def offer(self, etag: str = "") -> Fetched | None:
        """Return the child's offer, unless it still has `etag`."""
        info = self._store.head(keys.OFFER)
        if etag and info.etag == etag:
            return None
        return self._get(keys.OFFER, LARGEST_OFFER)

    def read(self, key: str, largest: int) -> bytes:
        """Return a document."""
        return self._get(key, largest).body

    def copy(self, key: str, largest: int, target: Path) -> None:
        """Write a file to `target`."""
        self._check(key, largest)
        copy_object(self._store, key, target)

    def _get(self, key: str, largest: int) -> Fetched:
        self._check(key, largest)
        info, body = self._store.get(key)
        return Fetched(body, info.etag)

    def _check(self, key: str, largest: int) -> None:
        if self._store.head(key).size > largest:
            raise LakeError(f"{key}: more than the {largest} bytes it may have")


def open_source(place: str, base: Path, settings: S3Settings, whole_s: float, ca_file: Path | None = None) -> Source:
    """Return the source that a registered place means.

    Args:
        place: `https://…`, `http://…`, `s3://BUCKET/PREFIX` or `file:DIRECTORY`; nothing else is read.
        base: The workspace, which relative directories start from.
        settings: How to reach S3.
        whole_s: How long one document may take over HTTP, seconds.
        ca_file: Whose certificates are believed over HTTPS, beside the system's authorities.

    Raises:
        LakeError: The place has another form.
    """
    if place.startswith(("http://", "https://")):
        if not BASE_URL.fullmatch(place):
            raise LakeError(f"{place}: must be http(s)://HOST[:PORT][/PATH] without a final '/', query or credentials")
        return HttpSource(place, whole_s, ca_file)
    found = parse_location(place, base)
    if isinstance(found, Folder):
        return StoreSource(DirectoryStore(found.root))
    from tianlake.lake.store.s3 import S3Store  # noqa: PLC0415 - the S3 clients are slow to import

    return StoreSource(S3Store(found.name, found.prefix, settings))


Opener = Callable[[str], Source]
"""Place → source."""
