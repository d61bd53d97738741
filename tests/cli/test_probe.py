"""`tianlake probe` asks a node as the public does, and its lake knows afterwards when nobody answered."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pyarrow.parquet as pq
import pytest
from command_kit import run

NODE = "156130000"


class Site(BaseHTTPRequestHandler):
    """A node's site, in whatever state a test puts it."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = b'{"type": "Catalog", "stac_version": "1.1.0"}'
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(self.status)
        self.send_header("content-length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Site.status, Site.body = 200, b'{"type": "Catalog", "stac_version": "1.1.0"}'
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def workspace(tmp_path: Path, site: str) -> Path:
    (tmp_path / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    (tmp_path / f"nodes/{NODE}").mkdir(parents=True)
    text = f'code = "{NODE}"\nurl = "{site}"\n[operator]\nname = "单位"\nemail = "a@b.org"\n[authority]\nname = "局"\n'
    (tmp_path / f"nodes/{NODE}/node.toml").write_text(text)
    return tmp_path


def kept(workspace: Path) -> list[tuple[str, str, int, str]]:
    """Return what pyarrow reads of the log, by time."""
    files = (workspace / f"lake/{NODE}/private/logs").rglob("*.parquet")
    rows = [row for file in files for row in pq.read_table(file, partitioning=None).to_pylist()]
    return [
        (row["source"], row["kind"], row["status"], row["code"]) for row in sorted(rows, key=lambda row: row["time"])
    ]


def test_answers_and_silence_are_kept_and_count_as_no_request(workspace: Path, site: str) -> None:
    done = run("-C", str(workspace), "probe", "--json")
    assert (done.returncode, json.loads(done.stdout)[0]["status"]) == (0, 200), done.stderr
    assert Site.asked[-1] == "/catalog.json"
    Site.body = b"<html>parked</html>"
    done = run("-C", str(workspace), "probe")
    assert (done.returncode, "is no STAC catalog" in done.stderr) == (1, True)
    Site.status = 503
    assert "answered with 503" in run("-C", str(workspace), "probe").stderr
    done = run("-C", str(workspace), "probe", "--url", "http://127.0.0.1:9", lang="zh_CN.UTF-8")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert kept(workspace) == [
        ("probe", "health", 200, ""),
        ("probe", "health", 0, "unreachable"),
        ("probe", "health", 503, "unreachable"),
        ("probe", "health", 0, "unreachable"),
    ]
    assert json.loads(run("-C", str(workspace), "stats", "--json").stdout)["all"] is None


def test_a_run_that_goes_on_puts_what_it_saw_when_it_is_ended(workspace: Path, site: str) -> None:
    before = len(Site.asked)
    command = [sys.executable, "-m", "tianlake.cli", "-C", str(workspace), "probe", "--every", "1"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while len(Site.asked) < before + 2 and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 130, process.communicate()
    process.communicate()
    assert len(kept(workspace)) == len(Site.asked) - before >= 2


def test_a_node_without_an_address_is_told_where_to_write_it(workspace: Path) -> None:
    file = workspace / f"nodes/{NODE}/node.toml"
    file.write_text("\n".join(line for line in file.read_text().splitlines() if not line.startswith("url")))
    done = run("-C", str(workspace), "probe")
    assert (done.returncode, "node.toml: url: is missing" in done.stderr) == (2, True)
