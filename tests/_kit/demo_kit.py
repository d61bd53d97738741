"""The demo as tests hold it: a published workspace and its command."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

PRODUCTS: dict[str, dict[str, str]] = {
    "156000000": {
        "basemap": "vector",
        "catalog": "catalog",
        "climate": "raster",
        "division-changes": "table",
        "divisions": "vector",
        "imagery": "raster",
        "landcover": "raster",
        "seats": "vector",
        "terrain": "terrain",
    },
    "156130000": {"catalog": "catalog", "climate": "raster", "divisions": "vector", "places": "vector"},
    "156131000": {"divisions": "vector", "places": "vector"},
}
"""Node → product → kind: everything that the demo publishes."""


def products(*kinds: str) -> list[tuple[str, str]]:
    """Return node and product of all that is of these kinds, or of everything."""
    return [(code, name) for code, own in PRODUCTS.items() for name, kind in own.items() if kind in kinds or not kinds]


@dataclass(frozen=True)
class Demo:
    """A published demo workspace."""

    folder: Path
    port: int
    seconds: float
    """Of the processor: how long `tianlake demo` took to build and publish."""
    told: str = ""
    """What it said."""

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return tianlake("-C", str(self.folder), *arguments)


def tianlake(*arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tianlake.cli", *arguments]
    environment = os.environ | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout, env=environment)


def children_seconds() -> float:
    """Return the processor time of all processes that this one started and that ended, and of theirs, seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], within_s: float = 30) -> None:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{url} did not answer")
