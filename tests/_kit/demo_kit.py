"""The demo as tests hold it: built and published once by its own command, then served by its own command.

`tests/conftest.py` makes the fixtures known to every test.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from kit import DATA

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


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo's workspace after `tianlake demo --no-serve`."""
    folder = tmp_path_factory.mktemp("demo") / "演示 demo"
    port = free_port()
    start = children_seconds()
    done = tianlake("demo", "--dir", str(folder), "--data", str(DATA), "--port", str(port), "--no-serve", timeout=900)
    assert done.returncode == 0, done.stderr
    return Demo(folder, port, children_seconds() - start, done.stderr)


@pytest.fixture(scope="session")
def served(demo: Demo) -> Iterator[Demo]:
    """The same, served by `tianlake serve` in a process of its own."""
    command = [sys.executable, "-m", "tianlake.cli", "-C", str(demo.folder), "serve", "--port", str(demo.port)]
    log = (demo.folder / "serve.log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(demo.url("/readyz"), process)
        yield demo
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        log.close()
    assert not re.search(r"Traceback|ERROR", (demo.folder / "serve.log").read_text("utf-8"))
