"""A migration that is killed at one of its changes: `migrator.py LAKE N`; with N = 0 it prints how many there were."""

from __future__ import annotations

import sys
from pathlib import Path

from dying import Dying
from lake_kit import carded_desk

from tianlake.lake.migration import migrate
from tianlake.lake.store import DirectoryStore


def main() -> None:
    lake, fatal = sys.argv[1:]
    desk = carded_desk(DirectoryStore(Path(lake)))
    watch = Dying(int(fatal))
    migrate(desk)
    sys.stdout.write(f"{watch.seen}\n")


if __name__ == "__main__":
    main()
