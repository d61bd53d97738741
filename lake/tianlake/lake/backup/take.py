"""Takes a snapshot of a node's lake: what changed is copied and read back, the signed list is written last."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Final

from tianlake.lake import keys
from tianlake.lake.backup.place import OBJECTS, SEALED, SNAPSHOTS, Box, content_key, put_content, put_sealed
from tianlake.lake.backup.series import Series
from tianlake.lake.backup.snapshot import (
    MEDIA_TYPE,
    Head,
    Object,
    Snapshot,
    is_manifest,
    snapshot_name,
    write_snapshot,
)
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError, StoreError
from tianlake.lake.records import parse_record
from tianlake.lake.releases import Manifest
from tianlake.lake.store import ABSENT, ObjectInfo, Store
from tianlake.lake.verified import read_whole, stored_sha256
from tianlake.lake.words import Instant, Sha256

logger = logging.getLogger(__name__)

AT_ONCE: Final = 4
"""Objects that are copied at the same moment."""
PASSES: Final = 8
"""How often the lake is looked at again because somebody wrote meanwhile; each pass reads what changed alone."""

ACCOUNTS: Final = "accounts.jsonl"
"""Name of accounts among what a snapshot has: no key of the lake, which they are beside."""

_PASSING: Final = (keys.LOG_SECRETS, keys.BUILD)

Done = Callable[[int], None]


def _ignore(_size: int) -> None:
    """Draw no progress."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot that was taken, and what that took."""

    snapshot: Snapshot
    copied: int
    """Objects that were sent, each read back."""
    copied_bytes: int
    healed: tuple[str, ...]
    """Keys of objects that are lost or changed in the lake, and whole in the backup since an earlier snapshot."""
    renewed: int
    """Objects of the backup that had changed there, and were sent anew."""
    whole: bool
    """Whether every byte of the snapshot was read in the backup, and right."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who saves, when, and how thoroughly."""

    box: Box
    """What private objects are sealed with."""
    seed: bytes
    """Of the node's key, which signs the snapshot."""
    at: Instant
    reread: bool = False
    """Whether what was saved before is read again, and sent anew where it has changed."""
    accounts: Path | None = None
    """File with accounts, keys and quotas as they are now, where the node keeps them; it is sealed like `private/`."""


def take_snapshot(lake: Store, series: Series, hand: Hand, *, done: Done = _ignore) -> Taken:
    """Save what a lake has now beside what was saved before; a run that was killed is gone on with by the next one.

    Args:
        lake: The node's store.
        series: Of the place, which is claimed.
        hand: Who saves.
        done: Is called with the bytes of each object that is in the backup.

    Raises:
        ConflictError: Others keep writing in the lake, or took a snapshot in this second.
        ChangedError: The backup's store does not keep what it is given.
        StoreError: One of the two stores failed; the same call may be repeated.
    """
    run = _Run(lake, series, hand.box, done)
    run.begin(reread=hand.reread)
    found = run.gather()
    public = tuple(each for each in found if not each.pieces)
    private = tuple(each for each in found if each.pieces)
    accounts = None if hand.accounts is None else run.save_accounts(hand.accounts)
    sealed = (*private, *((accounts,) if accounts else ()))
    seals = {piece: run.seals[piece] for each in sealed for piece in each.pieces}
    damaged = tuple(sorted(run.damaged))
    head = Head(series.place.code, hand.at, hand.box.public, 0, 0, "0" * 64, damaged, accounts=accounts)
    document = write_snapshot(Snapshot(head, public, private, seals), hand.seed)
    name = snapshot_name(hand.at)
    series.place.store.put(f"{SNAPSHOTS}{name}", document, media_type=MEDIA_TYPE, condition=ABSENT)
    written = Series(series.place, series.trusted, None).read(name)
    named = {content_key(each.sha256) for each in public} | set(seals)
    if not named <= {info.key for prefix in (OBJECTS, SEALED) for info in series.place.store.list(prefix)}:
        raise ConflictError("backup: somebody deleted from it meanwhile what this snapshot names; run it again")
    whole = named <= run.read
    snapshot = Snapshot(written.head, public, private, seals)
    return Taken(snapshot, run.copied, run.size, tuple(sorted(run.healed)), run.renewed, whole)


@dataclass
class _Run:
    lake: Store
    series: Series
    box: Box
    done: Done
    saved: dict[str, Object] = field(default_factory=dict)
    """Key → object as it is in the backup, of this run and of the newest snapshot."""
    content: set[str] = field(default_factory=set)
    """Objects of the backup that a snapshot names: what a killed run left is written anew."""
    seals: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, Sha256] = field(default_factory=dict)
    """Key → SHA-256 by the manifest of its release."""
    damaged: set[str] = field(default_factory=set)
    healed: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    """Objects of the backup whose bytes were read in this run, and right."""
    renewed: int = 0
    copied: int = 0
    size: int = 0
    lock: Lock = field(default_factory=Lock)

    def begin(self, *, reread: bool) -> None:
        """Learn what the newest snapshot has, as far as it is there still."""
        before = self._before()
        if before is None:
            return
        store = self.series.place.store
        there = {info.key: info for prefix in (OBJECTS, SEALED) for info in store.list(prefix)}
        named = {content_key(each.sha256): each.sha256 for each in before.public} | dict(before.seals)
        self.content = named.keys() & there.keys()
        if reread:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                right = pool.map(lambda key: stored_sha256(store, there[key]) == named[key], sorted(self.content))
                self.read = {key for key, is_right in zip(sorted(self.content), right, strict=True) if is_right}
            self.renewed, self.content = len(named) - len(self.read), set(self.read)
        self.seals = {piece: digest for piece, digest in before.seals.items() if piece in self.content}
        self.saved = {each.key: each for each in before.public if content_key(each.sha256) in self.content}

    def _before(self) -> Snapshot | None:
        """Return the newest snapshot that can be read; its private part may be for another key, and stays closed."""
        closed = replace(self.series, secret=None)
        for name in reversed(closed.names()):
            try:
                return closed.read(name)
            except StoreError:
                raise
            except LakeError as error:
                logger.warning("%s", error)
        return None

    def gather(self) -> tuple[Object, ...]:
        """Return all objects of the lake as they are saved, at a moment in which nobody wrote what is public.

        Raises:
            ConflictError: There is no such moment.
        """
        listed = self._list()
        for _ in range(PASSES):
            self.damaged, self.healed = set(), set()
            self._expect(listed)
            found = self._copy(listed)
            again = self._list()
            if found is not None and _public(again) == _public(listed):
                return tuple(sorted((*found, *self._lost(listed)), key=lambda each: each.key))
            logger.info("somebody wrote in the lake meanwhile; what changed is looked at again")
            listed = again
        raise ConflictError("backup: others keep writing in the lake; run it again")

    def _list(self) -> dict[str, ObjectInfo]:
        """Return all objects but those that go in time, and must not come back: secrets of the log, parts of builds."""
        return {info.key: info for info in self.lake.list() if not info.key.startswith(_PASSING)}

    def _expect(self, listed: Collection[str]) -> None:
        """Learn from manifests which bytes files of releases must have; a damaged manifest is told, and skipped."""
        for key in filter(is_manifest, listed):
            try:
                manifest = parse_record(Manifest, self.lake.get(key)[1], file=key)
            except NotFoundError:
                continue
            except ConflictError:
                raise
            except LakeError:
                self.damaged.add(key)
                continue
            folder = key.removesuffix(keys.MANIFEST)
            self.wanted |= {f"{folder}{each.path}": each.sha256 for each in manifest.files}

    def _copy(self, listed: Mapping[str, ObjectInfo]) -> list[Object] | None:
        """Return the objects that are saved now; None where one was changed or removed meanwhile."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                return [each for each in pool.map(self._one, listed.values()) if each is not None]
            except (NotFoundError, ConflictError):
                pool.shutdown(wait=True, cancel_futures=True)
                return None
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _one(self, info: ObjectInfo) -> Object | None:
        """Return one object once it is saved, or None where it is damaged and nowhere whole."""
        if info.key in self.damaged:
            return None
        known = self.saved.get(info.key)
        if known is not None and known.etag == info.etag and known.sha256 == self.wanted.get(info.key, known.sha256):
            self.done(info.size)
            return known
        try:
            with read_whole(self.lake, info) as (body, sha256):
                if sha256 != self.wanted.get(info.key, sha256):
                    return self._whole_before(info.key)
                pieces = self.box.pieces(sha256, info.size) if info.key.startswith(keys.PRIVATE) else ()
                self._save(body, sha256, pieces, info.size)
        except (NotFoundError, ConflictError):
            if info.key.startswith(keys.PRIVATE):  # servers write there all the time; each pass would meet another
                return None
            raise
        self.done(info.size)
        saved = Object(info.key, sha256, info.size, info.etag, pieces)
        with self.lock:
            self.saved[info.key] = saved
        return saved

    def save_accounts(self, file: Path) -> Object:
        """Return the file with accounts as it is saved."""
        with file.open("rb") as body:
            sha256 = hashlib.file_digest(body, "sha256").hexdigest()
        size = file.stat().st_size
        pieces = self.box.pieces(sha256, size)
        self._save(file, sha256, pieces, size)
        return Object(ACCOUNTS, sha256, size, "", pieces)

    def _save(self, body: bytes | Path, sha256: Sha256, pieces: tuple[str, ...], size: int) -> None:
        store = self.series.place.store
        wanted = set(pieces) or {content_key(sha256)}
        if wanted <= self.content:
            return
        seals = put_sealed(store, body, pieces, self.box.public) if pieces else {}
        if not pieces:
            put_content(store, body, sha256)
        with self.lock:
            self.content |= wanted
            self.read |= wanted
            self.seals |= seals
            self.copied, self.size = self.copied + 1, self.size + size

    def _whole_before(self, key: str) -> Object | None:
        """Return an object that the lake has no more as an earlier snapshot has it, or note that it is lost."""
        known, sha256 = self.saved.get(key), self.wanted.get(key)
        if known is not None and known.sha256 == sha256:
            self.healed.add(key)
            return known
        self.damaged.add(key)
        return None

    def _lost(self, listed: Mapping[str, ObjectInfo]) -> Iterator[Object]:
        """Yield files of complete releases that are missing in the lake, and whole in the backup."""
        for key in sorted(self.wanted):
            folder = keys.release_prefix(*keys.parse_release_file(key)[:2])
            complete = f"{folder}{keys.MANIFEST}" in listed and f"{folder}{keys.TOMBSTONE}" not in listed
            if complete and key not in listed and (found := self._whole_before(key)) is not None:
                yield found


def _public(listed: Mapping[str, ObjectInfo]) -> dict[str, str]:
    return {key: info.etag for key, info in listed.items() if not key.startswith(keys.PRIVATE)}
