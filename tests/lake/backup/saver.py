"""A backup that is killed at one of its changes to the file system: `saver.py FOLDER N`."""

from __future__ import annotations

import sys
from pathlib import Path

from backup_kit import SECRET, SEED, hand
from dying import Dying
from lake_kit import NODE

from tianlake.lake.backup import Place, Series, take_snapshot
from tianlake.lake.signed import public_key
from tianlake.lake.store import DirectoryStore
from tianlake.lake.store.remains import FolderRemains


def main() -> None:
    folder, fatal = Path(sys.argv[1]), int(sys.argv[2])
    place = Place("file:backup", NODE.code, DirectoryStore(folder / "backup"), FolderRemains(folder / "backup"))
    series = Series(place, frozenset({public_key(SEED)}), SECRET)
    Dying(fatal)
    take_snapshot(DirectoryStore(folder / "lake"), series, hand(60))


main()
