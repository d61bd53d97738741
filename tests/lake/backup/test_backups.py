"""A backup has every byte of a lake at the times it was taken, says nothing of what is private, and comes back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from backup_kit import BEGIN, PRIVATE, SECRETS, SEED, Saved, files, known, lose, saved
from copies_kit import tree
from kit import REPO
from lake_kit import NODE, desk
from trail_kit import seed_of, trail

from tianlake.lake import keys
from tianlake.lake.backup import Series, drill, forget, removed_by, restore
from tianlake.lake.cases.backups import BackupPlace
from tianlake.lake.cases.needles import Needles
from tianlake.lake.cases.proof import prove
from tianlake.lake.errors import ConflictError, LakeError
from tianlake.lake.history import read_pointer
from tianlake.lake.publishing import withdraw
from tianlake.lake.signed import public_key
from tianlake.lake.store import DirectoryStore, Matches
from tianlake.lake.trail import Act
from tianlake.lake.trail.fits import Told, check_pointers
from tianlake.lake.words import instant


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    saved(folder)
    return folder


@pytest.fixture
def node(made: Path, tmp_path: Path) -> Saved:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return known(tmp_path)


def test_a_lake_that_was_lost_comes_back_byte_by_byte(node: Saved) -> None:
    before = files(node.root)
    node.take()
    lose(node.root)
    restore(node.series, node.series.at(None), node.lake)
    assert files(node.root) == before
    assert {PRIVATE, "collections/places/collection.json", "private/audit/0000000/0000000001.txt"} <= before.keys()


def test_any_snapshot_can_be_gone_back_to(node: Saved) -> None:
    first = files(node.root)
    node.take()
    node.publish("b", "2026-11-03T00:00:00Z")
    second = files(node.root)
    node.take(3600)
    for time, wanted in ((BEGIN + 10, first), (BEGIN + 4000, second)):
        folder = node.folder / str(time)
        restore(node.series, node.series.at(instant(time)), DirectoryStore(folder))
        assert files(folder) == wanted
    with pytest.raises(LakeError, match=r"no snapshot is that old: there are 2, the first 20261128T"):
        node.series.at(instant(BEGIN - 1))


def test_what_is_unchanged_is_not_sent_again(node: Saved) -> None:
    first = node.take()
    assert first.copied == len([name for name in files(node.backup) if name.startswith(("objects/", "sealed/"))])
    assert node.take(60).copied == 0
    written = set(files(node.backup))
    node.publish("b", "2026-11-03T00:00:00Z")
    done = node.take(120)
    fresh = set(files(node.backup)) - written
    assert 0 < done.copied == len(fresh) - 1, "the content that is new, and the list of the snapshot"
    assert done.copied < first.copied


def test_nothing_in_a_backup_tells_what_is_private(node: Saved) -> None:
    node.take()
    for name, body in files(node.backup).items():
        assert SECRETS not in body
        assert b"wang" not in body, name
        assert b"wang" not in name.encode()
    assert node.closed().at(None).private is None
    with pytest.raises(LakeError, match="sealed for another key"):
        replace(node.series, secret=seed_of("somebody else")).at(None)


def test_equal_private_content_is_sealed_once(node: Saved) -> None:
    node.take()
    node.lake.put("private/people/li.json", SECRETS, media_type="application/json")
    assert node.take(60).copied == 0
    found = node.series.at(None)
    assert [each.pieces for each in found.objects if each.key == PRIVATE] == [
        each.pieces for each in found.objects if each.key == "private/people/li.json"
    ]


def test_secrets_that_are_to_be_destroyed_are_not_kept(node: Saved) -> None:
    node.lake.put(keys.log_secret("2026-11"), b"secret", media_type="application/octet-stream")
    assert not [each for each in node.take().snapshot.objects if "secrets" in each.key]


def test_a_large_private_object_is_sealed_in_parts(node: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tianlake.lake.backup.place.STEP_BYTES", 1000)
    body = os.urandom(2500)
    node.lake.put("private/logs/day.parquet", body, media_type="application/octet-stream")
    [large] = [each for each in node.take().snapshot.objects if each.key == "private/logs/day.parquet"]
    assert len(large.pieces) == 3
    folder = node.folder / "again"
    restore(node.series, node.series.at(None), DirectoryStore(folder))
    assert (folder / "private/logs/day.parquet").read_bytes() == body


def test_a_snapshot_that_somebody_else_wrote_is_refused(node: Saved) -> None:
    node.take()
    [name] = node.series.names()
    file = node.backup / "snapshots" / name
    body = file.read_bytes()
    file.write_bytes(body.replace(b"roads", b"rivers"))
    with pytest.raises(LakeError, match="its list of objects was changed"):
        node.series.at(None)
    file.write_bytes(body.replace(b'"objects":', b'"Objects":', 1))
    with pytest.raises(LakeError, match="is not signed by the node"):
        node.series.at(None)
    file.write_bytes(body)
    with pytest.raises(LakeError, match="is not signed by the node"):
        replace(node.series, trusted=frozenset({public_key(seed_of("other"))})).at(None)
    file.rename(file.with_name("20270101T000000Z.txt"))
    with pytest.raises(LakeError, match="under another name"):
        node.series.at(None)


def test_a_backup_that_lost_a_byte_moves_no_pointer(node: Saved) -> None:
    node.take()
    before = node.publish("b", "2026-11-03T00:00:00Z")
    [wanted] = [each for each in node.series.at(None).public if each.key.endswith("roads.parquet")]
    rotten = node.backup / "objects" / wanted.sha256[:2] / wanted.sha256
    rotten.write_bytes(rotten.read_bytes()[:-1] + b"?")
    lose(node.root / "releases/roads")
    with pytest.raises(LakeError, match=r"1 objects are lost in the backup, no pointer was moved"):
        restore(node.series, node.series.at(None), node.lake)
    pointer = read_pointer(node.lake, "places")
    assert pointer is not None
    assert pointer.release == before
    rotten.unlink()
    with pytest.raises(LakeError, match="1 objects are lost"):
        restore(node.series, node.series.at(None), node.lake)


def test_reading_a_backup_again_sends_what_rotted_there(node: Saved) -> None:
    assert node.take().whole
    assert not node.take(60).whole, "an ordinary run reads what is new alone"
    for sealed in (False, True):
        rotten = max(each for each in (node.backup / ("sealed" if sealed else "objects")).rglob("*") if each.is_file())
        rotten.write_bytes(b"rotten" + rotten.read_bytes()[6:])
    done = node.take(120, reread=True)
    assert (done.renewed, done.copied, done.whole) == (2, 2, True)
    before = files(node.root)
    lose(node.root)
    restore(node.series, node.series.at(None), node.lake)
    assert files(node.root) == before


def test_what_rotted_in_the_lake_is_kept_as_it_was_published(node: Saved) -> None:
    node.take()
    good = files(node.root)
    [file] = (node.root / "releases/places").rglob("places.parquet")
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    [other] = (node.root / "releases/roads").rglob("roads.parquet")
    other.unlink()
    done = node.take(60)
    assert {each.rpartition("/")[2] for each in done.healed} == {"places.parquet", "roads.parquet"}
    assert not done.snapshot.head.damaged
    restore(node.series, node.series.at(None), node.lake)
    assert files(node.root) == good


def test_what_rotted_before_it_was_ever_saved_is_told_and_left_out(node: Saved) -> None:
    [file] = (node.root / "releases/places").rglob("places.parquet")
    file.write_bytes(b"?")
    done = node.take()
    assert [each.rpartition("/")[2] for each in done.snapshot.head.damaged] == ["places.parquet"]
    assert not [each for each in done.snapshot.objects if each.key.endswith("/places.parquet")]


def test_somebody_who_publishes_meanwhile_is_saved_whole_or_not_at_all(node: Saved) -> None:
    class Busy(DirectoryStore):
        """A lake in which a release comes out while it is read."""

        reads = 0

        def get(self, key, span=None):
            Busy.reads += 1
            if Busy.reads == 5:
                node.publish("b", "2026-11-03T00:00:00Z")
            return super().get(key, span)

    snapshot = node.take(lake=Busy(node.root)).snapshot
    pointer = read_pointer(node.lake, "places")
    assert pointer is not None
    names = {each.key for each in snapshot.public}
    assert {f"releases/places/{pointer.release}/{name}" for name in ("manifest.json", "places.parquet")} <= names
    folder = node.folder / "again"
    restore(node.series, node.series.at(None), DirectoryStore(folder))
    assert {key: body for key, body in files(folder).items() if not key.startswith("private/")} == {
        key: body for key, body in files(node.root).items() if not key.startswith("private/")
    }


def test_a_lake_that_is_never_at_rest_is_told(node: Saved) -> None:
    class Restless(DirectoryStore):
        count = 0

        def list(self, prefix="", *, skip=()):
            Restless.count += 1
            super().put("robots.txt", str(Restless.count).encode(), media_type="text/plain")
            return super().list(prefix, skip=skip)

    with pytest.raises(ConflictError, match="others keep writing in the lake"):
        node.take(lake=Restless(node.root))
    assert not node.series.names()


def test_two_nodes_do_not_share_a_place_and_nothing_else_is_overwritten(node: Saved) -> None:
    with pytest.raises(LakeError, match="is no backup of node 156000000"):
        replace(node.series.place, code="156000000").claim()
    busy = DirectoryStore(node.folder / "busy")
    busy.put("letter.txt", b"mine", media_type="text/plain")
    with pytest.raises(LakeError, match="holds other objects; name an empty place"):
        replace(node.series.place, store=busy).claim()


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
    node.take()
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
        assert [each for each in snapshot.objects if each.key == keys.pointer("roads")]
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
