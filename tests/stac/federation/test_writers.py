"""Several writers of one parent's copies, and writers that die: the next one leaves what is true."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from federation_kit import NOW, Member
from kit import REPO
from nation import City
from small_nation import CODES, SmallNation, shown

from tianlake.lake import keys
from tianlake.lake.derived import refresh
from tianlake.lake.store import Condition, DirectoryStore, ObjectInfo
from tianlake.stac.federation import federate, ledger

FIRST, SECOND, _THIRD = CODES
SCRIPT = """
import os, signal, sys
from pathlib import Path
from federation_kit import NOW
from small_nation import CODES, SmallNation
from tianlake.lake.derived import refresh

fatal, seen = int(sys.argv[2]), 0

def watch(event, arguments):
    global seen
    if event in {"os.link", "os.rename", "os.remove"}:
        seen += 1
        if seen == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

province = SmallNation(Path(sys.argv[1])).province
province.now = NOW + 60
sys.addaudithook(watch)
refresh(province.desk)
print(seen)
"""


def made(folder: Path) -> SmallNation:
    """Return a province that took two cities, whose news it has taken and not yet derived anything from."""
    found = SmallNation(folder)
    found.offer(City(FIRST, 3, 3, (0, 0, 0)))
    found.offer(City(SECOND, 1, 2, (0,)))
    found.province.harvest(NOW)
    found.offer(City(FIRST, 2, 4, (0, 1)))
    federate(found.province.house(), NOW + 60)
    found.province.now = NOW + 60
    return found


def is_true(nation: SmallNation, folder: Path) -> None:
    """Assert that all that is derived is as if derived from nothing."""
    afresh = nation.afresh(folder)
    refresh(afresh.desk)
    assert shown(nation.province) == shown(afresh)


@pytest.fixture
def nation(tmp_path: Path) -> SmallNation:
    return made(tmp_path / "lake")


def run(folder: Path, fatal: int) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(REPO / "tests/_kit"), str(REPO / "benchmarks"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", SCRIPT, str(folder), str(fatal)]
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)


@pytest.mark.parametrize("share", [0.5, *(pytest.param(each, marks=pytest.mark.long) for each in (0.1, 0.3, 0.7, 0.9))])
def test_a_derivation_that_is_killed_is_made_good_by_the_next(share: float, tmp_path: Path) -> None:
    whole, nation = made(tmp_path / "whole"), made(tmp_path / "lake")
    counted = run(whole.folder, 0)
    assert counted.returncode == 0, counted.stderr
    assert run(nation.folder, 1 + round(share * int(counted.stdout))).returncode == -signal.SIGKILL
    refresh(nation.province.desk)
    is_true(nation, tmp_path / "afresh")


class Racing(DirectoryStore):
    """A store in which something happens before the first write of one object."""

    def __init__(self, root: Path, key: str, before: Callable[[], object]) -> None:
        super().__init__(root)
        self.waits, self.before = key, before

    def put(self, key: str, body: bytes | Path, *, media_type: str, condition: Condition | None = None) -> ObjectInfo:
        if key == self.waits:
            self.waits = ""
            self.before()
        return super().put(key, body, media_type=media_type, condition=condition)


class Dead(BaseException):
    """The writer is no more: nothing in it runs on, as after SIGKILL."""


class Dying(Racing):
    """The same, and the writer dies after that write."""

    def put(self, key: str, body: bytes | Path, *, media_type: str, condition: Condition | None = None) -> ObjectInfo:
        fatal = key == self.waits
        done = super().put(key, body, media_type=media_type, condition=condition)
        if fatal:
            raise Dead
        return done


COPY = f"federation/{FIRST}/roads-01/collection.json"


def other(nation: SmallNation) -> Member:
    """Return the same province as another process has it."""
    found = SmallNation(nation.folder).province
    found.children = nation.province.children
    return found


def news(nation: SmallNation) -> None:
    """Let the city publish, and another process harvest and derive."""
    nation.offer(City(FIRST, 2, 4, (0, 2)))
    other(nation).harvest(NOW + 120)


def test_a_writer_that_is_overtaken_begins_again(nation: SmallNation, tmp_path: Path) -> None:
    nation.province.counting = Racing(nation.province.root, COPY, lambda: news(nation))
    refresh(nation.province.desk)
    is_true(nation, tmp_path / "afresh")
    assert "2026-03-01" in str(nation.province.document(COPY)["tianlake:origin"]["updated"])


def test_what_an_overtaken_writer_wrote_before_it_died_is_found_out(nation: SmallNation, tmp_path: Path) -> None:
    """It writes an older copy over the newer one after the other has done, and dies: no etag tells of it."""
    nation.province.counting = Dying(nation.province.root, COPY, lambda: news(nation))
    with pytest.raises(Dead):
        refresh(nation.province.desk)
    nation.province.counting = None
    origin = nation.province.document(COPY)["tianlake:origin"]["updated"]
    assert origin.startswith("2026-02-01"), "the older one lies there now"
    assert ledger.find(nation.province.store, FIRST).ledger.writers, "and somebody is at work on it, as it seems"
    late = other(nation)
    late.now = NOW + 180
    refresh(late.desk)
    nation.province.now = late.now
    is_true(nation, tmp_path / "afresh")


def test_a_writer_of_more_than_an_hour_ago_counts_as_dead(nation: SmallNation) -> None:
    store = nation.province.store
    ledger.enter(store, ledger.find(store, SECOND), "somebody", NOW)
    refresh(nation.province.desk)
    assert list(ledger.find(store, SECOND).ledger.writers) == ["somebody"]
    nation.province.now = NOW + 2 * ledger.DEAD_S
    refresh(nation.province.desk)
    assert ledger.find(store, SECOND).ledger.writers == {}


def test_harvests_and_publications_at_once_end_in_one_truth(nation: SmallNation, tmp_path: Path) -> None:
    nation.offer(City(SECOND, 2, 2, (1, 0)))
    ready, faults = threading.Barrier(3), []

    def work(act: Callable[[Member], object]) -> None:
        member = other(nation)
        member.now = NOW + 120
        try:
            ready.wait()
            act(member)
        except BaseException as error:  # noqa: BLE001
            faults.append(error)

    acts: list[Callable[[Member], object]] = [
        lambda member: member.harvest(NOW + 120),
        lambda member: member.harvest(NOW + 120),
        lambda member: refresh(member.desk),
    ]
    threads = [threading.Thread(target=work, args=(each,)) for each in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    nation.province.now = NOW + 120
    is_true(nation, tmp_path / "afresh")
    assert {each for code in CODES[:2] for each in ledger.find(nation.province.store, code).ledger.writers} == set()
    assert (nation.province.root / keys.OFFER).exists()
