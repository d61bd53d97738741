"""The scheduler is killed in the middle of a build: one line says so, and the next command goes on from there."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import rasterio
from dask_kit import DaskCluster, cluster
from engine_kit import scenes
from products_kit import write_product

from tianlake.build.candidates import REPORT

CODE = "156130000"
SCENES = 6


def workspace(root):
    """Make a workspace with one product of several scenes, each a part."""
    scenes(root / "sources", number=SCENES, side=400)
    (root / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    said = {"product": "demo", "product_class": "theme", "source": "scenes"}
    write_product(root, CODE, **said, rest='[sources.scene]\neach = true\nacquired = "2026-01-01"')
    recipe = root / "nodes" / CODE / "products/demo.toml"
    recipe.write_text(recipe.read_text("utf-8").replace('kind = "vector"', 'kind = "raster"'), "utf-8")


def command(root, *options):
    return [sys.executable, "-m", "tianlake.cli", "-C", str(root), "build", *options]


def wait_for_worker(made: DaskCluster):
    """Wait until the worker that was started last knows its scheduler."""
    log = made.folder / f"worker-{len(made.workers) - 1}.log"
    made.wait(lambda: "Registered to" in log.read_text())


def finished(root):
    """Return the names of the parts that are on the shelf."""
    return sorted(each.name for each in (root / ".tianlake/cache/parts" / CODE / "demo").glob("*.json"))


def kill_in_the_middle(made: DaskCluster, root, log):
    """Build on a cluster until some parts are finished, kill its scheduler, and return the command as it ended."""
    with log.open("wb") as said, subprocess.Popen(command(root, "--engine", made.url), stderr=said) as building:
        until = time.monotonic() + 150
        while len(finished(root)) < 2:
            assert time.monotonic() < until
            assert building.poll() is None, log.read_text()
            time.sleep(0.01)
        scheduler = made.scheduler
        assert scheduler is not None
        scheduler.send_signal(signal.SIGKILL)
        scheduler.wait()
        building.wait(150)
    return building.returncode


def test_a_killed_scheduler_costs_what_was_under_way_and_nothing_else(tmp_path):
    root = tmp_path / "workspace"
    root.mkdir()
    workspace(root)
    (tmp_path / "cluster").mkdir()
    with cluster(tmp_path / "cluster", 1) as made:
        url = made.url
        wait_for_worker(made)
        status = kill_in_the_middle(made, root, tmp_path / "said.log")
        said = (tmp_path / "said.log").read_text().strip().splitlines()
        assert status == 3
        assert (
            f"{url}: the scheduler is out of reach; finished parts are kept: build again once it is there" in said[-1]
        )
        assert "Traceback" not in "".join(said)
        [worker] = made.workers
        worker.wait(60)  # a worker does not outlive its scheduler: whoever started it starts it anew
        kept = finished(root)
        assert len(kept) >= 2
        made.start(port=url.rpartition(":")[2])
        made.add_worker()
        wait_for_worker(made)
        assert made.url == url
        subprocess.run(command(root, "--engine", url), check=True, capture_output=True)
    [folder] = (root / ".tianlake/candidates" / CODE / "demo").glob("*/")
    report = json.loads((folder / REPORT).read_bytes())
    assert report["total"]["kept"] == len(kept)
    assert {each["kept"] for each in report["parts"]} == {True, False}
    for number in range(SCENES):
        with rasterio.open(folder / f"s{number}.tif") as picture:
            assert picture.read(1).any()
