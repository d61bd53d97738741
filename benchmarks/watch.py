"""Runs a command and sees what it took: by the clock, of the processor, of memory."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

PAUSE_S: Final = 0.02
"""Between two looks at how much memory is in use."""


@dataclass(frozen=True, slots=True)
class Took:
    """What a command, and all that it started and waited for, took."""

    status: int
    """Its exit code."""
    wall_s: float
    processor_s: float
    """User and system: it hangs less than the clock on what else runs on the machine."""
    memory: int
    """The largest sum of resident bytes of the command and all below it; what forks share counts for each of them."""

    def figures(self, **more: float) -> dict[str, float]:
        """Return seconds by the clock and of the processor, and megabytes (2^20), by name."""
        return {"wall": self.wall_s, "cpu": self.processor_s, "mb": self.memory / 2**20, **more}


def watched(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Took:
    """Run a command to its end; what it says goes to `log`."""
    with log.open("wb") as said:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env=environment)
        most = 0
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            most = max(most, _resident(process.pid))
            time.sleep(PAUSE_S)
        wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    return Took(process.returncode, wall, used.ru_utime + used.ru_stime, max(most, used.ru_maxrss * 1024))


def succeeded(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Took:
    """Run a command that must succeed.

    Raises:
        RuntimeError: It did not; with the end of what it said.
    """
    log = folder / "log.txt"
    took = watched(command, log, environment)
    if took.status:
        end = log.read_text("utf-8", "replace")[-2000:]
        raise RuntimeError(f"{' '.join(command)[:200]}: exit code {took.status}\n{end}")
    return took


def _resident(pid: int) -> int:
    found = 0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0
    for each in family:
        try:
            found += each.memory_info().rss
        except psutil.Error:
            continue
    return found
