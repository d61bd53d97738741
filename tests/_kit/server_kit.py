"""A gateway as a process of its own, on a free port of the loopback interface."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_S = 120
"""Seconds: 20 were too few while many programs shared two processors. A start that fails is told of at once."""

_SERVE = """
import json, logging, sys
from pathlib import Path
from tianlake.functions.gateway.serve import ServeSettings, serve
from tianlake.lake.errors import LakeError
from tianlake.lake.settings import AccountsSettings
logging.basicConfig(level=logging.INFO, stream=sys.stderr)
given = json.loads(sys.argv[1])
given["accounts"] = AccountsSettings(**given.get("accounts", {}))
try:
    serve(ServeSettings(base=Path(given.pop("base")), codes=tuple(given.pop("codes")), **given))
except LakeError as error:
    sys.exit(f"error: {error}")
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running gateway."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        """Root of the server, without a final `/`."""
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        """Return a connection that gives up after five seconds of silence."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def raw(self, request: bytes, piece: int | None = None) -> bytes:
        """Send bytes as they are, `piece` by `piece` or at once; return all that comes back until the server closes."""
        with self.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(ConnectionError):  # a server that refuses does not wait for the rest; what it said is there
                for start in range(0, len(request), piece or len(request)):
                    connection.sendall(request[start : start + (piece or len(request))])
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """End this one process; return its exit code, what it printed and what it logged."""
        self.process.send_signal(how)
        printed, log = self.process.communicate(timeout=30)
        return self.process.returncode, printed, log


def free_port() -> int:
    """Return a port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(base: Path, codes: list[str], *, prelude: str = "", **settings: object) -> subprocess.Popen[str]:
    """Start a gateway over the lake `file:lake` below `base` and do not wait; `prelude` runs before it."""
    given = {"lake": "file:lake", "base": str(base), "codes": codes, "root": codes[0], **settings}
    return subprocess.Popen(
        [sys.executable, "-c", prelude + _SERVE, json.dumps(given)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


@contextmanager
def running(base: Path, codes: list[str], *, prelude: str = "", **settings: object) -> Iterator[Server]:
    """Run a gateway until the block ends."""
    server = Server(start(base, codes, prelude=prelude, **(settings | {"port": (port := free_port())})), port)
    try:
        _wait(server)
        yield server
    finally:
        if server.process.poll() is None:
            server.process.terminate()
        if server.process.stdout is not None and not server.process.stdout.closed:
            server.process.communicate(timeout=30)


def _wait(server: Server) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if server.process.poll() is not None:
            raise RuntimeError(server.process.communicate()[1])
        try:
            if b" 200 " in server.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"the gateway did not start within {START_S} s")


def write(root: Path, objects: Mapping[str, bytes]) -> None:
    """Write objects below `root` as a directory store holds them."""
    for key, body in objects.items():
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
