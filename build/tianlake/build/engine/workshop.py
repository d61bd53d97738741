"""Where the parts of a product are made and kept, and what they took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tianlake.build.engine.meter import Meter
from tianlake.build.engine.parts import Record
from tianlake.build.engine.processes import Processes
from tianlake.build.engine.protocol import Engine, Inline
from tianlake.build.engine.shelf import FolderShelf, Shelf
from tianlake.lake.recipes import Kind
from tianlake.lake.records import dump_json

if TYPE_CHECKING:
    from tianlake.build.job import Job


@dataclass(frozen=True, slots=True)
class Made:
    """One line of the report of a build."""

    record: Record
    kept: bool
    """Found from a build before, and not made again."""
    tries: int
    reasons: tuple[str, ...]
    """Why it was tried again."""


@dataclass(slots=True)
class Ledger:
    """What every part of a build took, in the order in which they were done."""

    made: list[Made] = field(default_factory=list)

    def dump(self, command: Meter) -> bytes:
        """Return the report of a build as JSON: each part, what they took together, and what the command took."""
        parts = [_told(each) for each in self.made]
        fresh = [each.record.cost for each in self.made if not each.kept]
        total = {
            "parts": len(parts),
            "kept": len(parts) - len(fresh),
            "tries": sum(each.tries for each in self.made if not each.kept),
            "wall_s": round(sum(each.wall_s for each in fresh), 3),
            "cpu_s": round(sum(each.cpu_s for each in fresh), 3),
            "peak_bytes": max((each.peak_bytes for each in fresh), default=0),
            "bytes_in": sum(each.bytes_in for each in fresh),
            "bytes_out": sum(each.bytes_out for each in fresh),
        }
        own = {"wall_s": command.wall_s(), "cpu_s": command.cpu_s(), "peak_bytes": command.peak_bytes()}
        return dump_json({"parts": parts, "total": total, "command": own})


def _told(made: Made) -> dict[str, Any]:
    record = made.record
    said = {"name": record.name, "worker": record.worker, "kept": made.kept, "tries": made.tries}
    return said | {"reasons": list(made.reasons)} | asdict(record.cost)


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where the parts of one product are made and kept."""

    engine: Engine
    shelf: Shelf
    kind: Kind
    jobs: int
    """Threads of a part that is made here, while no worker is at work."""
    ledger: Ledger = field(default_factory=Ledger)


@contextmanager
def workshop(job: Job) -> Iterator[Workshop]:
    """Yield the workshop of a build; where it has none, one of `job.jobs` processes, whose parts are gone with it."""
    if job.workshop is not None:
        yield job.workshop
        return
    shelf = FolderShelf(job.scratch / "parts")
    with closing(local_engine(job.jobs, job.memory)) as engine:
        yield Workshop(engine, shelf, job.recipe.card.kind, job.jobs)
    shelf.drop()


def local_engine(jobs: int, memory: int) -> Engine:
    """Return the engine of this machine: processes, or for one job this process itself."""
    return Inline(jobs) if jobs <= 1 else Processes(jobs, memory)


@contextmanager
def closing(engine: Engine) -> Iterator[Engine]:
    """End an engine on every way out; where something failed or Ctrl-C came, at once."""
    try:
        yield engine
    except BaseException:
        engine.close(now=True)
        raise
    engine.close()
