"""Reads objects that may be larger than memory, and holds their bytes to the SHA-256 that somebody gave for them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tianlake.lake.errors import ConflictError, LakeError
from tianlake.lake.store import DirectoryStore, ObjectInfo, Span, Store

STEP_BYTES: Final = 16 * 1024 * 1024
"""How much of an object is read at a time."""


class ChangedError(LakeError):
    """An object is not the one that it should be."""


def stored_sha256(store: Store, info: ObjectInfo) -> str:
    """Return the SHA-256 of an object that may be larger than memory.

    Raises:
        ConflictError: It was replaced while it was read.
    """
    digest = hashlib.sha256()
    for part in _parts(store, info):
        digest.update(part)
    return digest.hexdigest()


@contextmanager
def read_whole(store: Store, info: ObjectInfo) -> Iterator[tuple[bytes | Path, str]]:
    """Give the bytes of an object, from memory or from a file of this machine, and their SHA-256.

    Raises:
        ConflictError: It was replaced while it was read.
        NotFoundError: It is gone.
    """
    if info.size <= STEP_BYTES:
        body = b"".join(_parts(store, info))
        yield body, hashlib.sha256(body).hexdigest()
        return
    with tempfile.NamedTemporaryFile(prefix="tianlake-") as file:
        digest = hashlib.sha256()
        for part in _parts(store, info):
            digest.update(part)
            file.write(part)
        file.flush()
        yield Path(file.name), digest.hexdigest()


@contextmanager
def read_right(store: Store, key: str, sha256: str) -> Iterator[bytes | Path]:
    """Give the bytes of an object of a release, once they were found to be those of a SHA-256.

    Raises:
        ChangedError: They are others.
        NotFoundError: It is gone.
    """
    if isinstance(store, DirectoryStore):  # where it lies is a file already, which nobody writes again
        path = store.file(key)
        with path.open("rb") as file:
            _require(key, hashlib.file_digest(file, "sha256").hexdigest(), sha256)
        yield path
        return
    with read_whole(store, store.head(key)) as (body, found):
        _require(key, found, sha256)
        yield body


def _parts(store: Store, info: ObjectInfo) -> Iterator[bytes]:
    for start in range(0, info.size, STEP_BYTES):
        now, body = store.get(info.key, Span(start, min(STEP_BYTES, info.size - start)))
        if now.etag != info.etag:
            raise ConflictError(f"{info.key}: was replaced while it was read; try again")
        yield body


def _require(key: str, found: str, wanted: str) -> None:
    if found != wanted:
        raise ChangedError(f"{key}: sha256: is {found[:16]}…, not {wanted[:16]}… as it should be; restore it")
