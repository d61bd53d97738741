"""A node's lake of two products and its backups in a folder, for tests of saving and bringing back."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from copies_kit import published
from lake_kit import NODE
from trail_kit import seed_of

from tianlake.lake.backup import Box, Hand, Place, Series, Taken, take_snapshot
from tianlake.lake.sealed import letter_box
from tianlake.lake.signed import public_key
from tianlake.lake.store import DirectoryStore, Store
from tianlake.lake.store.remains import FolderRemains
from tianlake.lake.words import instant

SEED = seed_of(NODE.code)
SECRET = seed_of("the operator's key of backups")
BEGIN = 1_795_828_800.0
"""2026-11-28T01:20:00Z."""
JSON = "application/json"
PRIVATE = "private/people/wang.json"
SECRETS = "身份证 130000197001010000".encode()


@dataclass(frozen=True)
class Saved:
    """A lake and where it is saved."""

    folder: Path
    lake: DirectoryStore
    series: Series

    @property
    def root(self) -> Path:
        return self.folder / "lake"

    @property
    def backup(self) -> Path:
        return self.folder / "backup"

    def take(self, after_s: float = 0, *, reread: bool = False, lake: Store | None = None) -> Taken:
        """Take a snapshot some seconds after the first one."""
        return take_snapshot(lake or self.lake, self.series, hand(after_s, reread=reread))

    def publish(self, marker: str, built: str, product: str = "places") -> str:
        return published(self.folder / f"made-{marker}", self.lake, marker, built, product)

    def closed(self) -> Series:
        """Return the series as somebody sees it who does not hold the operator's key."""
        return replace(self.series, secret=None)


def hand(after_s: float = 0, *, reread: bool = False) -> Hand:
    return Hand(Box(letter_box(SECRET), seed_of("names")), SEED, instant(BEGIN + after_s), reread)


def known(folder: Path) -> Saved:
    """Return what lies in a folder."""
    store = DirectoryStore(folder / "backup")
    place = Place("file:backup", NODE.code, store, FolderRemains(folder / "backup"))
    return Saved(folder, DirectoryStore(folder / "lake"), Series(place, frozenset({public_key(SEED)}), SECRET))


def saved(folder: Path) -> Saved:
    """Publish two products, put something private, mark the place of backups."""
    found = known(folder)
    found.publish("a", "2026-11-01T00:00:00Z")
    found.publish("r", "2026-11-02T00:00:00Z", "roads")
    found.lake.put(PRIVATE, SECRETS, media_type=JSON)
    found.series.place.claim()
    return found


def files(root: Path) -> dict[str, bytes]:
    """Return every file of a lake, read past its store."""
    found = (file for file in root.rglob("*") if file.is_file() and ".tmp" not in file.parts)
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in found}


def lose(folder: Path) -> None:
    """Delete a folder, as a disk that fails does."""
    shutil.rmtree(folder)
