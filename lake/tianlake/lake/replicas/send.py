"""Brings a holder's objects to what a copy is to be: only what differs is sent, and every byte is checked first."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.records import dump_json
from tianlake.lake.releases import JSON
from tianlake.lake.replicas.papers import read_sums
from tianlake.lake.replicas.plan import CopyPlan, Part
from tianlake.lake.store import ABSENT, Matches, ObjectInfo, Store
from tianlake.lake.verified import ChangedError, read_right, stored_sha256

logger = logging.getLogger(__name__)

AT_ONCE: Final = 4
"""Files that are sent at the same moment: a holder's line is not ours to fill."""
REMEMBER_S: Final = 20.0
"""How often what arrived is written down while files are sent, seconds."""

OWNED: Final = (keys.RELEASES, keys.COLLECTIONS)
"""Folders of a copy in which only the node writes: what else lies there goes."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What was done at a holder."""

    files: int = 0
    size: int = 0
    """Bytes that were sent."""
    kept: int = 0
    """Files that were there already."""
    deleted: tuple[str, ...] = ()
    """Keys, sorted."""

    @property
    def changed(self) -> bool:
        """Whether anything was."""
        return bool(self.files or self.deleted)


@dataclass
class Transfer:
    """One run against one holder."""

    origin: Store
    """The node's."""
    holder: Store
    replica: str
    existing: dict[str, ObjectInfo] = field(default_factory=dict)
    """What lies at the holder, by key."""
    seen: dict[str, list[str]] = field(default_factory=dict)
    """Key → etag at the holder and SHA-256, of what is known to have arrived."""
    files: int = 0
    size: int = 0
    kept: int = 0
    lock: Lock = field(default_factory=Lock)
    written: float = 0.0

    def begin(self) -> None:
        """Look at what is there, and remember what arrived before."""
        self.existing = {info.key: info for info in self.holder.list()}
        self.seen = _remembered(self.origin, self.replica)
        self.written = time.monotonic()

    def send(self, parts: Iterable[Part], done: Callable[[int], None]) -> None:
        """Send files, several at once; `done` is called with the bytes of each that is there."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                for size in pool.map(self.send_one, parts):
                    done(size)
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
            finally:
                self.remember()

    def send_one(self, part: Part) -> int:
        """Send one file unless the holder has it; return its bytes.

        Raises:
            ConflictError: Somebody else wrote it meanwhile.
            LakeError: The node's own object is not the one that its manifest lists.
        """
        found = self.existing.get(part.key)
        if found is not None and self._is_there(part, found):
            with self.lock:
                self.kept += 1
            return part.size
        with _body(self.origin, part) as body:
            condition = ABSENT if found is None else Matches(found.etag)
            info = self.holder.put(part.key, body, media_type=part.media_type, condition=condition)
        with self.lock:
            self.existing[part.key] = info
            self.seen[part.key] = [info.etag, part.sha256]
            self.files, self.size = self.files + 1, self.size + part.size
            if time.monotonic() - self.written > REMEMBER_S:
                self._remember()
        return part.size

    def delete(self, unwanted: Iterable[str]) -> list[str]:
        """Delete objects of the holder, pointers first, so that nothing leads to what goes; return their keys."""
        found = sorted(set(unwanted) & set(self.existing), key=lambda key: (not key.endswith("collection.json"), key))
        for key in found:
            self.holder.delete(key)
            self.existing.pop(key)
            self.seen.pop(key, None)
        return found

    def remember(self) -> None:
        """Write down what is known of the holder's objects: it spares reading them again."""
        with self.lock:
            self._remember()

    def _remember(self) -> None:
        self.written = time.monotonic()
        self.origin.put(keys.replica_seen(self.replica), dump_json(self.seen), media_type=JSON)

    def _is_there(self, part: Part, found: ObjectInfo) -> bool:
        """Say whether the holder has these very bytes: by what was remembered, else by reading them."""
        if found.size != part.size:
            return False
        known = self.seen.get(part.key)
        if known == [found.etag, part.sha256]:
            return True
        if known is not None and known[0] == found.etag:
            return False  # other bytes of the same length, by our own record
        try:
            there = stored_sha256(self.holder, found)
        except (NotFoundError, ConflictError):
            return False
        if there == part.sha256:
            with self.lock:
                self.seen[part.key] = [found.etag, part.sha256]
        return there == part.sha256


def unwanted(existing: Iterable[str], plan: CopyPlan, listed: Iterable[str]) -> set[str]:
    """Return the objects of a copy that are to go: those of the list before, and all in the node's own folders."""
    wanted = {each.key for each in (*plan.data, *plan.documents)}
    owned = {key for key in existing if key.startswith(OWNED)}
    return (owned | set(listed)) - wanted


def listed_before(holder: Store) -> dict[str, str]:
    """Return the files that the copy's present list names, or none where there is no list that can be read."""
    try:
        return read_sums(holder.get(keys.COPY_SUMS)[1])
    except LakeError:
        logger.info("%s cannot be read and is made anew", keys.COPY_SUMS)
        return {}


def _remembered(origin: Store, replica: str) -> dict[str, list[str]]:
    try:
        raw = json.loads(origin.get(keys.replica_seen(replica))[1])
    except (NotFoundError, ValueError):
        return {}
    entries = raw.items() if isinstance(raw, Mapping) else ()
    return {key: value for key, value in entries if isinstance(value, list) and len(value) == 2}  # noqa: PLR2004


@contextmanager
def _body(origin: Store, part: Part) -> Iterator[bytes | Path]:
    """Give the bytes of a part, once they were found to be the right ones: from memory, or from a file."""
    if part.body is not None:
        yield part.body
        return
    try:
        with read_right(origin, part.key, part.sha256) as body:
            yield body
    except ChangedError:
        rule = "the node's own object is not the one that was published; repair it: tianlake patrol"
        raise LakeError(f"{part.key}: sha256: {rule}") from None
