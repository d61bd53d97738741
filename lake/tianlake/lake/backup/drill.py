"""A drill: restores into an empty place and compares every byte, with the snapshot and with the lake itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tianlake.lake.backup.restore import Restored, restore
from tianlake.lake.backup.series import Series
from tianlake.lake.backup.snapshot import Object, Snapshot
from tianlake.lake.errors import LakeError, NotFoundError
from tianlake.lake.store import ObjectInfo, Store
from tianlake.lake.verified import stored_sha256


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill saw."""

    restored: Restored
    compared: int
    """Objects that were read in the restored lake, and compared with the snapshot."""
    with_lake: int
    """Those of them that the lake has unchanged since: both were read, and compared."""
    wrong: tuple[str, ...]
    """Keys of objects that are missing, differ, or should not be there."""

    @property
    def sound(self) -> bool:
        """Whether every byte was right."""
        return not self.wrong


def drill(series: Series, snapshot: Snapshot, lake: Store, empty: Store, *, done: Callable[[int], None]) -> Drilled:
    """Restore a snapshot into an empty store, and compare.

    Args:
        series: Where the snapshot lies, with the operator's key.
        snapshot: With its private part.
        lake: The node's store, which is read alone.
        empty: Where to restore to.
        done: Is called with the bytes of each object that was restored.

    Raises:
        LakeError: The place is not empty, or as `restore`.
        StoreError: A store failed.
    """
    if next(iter(empty.list()), None) is not None:
        raise LakeError("drill: the place to restore into is not empty")
    restored = restore(series, snapshot, empty, done=done)
    there = {info.key: info for info in empty.list()}
    wrong = sorted(there.keys() ^ {each.key for each in snapshot.objects})
    with_lake = 0
    for each in snapshot.objects:
        if each.key in there and stored_sha256(empty, there[each.key]) != each.sha256:
            wrong.append(each.key)
        elif (own := _unchanged(lake, each)) is not None:
            with_lake += 1
            if stored_sha256(lake, own) != each.sha256:
                wrong.append(each.key)
    return Drilled(restored, len(there), with_lake, tuple(sorted(wrong)))


def _unchanged(lake: Store, each: Object) -> ObjectInfo | None:
    """Return an object of the lake that should be the one which was saved."""
    try:
        info = lake.head(each.key)
    except NotFoundError:
        return None
    return info if each.etag and info.etag == each.etag else None
