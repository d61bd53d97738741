"""Where removed content may still lie: buckets and folders with all they keep, the state of a workspace, caches."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote, urlencode

from tianlake.lake.errors import NotFoundError, StoreError
from tianlake.lake.fetch import Limits, StatusError, fetch
from tianlake.lake.store import DirectoryStore, ObjectInfo, Span, Store
from tianlake.lake.store.remains import Remain, Remains

IN_MEMORY: Final = 32 << 20
"""Bytes up to which an object of a bucket is held in memory."""

_PART: Final = 16 << 20

_NOT_THERE: Final = (204, 400, 404, 410, 422)
"""Statuses of an answer that has nothing of what was asked for: today's clients get 400 or 404 with a word in JSON."""

_ANSWER: Final = Limits(256 << 20, silence_s=30, whole_s=300)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is read."""

    name: str
    read: Callable[[Path], bytes | Path]
    """Returns its bytes, or a file that holds them; large ones are put into the folder given. Raises `NotFoundError`
    where it is gone, `StoreError` where it cannot be read."""
    must_be_gone: bool = False
    """Whether that it is there at all is a finding."""


class Place(Protocol):
    """A store, a folder or a cache."""

    @property
    def label(self) -> str:
        """What the proof calls it."""

    def items(self) -> Iterator[Item]:
        """Yield everything in it; raises `StoreError` where it cannot be reached."""


@dataclass(frozen=True, slots=True)
class StorePlace:
    """All objects of a node's lake, or of a copy of it, and all that its store keeps of older ones."""

    label: str
    store: Store
    remains: Remains

    def items(self) -> Iterator[Item]:
        """Yield objects by key, then what is left of older ones."""
        for info in self.store.list():
            yield stored_item(self.store, info)
        for remain in self.remains.list():
            name = f"{remain.key} version {remain.version}" if remain.version else remain.key
            yield Item(name, _remain_reader(self.remains, remain))


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """All files below folders of this machine."""

    label: str
    root: Path
    """Names are relative to it."""
    folders: tuple[Path, ...]

    def items(self) -> Iterator[Item]:
        """Yield files by path; a symbolic link is not followed. Raises `StoreError` where a folder cannot be read."""
        for folder in self.folders:
            found = [Path(place) / name for place, _, names in os.walk(folder, onerror=_unread) for name in names]
            for file in sorted(found):
                if file.is_file() and not file.is_symlink():
                    yield Item(file.relative_to(self.root).as_posix(), _file_reader(file))


@dataclass(frozen=True, slots=True)
class GatewayPlace:
    """What a server of the node answers: its caches may hold what its store does not."""

    label: str
    base: str
    """Base URL of the node, without a final `/`."""
    gone: tuple[str, ...]
    """Paths of removed releases below it: any answer but that there is none is a finding."""
    paths: tuple[str, ...]
    """Paths whose answer is looked through: decoded, but for their query."""
    key: str | None = None
    """A client's key, where what is asked for is not open to all."""
    ca_file: Path | None = None

    def items(self) -> Iterator[Item]:
        """Yield an answer for each path."""
        for path in self.gone:
            yield Item(f"/{path}", partial(self._ask, path), must_be_gone=True)
        for path in self.paths:
            yield Item(f"/{path}", partial(self._ask, path))

    def _ask(self, path: str, _scratch: Path) -> bytes:
        headers = {"accept-encoding": "identity"} | ({"x-api-key": self.key} if self.key else {})
        plain, mark, query = path.partition("?")
        url = f"{self.base}/{quote(plain)}{mark}{query}"
        try:
            found = fetch(url, headers, _ANSWER, self.ca_file)
        except StatusError as error:
            if error.status in _NOT_THERE:
                raise NotFoundError(f"answered with {error.status}") from None
            raise StoreError(f"answered with {error.status}") from None
        return found.body if found else b""


def stored_item(store: Store, info: ObjectInfo) -> Item:
    """Return an object of a store as a proof reads it."""
    return Item(info.key, _reader(store, info.key, info.size))


def _unread(error: OSError) -> None:
    """Refuse to pass over a folder; one that is not there holds nothing."""
    if not isinstance(error, FileNotFoundError):
        raise StoreError(f"{error.filename}: cannot be read: {error.strerror}")


def _reader(store: Store, key: str, size: int) -> Callable[[Path], bytes | Path]:
    def read(scratch: Path) -> bytes | Path:
        if isinstance(store, DirectoryStore):
            return store.file(key)
        if size <= IN_MEMORY:
            return store.get(key)[1]
        target = scratch / "object"
        with target.open("wb") as file:
            for start in range(0, size, _PART):
                file.write(store.get(key, Span(start, min(_PART, size - start)))[1])
        return target

    return read


def _remain_reader(remains: Remains, remain: Remain) -> Callable[[Path], bytes | Path]:
    return lambda _: remains.read(remain)


def _file_reader(file: Path) -> Callable[[Path], bytes | Path]:
    def read(_: Path) -> Path:
        if not file.is_file():
            raise NotFoundError(f"{file.name}: is gone")
        return file

    return read


def old_addresses(product: str, releases: Sequence[tuple[str, Sequence[str]]], tiles: Sequence[str]) -> tuple[str, ...]:
    """Return addresses under which a cache may still answer with a release that was removed.

    Args:
        product: Its product.
        releases: Release ids and the names of their files.
        tiles: `{z}/{x}/{y}.<ext>` of tiles that held it.
    """
    files = [f"releases/{product}/{release}/{name}" for release, names in releases for name in names]
    old = [f"tiles/{product}/{release}/{tile}" for release, _ in releases for tile in tiles]
    return (*files, *old)


def current_addresses(product: str, code: str, table: str | None, tiles: Sequence[str]) -> tuple[str, ...]:
    """Return addresses that stand for the current release: a cache may answer as of the one before."""
    documents = ("feed.json", "feed.atom", "catalog.json", "lake.sql", "lake.duckdb", "node.json")
    collection = [f"collections/{product}/{name}" for name in ("collection.json", "versions.json", "README.md")]
    data = [f"data/{product}/{table}"] if table else []
    archive = [f"tiles/{product}.pmtiles", f"tiles/{product}.json", f"tiles/{product}/style.json"] if tiles else []
    web = [f"ogc/collections/n{code}-{product}/items?limit=1000"] if table else []
    return (*documents, *collection, *data, *archive, *(f"tiles/{product}/{tile}" for tile in tiles), *web)


def search_addresses(texts: Sequence[str]) -> tuple[str, ...]:
    """Return addresses that search for texts by all but their last character.

    An answer repeats what was asked for, so the whole text must not be: whoever it finds is in the answer whole.
    """
    asked = [text[:-1] for text in texts if len(text) > 2]  # noqa: PLR2004 - one character finds anything
    rest = {"level": "12", "mapBound": "73,3,136,54", "queryType": "1", "start": "0", "count": "100"}
    wanted = [json.dumps({"keyWord": text, **rest}, ensure_ascii=False) for text in asked]
    return tuple(f"v2/search?{urlencode({'type': 'query', 'postStr': each})}" for each in wanted)
