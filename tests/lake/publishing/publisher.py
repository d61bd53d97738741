"""A publisher that is killed at one of its changes: `publisher.py LAKE CANDIDATE MARKER BUILT N`.

With N = 0 it lives and prints how many changes there were.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dying import Dying
from lake_kit import PlainDescriber, candidate, desk

from tianlake.lake.publishing import publish, seal
from tianlake.lake.store import DirectoryStore


def main() -> None:
    lake, folder, marker, built, fatal = sys.argv[1:]
    store = DirectoryStore(Path(lake))
    made = candidate(Path(folder), marker, built=built)
    place = desk(store)
    release = seal(made, Path(folder), place.node, PlainDescriber())
    watch = Dying(int(fatal))
    publish(place, release)
    sys.stdout.write(f"{watch.seen}\n")


if __name__ == "__main__":
    main()
