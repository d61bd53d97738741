"""LocalStack on one machine alone: nothing of it may listen to the network, or outlive who started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from kit import REPO
from localstack_kit import LocalStack, load_runner

HOLD = """
import signal, sys
sys.path.insert(0, sys.argv[1])
from localstack_kit import load_runner
with load_runner().running() as found:
    print(found.pid, flush=True)
    signal.pause()
"""


def listening(pid: int) -> list[tuple[str, int]]:
    """Return every TCP and UDP address that a process and its children are bound to."""
    process = psutil.Process(pid)
    found = [
        (each.laddr.ip, each.laddr.port)
        for member in (process, *process.children(recursive=True))
        for each in member.net_connections("inet")
        if each.status == psutil.CONN_LISTEN or (each.type == socket.SOCK_DGRAM and not each.raddr)
    ]
    return sorted(found)


def gone(pid: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


def test_it_listens_on_loopback_and_nowhere_else(localstack: LocalStack):
    localstack.make_bucket()  # a service that is loaded may open sockets of its own
    port = int(localstack.url.rpartition(":")[2])
    found = listening(localstack.pid)
    assert ("127.0.0.1", port) in found
    assert {address for address, _port in found} == {"127.0.0.1"}, "functions that ran have ports of their own"


def test_it_leads_a_process_group_of_its_own(localstack: LocalStack):
    assert os.getpgid(localstack.pid) == localstack.pid != os.getpgid(0)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Give a process that started LocalStack, and LocalStack's own id."""
    command = [sys.executable, "-c", HOLD, str(REPO / "tests/_kit")]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}  # who is killed throws nothing away
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        try:
            yield starter, pid
        finally:
            starter.kill()
            if psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.xdist_group("localstack")
def test_it_does_not_outlive_a_starter_that_was_killed(held: tuple[subprocess.Popen[str], int]):
    starter, pid = held
    assert psutil.pid_exists(pid)
    starter.kill()
    assert gone(pid, 30)


@pytest.mark.xdist_group("localstack")
def test_a_port_that_is_taken_is_said_at_once():
    run = load_runner()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = pytest.raises(run.LocalStackError, match=rf"^127\.0\.0\.1:{port}: Address already in use$")
        with refused, run.running(port):
            pytest.fail("it started")


@pytest.mark.xdist_group("localstack")
def test_the_command_runs_until_it_is_told_to_end(tmp_path: Path):
    run = load_runner()
    port = run._claim(0)
    command = [sys.executable, str(REPO / "localstack/run.py"), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stderr is not None
        process.stderr.readline()
        assert f"http://127.0.0.1:{port}" in process.stderr.readline()
        [service] = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert gone(service.pid, 10)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.xdist_group("localstack")
def test_an_end_before_the_first_answer_is_said_with_its_reason(monkeypatch: pytest.MonkeyPatch):
    run = load_runner()
    given = run.environment
    monkeypatch.setattr(
        run, "environment", lambda port, state: given(port, state) | {"GATEWAY_LISTEN": f"0.0.0.0:{port}"}
    )
    refused = pytest.raises(
        run.LocalStackError, match=r"^LocalStack ended with 1: ValueError: .*0\.0\.0\.0 is not a loopback"
    )
    with refused, run.running():
        pytest.fail("it started")


def test_an_environment_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch):
    run = load_runner()
    monkeypatch.setattr(run, "PYTHON", REPO / "no-such-venv/bin/python")
    with pytest.raises(run.LocalStackError, match="make install"), run.running():
        pytest.fail("it started")


def test_it_keeps_bodies_in_its_own_folder(localstack: LocalStack):
    bucket = localstack.make_bucket()
    client = localstack.session.client("s3", endpoint_url=localstack.url)
    client.put_object(Bucket=bucket, Key="a", Body=bytes(2 << 20))  # smaller ones stay in memory
    opened = [path.readlink() for path in Path(f"/proc/{localstack.pid}/fd").iterdir()]
    bodies = [path for path in opened if bucket in path.parts]
    assert len(bodies) == 1
    assert bodies[0].is_relative_to(localstack.log.parent)
