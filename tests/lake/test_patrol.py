"""A patrol finds every byte that is not the published one, and mends it from where it is right, from nowhere else."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from backup_kit import BEGIN, Saved, files, known, saved

from tianlake.lake import keys
from tianlake.lake.errors import StoreError
from tianlake.lake.history import read_pointer
from tianlake.lake.patrol import Budget, Patrol, Patroller, last_patrol
from tianlake.lake.store import DirectoryStore
from tianlake.lake.verified import read_right

WHOLE = Budget()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    saved(folder)
    shutil.copytree(folder / "lake", folder / "copy")
    return folder


@pytest.fixture
def node(made: Path, tmp_path: Path) -> Saved:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return known(tmp_path)


def patrol(node: Saved, budget: Budget = WHOLE, *names: str, **sources) -> Patrol:
    copies = {name: copy(node.folder / name) for name in names}
    return Patroller(node.lake, copies | sources, clock=lambda: BEGIN).run(budget)


def copy(folder: Path):
    store = DirectoryStore(folder)
    return lambda key, sha256: read_right(store, key, sha256)


def releases(node: Saved) -> dict[str, bytes]:
    return {key: body for key, body in files(node.root).items() if key.startswith("releases/")}


def file_of(node: Saved, name: str) -> Path:
    [found] = (node.root / "releases").rglob(name)
    return found


def key_of(node: Saved, file: Path) -> str:
    return file.relative_to(node.root).as_posix()


def test_a_sound_lake_is_read_whole_and_left_alone(node: Saved) -> None:
    before = releases(node)
    found = patrol(node)
    named = {key for key in before if not key.endswith("approval.json")}
    assert (found.objects, found.whole, found.damages) == (len(named), len(named), ())
    assert found.bytes == sum(len(before[key]) for key in named)
    assert releases(node) == before
    assert last_patrol(node.lake) == found


@pytest.mark.parametrize("name", ["places.parquet", "quality.json", "manifest.json"])
@pytest.mark.parametrize("how", ["changed", "longer", "gone"])
def test_what_is_wrong_is_mended_from_a_copy(node: Saved, name: str, how: str) -> None:
    before = releases(node)
    file = next((node.root / "releases/places").rglob(name))
    key = key_of(node, file)
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-2] + b"?\n" if how == "changed" else file.read_bytes() + b"\n")
    found = patrol(node, WHOLE, "copy")
    assert [(each.key, each.mended) for each in found.damages] == [(key, "copy")]
    assert not found.left
    assert releases(node) == before


def test_nothing_is_mended_from_a_copy_that_is_wrong_itself(node: Saved) -> None:
    file = file_of(node, "places.parquet")
    key = key_of(node, file)
    file.write_bytes(b"?")
    (node.folder / "copy" / key).write_bytes(b"wrong in another way")

    @contextmanager
    def away(_key, _sha256):
        raise StoreError("copy: does not answer")
        yield b""

    found = patrol(node, WHOLE, "copy", away=away)
    [left] = found.left
    assert (left.key, left.wrong) == (key, "changed")
    assert left.tried == ("copy: has other bytes", "away: copy: does not answer")
    assert file.read_bytes() == b"?"


def test_damage_is_told_by_every_run_until_it_is_mended(node: Saved) -> None:
    file = file_of(node, "places.parquet")
    good = file.read_bytes()
    file.unlink()
    assert [each.wrong for each in patrol(node).left] == ["missing"]
    part = Budget(share=0.01)
    assert [each.wrong for each in patrol(node, part).left] == ["missing"], "whatever part the run looks at"
    file.write_bytes(good)
    assert not patrol(node, part).damages


def test_damage_of_a_withdrawn_release_is_told_no_more(node: Saved) -> None:
    file = file_of(node, "places.parquet")
    file.unlink()
    assert patrol(node).left
    (file.parent / "withdrawn.json").write_text("{}")
    assert not patrol(node).damages


def test_what_is_withdrawn_during_a_run_is_not_brought_back(node: Saved) -> None:
    folder = file_of(node, "places.parquet").parent

    def withdrawn(_size: int) -> None:
        if not (folder / "withdrawn.json").exists():
            shutil.rmtree(folder)
            folder.mkdir()
            (folder / "withdrawn.json").write_text("{}")

    found = Patroller(node.lake, {"copy": copy(node.folder / "copy")}, clock=lambda: BEGIN, done=withdrawn).run(WHOLE)
    assert not found.damages
    assert [each.name for each in folder.iterdir()] == ["withdrawn.json"]


def test_what_is_withdrawn_while_it_is_mended_is_not_brought_back(node: Saved) -> None:
    file = file_of(node, "places.parquet")
    file.unlink()

    @contextmanager
    def slow(key, sha256):
        with copy(node.folder / "copy")(key, sha256) as body:
            (file.parent / "withdrawn.json").write_text("{}")
            yield body

    assert not patrol(node, WHOLE, slow=slow).left
    assert not file.exists()


def test_partial_runs_go_on_where_the_last_one_stopped(node: Saved) -> None:
    whole = patrol(node)
    seen: list[str] = []
    rounds = set()
    for _ in range(20):
        before = last_patrol(node.lake)
        found = patrol(node, Budget(share=0.3))
        assert found.after == (before.until if before else "")
        assert found.objects < whole.objects
        rounds.add(found.round)
        seen.append(found.until)
        if not found.until:
            break
    assert 2 < len(seen) < 8
    assert seen[-1] == ""
    assert seen[:-1] == sorted(seen[:-1])
    assert len(rounds) == 1


def test_a_run_that_has_no_time_looks_at_one_object(node: Saved) -> None:
    found = patrol(node, Budget(seconds=0))
    assert found.objects == 1
    assert patrol(node, Budget(seconds=0)).after == found.until


def test_a_manifest_nobody_can_read_is_told(node: Saved) -> None:
    manifest = next((node.root / "releases/places").rglob("manifest.json"))
    manifest.write_bytes(b"{")
    (manifest.parent / "approval.json").unlink()
    [left] = patrol(node, WHOLE, "copy").left
    assert (left.key, left.wrong, left.sha256) == (key_of(node, manifest), "unreadable", "")
    [again] = patrol(node, WHOLE, "copy").left
    assert again == left


def test_a_manifest_that_lists_less_than_was_approved_is_mended(node: Saved) -> None:
    pointer = read_pointer(node.lake, "places")
    assert pointer is not None
    manifest = node.root / keys.release_file("places", pointer.release, keys.MANIFEST)
    good = manifest.read_bytes()
    manifest.write_bytes(good.replace(b'"places.parquet"', b'"p.parquet"'))
    found = patrol(node, WHOLE, "copy")
    assert [each.mended for each in found.damages] == ["copy"]
    assert manifest.read_bytes() == good
