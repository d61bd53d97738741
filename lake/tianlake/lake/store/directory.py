"""A plain directory as an object store: one file per object, at the path that its key says."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from pathlib import Path
from typing import Final

from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.store._etags import KnownEtags
from tianlake.lake.store._files import OpenObject, describe, failures, link_on_the_way, open_object, walk
from tianlake.lake.store._rules import SCRATCH, check_key, check_prefix, check_span, is_key, open_body
from tianlake.lake.store._scratch import Scratch, fill, make_folders, prune, sync_folder
from tianlake.lake.store.protocol import Absent, Condition, Matches, ObjectInfo, Span

_CHUNK_BYTES: Final = 256 * 1024


class DirectoryStore:
    """A `Store` of files below `root`. Any number of threads and processes may use one directory at once.

    Where it differs from S3, because a directory does: `a` and `a/b` cannot both be objects (`LakeError`),
    the media type follows from the ending of the key, and symbolic links below `root` are neither read nor
    followed. Listing reads documents of up to 1 MiB, whose etag is a hash. The file system must know `flock`
    and hard links.
    """

    def __init__(self, root: Path) -> None:
        """Use the directory `root`, which the first write makes where it does not exist."""
        self._root = root.resolve()
        self._scratch = Scratch(self._root)

    def head(self, key: str) -> ObjectInfo:
        """Return what is known of an object; raises `NotFoundError`."""
        with open_object(self._root, key) as opened:
            return opened.info

    def get(self, key: str, span: Span | None = None) -> tuple[ObjectInfo, bytes]:
        """Return an object, or a part of it, with the etag those bytes had; raises `NotFoundError`."""
        with open_object(self._root, key) as opened:
            return opened.info, opened.read(_within(opened.info, span))

    def file(self, key: str) -> Path:
        """Return where an object lies, for what reads files only; raises `NotFoundError`.

        For objects of releases alone, which nobody writes again.
        """
        with open_object(self._root, key):
            return self._root / key

    def put(self, key: str, body: bytes | Path, *, media_type: str, condition: Condition | None = None) -> ObjectInfo:
        """Write an object whole or not at all: to a file in `.tmp/`, forced to the disk, then renamed.

        Raises:
            ConflictError: `condition` did not hold; nothing was written.
        """
        del media_type  # a directory has no place for it: see `media.media_type_of`
        with failures("write", key):
            path = self._writable(key)
            with open_body(body) as source, self._scratch.part() as (part, file):
                fill(file, source)
                info, *_ = describe(file.fileno(), key)
                with self._scratch.lock():
                    self._commit(part, path, key, condition)
        return info

    def delete(self, key: str, *, condition: Matches | None = None) -> None:
        """Remove an object and the folders that it leaves empty; one that is not there is no error.

        Raises:
            ConflictError: `condition` did not hold; nothing was removed.
        """
        with failures("delete", key):
            path = self._writable(key)
            if not path.is_file():
                # Looked at before the lock, whose file would else appear in a directory never written to.
                self._require(key, condition)
                return
            with self._scratch.lock():
                self._require(key, condition)
                try:
                    path.unlink()
                except FileNotFoundError:  # somebody else removed it, and perhaps its folder, a moment ago
                    return
                sync_folder(path.parent)
                prune(path.parent, self._root)

    def list(self, prefix: str = "", *, skip: Collection[str] = ()) -> Iterator[ObjectInfo]:
        """Yield every object whose key starts with `prefix`, sorted by key (UTF-8 bytes), but for folders to `skip`.

        Files whose path is no key (a backslash in the name, not UTF-8) are left out.
        """
        check_prefix(prefix)
        return self._list(prefix, skip)

    def _list(self, prefix: str, skip: Collection[str]) -> Iterator[ObjectInfo]:
        with failures("list", prefix):
            for key in walk(self._root, prefix, skip=skip):
                if not is_key(key):
                    continue
                try:
                    yield self.head(key)
                except NotFoundError:  # removed since its folder was read
                    continue

    def _writable(self, key: str) -> Path:
        check_key(key)
        for target in (key, SCRATCH):
            if (link := link_on_the_way(self._root, target)) is not None:
                raise LakeError(f"object {key!r}: {link!r} is a symbolic link, which could lead out of the store")
        return self._root / key

    def _commit(self, part: Path, path: Path, key: str, condition: Condition | None) -> None:
        """Give the finished file its name; called under the lock, so that a condition still holds then."""
        if isinstance(condition, Matches):
            self._require(key, condition)
        try:
            make_folders(path.parent)
            if isinstance(condition, Absent):
                # The kernel, not only our lock, sees to it that one writer wins: other programs take no lock.
                os.link(part, path, follow_symlinks=False)
            else:
                part.replace(path)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            if path.is_file():
                raise ConflictError(f"object {key!r} already exists") from None
            raise LakeError(f"object {key!r}: a directory cannot hold both an object 'a' and an object 'a/b'") from None
        except OSError:
            prune(path.parent, self._root)
            raise
        sync_folder(path.parent)

    def _require(self, key: str, condition: Matches | None) -> None:
        if condition is None:
            return
        try:
            found = self.head(key).etag
        except NotFoundError:
            raise ConflictError(f"object {key!r} was removed by somebody else") from None
        if found != condition.etag:
            raise ConflictError(f"object {key!r} was changed by somebody else")


class DirectoryReader:
    """A `Reader` of the objects of a `DirectoryStore`.

    Opening a file and reading what the page cache holds happens on the event loop (a thread costs five times
    as much as the 256 KiB it would read); reading what is not in the cache happens in a thread.

    A document is hashed once and not again as long as its file is untouched. Writers never go by that memory:
    a `DirectoryStore` hashes the bytes that are there.
    """

    def __init__(self, root: Path, clock: Callable[[], int] = time.time_ns) -> None:
        """Read below `root`; `clock` gives nanoseconds since the epoch, as the times of files do."""
        self._root = root.resolve()
        self._known = KnownEtags(clock)

    async def head(self, key: str) -> ObjectInfo:
        """Return what is known of an object; raises `NotFoundError` or `StoreError`."""
        with open_object(self._root, key, self._known) as opened:
            return opened.info

    async def stream(self, info: ObjectInfo, span: Span | None = None) -> AsyncIterator[bytes]:
        """Return an iterator over the bytes of exactly the version `info` tells of.

        The file is open before the first byte is given: bytes of a version that replaces it never mix in.

        Raises:
            ConflictError: The object is no longer that version. Raised before the first byte.
        """
        try:
            opened = open_object(self._root, info.key, self._known)
        except NotFoundError:
            raise ConflictError(f"object {info.key!r} was removed since it was looked at") from None
        if opened.info.etag != info.etag:
            opened.close()
            raise ConflictError(f"object {info.key!r} was replaced since it was looked at")
        wanted = _within(opened.info, span)
        if not opened.is_document:
            return _chunks(opened, wanted)
        with opened:
            return _slices(opened.read(wanted))


def _within(info: ObjectInfo, span: Span | None) -> Span:
    if span is None:
        return Span(0, info.size)
    check_span(info.key, span, info.size)
    return span


async def _slices(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), _CHUNK_BYTES):
        yield body[start : start + _CHUNK_BYTES]


async def _chunks(opened: OpenObject, span: Span) -> AsyncIterator[bytes]:
    end = span.start + span.length
    with opened:
        for start in range(span.start, end, _CHUNK_BYTES):
            step = Span(start, min(_CHUNK_BYTES, end - start))
            cached = opened.read_cached(step)
            yield cached if cached is not None else await asyncio.to_thread(opened.read, step)
