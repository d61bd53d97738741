"""`tianlake backup`, `restore` and `patrol` as an operator meets them: a disk that fails, a key elsewhere."""

from __future__ import annotations

import base64
import json
import shutil
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from desk_kit import NODE, Desk

from tianlake.cli.backing import saved_releases
from tianlake.cli.commands.destroy import _check_saved
from tianlake.cli.session import Session
from tianlake.lake.errors import LakeError
from tianlake.lake.sealed import letter_box
from tianlake.lake.store import DirectoryStore


def test_a_lost_lake_comes_back_and_is_the_one_that_was_published(desk: Desk) -> None:
    done = desk.save()
    assert done["whole"]
    assert done["copied"] > 10
    before = desk.files()
    shutil.rmtree(desk.lake)
    found = desk.json("restore", "--from", "file:kept")
    assert (found["snapshot"], found["objects"], found["wrong"]) == (done["snapshot"], done["objects"], [])
    assert 0 <= found["rpo_s"] < 300
    after = desk.files()
    assert {name: body for name, body in after.items() if name in before and "audit/" not in name} == {
        name: body for name, body in before.items() if "audit/" not in name
    }
    assert found["moves"] == {"places": found["releases"][0].partition("/")[2]}
    assert {name.split("/")[1] for name in after.keys() - before.keys()} == {"audit"}, "the restore is on the trail"
    desk.run("audit", "verify")
    kinds = [row["kind"] for row in json.loads(desk.run("audit", "show", "--json").stdout)]
    assert kinds[-1] == "lake.restore"
    assert "recovery point" in desk.run("restore", "--from", "file:kept").output


def test_a_drill_goes_into_an_empty_place_and_says_how_long_it_took(desk: Desk) -> None:
    desk.save()
    before = desk.files()
    found = desk.json("restore", "--from", "file:kept", "--drill")
    assert found["compared"] == found["objects"] == len(before)
    assert found["with_lake"] > 10
    assert (found["whole"], found["wrong"]) == (True, [])
    assert desk.files() == before, "nothing but its own record"
    record = max((desk.lake / "private/backups").iterdir())
    kept = json.loads(record.read_text())
    assert (kept["kind"], kept["whole"], kept["took_s"] >= 0) == ("drill", True, True)


def test_the_operators_key_may_be_elsewhere_while_backups_are_made(desk: Desk) -> None:
    desk.save()
    file = desk.root / "signing" / f"{NODE}.backup.key"
    away = desk.root.parent / "safe.key"
    shutil.copy(file, away)
    public = letter_box(base64.b64decode(file.read_text()))
    file.unlink()
    assert desk.save("--box", public)["copied"] <= 2, "the record of the run before, and no other"
    assert not file.exists()
    with pytest.raises(LakeError, match=r"\.backup\.key: missing: .* name where it is: --key FILE"):
        desk.run("restore", "--from", "file:kept", "--drill")
    assert desk.json("restore", "--from", "file:kept", "--drill", "--key", str(away))["whole"]
    with pytest.raises(LakeError, match="must be x25519: and 32 bytes"):
        desk.save("--box", "nonsense")


def test_backups_of_before_the_nodes_key_was_replaced_are_believed(desk: Desk) -> None:
    first = desk.save()
    settings = desk.root / "nodes" / NODE / "node.toml"
    settings.write_text(f'url = "https://map.example.cn"\n{settings.read_text("utf-8")}', "utf-8")
    desk.run("node", "add", NODE, "--new-key")
    second = desk.save()
    assert desk.json("restore", "--from", "file:kept", "--at", first["snapshot"], "--drill")["wrong"] == []
    assert second["copied"] < first["copied"]
    before = desk.files()
    shutil.rmtree(desk.lake)
    desk.run("restore", "--from", "file:kept")
    assert desk.files().keys() >= before.keys()


def test_a_patrol_mends_from_a_backup_and_says_what_it_could_not(desk: Desk) -> None:
    [file] = desk.lake.glob("releases/places/*/places.parquet")
    good = file.read_bytes()
    file.write_bytes(good[:-1] + b"?")
    output = desk.run("patrol", code=1).output
    assert "places.parquet: is not what was published; not mended (there is no copy and no backup)" in output
    file.write_bytes(good)
    desk.save()
    file.unlink()
    found = desk.json("patrol")
    assert [(each["wrong"], each["mended"]) for each in found["damages"]] == [("missing", f"backup file:kept/{NODE}")]
    assert file.read_bytes() == good
    record = json.loads(max((desk.lake / "private/patrols").iterdir()).read_text())
    assert record["damages"] == found["damages"]


def test_a_damaged_object_is_told_by_a_backup_and_taken_from_an_earlier_snapshot(desk: Desk) -> None:
    desk.save()
    [file] = desk.lake.glob("releases/places/*/places.parquet")
    file.write_bytes(b"?")
    done = desk.save(code=1)
    assert [each.rpartition("/")[2] for each in done["wrong"]] == ["places.parquet"]
    assert desk.json("restore", "--from", "file:kept", "--drill")["wrong"] == []


def test_a_stack_may_go_where_a_backup_was_read_whole_within_a_week(desk: Desk) -> None:
    session = Session(desk.root)
    with pytest.raises(LakeError, match="1 releases are in no backup and no copy that was found sound within 7 days"):
        _check_saved(session, NODE)
    desk.save()
    _check_saved(session, NODE)
    now = datetime.now(UTC)
    assert saved_releases(session, NODE, now)
    assert not saved_releases(session, NODE, now + timedelta(days=8))
    part = next(each for each in (desk.root / "kept" / NODE / "objects").rglob("*") if each.is_file())
    part.rename(desk.root / "part")
    assert not saved_releases(session, NODE, now), "what it names is not there any more"
    (desk.root / "part").rename(part)
    desk.run("backup", "--to", "file:kept", "--gone", "the disk was sold")
    assert not saved_releases(session, NODE, now)


def test_a_backup_into_a_full_disk_says_so_and_leaves_what_was_there(desk: Desk, monkeypatch) -> None:
    desk.save()
    names = sorted((desk.root / "kept" / NODE / "snapshots").iterdir())
    real = DirectoryStore.put

    def full(self, key, body, *, media_type, condition=None):
        if key.startswith(("objects/", "sealed/")):
            raise OSError(28, "No space left on device", key)
        return real(self, key, body, media_type=media_type, condition=condition)

    (desk.lake / "robots.txt").write_text("User-agent: *\n")
    monkeypatch.setattr(DirectoryStore, "put", full)
    with pytest.raises(OSError, match="No space left"):
        desk.save()
    monkeypatch.undo()
    assert sorted((desk.root / "kept" / NODE / "snapshots").iterdir()) == names
    assert desk.save()["copied"] > 0


def test_what_cannot_be_reached_or_read_is_one_line(desk: Desk) -> None:
    for arguments, wanted in (
        (("restore", "--from", "file:nowhere"), "no backup of node 156130000 lies here"),
        (("backup", "--to", "ftp://x"), "must be file:DIRECTORY or s3://BUCKET/PREFIX"),
        (("restore", "--from", "file:kept", "--at", "yesterday"), "must be a time such as"),
        (("restore", "--from", "file:kept", "--drill", "--to", "file:x"), "leave out --to"),
    ):
        with pytest.raises(LakeError, match=wanted):
            desk.run(*arguments)


@pytest.mark.parametrize("place", ["file:lake", f"file:lake/{NODE}/kept/{{code}}", "file:lake/{code}"])
def test_a_backup_in_the_lake_itself_is_refused(desk: Desk, place: str) -> None:
    before = desk.files("")
    with pytest.raises(LakeError, match="lies in the lake that it is to save"):
        desk.run("backup", "--to", place, "--node", NODE)
    assert desk.files("") == before


def _issue(desk: Desk, name: str) -> Any:
    arguments = (
        "keys",
        "issue",
        "--name",
        name,
        "--kind",
        "person",
        "--email",
        "somebody@example.cn",
        "--accept-terms",
    )
    return json.loads(desk.run(*arguments, "--json").stdout)


def _states(desk: Desk) -> dict[str, list[str]]:
    rows = json.loads(desk.run("keys", "list", "--json").stdout)
    return {row["id"]: [row["state"], *(key["state"] for key in row["keys"])] for row in rows}


def test_accounts_come_back_with_the_lake_sealed_and_whole(desk: Desk) -> None:
    made, other = _issue(desk, "韩梅梅"), _issue(desk, "李雷")
    done = desk.save()
    assert done["accounts"] == 2
    kept = [file.read_bytes() for file in (desk.root / "kept").rglob("*") if file.is_file()]
    assert not [body for body in kept if "韩梅梅".encode() in body or b"somebody@" in body]
    drill = desk.run("restore", "--from", "file:kept", "--drill").output
    assert "2 accounts with keys and quotas loaded, read again and compared" in drill
    before = desk.run("keys", "list", "--contacts").stdout
    shutil.rmtree(desk.lake)
    for file in desk.root.glob("accounts.sqlite*"):
        file.unlink()
    brought = desk.json("restore", "--from", "file:kept")["brought"]
    assert (brought["accounts"], brought["keys"], brought["ended"]) == (2, 2, 0)
    assert desk.run("keys", "list", "--contacts").stdout == before
    assert _states(desk).keys() == {made["account"], other["account"]}


def test_no_backup_brings_back_what_ended_since(desk: Desk) -> None:
    gone, stays = _issue(desk, "韩梅梅"), _issue(desk, "李雷")
    first = desk.save()
    desk.run("keys", "close", gone["account"], "--yes")
    desk.run("keys", "revoke", stays["id"])
    for file in desk.root.glob("accounts.sqlite*"):
        file.unlink()
    desk.run("restore", "--from", "file:kept", "--at", first["snapshot"])
    assert _states(desk) == {gone["account"]: ["closed", "revoked"], stays["account"]: ["active", "revoked"]}
    assert "韩梅梅" not in desk.run("keys", "list", "--contacts").output
    box = letter_box(base64.b64decode((desk.root / f"signing/{NODE}.backup.key").read_text()))
    (desk.root / f"signing/{NODE}.backup.key").rename(desk.root / "safe.key")
    sealed = {file for file in (desk.root / "kept").rglob("sealed/*/*") if file.is_file()}
    second = desk.run("backup", "--to", "file:kept", "--box", box).output
    assert "accounts were deleted from 1 snapshots of before" in second
    assert sealed - set((desk.root / "kept").rglob("*")), "the letters themselves are gone"
    for file in desk.root.glob("accounts.sqlite*"):
        file.unlink()
    found = desk.json("restore", "--from", "file:kept", "--at", first["snapshot"], "--key", str(desk.root / "safe.key"))
    assert (found["brought"], _states(desk)) == (None, {}), "what was saved of before is gone, and all else comes back"
    desk.run("restore", "--from", "file:kept", "--key", str(desk.root / "safe.key"))
    assert set(_states(desk)) == {gone["account"], stays["account"]}
