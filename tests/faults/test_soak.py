"""The soak itself: what it calls a leak, and that it runs; half an hour of it is `make soak`."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import soak
from load_kit import Seen
from soak_judge import ALL, MIB, judge
from soak_plot import draw
from soak_watch import Look

SECONDS, WARM = 100, 10
FINE = Seen(1.0, "tile", 200, 3.0, right=True, thing="/t|200|e", digest="a")


def looks(growth: float = 0.0, opened: int = 0) -> list[Look]:
    """Return a server and a worker at each second; what they hold grows to the end."""
    found = []
    for at in range(SECONDS):
        part = at / SECONDS
        found.append(Look(at, "server", 1, 50 * MIB, 60 * MIB, 20))
        found.append(Look(at, "worker 1", 2, int(100 * MIB * (1 + growth * part)), 0, 30 + round(opened * part)))
    return found


def test_what_stays_flat_is_no_leak() -> None:
    found = judge(looks(), [FINE] * 100, SECONDS, WARM)
    assert found.faults == []
    assert [(each.name, each.growth) for each in found.lines] == [(ALL, 0), ("server", 0), ("worker 1", 0)]
    assert "| worker 1 | 100.0 MiB | 100.0 MiB | +0.0% | 30 → 30 |" in found.tables()


def test_memory_descriptors_failures_and_restarts_are_told() -> None:
    grown = judge(looks(0.2, 10), [FINE], SECONDS, WARM).faults
    assert grown[0] == "all together: memory grew by 7.7%"
    assert [line.partition(":")[0] for line in grown] == [ALL, ALL, "worker 1", "worker 1"]
    assert judge(looks(0.05, 2), [FINE], SECONDS, WARM).faults == []
    failed = replace(FINE, status=500, right=False, thing="", said="oh")
    other = replace(FINE, digest="b")
    told = judge(looks(), [FINE, failed, other], SECONDS, WARM).faults
    assert told == ["after 1 s, tile: 500 oh", "/t|200|e: 2 contents under one ETag"]
    again = [replace(each, pid=3) if each.at > 50 and each.pid == 2 else each for each in looks()]
    assert judge(again, [FINE], SECONDS, WARM).faults == ["worker 1: was 2 processes one after the other"]


def soaked(grown: Path, folder: Path, seconds: float, rate: float, every: float) -> soak.Soaked:
    shutil.copytree(grown, folder / "works")
    return soak.soak(folder / "works", seconds, rate, every)


def test_a_soak_of_seconds_sees_each_process_and_no_wrong_answer(grown: Path, tmp_path: Path) -> None:
    found = soaked(grown, tmp_path, 4, 10, 1000)
    assert {each.role for each in found.looks} >= {"server", "worker 1", "worker 2"}
    for role in ("server", "worker 1", "worker 2"):  # at its start a process holds next to nothing
        assert max(each.pss for each in found.looks if each.role == role) > MIB
    assert len(found.seen) >= 30
    assert {each.status for each in found.seen if not each.right} <= {503}, "503: a busy machine is slow"
    assert sum(each.right for each in found.seen) >= 25
    draw(found.looks, found.seen, tmp_path / "soak.svg")
    assert "worker 2" in (tmp_path / "soak.svg").read_text()


@pytest.mark.long
def test_a_short_soak_with_all_that_goes_on_beside_it(grown: Path, tmp_path: Path) -> None:
    """Memory still grows in a minute, into caches; descriptors and answers are as in the long one."""
    found = soaked(grown, tmp_path, 90, 10, 4)
    assert [each for each in found.done if each.status] == []
    assert {each.name.partition(":")[0] for each in found.done} >= {"publish", "federate", "backup"}
    told = judge(found.looks, found.seen, found.seconds, 30).faults
    assert [line for line in told if "memory grew" not in line] == []
