"""Both kinds of store under one name, so that one suite holds them to one contract."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from localstack_kit import LocalStack

from tianlake.lake.store import DirectoryReader, DirectoryStore, ObjectInfo, Reader, Span, Store

JSON = "application/json"
BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Kind:
    """One place of one kind: each call of the functions gives one more client of the same objects."""

    name: str
    store: Callable[[], Store]
    reader: Callable[[], Reader]


def in_directory(root: Path) -> Kind:
    """Give the objects in a directory."""
    return Kind("directory", lambda: DirectoryStore(root), lambda: DirectoryReader(root))


def in_bucket(service: LocalStack, bucket: str, prefix: str) -> Kind:
    """Give the objects below `prefix` in a bucket."""
    from tianlake.lake.store.s3 import S3Store  # noqa: PLC0415 - tests of directories alone start faster
    from tianlake.lake.store.s3_reader import S3Reader  # noqa: PLC0415

    return Kind(
        "s3",
        lambda: S3Store(bucket, prefix, service.settings, service.session),
        lambda: S3Reader(bucket, prefix, service.settings, service.session),
    )


def read_all(reader: Reader, info: ObjectInfo, span: Span | None = None) -> bytes:
    """Return what a reader streams, in a loop of its own."""

    async def drain() -> bytes:
        return b"".join([chunk async for chunk in await reader.stream(info, span)])

    return asyncio.run(drain())


def keys(store: Store, prefix: str = "") -> list[str]:
    """Return the keys that a store lists."""
    return [info.key for info in store.list(prefix)]


def files(root: Path) -> list[str]:
    """Return every file below `root`, hidden ones too, but the lock."""
    found = [path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()]
    return sorted(set(found) - {".tmp/lock"})


def folders(root: Path) -> list[str]:
    """Return every folder below `root`, hidden ones too."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_dir())
