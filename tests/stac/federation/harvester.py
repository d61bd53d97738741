"""A harvest that is killed at one of its system calls: `harvester.py TREE N`; with N = 0 it prints how many there are.

Every call that changes the file system raises an audit event; before the N-th of them the process ends itself with
SIGKILL.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from federation_kit import NOW, tree

CHANGES = {"os.link", "os.rename", "os.remove", "os.mkdir", "os.truncate"}


def main() -> None:
    folder, fatal = sys.argv[1:]
    seen = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in CHANGES or writes:
            seen += 1
            if seen == int(fatal):
                os.kill(os.getpid(), signal.SIGKILL)

    province = tree(Path(folder)).province
    sys.addaudithook(watch)
    province.harvest(NOW + 60, at_once=1)
    sys.stdout.write(f"{seen}\n")


if __name__ == "__main__":
    main()
