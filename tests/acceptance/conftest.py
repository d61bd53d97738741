"""The demo, built and published once by its own command, then served by its own command."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from demo_kit import Demo, children_seconds, free_port, tianlake, wait_for
from kit import DATA


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo's workspace after `tianlake demo --no-serve`."""
    folder = tmp_path_factory.mktemp("demo") / "演示 demo"
    port = free_port()
    start = children_seconds()
    done = tianlake("demo", "--dir", str(folder), "--data", str(DATA), "--port", str(port), "--no-serve", timeout=540)
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
