"""Both nodes of the small lake, behind the gateway and on a plain static host."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from portal_kit import HEBEI, NATION, StaticHost, build_lake, static_host

SERVE = """
import sys
from pathlib import Path
from tianlake.functions.gateway.serve import ServeSettings, serve
lake, root, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[4])
serve(ServeSettings(f"file:{lake}", lake, (root, sys.argv[3]), root, port=port))
"""


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the nodes' folders."""
    root = tmp_path_factory.mktemp("lake")
    build_lake(root)
    return root


@pytest.fixture(scope="session")
def gateway(lake: Path) -> Iterator[str]:
    """Base URL of the gateway, the national node at `/`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(lake), NATION, HEBEI, str(port)])
    try:
        _wait(f"http://127.0.0.1:{port}/healthz")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.fixture
def host(lake: Path) -> Iterator[StaticHost]:
    """The national node's folder on a host that knows nothing of nodes."""
    with static_host(lake / NATION) as served:
        yield served
