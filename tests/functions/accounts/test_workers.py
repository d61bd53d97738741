"""Many processes spend one account's quota at once, and some are killed: the sum stays within the quota."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from accounts_kit import ACCOUNT, NOON, TODAY, in_file, make_tables
from lease_worker import entries
from localstack_kit import LocalStack

from tianlake.lake.quotas import Limit

WORKER = Path(__file__).parents[2] / "_kit" / "lease_worker.py"

COUNT_WRITES = """
CREATE TABLE written (number INTEGER);
CREATE TRIGGER added AFTER INSERT ON usage BEGIN INSERT INTO written VALUES (1); END;
CREATE TRIGGER changed AFTER UPDATE ON usage BEGIN INSERT INTO written VALUES (1); END;
"""


class Crowd:
    """Workers on one store, and what all of them together have spent."""

    def __init__(self, folder: Path, url: str, limit: Limit, seconds: float, rests: float) -> None:
        self.folder, self.limit = folder, limit
        self.start = time.time() + 2  # so that all of them are there
        self.given = [url, json.dumps(asdict(limit)), str(self.start), str(seconds)]
        self.rests = str(rests)
        self.environment = dict(os.environ)
        self.workers: list[subprocess.Popen[bytes]] = []

    def begin(self, workers: int = 1) -> None:
        for _ in range(workers):
            log = self.folder / f"{len(self.workers):03}.log"
            command = [sys.executable, str(WORKER), *self.given, str(log), self.rests]
            self.workers.append(subprocess.Popen(command, cwd=self.folder, env=self.environment))

    def kill_some(self, times: int, until: float) -> None:
        """End the worker that spent last, as a crash does, and begin another, again and again."""
        for number in range(1, times + 1):
            at = self.start + until * (number - random.random()) / times
            time.sleep(max(0.0, at - time.time()))
            alive = [number for number, worker in enumerate(self.workers) if worker.poll() is None]
            self.workers[max(alive, key=self.last_spent)].kill()
            self.begin()

    def last_spent(self, worker: int) -> int:
        log = self.folder / f"{worker:03}.log"
        return log.stat().st_mtime_ns if log.exists() else 0

    def spent(self) -> list[float]:
        """Wait for all; return when each unit was spent, seconds after the start, in order."""
        assert {worker.wait(60) for worker in self.workers} <= {0, -9}
        found = [entry for log in self.folder.glob("*.log") for entry in entries(log)]
        assert {day for _, day in found} == {TODAY}
        return sorted(at for at, _ in found)


def assert_in_time(spent: list[float], limit: Limit) -> None:
    """Assert that at every moment no more was spent than the burst and what became due since the start."""
    early = [(number, at) for number, at in enumerate(spent, 1) if number > limit.burst + limit.per_second * at + 1e-3]
    assert early == []


def test_processes_that_are_killed_and_replaced_keep_to_rate_and_day(tmp_path: Path):
    limit = Limit(per_day=6_000, per_second=800, burst=1_000, slice=200)
    kind = in_file(tmp_path / "accounts.sqlite")
    crowd = Crowd(tmp_path, "sqlite:accounts.sqlite", limit, seconds=10, rests=1 / 500)
    crowd.begin(5)
    crowd.kill_some(8, until=6)
    spent = crowd.spent()
    assert_in_time(spent, limit)
    with closing(kind.store()) as store:
        held = store.used(ACCOUNT, NOON)["tile"]
    assert len(spent) <= held <= limit.per_day
    assert 0 < held - len(spent) <= 8 * limit.slice  # what crashed workers held is lost, and nothing else


def test_a_file_is_written_at_most_once_for_a_hundred_units(tmp_path: Path):
    limit = Limit(per_day=1_000_000, per_second=2_000, burst=2_000, slice=100)
    path = tmp_path / "accounts.sqlite"
    in_file(path).store().secret("makes the file")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(COUNT_WRITES)
    crowd = Crowd(tmp_path, "sqlite:accounts.sqlite", limit, seconds=4, rests=0)
    crowd.begin(4)
    spent = crowd.spent()
    assert_in_time(spent, limit)
    assert len(spent) > 3_000
    with closing(sqlite3.connect(path)) as connection:
        (writes,) = connection.execute("SELECT count(*) FROM written").fetchone()
    # Each takes a last lease and gives it back; and makes room once it is too fast to keep one.
    assert writes <= len(spent) / 100 + 3 * len(crowd.workers)


def test_workers_on_tables_keep_to_rate_and_day(tmp_path: Path, localstack: LocalStack):
    limit = Limit(per_day=2_500, per_second=300, burst=800, slice=20)
    prefix = make_tables(localstack)
    crowd = Crowd(tmp_path, f"dynamodb:{prefix}", limit, seconds=8, rests=0)
    crowd.environment |= {
        "AWS_ENDPOINT_URL_DYNAMODB": localstack.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    crowd.begin(4)
    crowd.kill_some(2, until=4)
    spent = crowd.spent()
    assert_in_time(spent, limit)
    assert len(spent) > 300
    client = localstack.session.client("dynamodb", endpoint_url=localstack.url)
    (row,) = client.scan(TableName=f"{prefix}-usage")["Items"]
    held, writes = int(row["granted"]["N"]), int(row["version"]["N"])
    assert len(spent) <= held <= limit.per_day
    assert held - len(spent) <= 2 * limit.slice
    assert writes <= len(spent) / limit.slice + 2 * len(crowd.workers)
