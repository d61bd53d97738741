"""What runs on a worker: one part is made and put on the shelf."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from tianlake.build.engine.meter import Meter
from tianlake.build.engine.parts import Bench, Cost, Part, Record
from tianlake.build.engine.shelf import Shelf
from tianlake.build.job import Progress, silent
from tianlake.build.maker import maker
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Kind


@dataclass(frozen=True, slots=True)
class Task:
    """A part as it travels to a worker."""

    part: Part
    key: str
    shelf: Shelf
    kind: Kind
    """Of the product."""
    maker: str
    """Code and tools it is to be made with."""


def make(task: Task, threads: int = 1, progress: Progress = silent, meter: Meter | None = None) -> Record:
    """Make a part and put it on the shelf.

    Args:
        task: The part.
        threads: It may use.
        progress: Told its steps.
        meter: Measures what it takes; where absent, this process does nothing else meanwhile.

    Raises:
        LakeError: The part cannot be made of its inputs, or this worker has other code or tools.
        OSError: A file could not be written.
        StoreError: An input could not be read.
    """
    if maker(task.kind) != task.maker:
        rule = "has another Tianlake or other tools than the command; install the same on all"
        raise LakeError(f"worker {os.uname().nodename}: {rule}")
    meter, part = meter or Meter(), task.part
    with task.shelf.place() as place:
        for name in ("in", "scratch"):
            (place / name).mkdir()
        root = task.shelf.bring(part.root, part.inputs, place / "in")
        out = place / "out"
        note = part.work(Bench(root, out, place / "scratch", threads, progress))
        size = out.stat().st_size if out.exists() else 0
        taken = sum(each.size for each in part.inputs)
        cost = Cost(meter.wall_s(), meter.cpu_s(), meter.peak_bytes(), taken, size)
        record = Record(
            part.name, _sha256(out) if size else "", size, note, cost, f"{os.uname().nodename}:{os.getpid()}"
        )
        task.shelf.put(task.key, out, record)
    return record


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
