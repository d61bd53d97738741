"""What each process of a server holds at one moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Look:
    """One process at one moment."""

    at: float
    """Seconds since the load began."""
    role: str
    """`server`, `worker 1`, `worker 2` in the order in which they were started; `sql`, `other`."""
    pid: int
    pss: int
    """Bytes: what is its own, and its share of what it has with others (proc(5), smaps_rollup)."""
    rss: int
    """Bytes."""
    descriptors: int


def family(pid: int, at: float) -> Iterator[Look]:
    """Yield the server and every process below it; one that ends meanwhile is left out."""
    try:
        server = psutil.Process(pid)
        everybody = [server, *server.children(recursive=True)]
    except psutil.Error:
        return
    workers = 0
    for each in sorted(everybody, key=lambda one: one.pid):
        try:
            line = " ".join(each.cmdline())
            parent = each.ppid()
        except psutil.Error:
            continue
        role = _role(each.pid, pid, parent, line)
        if role == "worker":
            workers += 1
            role = f"worker {workers}"
        try:
            pss, rss = _memory(each.pid)
            yield Look(at, role, each.pid, pss, rss, len(os.listdir(PROC / str(each.pid) / "fd")))  # noqa: PTH208
        except (OSError, ValueError, KeyError):
            continue


def _role(pid: int, server: int, parent: int, line: str) -> str:
    if pid == server:
        return "server"
    if "tianlake.functions.web.sql.worker" in line:
        return "sql"
    return "worker" if parent == server and "resource_tracker" not in line else "other"


def _memory(pid: int) -> tuple[int, int]:
    lines = (PROC / str(pid) / "smaps_rollup").read_text("ascii").splitlines()[1:]
    found = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return found["Pss"], found["Rss"]
