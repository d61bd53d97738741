"""Brings a lake back to a snapshot: into an empty store or over a damaged one, what leads to releases last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from tianlake.lake import keys
from tianlake.lake.backup.place import CLAIM
from tianlake.lake.backup.series import Series
from tianlake.lake.backup.snapshot import Object, Snapshot
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.history import read_pointer
from tianlake.lake.signed import take_apart
from tianlake.lake.store import ABSENT, Condition, Matches, ObjectInfo, Store, media_type_of
from tianlake.lake.trail.entries import MAGIC as TRAIL_MAGIC
from tianlake.lake.verified import ChangedError, stored_sha256

AT_ONCE: Final = 4

_POINTERS: Final = frozenset({keys.HARVEST, keys.FOREIGN})

Done = Callable[[int], None]

Stands = Callable[[Mapping[str, str]], None]
"""Is told, before pointers move, which release each product will stand at; empty: at none."""


def _ignore(_size: int) -> None:
    """Draw no progress."""


def _unrecorded(_moves: Mapping[str, str]) -> None:
    """Keep no record: the lake that is written to is no node's."""


@dataclass
class Restored:
    """What was done."""

    written: int = 0
    size: int = 0
    """Bytes that were written."""
    kept: int = 0
    """Objects that were there, byte by byte."""
    deleted: tuple[str, ...] = ()
    """Keys of documents that the snapshot does not have."""
    passed_over: tuple[str, ...] = ()
    """Releases (`<product>/<release>`) that were withdrawn since, and stay withdrawn."""
    moves: Mapping[str, str] = field(default_factory=dict)
    """Product → release, of pointers that were moved; empty: taken away."""


def restore(
    series: Series, snapshot: Snapshot, lake: Store, *, stands: Stands = _unrecorded, done: Done = _ignore
) -> Restored:
    """Make a lake what it was at a snapshot; may be repeated, and finishes what was interrupted.

    Every byte is checked before it is written. Where one cannot be had, no pointer is moved. What is never deleted:
    objects below `releases/` and `private/`. A release that was withdrawn since stays withdrawn.

    Args:
        series: Where the snapshot lies, with the operator's key.
        snapshot: With its private part.
        lake: The store that is written to.
        stands: Is told of pointers before they move.
        done: Is called with the bytes of each object that is right in the lake.

    Raises:
        ConflictError: Somebody else writes in the lake.
        LakeError: Something of the snapshot is lost or changed in the backup: it tells what. Or the lake's audit trail
            went another way since.
        StoreError: One of the two stores failed; the same call may be repeated.
    """
    run = _Run(series, lake, done)
    run.existing = {info.key: info for info in lake.list()}
    _refuse_other(run.existing)
    run.refuse_fork(snapshot)
    stones = frozenset(_stones(run.existing))
    pointers: list[Object] = []
    rest: list[Object] = []
    for each in snapshot.objects:
        if not _is_withdrawn(each.key, stones):
            (pointers if _is_pointer(each.key) else rest).append(each)
    for group in _in_order(rest):
        run.write(group)
    pointers = [each for each in pointers if not run.leads_to(each, stones)]
    moves = run.moves(pointers)
    stands(moves)
    run.write(pointers)
    run.delete({each.key for each in (*rest, *pointers)})
    gone = {each.key for each in snapshot.objects if _is_withdrawn(each.key, stones)}
    run.result.passed_over = tuple(sorted({"/".join(key.split("/")[1:3]) for key in gone}))
    run.result.moves = moves
    return run.result


@dataclass
class _Run:
    series: Series
    lake: Store
    done: Done
    existing: dict[str, ObjectInfo] = field(default_factory=dict)
    result: Restored = field(default_factory=Restored)

    def write(self, group: Sequence[Object]) -> None:
        """Write objects, several at once; all that cannot be had are told together."""
        lost: list[str] = []

        def one(each: Object) -> int | None:
            try:
                return self._one(each)
            except (ChangedError, NotFoundError) as error:
                lost.append(" ".join(str(error).split()))
                return None

        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                sizes = list(pool.map(one, group))
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        if lost:
            rule = f"{len(lost)} objects are lost in the backup, no pointer was moved; take another snapshot: --at TIME"
            raise LakeError(f"backup {self.series.place.url}: {rule}; the first: {min(lost)}")
        written = [size for size in sizes if size is not None]
        self.result.written, self.result.size = self.result.written + len(written), self.result.size + sum(written)
        self.result.kept += len(sizes) - len(written)

    def refuse_fork(self, snapshot: Snapshot) -> None:
        """Refuse a snapshot whose audit trail is another one than the lake's, entry by entry as far as both go."""
        for each in snapshot.private or ():
            found = self.existing.get(each.key)
            if found is None or not (each.key.startswith(keys.AUDIT) and keys.is_step(each.key)):
                continue
            body = self.lake.get(each.key)[1]
            signed = take_apart(body, TRAIL_MAGIC)
            is_own = signed is not None and any(signed.is_by(key) for key in self.series.trusted)
            if is_own and hashlib.sha256(body).hexdigest() != each.sha256:
                rule = "the audit trail of the lake went another way since; restore into an empty place: --to URL"
                raise LakeError(f"{each.key}: {rule}")

    def moves(self, pointers: Iterable[Object]) -> dict[str, str]:
        """Return where products will stand that stand elsewhere now."""
        wanted = {product: self._release(each) for each in pointers if (product := _product(each.key))}
        there = {product for key in self.existing if (product := _product(key))}
        moved = {product: release for product, release in wanted.items() if self._stands_at(product) != release}
        return dict(sorted((dict.fromkeys(there - wanted.keys(), "") | moved).items()))

    def leads_to(self, pointer: Object, stones: frozenset[str]) -> bool:
        """Say whether a pointer leads to a release that was withdrawn since."""
        product = _product(pointer.key)
        return product is not None and f"{product}/{self._release(pointer)}" in stones

    def delete(self, wanted: set[str]) -> None:
        """Delete documents that the snapshot does not have, pointers first."""
        extra = [key for key in self.existing if key not in wanted and not key.startswith(_NEVER_DELETED)]
        for key in sorted(extra, key=lambda key: (not _is_pointer(key), key)):
            self.lake.delete(key, condition=Matches(self.existing[key].etag))
        self.result.deleted = tuple(sorted(extra))

    def _one(self, each: Object) -> int | None:
        """Write one object; return its bytes, or None where it was there."""
        found = self.existing.get(each.key)
        size = None
        if found is None or not self._is_there(each, found):
            condition: Condition = ABSENT if found is None else Matches(found.etag)
            with self.series.place.read(each, self.series.secret) as body:
                info = self.lake.put(each.key, body, media_type=media_type_of(each.key), condition=condition)
            self.existing[each.key], size = info, each.size
        self.done(each.size)
        return size

    def _is_there(self, each: Object, found: ObjectInfo) -> bool:
        if found.size != each.size:
            return False
        try:
            return stored_sha256(self.lake, found) == each.sha256
        except (NotFoundError, ConflictError):
            raise ConflictError(f"{each.key}: somebody else writes in the lake; stop that, and run it again") from None

    def _release(self, pointer: Object) -> str:
        """Return the release that a pointer of the snapshot leads to."""
        with self.series.place.read(pointer, self.series.secret) as body:
            text = body if isinstance(body, bytes) else body.read_bytes()
        return str(json.loads(text)["version"])

    def _stands_at(self, product: str) -> str | None:
        try:
            found = read_pointer(self.lake, product)
        except LakeError:  # damaged: it leads nowhere
            return None
        return found.release if found else None


def _refuse_other(existing: Mapping[str, ObjectInfo]) -> None:
    """Refuse a place of something else, of which all would be deleted that the snapshot does not have."""
    for key, what in ((CLAIM, "backups"), (keys.COPY, "a front-deployed copy")):
        if key in existing:
            raise LakeError(f"restore: the place to restore into holds {what} ({key}); name another one: --to URL")


_NEVER_DELETED: Final = (keys.RELEASES, keys.PRIVATE)


def _in_order(objects: Iterable[Object]) -> Iterator[list[Object]]:
    """Yield objects in the order of writing: files of releases, their manifests, all others."""
    groups: tuple[list[Object], list[Object], list[Object]] = ([], [], [])
    for each in objects:
        is_record = each.key.endswith((f"/{keys.MANIFEST}", f"/{keys.APPROVAL}"))
        groups[(1 if is_record else 0) if each.key.startswith(keys.RELEASES) else 2].append(each)
    yield from groups


def _stones(existing: Iterable[str]) -> Iterator[str]:
    for key in existing:
        match key.split("/"):
            case ["releases", product, release, keys.TOMBSTONE]:
                yield f"{product}/{release}"


def _is_withdrawn(key: str, stones: frozenset[str]) -> bool:
    match key.split("/"):
        case ["releases", product, release, *rest]:
            return f"{product}/{release}" in stones and rest != [keys.TOMBSTONE]
    return False


def _is_pointer(key: str) -> bool:
    return key in _POINTERS or _product(key) is not None


def _product(key: str) -> str | None:
    """Return the product whose pointer an object is."""
    match key.split("/"):
        case ["collections", product, "collection.json"]:
            return product
    return None
