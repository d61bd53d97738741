"""The scheduler is killed in the middle of a build: one line says so, and the next command goes on from there."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

from dask_kit import DaskCluster, cluster
from engine_kit import hashes, scenes
from products_kit import write_product

from tianlake.build.candidates import REPORT

CODE = "156130000"
SCENES = 10


def workspace(root):
    """Make a workspace with one product of several scenes, each a part."""
    scenes(root / "sources", number=SCENES, side=700)
    (root / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n')
    said = {"product": "demo", "product_class": "theme", "source": "scenes"}
    write_product(root, CODE, **said, rest='[sources.scene]\neach = true\nacquired = "2026-01-01"')
    recipe = root / "nodes" / CODE / "products/demo.toml"
    recipe.write_text(recipe.read_text("utf-8").replace('kind = "vector"', 'kind = "raster"'), "utf-8")


def command(root, *options):
    return [sys.executable, "-m", "tianlake.cli", "-C", str(root), "build", *options]


def built(root):
    """Return what each part took in the only candidate, and the hashes of its assets."""
    [folder] = (root / ".tianlake/candidates" / CODE / "demo").glob("*/")
    assets = (each for each in folder.rglob("*") if each.is_file() and each.suffix in {".tif", ".pmtiles"})
    return json.loads((folder / REPORT).read_bytes()), hashes(
        folder, (str(each.relative_to(folder)) for each in assets)
    )


def wait_for_worker(made: DaskCluster):
    """Wait until the worker that was started last knows its scheduler."""
    log = made.folder / f"worker-{len(made.workers) - 1}.log"
    made.wait(lambda: "Registered to" in log.read_text())


def kill_in_the_middle(made: DaskCluster, root, log):
    """Build on a cluster until some parts are finished, kill its scheduler, and return the command as it ended."""
    parts = root / ".tianlake/cache/parts" / CODE / "demo"
    with log.open("wb") as said, subprocess.Popen(command(root, "--engine", made.url), stderr=said) as building:
        until = time.monotonic() + 150
        while len(list(parts.glob("*.json"))) < 2:
            assert time.monotonic() < until
            assert building.poll() is None, log.read_text()
            time.sleep(0.01)
        scheduler = made.scheduler
        assert scheduler is not None
        scheduler.send_signal(signal.SIGKILL)
        scheduler.wait()
        building.wait(150)
    return building.returncode, sorted(each.name for each in parts.glob("*.json"))


def test_a_killed_scheduler_costs_what_was_under_way_and_nothing_else(tmp_path):
    root = tmp_path / "workspace"
    root.mkdir()
    workspace(root)
    (tmp_path / "cluster").mkdir()
    with cluster(tmp_path / "cluster", 1) as made:
        url = made.url
        wait_for_worker(made)
        status, kept = kill_in_the_middle(made, root, tmp_path / "said.log")
        said = (tmp_path / "said.log").read_text().strip().splitlines()
        assert status == 3
        assert (
            f"{url}: the scheduler is out of reach; finished parts are kept: build again once it is there" in said[-1]
        )
        assert "Traceback" not in "".join(said)
        assert 2 <= len(kept) < SCENES
        [worker] = made.workers
        worker.wait(60)  # a worker does not outlive its scheduler: whoever started it starts it anew
        made.start(port=url.rpartition(":")[2])
        made.add_worker()
        wait_for_worker(made)
        assert made.url == url
        subprocess.run(command(root, "--engine", url), check=True, capture_output=True)
    report, spread = built(root)
    assert report["total"]["kept"] == len(kept)
    assert {each["kept"] for each in report["parts"]} == {True, False}
    (root / ".tianlake").rename(tmp_path / "spread")
    subprocess.run(command(root, "--jobs", "1"), check=True, capture_output=True)
    alone, here = built(root)
    assert alone["total"]["kept"] == 0
    assert len(here) >= SCENES
    assert spread == here
