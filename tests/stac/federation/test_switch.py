"""The switch: one conditional write, whatever else happens; and a second run reads entity tags alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from faulty_kit import serving, silent
from federation_kit import CITY, NOW, SIBLING, Member, Tree
from kit import REPO
from stac_kit import Assets

from tianlake.lake import keys
from tianlake.lake.derived import refresh
from tianlake.lake.publishing import withdraw
from tianlake.lake.releases import Candidate
from tianlake.lake.store import Condition, DirectoryStore, ObjectInfo
from tianlake.stac.federation import federate
from tianlake.stac.federation.records import read_harvest
from tianlake.stac.federation.retention import KEPT_S
from tianlake.stac.federation.take import held_rows

SCRIPT = Path(__file__).with_name("harvester.py")
POINTS = 8


def test_a_second_run_asks_for_the_offer_alone_and_reads_nothing(tree: Tree) -> None:
    with serving(tree.city.root) as city, serving(tree.sibling.root) as sibling:
        tree.province.register(tree.city, city.url)
        tree.province.register(tree.sibling, sibling.url)
        tree.city.forge(lambda offer: offer)  # as it was: only the place is another
        tree.province.harvest(NOW + 60)
        city.asked.clear()
        sibling.asked.clear()
        report = tree.province.harvest(NOW + 120)
    assert city.asked == [(keys.OFFER, 304)]
    assert sibling.asked == [(keys.OFFER, 304)]
    assert report.moved is False


def test_only_what_changed_is_read(tree: Tree, assets: Assets, candidates: dict[str, Candidate]) -> None:
    with serving(tree.city.root) as city, serving(tree.sibling.root) as sibling:
        tree.province.register(tree.city, city.url)
        tree.province.register(tree.sibling, sibling.url)
        tree.province.harvest(NOW + 60)
        city.asked.clear()
        tree.city.publish(candidates["scenes"], assets)
        tree.province.harvest(NOW + 120)
        assert len(city.asked) == 3, "the offer, and the two of its files that are others"
        assert sibling.asked[-1] == (keys.OFFER, 304)
    last = tree.province.child(CITY).last
    assert (last.added, last.updated, last.deleted, last.unchanged) == (1, 0, 0, 2)


def test_a_withdrawal_goes_up_to_the_nation(tree: Tree) -> None:
    withdraw(tree.city.desk, "counties", "a test")
    assert tree.city.ids() == ["n156131000-climate"]
    tree.province.harvest(NOW + 60)
    (stone,) = tree.province.child(CITY).gone
    assert (stone.id, tree.province.child(CITY).last.deleted) == ("n156131000-counties", 1)
    tree.nation.harvest(NOW + 120)
    tree.province.harvest(NOW + 60 + KEPT_S)
    tree.nation.harvest(NOW + 120 + KEPT_S)
    for member in (tree.province, tree.nation):
        assert "n156131000-counties" not in member.ids()
        left = [
            path for path in member.root.rglob("*") if path.is_file() and b"n156131000-counties" in path.read_bytes()
        ]
        assert {path.name for path in left} <= {"harvest.json"}, "a tombstone is all that is left"


def test_a_rollback_and_a_new_release_are_updates(tree: Tree, assets: Assets, candidates: dict[str, Candidate]) -> None:

    newer = replace(candidates["counties"], built="2026-11-09T00:00:00Z")
    tree.city.publish(newer, assets)
    tree.province.harvest(NOW + 60)
    last = tree.province.child(CITY).last
    assert (last.added, last.updated, last.deleted, last.unchanged) == (0, 1, 0, 1)
    copy = tree.province.document(f"federation/{CITY}/counties/collection.json")
    assert copy["version"].startswith("20261109T000000Z")


def test_two_harvests_at_once_end_in_one_whole_state(
    tree: Tree, assets: Assets, candidates: dict[str, Candidate]
) -> None:
    tree.city.publish(candidates["scenes"], assets)
    withdraw(tree.sibling.desk, "counties", "a test")
    ready = threading.Barrier(3)
    faults: list[BaseException] = []

    def work() -> None:
        try:
            ready.wait()
            tree.province.harvest(NOW + 60)
        except BaseException as error:  # noqa: BLE001
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [each.state for each in tree.province.held.children] == ["fresh", "fresh"]
    assert tree.province.ids() == [
        "n156130000-scenes",
        "n156131000-climate",
        "n156131000-counties",
        "n156131000-scenes",
    ]
    whole(tree.province)


class Racing(DirectoryStore):
    """A store in which somebody else is quicker, once, to write the pointer of what was harvested."""

    other: Callable[[], object] | None = None

    def put(self, key: str, body: bytes | Path, *, media_type: str, condition: Condition | None = None) -> ObjectInfo:
        if key == keys.HARVEST and self.other is not None:
            quicker, self.other = self.other, None
            quicker()
        return super().put(key, body, media_type=media_type, condition=condition)


def test_a_harvest_that_loses_the_race_keeps_what_the_other_took(
    tree: Tree, assets: Assets, candidates: dict[str, Candidate]
) -> None:
    tree.city.publish(candidates["scenes"], assets)
    store = Racing(tree.province.root)

    def quicker() -> None:
        withdraw(tree.sibling.desk, "counties", "a test")
        tree.province.harvest(NOW + 60)

    store.other = quicker
    report = federate(replace(tree.province.house(), store=store), NOW + 61)
    assert report.moved is False, "the other took all that there was"
    refresh(tree.province.desk)
    assert tree.province.ids() == ["n156130000-scenes", *tree.city.ids()]
    whole(tree.province)


def test_a_slow_child_does_not_hold_up_its_siblings(tree: Tree) -> None:
    withdraw(tree.sibling.desk, "counties", "a test")
    with serving(tree.city.root) as server:
        tree.province.register(tree.city, server.url)
        server.faults[keys.OFFER] = silent
        tree.province.harvest(NOW + 60, child_s=0.5, at_once=1)
    assert tree.province.child(SIBLING).last.deleted == 1
    assert tree.province.child(CITY).state == "stale"


def run(folder: Path, fatal: int) -> subprocess.CompletedProcess[str]:
    """Harvest at the province in a process of its own that dies at call `fatal`."""
    path = os.pathsep.join([str(REPO / "tests/_kit"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, str(SCRIPT), str(folder), str(fatal)]
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)


@pytest.fixture(scope="module")
def waiting(
    grown: Tree, tmp_path_factory: pytest.TempPathFactory, assets: Assets, candidates: dict[str, Candidate]
) -> Tree:
    """A tree whose cities have news that the province does not know."""
    found = grown.copy(tmp_path_factory.mktemp("waiting") / "lake")
    found.city.publish(candidates["scenes"], assets)
    withdraw(found.sibling.desk, "counties", "a test")
    return found


@pytest.fixture(scope="module")
def calls(waiting: Tree, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls a whole harvest makes."""
    copy = waiting.copy(tmp_path_factory.mktemp("whole") / "lake")
    done = run(copy.folder, 0)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize(
    "point", [each if each % 4 == 3 else pytest.param(each, marks=pytest.mark.long) for each in range(POINTS)]
)
def test_a_killed_harvest_leaves_a_whole_state_and_the_next_one_succeeds(
    point: int, waiting: Tree, calls: int, tmp_path: Path
) -> None:
    tree = waiting.copy(tmp_path / "lake")
    fatal = 1 + round(point * (calls - 1) / (POINTS - 1))
    assert run(tree.folder, fatal).returncode == -signal.SIGKILL
    whole(tree.province)
    tree.province.harvest(NOW + 120)
    whole(tree.province)
    assert tree.province.ids() == [
        "n156130000-scenes",
        "n156131000-climate",
        "n156131000-counties",
        "n156131000-scenes",
    ]
    assert not list((tree.province.root / f"federation/{SIBLING}/counties").rglob("*"))


def whole(member: Member) -> None:
    """Assert that what the pointer leads to is there, that links of the tree lead somewhere, and the offer is true."""
    harvest, _info = read_harvest(member.store)
    for child in harvest.held:
        assert held_rows(member.store, child) or child.last.deleted
    offer = member.offer()
    for file in (offer.card, offer.collections, offer.items):
        assert file is None or (member.root / file.key).stat().st_size == file.size
    seen = 0
    waiting = [member.root / "catalog.json"]
    while waiting:
        path = waiting.pop()
        for each in json.loads(path.read_bytes())["links"]:
            if each["rel"] == "child":
                target = path.parent / each["href"]
                assert target.is_file(), target
                seen += 1
                waiting.append(target)
    assert seen > 2
