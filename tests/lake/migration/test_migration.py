"""Lakes of every released version move forward: looked at first, taken up after kill -9, the same for old readers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from kit import REPO
from lake_kit import card, carded_desk, document, sealed
from old_lakes import RELEASED
from trail_kit import seed_of

from tianlake.lake import migration
from tianlake.lake.derived import Desk, refresh
from tianlake.lake.errors import LakeError
from tianlake.lake.history import read_history
from tianlake.lake.layout import layout_of, refuse_newer
from tianlake.lake.migration import migrate, plan_migration
from tianlake.lake.plain import LAYOUT
from tianlake.lake.publishing import publish, rollback, withdraw
from tianlake.lake.releases import Manifest
from tianlake.lake.reviews.approval import Approval
from tianlake.lake.signed import public_key
from tianlake.lake.store import DirectoryStore
from tianlake.lake.trail.fits import CHECKS, Told
from tianlake.lake.trail.verify import Wanted, verify_trail

CODE = "156130000"
POINTS = 8


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of today: places at the older of two releases, roads, and a product that was withdrawn."""
    base = tmp_path_factory.mktemp("published")
    desk = carded_desk(DirectoryStore(base / "lake"))
    for day, product in (("01", "places"), ("02", "places"), ("01", "roads"), ("01", "gone")):
        publish(desk, sealed(base, day, f"2026-11-{day}T00:00:00Z", product))
    rollback(desk, "places")
    withdraw(desk, "gone", "test")
    return base / "lake"


@pytest.fixture(params=sorted(RELEASED))
def old(request: pytest.FixtureRequest, published: Path, tmp_path: Path) -> Path:
    lake = Path(shutil.copytree(published, tmp_path / "lake"))
    RELEASED[request.param](lake)
    return lake


def files(lake: Path) -> dict[str, bytes]:
    found = (each for each in lake.rglob("*") if each.is_file() and ".tmp" not in each.parts)
    return {each.relative_to(lake).as_posix(): each.read_bytes() for each in found}


def findings(lake: Path) -> list[str]:
    """Return what `tianlake audit verify` finds."""
    store, told = DirectoryStore(lake), Told()
    wanted = Wanted(CODE, public_key(seed_of(CODE)), (), frozenset())
    verdict = verify_trail(store, wanted, time.time(), told=told.take)
    unfit = [each for check in CHECKS for each in check(store, told)] if verdict.entries else []
    return [f"{each.file}: {each.told}" for each in (*verdict.findings, *unfit)]


def test_a_lake_that_is_published_today_says_its_layout_and_needs_nothing(published: Path) -> None:
    store = DirectoryStore(published)
    assert json.loads((published / "node.json").read_bytes())["layout"] == LAYOUT == layout_of(store)
    assert plan_migration(store, CODE).changes == ()
    before = files(published)
    migrate(carded_desk(store))
    assert files(published) == before


def test_looking_first_changes_nothing_and_tells_all_that_is_done_then(old: Path) -> None:
    before, store = files(old), DirectoryStore(old)
    plan = plan_migration(store, CODE)
    assert files(old) == before
    assert plan.found == 0
    assert {each.key.rpartition("/")[2] for each in plan.changes} == {
        "manifest.json",
        "withdrawn.json",
        "approval.json",
        "node.json",
    }
    assert migrate(carded_desk(store)) == (plan, ())


def test_a_lake_of_a_released_version_moves_forward_and_its_trail_is_sound(old: Path) -> None:
    assert findings(old) == [], "nothing is on record, so nothing can be wrong with it"
    migrate(carded_desk(DirectoryStore(old)))
    assert layout_of(DirectoryStore(old)) == LAYOUT
    assert findings(old) == []
    assert plan_migration(DirectoryStore(old), CODE).changes == ()
    publish(carded_desk(DirectoryStore(old)), sealed(old.parent, "new", "2026-11-09T00:00:00Z"))
    assert findings(old) == []


def test_whoever_reads_by_the_layout_of_before_reads_the_same(old: Path) -> None:
    before = files(old)
    migrate(carded_desk(DirectoryStore(old)))
    after = files(old)
    assert {name: after.get(name) for name in before if name != "node.json"} == {
        name: body for name, body in before.items() if name != "node.json"
    }
    card_before, card_after = (json.loads(each["node.json"]) for each in (before, after))
    assert card_before.items() <= card_after.items(), "members were added, none was changed"


def test_a_second_migration_changes_nothing(old: Path) -> None:
    desk = carded_desk(DirectoryStore(old))
    migrate(desk)
    before = files(old)
    plan, left = migrate(desk)
    assert (plan.found, plan.changes, left) == (LAYOUT, (), ())
    assert files(old) == before


def test_what_was_published_meanwhile_is_left_as_it_is(old: Path) -> None:
    """A lake that nobody moved yet goes on: its mark stays, and its new releases are on record themselves."""
    desk = carded_desk(DirectoryStore(old))
    publish(desk, sealed(old.parent, "between", "2026-11-08T00:00:00Z"))
    assert layout_of(desk.store) == 0
    assert findings(old), "releases of before are on no record yet"
    migrate(desk)
    assert (layout_of(desk.store), findings(old)) == (LAYOUT, [])


class Closed:
    """A gate that lets nothing out."""

    def admit(self, manifest: Manifest, sha256: str) -> Approval:
        raise LakeError(f"{manifest.release}: review: it is not submitted; next: tianlake review submit")


def test_a_release_that_no_review_lets_out_is_left_to_people_and_the_lake_keeps_its_mark(old: Path) -> None:
    store = DirectoryStore(old)
    closed = replace(carded_desk(store), gate=Closed())
    for _time in range(2):
        _plan, left = migrate(closed)
        assert [each.key.split("/")[1] for each in left] == ["places", "roads"]
        assert all("tianlake review submit" in str(each.why) for each in left)
        assert layout_of(store) == 0
    assert read_history(store, "places")[0].current is not None, "what was published stays out"
    migrate(carded_desk(store))
    assert (layout_of(store), findings(old)) == (LAYOUT, [])


def killed(lake: Path, fatal: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(Path(__file__).with_name("migrator.py")), str(lake), str(fatal)]
    environment = os.environ | {"PYTHONPATH": f"{REPO / 'tests/_kit'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)


def test_a_killed_migration_is_taken_up_by_the_next_one(old: Path, tmp_path: Path) -> None:
    whole = Path(shutil.copytree(old, tmp_path / "whole"))
    done = killed(whole, 0)
    assert done.returncode == 0, done.stderr
    changes = int(done.stdout)
    for point in range(POINTS):
        lake = Path(shutil.copytree(old, tmp_path / f"at-{point}"))
        died = killed(lake, 1 + round(point * (changes - 1) / (POINTS - 1)))
        assert died.returncode == -signal.SIGKILL, died.stderr
        store = DirectoryStore(lake)
        assert [read_history(store, each)[0].current for each in ("places", "roads")] == [
            read_history(DirectoryStore(whole), each)[0].current for each in ("places", "roads")
        ]
        assert migrate(carded_desk(store))[1] == ()
        assert (layout_of(store), findings(lake)) == (LAYOUT, [])


def newer_lake(lake: Path) -> DirectoryStore:
    card = json.loads((lake / "node.json").read_bytes())
    (lake / "node.json").write_text(json.dumps({**card, "layout": LAYOUT + 1}), "utf-8")
    return DirectoryStore(lake)


def test_a_lake_of_a_newer_layout_is_refused_in_one_line_and_not_touched(published: Path, tmp_path: Path) -> None:
    lake = Path(shutil.copytree(published, tmp_path / "lake"))
    store = newer_lake(lake)
    before = files(lake)
    desk: Desk = carded_desk(store)
    for act in (
        lambda: refuse_newer(store, CODE),
        lambda: plan_migration(store, CODE),
        lambda: migrate(desk),
        lambda: refresh(desk),
    ):
        with pytest.raises(LakeError, match=rf"^{CODE}/node\.json: layout: is {LAYOUT + 1}; .*install a newer one$"):
            act()
    assert files(lake) == before


def test_migrations_lead_from_each_version_to_the_next(published: Path) -> None:
    assert [each.to for each in migration.MIGRATIONS] == list(range(1, LAYOUT + 1))
    assert document(DirectoryStore(published), "node.json")["identity"]["code"] == CODE
    assert card().id == "places"
