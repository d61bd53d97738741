"""A push that is killed at one of its system calls: `pusher.py LAKE COPY N`; with N = 0 it lives and prints how many.

Every call that changes a file of the copy raises an audit event; before the N-th of them the process kills itself.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from threading import Lock

from copies_kit import FILING, keeper

from tianlake.lake.replicas import push
from tianlake.lake.store import DirectoryStore

CHANGES = {"os.link", "os.rename", "os.remove", "os.mkdir", "os.truncate"}


def main() -> None:
    lake, copy, fatal = sys.argv[1:]
    seen, lock = 0, Lock()

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in CHANGES or writes:
            with lock:
                seen += 1
                if seen == int(fatal):
                    os.kill(os.getpid(), signal.SIGKILL)

    own = keeper(DirectoryStore(Path(lake)))
    sys.addaudithook(watch)
    push(own, FILING.id, DirectoryStore(Path(copy)))
    sys.stdout.write(f"{seen}\n")


main()
