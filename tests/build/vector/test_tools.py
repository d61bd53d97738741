"""A tool and what feeds it end together, however either of them ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from tianlake.build.tools import Children, Feed, Tool, ToolError, run_fed, side_by_side
from tianlake.lake.duck import connect
from tianlake.lake.errors import LakeError

LONG = "SELECT repeat('x', 1000) FROM range(100_000_000)"
"""100 GB: nobody reads it to the end."""


class Interruption(BaseException):
    """Stands for KeyboardInterrupt, which pytest keeps for itself."""


@pytest.fixture
def connection():
    with connect(threads=2) as opened:
        yield opened


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    """Check after each test that no child, no thread and no open pipe is left."""
    me = psutil.Process()
    before, threads, files = me.children(), threading.active_count(), me.num_fds()
    yield
    assert me.children() == before
    assert threading.active_count() == threads
    assert me.num_fds() == files


def tool(script: str, lines: list[str] | None = None) -> Tool:
    def on_line(line: str) -> bool:
        if lines is not None:
            lines.append(line)
        return False

    return Tool(["/bin/sh", "-c", script], {"PATH": os.defpath}, on_line)


def test_the_tool_reads_all_that_duckdb_writes(connection, tmp_path):
    query = "SELECT 'a,\"b\"'' ' || i FROM range(50_000) t(i)"
    run_fed(tool(f"cat > '{tmp_path}/got'"), Feed(connection, query))
    assert (tmp_path / "got").read_text().splitlines() == [f'a,"b"\' {i}' for i in range(50_000)]


def test_lines_of_standard_error_are_told_as_they_come(connection):
    lines: list[str] = []
    run_fed(tool("cat > /dev/null; echo one >&2; echo two >&2", lines), Feed(connection, "SELECT 'x'"))
    assert lines == ["one\n", "two\n"]


def test_a_tool_that_dies_early_is_told_with_its_last_message(connection):
    with pytest.raises(LakeError, match=r"^sh failed with status 7: no room$"):
        run_fed(tool("echo first >&2; echo no room >&2; exit 7"), Feed(connection, LONG))


def test_a_tool_that_is_killed_is_told_with_the_signal(connection):
    with pytest.raises(LakeError, match=r"^sh was ended by signal 9$"):
        run_fed(tool("head -c 100 > /dev/null; kill -9 $$"), Feed(connection, LONG))


def test_a_tool_that_cannot_be_started_leaves_nothing_behind(connection):
    missing = Tool(["/no/such/tool"], {}, lambda _line: True)
    with pytest.raises(FileNotFoundError):
        run_fed(missing, Feed(connection, "SELECT 'x'"))


def test_a_tool_that_reads_nothing_does_not_hold_up_the_feed(connection):
    began = time.monotonic()
    with pytest.raises(LakeError, match=r"^sh failed with status 3$"):
        run_fed(tool("sleep 0.2; exit 3"), Feed(connection, LONG))
    assert time.monotonic() - began < 20


def test_half_of_the_input_is_not_taken_for_all_of_it(connection, tmp_path):
    query = "SELECT CASE WHEN i = 90_000 THEN error('broken row') ELSE 'x' END FROM range(100_000) t(i)"
    done = tmp_path / "done"
    with pytest.raises(LakeError, match=r"^sh: its input failed: broken row$"):
        run_fed(tool(f"cat > /dev/null; touch '{done}'"), Feed(connection, query))
    assert not done.exists()


def test_the_connection_is_good_after_a_tool_has_died(connection):
    with pytest.raises(LakeError):
        run_fed(tool("exit 1"), Feed(connection, LONG))
    assert connection.sql("SELECT 42").fetchall() == [(42,)]


def test_an_interruption_ends_the_tool_and_the_feed(connection):
    def on_line(_line: str) -> bool:
        raise Interruption

    command = ["/bin/sh", "-c", "echo ready >&2; sleep 60"]
    with pytest.raises(Interruption):
        run_fed(Tool(command, {"PATH": os.defpath}, on_line), Feed(connection, LONG))


BUILD = """
import sys
from pathlib import Path
from vector_kit import CITIES, make_job, make_recipe
from tianlake.build.vector.build import build_vector
from tianlake.lake.recipes import Source, Tiles
build_vector(make_job(Path(sys.argv[1]), make_recipe(Source(CITIES), tiles=Tiles(max_zoom=12))))
"""


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)],
)
def test_a_signal_to_a_build_ends_tippecanoe_too(tmp_path, number, status):
    kit = str(Path(__file__).parents[2] / "_kit")
    build = subprocess.Popen(
        [sys.executable, "-c", BUILD, tmp_path / "job"], env={"PYTHONPATH": kit}, stderr=subprocess.PIPE
    )
    try:
        child = wait_for_child(psutil.Process(build.pid))
        build.send_signal(number)
        assert build.wait(timeout=30) == status
        gone, alive = psutil.wait_procs([child], timeout=30)
        assert (len(gone), alive) == (1, [])
    finally:
        build.kill()
        build.communicate()


ENDLESS = "(SELECT count(*) FROM range(1_000_000_000_000) t(i) WHERE hash(i) = length(name)) = 0"
READ = BUILD.replace("Source(CITIES)", f"Source(CITIES, where={ENDLESS!r})").replace(
    "build_vector(", "print(flush=True)\nbuild_vector(", 1
)


def test_ctrl_c_while_a_source_is_read_is_a_keyboard_interrupt(tmp_path):
    kit = str(Path(__file__).parents[2] / "_kit")
    command = [sys.executable, "-c", READ, tmp_path / "job"]
    build = subprocess.Popen(command, env={"PYTHONPATH": kit}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert build.stdout
        build.stdout.readline()
        time.sleep(3)
        build.send_signal(signal.SIGINT)
        _, said = build.communicate(timeout=30)
        assert (build.returncode, said.decode().splitlines()[-1]) == (-signal.SIGINT, "KeyboardInterrupt")
    finally:
        build.kill()


def wait_for_child(process: psutil.Process) -> psutil.Process:
    """Return tippecanoe once it works on tiles."""
    for _ in range(1200):
        for child in process.children():
            if child.name() == "tippecanoe" and child.cpu_times().user > 0.3:
                return child
        time.sleep(0.05)
    msg = "tippecanoe was never seen"
    raise AssertionError(msg)


def test_tools_side_by_side_end_together_when_one_fails(connection):
    def work(number: int, children: Children) -> None:
        script = "sleep 0.5; exit 9" if number == 0 else "sleep 60"
        run_fed(tool(script), Feed(connection.cursor(), LONG), children)

    began = time.monotonic()
    with pytest.raises(ToolError, match=r"^sh failed with status 9$"):
        list(side_by_side(work, [0, 1, 2, 3], jobs=2))
    assert time.monotonic() - began < 30


def test_an_interruption_ends_all_tools_side_by_side(connection):
    def work(_number: int, children: Children) -> int:
        if _number == 0:
            return 0
        run_fed(tool("sleep 60"), Feed(connection.cursor(), LONG), children)
        return 1

    results = side_by_side(work, [0, 1, 2], jobs=2)
    assert next(results) == (0, 0)
    with pytest.raises(Interruption):
        results.throw(Interruption())
