"""Objects that are files: where they lie below a root, what is known of them, and reading them."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tianlake.lake.errors import NotFoundError, StoreError
from tianlake.lake.store._rules import check_key
from tianlake.lake.store.media import media_type_of
from tianlake.lake.store.protocol import ObjectInfo, Span

# Documents are told apart by content: the same bytes written again keep their etag and with it every cache,
# and a lake that was copied still matches. Hashing an archive of gigabytes on every request is out of the
# question, so bigger objects are told apart by inode, time and size: every write makes a new inode with a
# time of its own.
HASHED_BYTES: Final = 1 << 20
"""The biggest object whose etag is a hash of its content, bytes (hashing as much takes under 1 ms)."""

_ETAG_DIGITS: Final = 32

_NOWAIT: Final[int | None] = getattr(os, "RWF_NOWAIT", None)
"""Linux's flag to read from the page cache only; None elsewhere."""


class OpenObject:
    """An object held open: its bytes stay those that `info` tells of, whatever happens to the key."""

    __slots__ = ("_content", "_descriptor", "info")

    def __init__(self, descriptor: int, key: str) -> None:
        self._descriptor = descriptor
        self.info, self._content = describe(descriptor, key)

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

    def read(self, span: Span) -> bytes:
        """Return the bytes of `span`; waits for the disk.

        Raises:
            StoreError: The disk failed, or somebody cut the file short in place.
        """
        if self._content is not None:
            return self._content[span.start : span.start + span.length]
        with failures("read", self.info.key):
            found = _read(self._descriptor, span.start, span.length)
        if len(found) < span.length:
            raise StoreError(f"object {self.info.key!r}: was cut short while it was read")
        return found

    def read_cached(self, span: Span) -> bytes | None:
        """Return the bytes of `span` if no disk is needed for it, else None."""
        if self._content is not None:
            return self.read(span)
        if _NOWAIT is None:
            return None
        buffer = bytearray(span.length)
        try:
            done = os.preadv(self._descriptor, [buffer], span.start, _NOWAIT)
        except OSError:  # not in the cache, or a file system without the flag: the waiting read tells what is wrong
            return None
        return bytes(buffer) if done == span.length else None


def open_object(root: Path, key: str) -> OpenObject:
    """Open the object `key` of the store at `root`.

    Raises:
        LakeError: The key breaks a rule.
        NotFoundError: No such object; a folder or a symbolic link is none.
        StoreError: The file system failed.
    """
    path = locate(root, key)
    missing = NotFoundError(f"object {key!r} does not exist")
    with failures("read", key):
        if link_on_the_way(root, path) is not None:
            raise missing
        try:
            # O_NONBLOCK: opening a named pipe must not wait for its writer.
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
                raise missing from None
            raise
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return OpenObject(descriptor, key)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        raise missing


def describe(descriptor: int, key: str) -> tuple[ObjectInfo, bytes | None]:
    """Return what is known of an open file, and its content where the etag was made from it."""
    facts = os.fstat(descriptor)
    content = _read(descriptor, 0, facts.st_size) if facts.st_size <= HASHED_BYTES else None
    if content is None:
        etag = f"{facts.st_ino:x}-{facts.st_mtime_ns:x}-{facts.st_size:x}"
    else:
        etag = hashlib.sha256(content).hexdigest()[:_ETAG_DIGITS]
    info = ObjectInfo(
        key=key,
        size=facts.st_size if content is None else len(content),
        etag=etag,
        media_type=media_type_of(key),
        modified=facts.st_mtime,
    )
    return info, content


def _read(descriptor: int, start: int, length: int) -> bytes:
    """Return `length` bytes from `start`, fewer only at the end: one `pread` may return less."""
    parts: list[bytes] = []
    while length > 0 and (part := os.pread(descriptor, length, start)):
        parts.append(part)
        start += len(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def locate(root: Path, key: str) -> Path:
    """Return where an object lies; raises `LakeError` for a key that breaks a rule."""
    check_key(key)
    return root / key


def link_on_the_way(root: Path, path: Path) -> Path | None:
    """Return the first symbolic link between `root` and `path`, itself included: it could lead anywhere."""
    steps = [path, *path.parents]
    below = steps[: steps.index(root)]
    return next((step for step in reversed(below) if step.is_symlink()), None)


def walk(root: Path, prefix: str, base: str = "") -> Iterator[str]:
    """Yield the keys of the files below `root` that start with `prefix`, sorted by their UTF-8 bytes."""
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
            if folder.startswith(prefix) or prefix.startswith(folder):
                yield from walk(root, prefix, folder)
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
