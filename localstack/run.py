# ruff: noqa: INP001 - a package here would hide the real `localstack`
"""Start LocalStack in host mode (no Docker) on 127.0.0.1 and stop it again: for tests and `make localstack`.

    python localstack/run.py [--port 4566] [--edge edge.json [--edge-port 8080]]

With `--edge`, the edge of a CDN that `localstack/edge` imitates runs in front of it; its file is told of in
`localstack/edge/tianlake_edge/__main__.py`. LocalStack runs in a venv of its own, `.venv-localstack`, which `make
install` makes. State lives in a folder that is thrown away at the end. Nothing here may be called `localstack.py` or
make this folder a package: either would hide the real package of that name.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REPO: Final = Path(__file__).resolve().parent.parent
PYTHON: Final = REPO / ".venv-localstack" / "bin" / "python"
HOST: Final = "127.0.0.1"

_START_S: Final = 180
"""How long a start may take: 10 to 18 s on an idle machine, far more on a busy one."""

_STOP_S: Final = 5

_CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""What LocalStack takes for an account of its own, where the environment says nothing else."""

_LOG = logging.getLogger("localstack.run")


@dataclass(frozen=True, slots=True)
class Running:
    """A LocalStack that answers."""

    url: str
    """Endpoint of every service, for example `http://127.0.0.1:4566`."""
    pid: int
    """Of the process, which leads a process group of its own."""
    log: Path


class LocalStackError(RuntimeError):
    """LocalStack did not start; the first line says why, more lines are the end of its log."""


def environment(port: int, state: Path) -> dict[str, str]:
    """Return the whole environment of LocalStack: nothing of the caller's but `PATH` gets in."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(state),
        "TMPDIR": str(state),
        "FILESYSTEM_ROOT": str(state),
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        "GATEWAY_SERVER": "loopback",
        "PROVIDER_OVERRIDE_S3": "contained",
        "PROVIDER_OVERRIDE_DYNAMODB": "moto",
        "PROVIDER_OVERRIDE_KMS": "moto",
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "S3_SKIP_SIGNATURE_VALIDATION": "0",  # refuse what AWS would refuse
        "EAGER_SERVICE_LOADING": "0",
        "DNS_ADDRESS": "0",  # no DNS server
        "SKIP_SSL_CERT_DOWNLOAD": "1",  # no network
        "DISABLE_EVENTS": "1",  # no network
    }


@contextlib.contextmanager
def running(port: int = 0) -> Iterator[Running]:
    """Run LocalStack until the block ends; also ends when this process dies, however it dies.

    Args:
        port: Where it listens on 127.0.0.1; 0 for any free port.

    Raises:
        LocalStackError: It is not installed, the port is taken, or it did not answer in time.
    """
    if not PYTHON.exists():
        raise LocalStackError(f"{PYTHON.relative_to(REPO)} does not exist: run `make install`")
    port = _claim(port)
    with tempfile.TemporaryDirectory(prefix="tianlake-localstack-", ignore_cleanup_errors=True) as folder:
        state = Path(folder)
        log = state / "localstack.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                # -P: the folder of this file, or the caller's, must not come before the real package.
                [str(PYTHON), "-P", "-m", "localstack.runtime.main"],
                env=environment(port, state),
                cwd=state,
                stdin=subprocess.PIPE,  # held open, never written to: its end ends LocalStack
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait_until_ready(process, port, log)
            yield Running(f"http://{HOST}:{port}", process.pid, log)
        finally:
            _stop(process)


@contextlib.contextmanager
def edge(settings: Path, port: int, log: Path | None = None) -> Iterator[str]:
    """Run the edge of a CDN until the block ends; give its URL.

    Args:
        settings: Its file.
        port: Where it listens on 127.0.0.1; 0 for any free port.
        log: What it says is added there; where that is None, it says it here.

    Raises:
        LocalStackError: The port is taken, or it did not answer in time; what it said stands above that.
    """
    port = _claim(port)
    command = [sys.executable, "-m", "tianlake_edge", str(settings), "--port", str(port)]
    path = os.pathsep.join(filter(None, (str(REPO / "localstack" / "edge"), os.environ.get("PYTHONPATH"))))
    with contextlib.ExitStack() as stack:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            env={**_CREDENTIALS, **os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stderr=stack.enter_context(log.open("ab")) if log is not None else None,
            start_new_session=True,
        )
        stack.callback(_stop, process)
        _wait_for_port(process, port)
        yield f"http://{HOST}:{port}"


def _wait_for_port(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LocalStackError(f"the edge ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.2)
    raise LocalStackError(f"the edge did not answer within {_START_S} s")


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LocalStackError(f"LocalStack ended with {process.returncode}: {_tail(log)}")
        if _answers(port):
            return
        time.sleep(0.2)
    raise LocalStackError(f"LocalStack did not answer within {_START_S} s: {_tail(log)}")


def _answers(port: int) -> bool:
    try:
        with contextlib.closing(http.client.HTTPConnection(HOST, port, timeout=5)) as connection:
            connection.request("GET", "/_localstack/health")
            return bool(json.load(connection.getresponse())["services"])
    except (OSError, http.client.HTTPException, ValueError):  # every failure to answer means: not yet
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process group, kindly first. Its state is thrown away: there is nothing to wait long for."""
    try:
        for kind in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, kind)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_S)
                return
    finally:
        # Not before: the end of its input is a second signal, in the middle of the work that the first began.
        if process.stdin is not None:
            process.stdin.close()


def _claim(port: int) -> int:
    """Return `port`, or a free one for 0; a taken port could belong to another LocalStack, which would answer."""
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as servers do: waiting connections are no hindrance
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise LocalStackError(f"{HOST}:{port}: {error.strerror}") from None
        claimed: int = probe.getsockname()[1]
        return claimed


def _tail(log: Path) -> str:
    """Return the last line of a log, then the last lines."""
    lines = log.read_text(errors="replace").strip().splitlines() or ["its log is empty"]
    return "\n".join([lines[-1], *lines[-40:]])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM; return the exit code."""
    parser = argparse.ArgumentParser(description="Run LocalStack on 127.0.0.1 without Docker.")
    parser.add_argument("--port", type=int, default=4566, help="default: 4566")
    parser.add_argument("--edge", type=Path, metavar="FILE", help="run the edge of a CDN with these settings, too")
    parser.add_argument("--edge-port", type=int, default=8080, help="default: 8080")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _LOG.info("LocalStack is starting, which takes a while …")
    try:
        with contextlib.ExitStack() as stack:
            localstack = stack.enter_context(running(given.port))
            _LOG.info("LocalStack answers at %s; Ctrl-C ends it", localstack.url)
            if given.edge is not None:
                _LOG.info("the edge answers at %s", stack.enter_context(edge(given.edge, given.edge_port)))
            while True:
                signal.pause()
    except KeyboardInterrupt:
        return 0
    except LocalStackError as error:
        _LOG.error("%s", str(error).partition("\n")[0])
        return 3


if __name__ == "__main__":
    sys.exit(main())
