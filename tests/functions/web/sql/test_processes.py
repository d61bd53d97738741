"""The processes that run statements: what becomes of one that is killed, and of more statements than there are."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest
from lake_kit import NODE
from sql_kit import SECRET, Asked, SqlLake, sql_lake

from tianlake.functions.web.sql.granting import Granting
from tianlake.functions.web.sql.jobs import Job, Outcome
from tianlake.functions.web.sql.limits import Limits

LONG = "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b"
GOOD = "SELECT count(*) AS n FROM n156130000_places"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlLake]:
    patch = pytest.MonkeyPatch()
    patch.setenv("TIANLAKE_TEST_SECRET", SECRET)
    with sql_lake(tmp_path_factory.mktemp("processes"), Limits(seconds=20, memory=256), processes=1) as found:
        yield found
    patch.undo()


def until(true: Callable[[], bool]) -> None:
    for _ in range(2000):
        if true():
            return
        threading.Event().wait(0.01)
    raise TimeoutError


def busy(lake: SqlLake, asked: list[Asked]) -> tuple[threading.Thread, psutil.Process]:
    """Begin a long statement; return the thread that waits for it, and the process that works on it."""
    assert lake.ask(GOOD).status == 200
    [pid] = lake.processes.pids()
    process = psutil.Process(pid)
    before = process.cpu_times().user
    thread = threading.Thread(target=lambda: asked.append(lake.ask(LONG)))
    thread.start()
    until(lambda: process.cpu_times().user > before + 0.2)
    return thread, process


@pytest.mark.parametrize(
    "tables",
    [
        "n156130000_places",
        "(WITH n156130000_places AS (SELECT 1) FROM n156130000_places), n156130000_places",
        "(WITH n156130000_places_at AS (SELECT 1) FROM n156130000_places_at), n156130000_places_at('{release}')",
    ],
)
def test_what_a_process_holds_for_others_is_not_reached_by_who_was_not_granted_it(lake: SqlLake, tables: str) -> None:
    granting = Granting(lake.releases)

    def run(sql: str, asked: str) -> Outcome:
        return lake.processes.run(Job(sql, "json", granting.of(NODE.code, asked)))

    release = lake.releases.find(NODE.code, "places").manifest.release
    others = f"SELECT * FROM n156130000_places, n156130000_places_at('{release}') LIMIT 1"
    assert run(others, others).end == "done"
    assert run("SELECT id FROM n156130000_open", "n156130000_open").end == "done"
    hidden = f"SELECT o.id FROM n156130000_open o, {tables.format(release=release)}"
    assert run(hidden, "n156130000_open").end == "refused"


def test_a_process_that_is_killed_in_a_statement_is_told_of_and_replaced(lake: SqlLake) -> None:
    asked: list[Asked] = []
    thread, process = busy(lake, asked)
    process.send_signal(signal.SIGKILL)
    thread.join(10)
    assert (asked[0].status, asked[0].end, asked[0].headers["retry-after"]) == (503, "sql-ended", "2")
    assert lake.rows(GOOD) == [{"n": 2000}]
    assert lake.processes.pids() != [process.pid]


def test_a_process_whose_parent_was_killed_ends_and_leaves_no_folder(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-m", "tianlake.functions.web.sql.worker", str(scratch), json.dumps(asdict(Limits()))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.communicate(timeout=60)  # closes its pipe, as the end of the parent does
    assert process.returncode == 0
    assert not scratch.exists()


def test_a_process_that_is_killed_between_statements_is_replaced_without_a_word(lake: SqlLake) -> None:
    assert lake.ask(GOOD).status == 200
    [pid] = lake.processes.pids()
    os.kill(pid, signal.SIGKILL)
    assert lake.rows(GOOD) == [{"n": 2000}]


def test_one_statement_waits_and_more_are_sent_away(lake: SqlLake) -> None:
    asked: list[Asked] = []
    thread, process = busy(lake, asked)
    waiting: list[Asked] = []
    others = [threading.Thread(target=lambda: waiting.append(lake.ask(GOOD))) for _ in range(3)]
    for each in others:
        each.start()
    until(lambda: len(waiting) == 2)
    assert {(each.status, each.end, each.headers["retry-after"]) for each in waiting} == {(503, "sql-busy", "2")}
    process.kill()
    for each in (thread, *others):
        each.join(10)
    assert waiting[2].status == 200, "the one that waited has its turn"


def test_many_statements_at_a_time_have_each_their_own_answer(tmp_path: Path) -> None:
    with sql_lake(tmp_path, Limits(memory=256)) as lake:
        found: dict[int, Asked] = {}

        def ask(number: int) -> None:
            for _ in range(200):
                found[number] = lake.ask(f"SELECT {number} AS n, count(*) AS c FROM n156130000_places")
                if found[number].status != 503:
                    return
                threading.Event().wait(0.02)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        assert {number: each.document for number, each in found.items()} == {
            number: [{"n": number, "c": 2000}] for number in range(8)
        }
        pids = lake.processes.pids()
        assert 1 <= len(pids) <= 2
    assert not any(psutil.pid_exists(pid) for pid in pids), "they end with the desk"


def test_a_process_has_nothing_of_its_parent(lake: SqlLake) -> None:
    assert lake.ask(GOOD).status == 200
    [pid] = lake.processes.pids()
    process = psutil.Process(pid)
    allocators = {"ARROW_DEFAULT_MEMORY_POOL", "MALLOC_ARENA_MAX"}
    assert set(process.environ()) <= {"PYTHONPATH", "LANG", "LC_CTYPE", *allocators}
    assert SECRET not in Path(f"/proc/{pid}/environ").read_text("utf-8", "replace")
    assert os.getsid(pid) == pid != os.getsid(0)
    assert process.nice() > 0
    opened = {each.path for each in process.open_files()}
    assert all(path.startswith(str(lake.root)) or path == os.devnull for path in opened), opened
    assert not process.net_connections()
    for limit in (psutil.RLIMIT_DATA, psutil.RLIMIT_CPU, psutil.RLIMIT_FSIZE, psutil.RLIMIT_CORE):
        assert process.rlimit(limit)[0] != psutil.RLIM_INFINITY
    assert process.memory_info().rss < 400 << 20


def test_a_process_ends_when_its_parent_is_gone(lake: SqlLake) -> None:
    assert lake.ask(GOOD).status == 200
    [process] = lake.processes._idle
    assert process._process.stdin is not None
    process._process.stdin.close()  # what the end of the parent does
    until(lambda: not process.is_alive())
    assert lake.rows(GOOD) == [{"n": 2000}]


def test_one_process_writes_every_form_again_and_again(tmp_path: Path) -> None:
    """Its memory must not go to what allocators take in advance: Arrow's own takes a gigabyte."""
    every = "SELECT name, geometry FROM n156130000_places"
    with sql_lake(tmp_path, Limits(), processes=1) as lake:
        forms = ("arrow", "csv", "parquet", "geojson", "json")
        ends = [lake.ask(every, format=form).end for _ in range(4) for form in forms]
        assert ends == ["done"] * 20
        [pid] = lake.processes.pids()
        status = Path(f"/proc/{pid}/status").read_text()
        assert int(status.partition("VmData:")[2].split()[0]) < 700_000, "kB of memory to write to"
