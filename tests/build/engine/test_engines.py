"""Whoever makes the parts, the release is the same, byte for byte; a build that was killed goes on where it was."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from dask_kit import cluster
from engine_kit import NODE, cells, hashes, scenes

from tianlake.build.candidates import REPORT, BuildOptions, build
from tianlake.build.engine.choose import open_engine
from tianlake.build.engine.processes import Processes
from tianlake.build.engine.workshop import closing
from tianlake.build.job import silent
from tianlake.build.raster import tiles
from tianlake.build.vector import cut_plan, tile_bands, tile_parts
from tianlake.lake.errors import LakeError, StoreError

GIB = 2**30


@pytest.fixture(scope="module", autouse=True)
def many_parts():
    """Let what is small be split as what is large would be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "RANGE", 4)
        patch.setattr(tiles, "FEW", 0)
        patch.setattr(cut_plan, "MANY", 100)
        patch.setattr(tile_bands, "PART", 40)
        patch.setattr(tile_parts, "SMALL", 20)
        yield


@pytest.fixture(scope="module")
def loopback(tmp_path_factory):
    """A cluster of two workers."""
    with cluster(tmp_path_factory.mktemp("cluster"), 2) as made:
        yield made


def built(recipe, root, engine, jobs=2):
    """Build with an engine; return hashes of the assets' files, and the report of what each part took."""
    with closing(open_engine(engine, jobs, 2 * GIB)) as opened:
        state = root / f"state-{engine[:4]}-{jobs}"
        folder, _ = build(recipe, NODE, root, BuildOptions(state, jobs, engine=opened), silent)
    report = json.loads((folder.path / REPORT).read_bytes())
    assert not list((state / "cache/parts").rglob("*.json"))
    return hashes(folder.path, (each.name for each in folder.candidate.assets)), report


def test_pictures_are_the_same_bytes_from_this_process_and_from_a_cluster(tmp_path, loopback):
    recipe = scenes(tmp_path, side=48)
    here, report = built(recipe, tmp_path, "process", jobs=1)
    dask, spread = built(recipe, tmp_path, loopback.url)
    assert here == dask
    assert len(here) == 3 + 2 + 3
    names = [each["name"] for each in spread["parts"]]
    assert sorted(names) == sorted(each["name"] for each in report["parts"])
    assert {"demo/s0", "demo/s1", "demo/s2", "demo/00000", "demo-c/00000"} <= set(names)
    workers = {each["worker"].rpartition(":")[2] for each in spread["parts"]}
    assert workers == {str(each.pid) for each in loopback.workers}


def test_vector_tiles_are_the_same_bytes_from_this_machine_and_from_a_cluster(tmp_path, loopback):
    recipe = cells(tmp_path)
    here, _ = built(recipe, tmp_path, "process")
    dask, spread = built(recipe, tmp_path, loopback.url)
    assert here == dask
    assert len(spread["parts"]) > 5
    for each in spread["parts"]:
        assert each["wall_s"] > 0
        assert 0 < each["bytes_in"] < (tmp_path / "cells.parquet").stat().st_size * 20
        assert 20 * 2**20 < each["peak_bytes"] < 2 * GIB
    assert spread["total"]["bytes_out"] == sum(each["bytes_out"] for each in spread["parts"]) > 0
    assert spread["total"]["cpu_s"] > 0


def test_a_pool_that_is_ended_at_once_ends_no_process_of_others():
    spawn = multiprocessing.get_context("spawn")
    other = spawn.Process(target=time.sleep, args=(60,))
    other.start()
    engine = Processes(1, GIB)
    try:
        engine._opened().submit(time.sleep, 60)
        [own] = engine._context.started
        engine.close(now=True)
        assert own.exitcode == -signal.SIGTERM
        assert other.is_alive()
        assert engine._opened().submit(abs, -1).result(60) == 1, "it can begin anew"
    finally:
        engine.close(now=True)
        other.kill()
        other.join()


def test_a_cluster_on_loopback_talks_to_nobody_else(loopback):
    open_engine(loopback.url, 1, GIB).close()  # which waits for workers
    seen = 0
    for each in loopback.processes():
        for connection in psutil.Process(each.pid).net_connections():
            seen += 1
            assert connection.laddr.ip == "127.0.0.1"
            assert not connection.raddr or connection.raddr.ip == "127.0.0.1"
    assert seen > 3


def test_without_a_scheduler_or_by_a_wrong_name_one_line_says_what_to_do(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("tianlake.build.engine.cluster.CONNECT_S", 1)
    with pytest.raises(StoreError, match="no scheduler answers"):
        open_engine("dask://127.0.0.1:1", 1, GIB)
    with pytest.raises(LakeError, match="neither process nor dask://HOST:PORT"):
        open_engine("spark://127.0.0.1:1", 1, GIB)


def test_nothing_of_dask_is_imported_where_it_is_not_asked_for():
    code = (
        "import sys, tianlake.cli.commands.build; from tianlake.build.engine.choose import open_engine\n"
        "open_engine('process', 2, 2**30).close(); print('distributed' in sys.modules, 'dask' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


KILLED = """
import sys
from pathlib import Path
from engine_kit import NODE, scenes
from tianlake.build.candidates import BuildOptions, build
from tianlake.build.engine.choose import open_engine
from tianlake.build.engine.processes import Processes
from tianlake.build.job import silent
from tianlake.build.raster import tiles
from tianlake.lake.recipes import Recipe
from tianlake.lake.records import parse_record

if __name__ == "__main__":
    tiles.RANGE, tiles.FEW = 4, 0
    root, engine = Path(sys.argv[1]), open_engine(sys.argv[2], 2, 2**31)
    recipe = parse_record(Recipe, (root / "recipe.json").read_bytes(), file="recipe")
    build(recipe, NODE, root, BuildOptions(root / "state", 2, engine=engine), silent)
    engine.close()
"""


@pytest.mark.parametrize("engine", ["process", pytest.param("dask", marks=pytest.mark.long)])
def test_a_build_that_was_killed_goes_on_from_its_finished_parts(tmp_path, engine, request):
    from tianlake.lake.records import dump_record  # noqa: PLC0415 - of this test alone

    name = "process" if engine == "process" else request.getfixturevalue("loopback").url
    recipe = scenes(tmp_path, side=64)
    (tmp_path / "recipe.json").write_bytes(dump_record(recipe))
    (tmp_path / "killed.py").write_text(KILLED)
    path = os.pathsep.join([str(Path(__file__).parents[2] / "_kit"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, str(tmp_path / "killed.py"), str(tmp_path), name]
    parts = tmp_path / "state/cache/parts" / NODE / "demo"
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "1"}) as first:
        until = time.monotonic() + 90
        while len(finished := list(parts.glob("*.json"))) < 3:
            assert time.monotonic() < until
            assert first.poll() is None
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
    before = {each.name: each.stat().st_mtime_ns for each in parts.glob("*.json")}
    assert len(before) >= len(finished)
    whole, report = built(recipe, tmp_path, "process", jobs=1)
    assert report["total"]["kept"] == 0  # another state: nothing to go on from
    again = subprocess.run(command, env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "2"}, check=True)
    assert again.returncode == 0
    [candidate] = (tmp_path / "state/candidates" / NODE / "demo").glob("*/candidate.json")
    told = json.loads((candidate.parent / REPORT).read_bytes())
    assert told["total"]["kept"] >= len(before)
    assert told["total"]["parts"] == report["total"]["parts"] > told["total"]["kept"]
    assert hashes(candidate.parent, whole) == whole
