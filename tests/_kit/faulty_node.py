"""A node as a process that misbehaves when it is told to: `faulty_node.py FOLDER CONTROL` prints its port.

CONTROL is a file of JSON: beginning of a path → name of a function of `faulty_kit`, which answers for it.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import faulty_kit


class Told(dict[str, faulty_kit.Fault]):
    """The faults of a moment: what the file says now."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def items(self) -> list[tuple[str, faulty_kit.Fault]]:  # type: ignore[override]
        """Return beginning of a path and fault."""
        told = json.loads(self._file.read_text()) if self._file.exists() else {}
        return [(begin, getattr(faulty_kit, name)) for begin, name in told.items()]


def main() -> None:
    """Serve until the process is ended."""
    folder, control = map(Path, sys.argv[1:])
    with faulty_kit.serving(folder) as server:
        server.faults = Told(control)
        sys.stdout.write(server.url.rpartition(":")[2] + "\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
