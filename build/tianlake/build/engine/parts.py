"""One part of a build: a function of files to one file, named by everything that decides its bytes."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tianlake.build.job import Progress, silent
from tianlake.lake.records import dump_json

FORM: Final = 1
"""Raised where a part of the same name would hold something else although no code of `tianlake.build` changed."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a part is made. A function that makes one knows no other place: it may run on another machine."""

    root: Path
    """Folder with the part's inputs under their names; not to be written to."""
    out: Path
    """The file to write. A part that is empty leaves it away."""
    scratch: Path
    """An empty folder of this part alone, on the same file system as `out`."""
    threads: int = 1
    """It may use; they decide no byte of it."""
    progress: Progress = silent
    """Told its steps; heard where the part is made by who asked for it."""


Work = Callable[[Bench], dict[str, Any]]
"""Makes a part, and returns what is to be known of it as JSON. It can be pickled: a `partial` of a function."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a part is made of."""

    name: str
    """Below the folder of the part's inputs, with `/`."""
    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be made."""

    name: str
    """As messages and the report show it, such as `tiles-w/0003`."""
    work: Work
    root: Path
    """Folder of the inputs on the machine that asks for the part."""
    inputs: tuple[Input, ...]
    weight: float = 1
    """What `advance` is told when it is done."""

    def key(self, maker: str) -> str:
        """Return its name on the shelf: the SHA-256 over code and tools, what is done, and the bytes it is done to.

        Pickled, since a text of it might leave something out; where equal work is pickled otherwise, it is done anew.
        """
        work = hashlib.sha256(pickle.dumps(self.work, protocol=5)).hexdigest()
        files = [[each.name, each.sha256] for each in self.inputs]
        said = {"form": FORM, "maker": maker, "part": self.name, "work": work, "inputs": files}
        return hashlib.sha256(dump_json(said)).hexdigest()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a part took."""

    wall_s: float
    cpu_s: float
    """Of all threads and of the programs that were run."""
    peak_bytes: int
    """Resident memory of the process at its highest, or of the largest program that it ran; of a part that the command
    makes itself, since the build began."""
    bytes_in: int
    bytes_out: int


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a finished part."""

    name: str
    sha256: str
    """Of its file; empty where it is empty."""
    size: int
    note: dict[str, Any]
    cost: Cost
    worker: str
    """Who made it: a process or an address."""

    def dump(self) -> bytes:
        """Return it as JSON."""
        return dump_json(asdict(self))


@dataclass(frozen=True, slots=True)
class Done:
    """A part that is there."""

    record: Record
    file: Path | None
    """On this machine; None where the part is empty."""

    def place(self, target: Path) -> None:
        """Let the file be at `target` too, on the same file system without a copy."""
        if self.file is None:
            raise FileNotFoundError(target)
        try:
            os.link(self.file, target)
        except OSError:
            shutil.copyfile(self.file, target)


def read_input(root: Path, name: str) -> Input:
    """Return a file as an input; it is read for its hash."""
    with (root / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Input(name, digest, (root / name).stat().st_size)
