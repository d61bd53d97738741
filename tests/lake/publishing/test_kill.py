"""kill -9 at ten points of a publish: readers keep a complete release, the next publish succeeds."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from kit import REPO
from lake_kit import PlainDescriber, candidate, desk

from tianlake.lake.history import read_history
from tianlake.lake.publishing import publish, seal
from tianlake.lake.store import DirectoryStore

SCRIPT = Path(__file__).with_name("publisher.py")
POINTS = 10


def run(lake: Path, folder: Path, fatal: int) -> subprocess.CompletedProcess[str]:
    """Publish release "two" in a process of its own that dies at call `fatal`."""
    command = [sys.executable, str(SCRIPT), str(lake), str(folder), "two", "2026-11-02T00:00:00Z", str(fatal)]
    environment = os.environ | {"PYTHONPATH": str(REPO / "tests/_kit")}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A lake in which release "one" is published."""
    base = tmp_path_factory.mktemp("first")
    store = DirectoryStore(base / "lake")
    folder = base / "one"
    release = seal(candidate(folder, "one"), folder, desk(store).node, PlainDescriber())
    publish(desk(store), release)
    return base / "lake", release.manifest.release


@pytest.fixture(scope="module")
def calls(first: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls a whole publish makes."""
    base = tmp_path_factory.mktemp("whole")
    shutil.copytree(first[0], base / "lake")
    done = run(base / "lake", base / "two", 0)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize("point", range(POINTS))
def test_a_killed_publish_leaves_a_complete_release_and_the_next_one_succeeds(
    point: int, first: tuple[Path, str], calls: int, tmp_path: Path
) -> None:
    lake, old = tmp_path / "lake", first[1]
    shutil.copytree(first[0], lake)
    fatal = 1 + round(point * (calls - 1) / (POINTS - 1))
    assert run(lake, tmp_path / "two", fatal).returncode == -signal.SIGKILL

    store = DirectoryStore(lake)
    history, pointer = read_history(store, "places")
    assert pointer is not None
    if point < POINTS // 2:
        assert pointer.release == old
    whole(store, pointer.release)
    assert all("/.tmp" not in f"/{info.key}" for info in store.list())

    assert run(lake, tmp_path / "two", 0).returncode == 0
    history, pointer = read_history(store, "places")
    assert pointer is not None
    assert pointer.release != old
    assert history.find(old) is not None
    whole(store, pointer.release)
    assert json.loads(store.get("catalog.json")[1]) == {"places": pointer.release}
    assert not [left for left in (lake / ".tmp").glob("*") if left.is_file() and left.stat().st_size], "scratch left"


def whole(store: DirectoryStore, release: str) -> None:
    """Assert that every file of a release is there with the bytes its manifest names."""
    prefix = f"releases/places/{release}/"
    manifest = json.loads(store.get(f"{prefix}manifest.json")[1])
    assert len(manifest["files"]) == 3
    for entry in manifest["files"]:
        body = store.get(f"{prefix}{entry['path']}")[1]
        assert hashlib.sha256(body).hexdigest() == entry["sha256"]
