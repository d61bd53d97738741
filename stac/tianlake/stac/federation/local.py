"""Objects as files of this machine, for libraries that read files; never whole in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tianlake.lake.store import DirectoryStore, Span, Store

PART_BYTES: Final = 8 << 20


def local_copy(store: Store, key: str, target: Path) -> Path:
    """Return a file with the bytes of an object that nobody changes: where it lies in a directory, else `target`.

    Raises:
        NotFoundError: It is not there.
    """
    if isinstance(store, DirectoryStore):
        return store.file(key)
    copy_object(store, key, target)
    return target


def copy_object(store: Store, key: str, target: Path) -> None:
    """Write an object to a file, part by part; raises `NotFoundError`."""
    size = store.head(key).size
    with target.open("wb") as file:
        for start in range(0, size, PART_BYTES):
            file.write(store.get(key, Span(start, min(PART_BYTES, size - start)))[1])
