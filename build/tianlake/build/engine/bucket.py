"""Parts in the node's own object store, for workers that share no folder with whoever builds."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tianlake.build.engine.parts import Input, Record
from tianlake.build.engine.shelf import ENDING, parse
from tianlake.lake import keys
from tianlake.lake.errors import NotFoundError, StoreError
from tianlake.lake.store import S3Settings, Span, Store, open_place
from tianlake.lake.store.media import DEFAULT

SLICE: Final = 8 * 2**20
"""Bytes of one read: what a worker holds of a file on its way."""

ROOM: Final = 20 * 2**30
"""Bytes of inputs that a worker keeps on its disk, those used last."""


@dataclass(frozen=True, slots=True)
class BucketShelf:
    """Objects below `private/build/<product>/` of a node's store; workers find credentials by boto3's own chain."""

    url: str
    """Of the node's store: `s3://BUCKET/PREFIX`."""
    settings: S3Settings | None
    product: str
    folder: Path
    """On the machine that builds: where finished parts are read from."""

    def find(self, key: str) -> Record | None:
        """Return what is known of a part, or None where it is not there, whole."""
        store = self._store()
        try:
            record = parse(store.get(self._key(f"{key}{ENDING}"))[1])
            if record is not None and record.size:
                return record if store.head(self._key(key)).size == record.size else None
        except NotFoundError:
            return None
        return record

    def file(self, key: str, sha256: str) -> Path:
        """Return the file of a part that is there and not empty, fetched where it is not on this machine yet.

        Raises:
            StoreError: The store fails, or has other bytes: then the part no longer counts as made.
        """
        target = self.folder / key
        if not target.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                _fetch(self._store(), self._key(key), target, sha256)
            except _OtherBytesError:
                self._store().delete(self._key(f"{key}{ENDING}"))
                raise
        return target

    def offer(self, root: Path, inputs: Sequence[Input]) -> None:
        """Put inputs into the store by their hashes, those that are not there."""
        store = self._store()
        for each in inputs:
            key = self._key(f"in/{each.sha256}")
            try:
                store.head(key)
            except NotFoundError:
                store.put(key, root / each.name, media_type=DEFAULT)

    def bring(self, root: Path, inputs: Sequence[Input], folder: Path) -> Path:  # noqa: ARG002 - of another machine
        """Fetch inputs into `folder`, each once for all parts that this machine makes of it.

        Raises:
            StoreError: One did not arrive as it was sent.
        """
        kept = Path(tempfile.gettempdir()) / f"tianlake-inputs-{os.getuid()}"
        kept.mkdir(mode=0o700, exist_ok=True)
        facts = kept.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid() or facts.st_mode & 0o022:
            raise StoreError(f"{kept}: is not this user's alone: somebody else made it; delete it, or set TMPDIR")
        for each in inputs:
            file = kept / each.sha256
            if not file.is_file():
                _make_room(kept, each.size)
                _fetch(self._store(), self._key(f"in/{each.sha256}"), file, each.sha256)
            file.touch()
            target = folder / each.name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, target)
        return folder

    @contextmanager
    def place(self) -> Iterator[Path]:
        """Open a new folder for one part's making, gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="tianlake-", ignore_cleanup_errors=True) as place:
            yield Path(place)

    def put(self, key: str, file: Path, record: Record) -> None:
        """Keep a finished part."""
        store = self._store()
        if record.size:
            store.put(self._key(key), file, media_type=DEFAULT)
        store.put(self._key(f"{key}{ENDING}"), record.dump(), media_type="application/json")

    def drop(self) -> None:
        """Delete every part, and what is on this machine."""
        drop_parts(self._store(), self.product)
        for file in self.folder.glob("*"):
            file.unlink()

    def _key(self, name: str) -> str:
        return f"{keys.BUILD}{self.product}/{name}"

    def _store(self) -> Store:
        return open_place(self.url, self.settings, Path())


def drop_parts(store: Store, product: str) -> None:
    """Delete the parts of a product; raises `StoreError` where the store fails."""
    for each in list(store.list(f"{keys.BUILD}{product}/")):
        store.delete(each.key)


class _OtherBytesError(StoreError):
    """An object is not what was put there."""


def _fetch(store: Store, key: str, target: Path, sha256: str) -> None:
    """Copy an object to a file, which is there whole or not at all."""
    size, digest = store.head(key).size, hashlib.sha256()
    unfinished = target.with_name(f".{uuid.uuid4().hex}")
    try:
        with unfinished.open("wb") as file:
            for start in range(0, size, SLICE):
                _, data = store.get(key, Span(start, min(SLICE, size - start)))
                file.write(data)
                digest.update(data)
        if sha256 != digest.hexdigest():
            raise _OtherBytesError(f"{key}: arrived otherwise than it was sent")
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _make_room(folder: Path, size: int) -> None:
    """Forget the inputs used longest ago until `size` more bytes fit; parts that use one hold it by a link."""
    files = sorted(((each.stat(), each) for each in folder.iterdir()), key=lambda each: each[0].st_mtime_ns)
    held = sum(facts.st_size for facts, _ in files)
    for facts, file in files:
        if held + size <= ROOM:
            return
        with suppress(OSError):
            file.unlink()
        held -= facts.st_size
