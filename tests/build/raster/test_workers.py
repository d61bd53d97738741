"""The pool keeps order and bounds, and no process outlives its parent, however that ends."""

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tianlake.build.workers import AHEAD, in_order
from tianlake.lake.errors import LakeError

BUILD = """
import sys
from pathlib import Path
from tianlake.build.job import Job
from tianlake.build.raster.build import build_raster
from tianlake.lake.recipes import ProductCard, Recipe, Source, Tiles
from tianlake.lake.words import Text

if __name__ == "__main__":
    root, out, scratch = map(Path, sys.argv[1:])
    say = Text("甲", "A")
    card = ProductCard("demo", "raster", "theme", say, say, "MIT", "A")
    recipe = Recipe(card, (Source("source.tif"),), tiles=Tiles(max_zoom=14))
    build_raster(Job(recipe, "156000000", root, out, scratch, jobs=2))
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_work(jobs):
    # Larger numbers come first and take longer.
    numbers = [2000 * (20 - place) for place in range(20)]
    with in_order(math.factorial, numbers, jobs) as results:
        assert list(results) == [math.factorial(number) for number in numbers]


def test_work_is_taken_only_a_few_pieces_ahead():
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    with in_order(abs, items(), 2) as results:
        assert next(results) == 0
        assert len(taken) <= 2 * AHEAD


def test_a_process_that_dies_is_one_clear_error():
    with pytest.raises(LakeError, match="a worker process died"), in_order(os._exit, [3, 3], 2) as results:
        list(results)


def members(group):
    """Return the processes of a group that are alive, as the kernel lists them."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, its_group = stat.read_text().rsplit(")", 1)[1].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its_group) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found


def wait_until(condition, seconds=90):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads the process table of Linux")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_build_leaves_no_process_behind(write, tmp_path, how):
    write(np.arange(1_000_000, dtype=np.int32).reshape(1000, 1000))
    script = tmp_path / "build.py"
    script.write_text(BUILD)
    for name in ("out", "scratch"):
        (tmp_path / name).mkdir()
    command = [sys.executable, script, tmp_path, tmp_path / "out", tmp_path / "scratch"]
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True) as parent:
        # The parent, multiprocessing's resource tracker and two workers.
        wait_until(lambda: len(members(parent.pid)) >= 4)
        time.sleep(0.5)
        if how is signal.SIGINT:
            os.killpg(parent.pid, how)  # as a terminal sends Ctrl-C
        else:
            parent.kill()
        assert parent.wait(90) != 0
        wait_until(lambda: not members(parent.pid), seconds=60)
        said = parent.communicate()[1]
    assert "ForkProcess" not in said
    assert said.count("KeyboardInterrupt") == (1 if how is signal.SIGINT else 0)
