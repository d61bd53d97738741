"""No process of a build holds more than it may, however large the input; what does not fit waits on the disk."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace

import generated
import memory
import psutil
import pytest
from vector_kit import make_job, make_recipe

from tianlake.build.duck import SHARE, open_database
from tianlake.build.job import silent
from tianlake.build.vector.features import TABLE, gather
from tianlake.build.vector.geoparquet import write_geoparquet
from tianlake.lake.errors import LakeError
from tianlake.lake.recipes import Source

MIB = 2**20


@pytest.fixture(scope="module")
def areas(tmp_path_factory):
    """A file of more areas than fit into the least memory below."""
    root = tmp_path_factory.mktemp("areas")
    generated.polygons(root / "areas.parquet", 40_000)
    return root


def written(areas, place, mib):
    """Write the areas as a build with so much memory does; return the file's hash and what DuckDB says it holds."""
    job = replace(make_job(place, make_recipe(Source("areas.parquet")), areas), memory=mib * MIB)
    target = job.out / "areas.parquet"
    with open_database(job) as connection:
        write_geoparquet(connection, gather(connection, job, silent), target)
        connection.execute(f"CREATE TABLE more AS SELECT {TABLE}.* FROM {TABLE}, range(4)")
        [held] = connection.sql(
            "SELECT sum(memory_usage_bytes), sum(temporary_storage_bytes) FROM duckdb_memory()"
        ).fetchall()
    return hashlib.sha256(target.read_bytes()).hexdigest(), *held


def test_what_does_not_fit_in_memory_waits_on_the_disk_and_changes_no_byte(areas, tmp_path):
    roomy, _, spilled = written(areas, tmp_path / "roomy", 2048)
    assert spilled == 0
    close, held, spilled = written(areas, tmp_path / "close", 48)
    assert held <= 48 * SHARE * MIB
    assert spilled > 0
    assert close == roomy


def test_too_little_memory_is_told_in_one_line(areas, tmp_path):
    with pytest.raises(LakeError, match="raise --memory"):
        written(areas, tmp_path / "none", 4)


class Watch:
    """Remembers the highest resident size of each process below this one, as the system counts it."""

    def __init__(self):
        self.most: dict[int, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self):
        while not self._over.wait(0.02):
            for each in psutil.Process().children(recursive=True):
                try:
                    self.most[each.pid] = max(self.most.get(each.pid, 0), each.memory_info().rss)
                except psutil.Error:
                    continue

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


def checked(what, size):
    """Build an input; return the most that a process held by the report, to which the system's own count must agree."""
    with Watch() as watch:
        found = memory.measure(what, size)
    told, seen = memory.most(found), max(watch.most.values())
    assert told >= 0.95 * seen
    return told


def test_what_a_build_held_is_told():
    assert 100 * MIB < checked("points", 2_000) < 1024 * MIB


@pytest.mark.long
@pytest.mark.parametrize(
    ("what", "small", "large"), [("polygons", 60_000, 480_000), ("points", 60_000, 480_000), ("scenes", 4, 32)]
)
def test_eight_times_as_much_takes_no_more_memory_than_a_process_may_hold(what, small, large):
    few, many = checked(what, small), checked(what, large)
    assert many < 2048 * MIB
    assert many < 4 * few
