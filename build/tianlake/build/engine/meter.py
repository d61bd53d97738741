"""What one piece of work costs this process and the programs it runs."""

from __future__ import annotations

import resource
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

STATUS: Final = Path("/proc/self/status")
FORGET: Final = Path("/proc/self/clear_refs")
"""Writing 5 forgets the highest resident size so far (proc(5))."""

KIB: Final = 1024


def _cpu_s() -> float:
    whose = (resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in whose)


@dataclass(frozen=True, slots=True)
class Meter:
    """Measures from its making on; parts that threads of one process make at once are measured together."""

    forget: bool = True
    """Whether the process forgets how much memory it held before: not where somebody else measures it, too."""
    began: float = field(default_factory=time.monotonic)
    cpu_before: float = field(default_factory=_cpu_s)

    def __post_init__(self) -> None:
        if self.forget:
            with suppress(OSError):
                FORGET.write_text("5")

    def wall_s(self) -> float:
        """Return seconds since it began."""
        return round(time.monotonic() - self.began, 3)

    def cpu_s(self) -> float:
        """Return processor seconds of the process and of programs that have ended."""
        return round(_cpu_s() - self.cpu_before, 3)

    def peak_bytes(self) -> int:
        """Return the highest resident memory: of the process, or of the largest program it ever ran."""
        return max(_highest(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * KIB)


def _highest() -> int:
    """Return the highest resident size since `FORGET` was written; where the system tells none, since the start."""
    with suppress(OSError, IndexError, ValueError):
        return int(STATUS.read_text("ascii").split("VmHWM:")[1].split()[0]) * KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB
