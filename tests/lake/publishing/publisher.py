"""A publisher that is killed at one of its system calls: `publisher.py LAKE CANDIDATE MARKER BUILT N`.

Every call that changes the file system raises an audit event; before the N-th of them on the lake the process
kills itself with SIGKILL. With N = 0 it lives and prints how many there were.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from lake_kit import PlainDescriber, candidate, desk

from tianlake.lake.publishing import publish, seal
from tianlake.lake.store import DirectoryStore

CHANGES = {"os.link", "os.rename", "os.remove", "os.mkdir", "os.truncate"}
"""`os.replace` raises `os.rename`; `open` counts where it may write."""


def main() -> None:
    lake, folder, marker, built, fatal = sys.argv[1:]
    seen = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in CHANGES or writes:
            seen += 1
            if seen == int(fatal):
                os.kill(os.getpid(), signal.SIGKILL)

    store = DirectoryStore(Path(lake))
    made = candidate(Path(folder), marker, built=built)
    place = desk(store)
    release = seal(made, Path(folder), place.node, PlainDescriber())
    sys.addaudithook(watch)
    publish(place, release)
    sys.stdout.write(f"{seen}\n")


if __name__ == "__main__":
    main()
