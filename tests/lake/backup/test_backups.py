"""A backup has every byte of a lake at the times it was taken, says nothing of what is private, and comes back."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from backup_kit import BEGIN, PRIVATE, SECRETS, SEED, Saved, files, hand, lose
from trail_kit import seed_of

from tianlake.lake import keys
from tianlake.lake.backup import Box, Hand, restore, take_snapshot
from tianlake.lake.errors import ConflictError, LakeError
from tianlake.lake.history import read_pointer
from tianlake.lake.sealed import letter_box
from tianlake.lake.signed import public_key
from tianlake.lake.store import DirectoryStore
from tianlake.lake.words import instant


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


def test_parts_of_a_build_are_not_kept(node: Saved) -> None:
    node.lake.put(f"{keys.BUILD}places/in/{'0' * 64}", SECRETS, media_type="application/octet-stream")
    assert not [each for each in node.take().snapshot.objects if each.key.startswith(keys.BUILD)]


def test_backups_go_on_after_another_key_opens_what_is_private(node: Saved) -> None:
    other = Box(letter_box(seed_of("another operator")), seed_of("names"))
    for after in (60, 120):
        hand = Hand(other, SEED, instant(BEGIN + after))
        done = take_snapshot(node.lake, node.series, hand)
    assert done.copied == 0
    assert node.take(180).snapshot.head.box != other.public


def test_a_list_that_rotted_in_the_backup_keeps_no_later_one_back(node: Saved) -> None:
    node.take()
    [file] = (node.backup / "snapshots").iterdir()
    file.write_bytes(file.read_bytes()[:-9] + b"rotten!!\n")
    node.take(60)
    restore(node.series, node.series.at(None), DirectoryStore(node.folder / "again"))
    assert files(node.folder / "again") == files(node.root)


def test_a_snapshot_whose_content_is_deleted_meanwhile_counts_for_nothing(node: Saved) -> None:
    class Forgetful(DirectoryStore):
        def put(self, key, *rest, **more):
            if key.startswith("snapshots/"):
                lose(node.backup / "objects")
            return super().put(key, *rest, **more)

    place = replace(node.series.place, store=Forgetful(node.backup))
    with pytest.raises(ConflictError, match="somebody deleted from it meanwhile"):
        take_snapshot(node.lake, replace(node.series, place=place), hand())
    assert node.take(60).copied > 0
    restore(node.series, node.series.at(instant(BEGIN)), DirectoryStore(node.folder / "again"))


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
