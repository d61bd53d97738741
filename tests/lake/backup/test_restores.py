"""What a restored lake is like, what breaks off is finished, and what was removed is forgotten in every snapshot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from backup_kit import BEGIN, PRIVATE, SEED, Saved, files, lose
from copies_kit import tree
from kit import REPO
from lake_kit import NODE, desk
from trail_kit import trail

from tianlake.lake import keys
from tianlake.lake.backup import Series, drill, forget, removed_by, restore
from tianlake.lake.cases.backups import BackupPlace
from tianlake.lake.cases.needles import Needles
from tianlake.lake.cases.proof import prove
from tianlake.lake.errors import ConflictError, LakeError
from tianlake.lake.history import read_pointer
from tianlake.lake.publishing import withdraw
from tianlake.lake.store import DirectoryStore, Matches
from tianlake.lake.trail import Act
from tianlake.lake.trail.fits import Told, check_pointers
from tianlake.lake.words import instant


def test_a_restored_lake_says_where_pointers_were_moved(node: Saved) -> None:
    node.take()
    first = read_pointer(node.lake, "places")
    node.publish("b", "2026-11-03T00:00:00Z")
    told: dict[str, str] = {}
    done = restore(node.series, node.series.at(None), node.lake, stands=told.update)
    assert first is not None
    assert told == done.moves == {"places": first.release}
    now = read_pointer(node.lake, "places")
    assert now is not None
    assert now.release == first.release
    assert len(list((node.root / "releases/places").iterdir())) == 2, "no release is deleted"


def test_backups_and_copies_are_not_restored_over(node: Saved) -> None:
    node.take()
    before = files(node.backup)
    with pytest.raises(LakeError, match=r"holds backups \(backup\.json\)"):
        restore(node.series, node.series.at(None), node.series.place.store)
    assert files(node.backup) == before


def test_what_was_withdrawn_since_stays_withdrawn(node: Saved) -> None:
    node.take()
    pointer = read_pointer(node.lake, "places")
    assert pointer is not None
    withdraw(desk(node.lake), "places", "wrong")
    done = restore(node.series, node.series.at(None), node.lake)
    assert done.passed_over == (f"places/{pointer.release}",)
    assert read_pointer(node.lake, "places") is None
    assert [file.name for file in (node.root / "releases/places" / pointer.release).iterdir()] == ["withdrawn.json"]


def test_a_trail_that_went_another_way_is_not_mixed(node: Saved) -> None:
    first = files(node.root)
    pointer = read_pointer(node.lake, "places")
    assert pointer is not None
    node.publish("b", "2026-11-03T00:00:00Z")
    node.take()
    lose(node.root)
    for key, body in first.items():  # an older state from elsewhere, in which something else happened then
        node.lake.put(key, body, media_type="text/plain")
    node.publish("c", "2026-11-04T00:00:00Z")
    before = tree(node.lake)
    with pytest.raises(LakeError, match="the audit trail of the lake went another way since"):
        restore(node.series, node.series.at(None), node.lake)
    assert tree(node.lake) == before


def test_a_damaged_trail_entry_is_mended(node: Saved) -> None:
    node.take()
    good = files(node.root)
    entry = node.root / "private/audit/0000000/0000000002.txt"
    entry.write_bytes(entry.read_bytes().replace(b"publish", b"PUBLISH"))
    restore(node.series, node.series.at(None), node.lake)
    assert files(node.root) == good


def test_a_drill_compares_every_byte_with_the_lake_too(node: Saved) -> None:
    node.take()
    found = drill(
        node.series, node.series.at(None), node.lake, DirectoryStore(node.folder / "try"), done=lambda _: None
    )
    assert found.sound
    assert found.compared == found.with_lake == len(files(node.root))

    class Rotting(DirectoryStore):
        """A disk that gives other bytes than it was given, of one object."""

        def get(self, key, span=None):
            info, body = super().get(key, span)
            return info, body[:-1] + b"?" if key.endswith("places.parquet") else body

    rotten = drill(node.series, node.series.at(None), node.lake, Rotting(node.folder / "try2"), done=lambda _: None)
    assert [each.rpartition("/")[2] for each in rotten.wrong] == ["places.parquet"]
    with pytest.raises(LakeError, match="is not empty"):
        drill(node.series, node.series.at(None), node.lake, DirectoryStore(node.folder / "try"), done=lambda _: None)


def test_a_run_that_is_killed_leaves_earlier_snapshots_whole_and_is_gone_on_with(node: Saved) -> None:
    node.take()
    before = files(node.root)
    node.publish("b", "2026-11-03T00:00:00Z")
    maker = REPO / "tests/lake/backup/saver.py"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

    def run(fatal: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(maker), str(node.folder), str(fatal)]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    for fatal in (3, 11):
        assert run(fatal).returncode == -9
        assert len(node.series.names()) == 1
    folder = node.folder / "again"
    restore(node.series, node.series.at(None), DirectoryStore(folder))
    assert files(folder) == before
    done = node.take(120)
    assert done.copied > 0
    restore(node.series, node.series.at(None), DirectoryStore(node.folder / "now"))
    assert files(node.folder / "now") == files(node.root)


def test_a_restore_that_breaks_off_is_finished_by_the_same_call(node: Saved) -> None:
    node.take()
    good = files(node.root)
    lose(node.root)

    class Failing(DirectoryStore):
        left = 7

        def put(self, key, body, *, media_type, condition=None):
            Failing.left -= 1
            if Failing.left < 0:
                raise OSError(28, "No space left on device")
            return super().put(key, body, media_type=media_type, condition=condition)

    with pytest.raises(OSError, match="No space left"):
        restore(node.series, node.series.at(None), Failing(node.root))
    assert read_pointer(node.lake, "places") is None, "pointers come last"
    done = restore(node.series, node.series.at(None), node.lake)
    assert done.kept > 0
    assert files(node.root) == good


def test_somebody_who_writes_during_a_restore_is_not_overwritten(node: Saved) -> None:
    node.take()
    node.publish("b", "2026-11-03T00:00:00Z")

    class Contested(DirectoryStore):
        def put(self, key, body, *, media_type, condition=None):
            if key == keys.pointer("places") and isinstance(condition, Matches):
                super().put(key, b'{"version": "theirs", "updated": "now"}', media_type=media_type)
            return super().put(key, body, media_type=media_type, condition=condition)

    with pytest.raises(ConflictError):
        restore(node.series, node.series.at(None), Contested(node.root))
    pointer = read_pointer(node.lake, "places")
    assert pointer is not None
    assert pointer.release == "theirs"


def test_what_was_removed_is_forgotten_in_every_snapshot(node: Saved) -> None:
    first = read_pointer(node.lake, "places")
    assert first is not None
    report = keys.review_report("places", first.release, "0" * 64)
    node.lake.put(report, b'{"seen": "13800138000"}', media_type="application/json")
    node.lake.put(keys.HARVEST, b'{"layout": 1}', media_type="application/json")
    node.take()
    node.lake.put(keys.HARVEST, b'{"layout": 1, "children": []}', media_type="application/json")
    kept = node.publish("b", "2026-11-03T00:00:00Z")
    node.take(60)
    lose(node.root / "releases/places" / first.release)
    node.lake.delete(report)
    marker = json.dumps({"marker": "a", "file": "places.parquet"}).encode()
    assert any(marker in body for body in files(node.backup).values())
    done = forget(node.series, removed_by(node.lake, "places", kept), SEED, instant(BEGIN + 120))
    assert done.snapshots == 2
    assert not any(marker in body for body in files(node.backup).values())
    for snapshot in node.series.all():
        assert snapshot.head.forgotten
        assert not [each for each in snapshot.objects if first.release in each.key and "private/audit" not in each.key]
        assert {keys.pointer("roads"), keys.HARVEST} <= {each.key for each in snapshot.objects}, "those of others stay"
        restore(node.series, snapshot, DirectoryStore(node.folder / snapshot.head.at))
    assert (node.folder / instant(BEGIN + 60) / f"releases/places/{kept}/places.parquet").is_file()
    again = forget(node.series, removed_by(node.lake, "places", kept), SEED, instant(BEGIN + 180))
    assert (again.snapshots, again.deleted) == (0, 0)


def test_without_the_operators_key_what_may_be_public_is_forgotten_all_the_same(node: Saved) -> None:
    node.take()
    lose(node.root / "releases/places")
    marker = json.dumps({"marker": "a", "file": "places.parquet"}).encode()
    with pytest.raises(LakeError, match="run it again where the operator's key is"):
        forget(node.closed(), removed_by(node.lake, "places", None), SEED, instant(BEGIN))
    assert not any(marker in body for body in files(node.backup).values())
    assert PRIVATE in {each.key for each in node.series.at(None).objects}


def test_the_trail_of_a_restored_lake_fits_its_pointers(node: Saved) -> None:
    node.take()
    node.publish("b", "2026-11-03T00:00:00Z")

    def stands(moves):
        for product, release in moves.items():
            trail(node.lake, NODE.code).record(Act("lake.restore", f"{product}/{release}"))

    restore(node.series, node.series.at(None), node.lake, stands=stands)
    told = Told()
    for entry in trail(node.lake, NODE.code).entries():
        told.take(entry)
    assert not list(check_pointers(node.lake, told))


def test_a_proof_reads_every_content_of_a_backup_opened(node: Saved) -> None:
    needles = Needles(texts=("130000197001010000",), within=("130000197001010000",))
    node.take()

    def places() -> list[BackupPlace]:
        return [BackupPlace("backup", node.series)]

    names = {each.name for each in prove(places(), needles).found}
    assert [name.partition(" ")[2] for name in names] == [PRIVATE]
    assert not prove(places(), Needles(texts=("nothing of the kind",))).unread
    (node.backup / "snapshots" / node.series.names()[0]).unlink()
    [stray] = {each.name for each in prove(places(), needles).found}
    assert stray.startswith("sealed/"), "what a killed run left is opened too"
    node.take(60)
    closed = prove([BackupPlace("backup", node.closed())], needles)
    assert [each.reason for each in closed.unread] == [
        "file:backup: what is private is sealed, and the operator's key is not here: restore it to signing/"
    ]


def test_series_of_an_empty_place_has_nothing(node: Saved) -> None:
    empty = Series(replace(node.series.place, store=DirectoryStore(node.folder / "none")), frozenset(), None)
    assert empty.newest() is None
    assert not empty.place.is_claimed()
