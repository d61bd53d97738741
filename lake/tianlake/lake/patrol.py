"""Holds every object that a manifest names to its SHA-256, and mends what is wrong from where it is right.

A run may do a part of the lake and leave the rest to the next one. What was found wrong is looked at by every run
until it is right again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError, NotFoundError, StoreError
from tianlake.lake.records import dump_record, parse_record
from tianlake.lake.releases import JSON, Manifest
from tianlake.lake.reviews.approval import read_approval
from tianlake.lake.store import ABSENT, Condition, Matches, ObjectInfo, Store, media_type_of
from tianlake.lake.verified import ChangedError, stored_sha256
from tianlake.lake.words import Instant, instant

Wrong = Literal["missing", "changed", "unreadable"]

SourceOf = Callable[[str, str], AbstractContextManager[bytes | Path]]
"""Given key and SHA-256 of an object, gives its bytes, found to be right. Raises `NotFoundError` where it has none,
`ChangedError` where it has others, `StoreError` where it cannot be reached."""

ATTEMPTS: Final = 3

WITHDRAWN: Final = "withdrawn"
"""In the place of a source, where a release went while it was mended."""

UNKNOWN: Final = ""
"""In the place of a hash that nobody can tell."""


@dataclass(frozen=True, slots=True)
class Damage:
    """An object that was not what it should be."""

    key: str
    wrong: Wrong
    sha256: str
    """Of what it should be."""
    mended: str | None = None
    """What it was mended from; None: it is wrong still."""
    tried: tuple[str, ...] = ()
    """Sources that could not give it, each with why."""


@dataclass(frozen=True, slots=True)
class Patrol:
    """What a run came to: `private/patrols/<time>.json`."""

    at: Instant
    """When it ended."""
    began: Instant
    round: Instant
    """When the round began that it is a part of: a round has looked at everything once."""
    after: str
    """The object that the run before stopped at; empty at the beginning of a round."""
    until: str
    """The last one that was looked at; empty where the round is done."""
    objects: int = 0
    """That were read."""
    bytes: int = 0
    whole: int = 0
    """Objects that manifests of the lake name."""
    damages: tuple[Damage, ...] = ()
    """Found in this run, and those of before that are wrong still."""

    @property
    def left(self) -> tuple[Damage, ...]:
        """What is wrong still."""
        return tuple(each for each in self.damages if each.mended is None)


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a run may do. It always looks at one object at least."""

    share: float = 1.0
    """Of all bytes, above 0."""
    seconds: float | None = None


@dataclass
class Patroller:
    """One run over one lake."""

    lake: Store
    sources: Mapping[str, SourceOf]
    """Name → where right bytes may be had, in the order in which they are tried."""
    clock: Callable[[], float] = time.time
    done: Callable[[int], None] = lambda _: None
    existing: dict[str, ObjectInfo] = field(default_factory=dict)

    def run(self, budget: Budget) -> Patrol:
        """Look at a part of the lake, mend what is wrong, and put on record what was found.

        Raises:
            StoreError: The node's own store failed; the same call may be repeated.
        """
        began, start = instant(self.clock()), time.monotonic()
        before = last_patrol(self.lake)
        open_before = before.left if before else ()
        self.existing = {info.key: info for info in self.lake.list(keys.RELEASES)}
        found = [each for each in map(self._again, open_before) if each is not None]
        told = {each.key for each in found}
        wanted = dict(self._wanted(told, found))
        after = before.until if before else ""
        queue = sorted(key for key in wanted if key > after)
        allowed = budget.share * sum(self._size(key) for key in wanted)
        read = size = 0
        until = ""
        for key in queue:
            over = budget.seconds is not None and time.monotonic() - start >= budget.seconds
            if until and (size >= allowed or over):
                break
            until, read, size = key, read + 1, size + self._size(key)
            if key not in told and (damage := self._look(key, wanted[key])) is not None:
                found.append(self._mend(damage))
            self.done(self._size(key))
        round_ = before.round if before and after else began
        ended = "" if until == (queue[-1] if queue else "") else until
        draft = Patrol(began, began, round_, after, ended, read, size, len(wanted), tuple(found))
        return self._note(draft)

    def _again(self, damage: Damage) -> Damage | None:
        """Look again at what was wrong; None where the release went meanwhile, or it was mended by hand."""
        folder = keys.release_prefix(*keys.parse_release_file(damage.key)[:2])
        gone = f"{folder}{keys.TOMBSTONE}" in self.existing or not any(key.startswith(folder) for key in self.existing)
        if gone or damage.sha256 == UNKNOWN:  # what nobody knows the hash of is found again below
            return None
        now = self._look(damage.key, damage.sha256)
        return self._mend(now) if now is not None else None

    def _wanted(self, told: set[str], found: list[Damage]) -> Iterator[tuple[str, str]]:
        """Yield every object that should be there with its SHA-256; manifests that are wrong are added to `found`."""
        for product, release in sorted(self._releases()):
            manifest = keys.release_file(product, release, keys.MANIFEST)
            sha256 = self._approved(product, release)
            if sha256 is not None:
                yield manifest, sha256
                if manifest not in told and (damage := self._look(manifest, sha256)) is not None:
                    told.add(manifest)
                    found.append(self._mend(damage))
            try:
                read = parse_record(Manifest, self.lake.get(manifest)[1], file=manifest)
            except NotFoundError:
                continue
            except (ConflictError, StoreError):
                raise
            except LakeError:
                if manifest not in told:
                    found.append(Damage(manifest, "unreadable", sha256 or UNKNOWN))
                continue
            folder = keys.release_prefix(product, release)
            yield from ((f"{folder}{each.path}", each.sha256) for each in read.files)

    def _releases(self) -> set[tuple[str, str]]:
        """Return the complete releases: those with a manifest or an approval, which is put after it."""
        complete, stones = set(), set()
        for key in self.existing:
            try:
                product, release, name = keys.parse_release_file(key)
            except LakeError:
                continue
            if name in {keys.MANIFEST, keys.APPROVAL}:
                complete.add((product, release))
            elif name == keys.TOMBSTONE:
                stones.add((product, release))
        return complete - stones

    def _approved(self, product: str, release: str) -> str | None:
        """Return the SHA-256 of a manifest by its approval, which the node signed."""
        try:
            approval = read_approval(self.lake, product, release)
        except StoreError:
            raise
        except LakeError:
            return None
        return approval.manifest if approval else None

    def _size(self, key: str) -> int:
        info = self.existing.get(key)
        return info.size if info else 0

    def _look(self, key: str, sha256: str) -> Damage | None:
        """Look at an object, again where it was replaced since it was listed."""
        for _ in range(ATTEMPTS):
            try:
                info = self.lake.head(key)
                return None if stored_sha256(self.lake, info) == sha256 else Damage(key, "changed", sha256)
            except NotFoundError:
                return None if self._is_withdrawn(key) else Damage(key, "missing", sha256)
            except ConflictError:
                continue
        return Damage(key, "changed", sha256)

    def _is_withdrawn(self, key: str) -> bool:
        """Say whether a release was withdrawn meanwhile: a run may take hours, and must bring nothing of it back."""
        try:
            self.lake.head(keys.release_file(*keys.parse_release_file(key)[:2], keys.TOMBSTONE))
        except NotFoundError:
            return False
        return True

    def _mend(self, damage: Damage) -> Damage:
        tried = []
        for name, source in self.sources.items():
            try:
                with source(damage.key, damage.sha256) as body:
                    if self._is_withdrawn(damage.key):
                        return replace(damage, mended=WITHDRAWN)
                    self._put(damage.key, body)
            except NotFoundError:
                tried.append(f"{name}: has none")
            except ChangedError:
                tried.append(f"{name}: has other bytes")
            except ConflictError:
                tried.append(f"{name}: somebody else wrote the object meanwhile")
            except LakeError as error:
                tried.append(f"{name}: {' '.join(str(error).split())[:200]}")
            else:
                return replace(damage, mended=name, tried=tuple(tried))
        return replace(damage, tried=tuple(tried))

    def _put(self, key: str, body: bytes | Path) -> None:
        try:
            condition: Condition = Matches(self.lake.head(key).etag)
        except NotFoundError:
            condition = ABSENT
        self.existing[key] = self.lake.put(key, body, media_type=media_type_of(key), condition=condition)

    def _note(self, draft: Patrol) -> Patrol:
        now = self.clock()
        while True:
            done = replace(draft, at=instant(now))
            key = keys.patrol_result(done.at)
            try:
                self.lake.put(key, dump_record(done), media_type=JSON, condition=ABSENT)
            except ConflictError:
                now += 1
            else:
                return done


def last_patrol(lake: Store) -> Patrol | None:
    """Return what the last run came to; None where there was none. Raises `LakeError` where its record is damaged."""
    found: Sequence[ObjectInfo] = [info for info in lake.list(keys.PATROLS) if info.key.endswith(".json")]
    return parse_record(Patrol, lake.get(found[-1].key)[1], file=found[-1].key) if found else None


def damaged_releases(damages: Iterable[Damage]) -> list[str]:
    """Return the releases (`<product>/<release>`) that some objects belong to, sorted."""
    return sorted({"/".join(keys.parse_release_file(each.key)[:2]) for each in damages})
