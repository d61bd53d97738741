"""What a watcher reads at `/metrics` is what was asked of all workers of a server, and nobody else can read it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from server_kit import free_port

from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.admission.leases import Ask, Lease, Spent
from tianlake.functions.gateway.lease_counts import Counted, LeaseCounts
from tianlake.functions.gateway.meters import Meter
from tianlake.functions.gateway.metrics import measured
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.logs import Row
from tianlake.lake.quotas import Limit
from tianlake.lake.quotas import Meter as Metered

GET_TILE = (
    "SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=vec&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
    "&TILEMATRIX=1&TILEROW=0&TILECOL=0"
)
"""What costs a tile, be it that there is none."""
ROW = Row(1.0, "156130000", "places", "", "tile", "GET", 200, "", 100, 3.0, "none", "", "", "", "gateway")
ROWS = (
    ROW,
    ROW._replace(ms=7000.0, account="a1", key="k1"),
    ROW._replace(status=304, bytes=0, cache="hit", ms=2.5),
    ROW._replace(kind="search", status=429, code="too-fast", bytes=300),
)


def asked(port: int) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        text = reply.read().decode()
    return {
        (each.name, frozenset(each.labels.items())): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


def of(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_workers_count_as_one_and_those_that_ended_go_on_counting(tmp_path: Path) -> None:
    for rows in (ROWS, ROWS[:1]):
        meter = Meter(tmp_path)
        for row in rows:
            meter.note(row)
        meter.close()
    port = free_port()
    with measured(tmp_path, port):
        found = asked(port)
    tile = {"kind": "tile", "status": "2xx", "who": "anonymous"}
    assert found[of("tianlake_request_seconds_count", **tile)] == 2
    assert found[of("tianlake_request_seconds_sum", **tile)] == pytest.approx(0.006)
    assert found[of("tianlake_request_seconds_bucket", **tile, le="0.0025")] == 0
    assert found[of("tianlake_request_seconds_bucket", **tile, le="0.005")] == 2
    slow = tile | {"who": "account"}
    assert found[of("tianlake_request_seconds_bucket", **slow, le="5.0")] == 0
    assert found[of("tianlake_request_seconds_bucket", **slow, le="+Inf")] == 1
    assert found[of("tianlake_request_seconds_bucket", **tile | {"status": "3xx"}, le="0.0025")] == 1, (
        "ends belong to it"
    )
    assert found[of("tianlake_sent_bytes_total", **tile)] == 200
    assert found[of("tianlake_problems_total", code="too-fast")] == 1
    assert found[of("tianlake_confirmed_total")] == 1
    assert found[of("tianlake_workers_started_total")] == 2
    assert [value for (name, _), value in found.items() if name == "tianlake_build_info"] == [1]


def test_counts_are_there_while_a_worker_runs_and_outlive_its_death(tmp_path: Path) -> None:
    meter = Meter(tmp_path, every_s=0.02)
    meter.note(ROW)
    until = time.monotonic() + 20
    while not list(tmp_path.glob("*.json")) and time.monotonic() < until:
        time.sleep(0.02)
    [file] = tmp_path.glob("*.json")  # what a worker has written is there whatever becomes of it
    assert json.loads(file.read_bytes())["cells"][0][:3] == ["tile", 2, False]
    meter.close()


def test_a_disk_that_is_gone_stops_no_worker(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    meter = Meter(tmp_path / "gone")
    meter.note(ROW)
    meter.close()
    assert "counts of this worker are not written" in caplog.text


def test_leases_are_counted_as_the_store_gave_and_got_them(tmp_path: Path) -> None:
    store, counts = SqliteAccounts(tmp_path / "a.sqlite"), LeaseCounts()
    ledger = Counted(store, counts)
    limit = Limit(per_day=10, per_second=100.0, burst=10, slice=5)
    now = 1_800_000_000.0
    first = ledger.take(Ask("a1", "tile", limit, 5), now)
    assert isinstance(first, Lease)
    second = ledger.take(Ask("a1", "tile", limit, 4, back=first._replace(units=2)), now)
    assert isinstance(second, Lease)
    assert isinstance(ledger.take(Ask("a1", "tile", limit, 5, need=9), now), Spent)
    ledger.give_back(second, now)
    held = ledger.used("a1", now)["tile"]
    store.close()
    folder = tmp_path / "meters"
    folder.mkdir()
    for leases in (counts, None):
        Meter(folder, leases=leases).close()
    port = free_port()
    with measured(folder, port):
        found = asked(port)

    def units(what: str) -> float:
        return found[of("tianlake_lease_units_total", meter="tile", what=what)]

    assert units("taken") - units("given_back") == held == 3, "what the store's own rows say"
    numbers = {what: found[of("tianlake_leases_total", meter="tile", what=what)] for what in ("taken", "given_back")}
    assert (numbers, found[of("tianlake_leases_total", meter="tile", what="refused")]) == (
        {"taken": 2, "given_back": 2},
        1,
    )


def test_a_store_that_fails_is_counted_and_nothing_comes_back_then() -> None:
    class Away:
        def take(self, ask: Ask, now: float) -> Lease | Spent:
            raise StoreError(f"{ask.meter} at {now}")

        def give_back(self, lease: Lease, now: float) -> None:
            raise StoreError(f"{lease.units} at {now}")

        def used(self, account: str, now: float) -> dict[Metered, int]:
            raise StoreError(f"{account} at {now}")

    counts = LeaseCounts()
    ledger = Counted(Away(), counts)
    lease = Lease("a1", "tile", 0, 3, 0.0, 1.0, 9.0, 3, 9)
    with pytest.raises(StoreError):
        ledger.take(Ask("a1", "tile", Limit(9, 1.0, 3, 3), 3, back=lease), 1.0)
    with pytest.raises(StoreError):
        ledger.give_back(lease, 1.0)
    assert counts.rows() == [("tile", "failed", 1, 0)]


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(LakeError, match="the port is taken; choose another --metrics-port"),
            measured(tmp_path, port),
        ):
            pass


def test_a_server_of_two_workers_counts_each_request_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tianlake.cli"]
    folder, port, metrics = tmp_path / "ws", free_port(), free_port()
    subprocess.run([*command, "init", str(folder), "--node", "156130000"], check=True, capture_output=True)
    broken = folder / "lake/156130000/collections/places/collection.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{")
    options = ["--port", str(port), "--workers", "2", "--metrics-port", str(metrics), "--log-format", "json"]
    server = subprocess.Popen(
        [*command, "-C", str(folder), "serve", *options], env=os.environ, stderr=subprocess.PIPE, text=True
    )
    try:
        _until(lambda: _status(f"http://127.0.0.1:{port}/healthz") == 200)
        before = _count(asked(metrics), "health")
        for _ in range(20):
            assert _status(f"http://127.0.0.1:{port}/healthz") == 200
        assert _status(f"http://127.0.0.1:{port}/metrics") == 404, "the port of the public has none"
        assert _status(f"http://127.0.0.1:{port}/tiles/places.json") == 500
        assert _status(f"http://127.0.0.1:{port}/vec_w/wmts?{GET_TILE}") == 404
        taken = of("tianlake_leases_total", meter="tile", what="taken")
        _until(lambda: asked(metrics).get(taken, 0) >= 1)
        _until(lambda: _count(asked(metrics), "health") >= before + 20)
        assert _count(asked(metrics), "health") <= before + 22
    finally:
        server.terminate()
        log = server.communicate(timeout=30)[1]
    told = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    [error] = [each for each in told if each["level"] == "ERROR"]
    assert "/tiles/places.json" in error["message"]
    assert error["logger"].startswith("tianlake.")
    assert error["process"] != server.pid
    assert datetime.fromisoformat(error["time"]).utcoffset() == timedelta(0)


def _count(found: dict[Any, float], kind: str) -> float:
    name = "tianlake_request_seconds_count"
    return sum(value for (each, labels), value in found.items() if each == name and ("kind", kind) in labels)


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


def _until(is_so: Any) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.1)
