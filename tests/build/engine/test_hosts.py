"""Scheduler and workers on hosts of their own, one of which is cut off in the middle of a build."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack

import pytest
from dask_kit import DaskCluster
from engine_kit import NODE, hashes, scenes
from hosts_kit import hosts

from tianlake.build.candidates import REPORT, BuildOptions, build
from tianlake.build.engine.choose import open_engine
from tianlake.build.engine.workshop import closing
from tianlake.build.job import silent
from tianlake.build.raster import tiles

QUICK = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "5s", "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "12s"}
"""A scheduler gives a silent worker minutes by itself."""


@pytest.mark.long
def test_a_host_that_is_cut_off_costs_time_and_no_byte(tmp_path, monkeypatch):
    monkeypatch.setattr(tiles, "RANGE", 4)
    monkeypatch.setattr(tiles, "FEW", 0)
    recipe = scenes(tmp_path, number=8, side=400)
    (tmp_path / "cluster").mkdir()
    with ExitStack() as stack:
        first, second, third = stack.enter_context(hosts(3))
        made = DaskCluster(tmp_path / "cluster", first.address)
        stack.callback(made.stop)
        made.start(within=first.within, **QUICK)
        for host in (second, third):
            made.add_worker(host=host.address, within=host.within, **QUICK)
        parts = tmp_path / "state/cache/parts" / NODE / "demo"
        over = threading.Event()

        def cut() -> None:
            made.wait(lambda: over.is_set() or len(list(parts.glob("*.json"))) >= 3)
            third.cut_off()

        cutting = threading.Thread(target=cut)
        cutting.start()
        stack.callback(cutting.join)
        stack.callback(over.set)
        engine = stack.enter_context(closing(open_engine(made.url, 2, 2**31)))
        folder, _ = build(recipe, NODE, tmp_path, BuildOptions(tmp_path / "state", 2, engine=engine), silent)
    report = json.loads((folder.path / REPORT).read_bytes())
    again = [each for each in report["parts"] if each["reasons"]]
    assert again
    assert {f"worker tcp://{third.address}" in reason for each in again for reason in each["reasons"]} == {True}
    assert {each["worker"].rpartition(":")[2] for each in again} <= {
        each["worker"].rpartition(":")[2] for each in report["parts"]
    }
    with closing(open_engine("process", 1, 2**31)) as engine:
        whole, _ = build(recipe, NODE, tmp_path, BuildOptions(tmp_path / "other", 2, engine=engine), silent)
    names = [each.name for each in whole.candidate.assets]
    assert hashes(folder.path, names) == hashes(whole.path, names)
