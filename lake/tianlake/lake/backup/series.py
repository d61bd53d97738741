"""The snapshots of a place: which there are, the newest, the one for a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tianlake.lake.backup.place import SNAPSHOTS, Place
from tianlake.lake.backup.snapshot import Snapshot, read_snapshot, snapshot_name
from tianlake.lake.errors import LakeError
from tianlake.lake.words import Instant


@dataclass(frozen=True, slots=True)
class Series:
    """The snapshots of one place, as somebody who holds some keys reads them."""

    place: Place
    trusted: frozenset[str]
    """Public keys of the node, those of before too."""
    secret: bytes | None
    """Private key of the operator; None where it is not here: then private objects stay closed."""

    def names(self) -> list[str]:
        """Return the names of all documents, oldest first."""
        found = (info.key.removeprefix(SNAPSHOTS) for info in self.place.store.list(SNAPSHOTS))
        return [each for each in found if each.endswith(".txt")]

    def read(self, name: str) -> Snapshot:
        """Return a snapshot; raises `LakeError` where it is damaged or not by the node."""
        return self.parse(name, self.place.store.get(f"{SNAPSHOTS}{name}")[1])

    def parse(self, name: str, document: bytes) -> Snapshot:
        """Return what a document of this place says; as `read`."""
        file = f"{self.place.url}/{SNAPSHOTS}{name}"
        found = read_snapshot(document, self.trusted, self.secret, file=file)
        if (found.head.node, snapshot_name(found.head.at)) != (self.place.code, name):
            raise LakeError(f"{file}: is a snapshot of {found.head.node} at {found.head.at}, under another name")
        return found

    def all(self) -> Iterator[Snapshot]:
        """Yield every snapshot, newest first."""
        return (self.read(each) for each in reversed(self.names()))

    def newest(self) -> Snapshot | None:
        """Return the newest snapshot, or None where there is none."""
        return next(self.all(), None)

    def at(self, time: Instant | None) -> Snapshot:
        """Return the newest snapshot that is not later than a time, or the newest of all.

        Raises:
            LakeError: There is none; the message says which there are.
        """
        names = self.names()
        wanted = [each for each in names if time is None or each <= snapshot_name(time)]
        if not wanted:
            ends = f"there are {len(names)}, the first {names[0]}" if names else "there are none"
            raise LakeError(f"backup {self.place.url}: no snapshot is that old: {ends}")
        return self.read(wanted[-1])
