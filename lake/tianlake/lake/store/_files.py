"""Objects that are files: where they lie below a root, what is known of them, and reading them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tianlake.lake.errors import ConflictError, NotFoundError, StoreError
from tianlake.lake.store._etags import HASHED_BYTES, KnownEtags, Stamp, etag_of_content, etag_of_file, stamp_of
from tianlake.lake.store._rules import check_key
from tianlake.lake.store.media import media_type_of
from tianlake.lake.store.protocol import ObjectInfo, Span

_NOWAIT: Final[int | None] = getattr(os, "RWF_NOWAIT", None)
"""Linux's flag to read from the page cache only; None elsewhere."""


class OpenObject:
    """An object held open: its bytes stay those that `info` tells of, whatever happens to the key."""

    __slots__ = ("_content", "_descriptor", "_stamp", "info")

    def __init__(self, descriptor: int, key: str, known: KnownEtags | None = None) -> None:
        self._descriptor = descriptor
        self.info, self._content, self._stamp = describe(descriptor, key, known)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        # An iterator over the object may be dropped before its first step, with no chance to clean up.
        self.close()

    def close(self) -> None:
        """Let the file go; more than once is no error."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    @property
    def is_document(self) -> bool:
        """Whether the object is small, and its etag the hash of its content."""
        return self.info.size <= HASHED_BYTES

    def read(self, span: Span) -> bytes:
        """Return the bytes of `span`; waits for the disk.

        Raises:
            ConflictError: Somebody changed a document in place since it was described.
            StoreError: The disk failed, or somebody cut the file short in place.
        """
        if self._content is not None:
            return self._content[span.start : span.start + span.length]
        with failures("read", self.info.key):
            found = _read(self._descriptor, span.start, span.length)
            if self.is_document and stamp_of(os.fstat(self._descriptor)) != self._stamp:
                raise ConflictError(f"object {self.info.key!r} was changed since it was looked at")
        if len(found) < span.length:
            raise StoreError(f"object {self.info.key!r}: was cut short while it was read")
        return found

    def read_cached(self, span: Span) -> bytes | None:
        """Return the bytes of `span` of a big object if no disk is needed for it, else None."""
        if _NOWAIT is None:
            return None
        buffer = bytearray(span.length)
        try:
            done = os.preadv(self._descriptor, [buffer], span.start, _NOWAIT)
        except OSError:  # not in the cache, or a file system without the flag: the waiting read tells what is wrong
            return None
        return bytes(buffer) if done == span.length else None


def open_object(root: Path, key: str, known: KnownEtags | None = None) -> OpenObject:
    """Open the object `key` of the store at `root`; a document is hashed unless its etag is among the `known`.

    Raises:
        LakeError: The key breaks a rule.
        NotFoundError: No such object; a folder or a symbolic link is none.
        StoreError: The file system failed.
    """
    check_key(key)
    missing = NotFoundError(f"object {key!r} does not exist")
    with failures("read", key):
        if link_on_the_way(root, key) is not None:
            raise missing
        try:
            # O_NONBLOCK: opening a named pipe must not wait for its writer.
            descriptor = os.open(f"{root}/{key}", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
                raise missing from None
            raise
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return OpenObject(descriptor, key, known)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        raise missing


def describe(descriptor: int, key: str, known: KnownEtags | None = None) -> tuple[ObjectInfo, bytes | None, Stamp]:
    """Return what is known of an open file, its content where the etag was just made from it, and its stamp."""
    facts = os.fstat(descriptor)
    stamp = stamp_of(facts)
    size, content = facts.st_size, None
    if size > HASHED_BYTES:
        etag: str | None = etag_of_file(facts)
    else:
        etag = None if known is None else known.find(stamp)
    if etag is None:
        memory = known if known is not None and known.settled(facts) else None  # asked before the first byte is read
        content = _read(descriptor, 0, size)
        size, etag = len(content), etag_of_content(content)
        if memory is not None:
            memory.keep(stamp, etag)
    return ObjectInfo(key, size, etag, media_type_of(key), facts.st_mtime), content, stamp


def _read(descriptor: int, start: int, length: int) -> bytes:
    """Return `length` bytes from `start`, fewer only at the end: one `pread` may return less."""
    parts: list[bytes] = []
    while length > 0 and (part := os.pread(descriptor, length, start)):
        parts.append(part)
        start += len(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def link_on_the_way(root: Path, key: str) -> str | None:
    """Return the first part of the way from `root` to an object that is a symbolic link: it could lead anywhere."""
    path = str(root)
    for part in key.split("/"):
        path = f"{path}/{part}"
        try:
            mode = os.lstat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None  # nothing further on, so no link either
        if stat.S_ISLNK(mode):
            return path.removeprefix(f"{root}/")
    return None


def walk(root: Path, prefix: str, base: str = "", *, skip: Collection[str] = ()) -> Iterator[str]:
    """Yield the keys of the files below `root` that start with `prefix`, sorted by their UTF-8 bytes.

    Folders whose key, with a final `/`, is among those to `skip` are not opened.
    """
    try:
        with os.scandir(root / base) as entries:
            # A folder sorts as its name and "/", which is how its keys compare with those of its neighbours.
            found = sorted((os.fsencode(e.name) + b"/" * e.is_dir(follow_symlinks=False), e) for e in entries)
    except FileNotFoundError:  # never written to, or pruned since its parent was read
        return
    for _, entry in found:
        key = base + entry.name
        if entry.is_dir(follow_symlinks=False):
            folder = f"{key}/"
            if folder not in skip and (folder.startswith(prefix) or prefix.startswith(folder)):
                yield from walk(root, prefix, folder, skip=skip)
        elif key.startswith(prefix) and entry.is_file(follow_symlinks=False):
            yield key


@contextmanager
def failures(doing: str, key: str) -> Iterator[None]:
    """Turn a failure of the file system into the `StoreError` that names the object."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"object {key!r}: cannot {doing} it: {reason}") from error
