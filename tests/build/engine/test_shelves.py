"""Parts through a store, for workers that share no folder with whoever builds."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from engine_kit import NODE, hashes, numbers, scenes

from tianlake.build.candidates import REPORT, BuildOptions, build
from tianlake.build.engine import bucket
from tianlake.build.engine.bucket import BucketShelf, drop_parts
from tianlake.build.engine.choose import shelf_of
from tianlake.build.engine.parts import Bench, Part, read_input
from tianlake.build.engine.perform import perform
from tianlake.build.engine.protocol import Inline
from tianlake.build.engine.shelf import FolderShelf
from tianlake.build.engine.workshop import Workshop
from tianlake.build.job import silent
from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.store import DirectoryStore


@pytest.fixture(autouse=True)
def own_machine(tmp_path, monkeypatch):
    """Give the worker a temporary folder of its own, and little room in it."""
    (tmp_path / "worker").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "worker"))


def shelf(tmp_path):
    return BucketShelf(f"file:{tmp_path / 'bucket'}", None, "demo", tmp_path / "driver")


def upper(bench: Bench) -> dict[str, Any]:
    bench.out.write_text((bench.root / "a/b.txt").read_text().upper())
    return {"root": str(bench.root)}


def order(tmp_path, text="abc"):
    """A part of a file."""
    (tmp_path / "root/a").mkdir(parents=True, exist_ok=True)
    (tmp_path / "root/a/b.txt").write_text(text)
    return Part("upper", upper, tmp_path / "root", (read_input(tmp_path / "root", "a/b.txt"),))


def make_on(shelf, parts):
    shop = Workshop(Inline(1), shelf, "raster", 1)
    return perform(shop, parts, lambda _done: None), shop.ledger.made


def test_inputs_and_parts_go_through_the_store_and_are_gone_when_the_build_is_done(tmp_path):
    [done], _ = make_on(shelf(tmp_path), [order(tmp_path)])
    assert done.file is not None
    assert done.file.read_text() == "ABC"
    assert str(tmp_path / "worker") in done.record.note["root"]
    objects = [each.key for each in DirectoryStore(tmp_path / "bucket").list()]
    assert len(objects) == 3
    assert all(key.startswith("private/build/demo/") for key in objects)
    [again], [made] = make_on(shelf(tmp_path), [order(tmp_path)])
    assert made.kept
    assert again.record == done.record
    shelf(tmp_path).drop()
    assert not list(DirectoryStore(tmp_path / "bucket").list())
    assert not list((tmp_path / "driver").iterdir())


def test_inputs_are_not_kept_where_somebody_else_may_write(tmp_path):
    (tmp_path / "worker" / f"tianlake-inputs-{os.getuid()}").mkdir(mode=0o777)
    (tmp_path / "worker" / f"tianlake-inputs-{os.getuid()}").chmod(0o777)  # whatever the umask
    with pytest.raises(StoreError, match="is not this user's alone"):
        make_on(shelf(tmp_path), [order(tmp_path)])


def test_an_input_that_arrives_otherwise_is_refused(tmp_path):
    part = order(tmp_path)
    store = DirectoryStore(tmp_path / "bucket")
    store.put(f"private/build/demo/in/{part.inputs[0].sha256}", b"xyz", media_type="text/plain")
    with pytest.raises(StoreError, match="arrived otherwise"):
        make_on(shelf(tmp_path), [part])


def test_a_part_that_the_store_changed_is_refused_and_made_anew_by_the_next_build(tmp_path):
    [done], _ = make_on(shelf(tmp_path), [order(tmp_path)])
    store = DirectoryStore(tmp_path / "bucket")
    [key] = [each.key for each in store.list() if "/in/" not in each.key and not each.key.endswith(".json")]
    store.put(key, b"XYZ", media_type="text/plain")  # as long, so that no size tells
    done.file.unlink()
    with pytest.raises(StoreError, match="arrived otherwise"):
        make_on(shelf(tmp_path), [order(tmp_path)])
    [again], [made] = make_on(shelf(tmp_path), [order(tmp_path)])
    assert (again.file.read_text(), made.kept) == ("ABC", False)


def test_a_worker_keeps_the_inputs_used_last(tmp_path, monkeypatch):
    monkeypatch.setattr(bucket, "ROOM", 7)
    for text in ("abc", "def", "ghi"):
        make_on(shelf(tmp_path), [order(tmp_path, text)])
    [kept] = (tmp_path / "worker").glob("tianlake-inputs-*")
    assert sorted(file.read_text() for file in kept.iterdir()) == ["def", "ghi"]


def test_a_removal_deletes_the_parts_of_one_product(tmp_path):
    make_on(shelf(tmp_path), numbers(3, tmp_path))
    store = DirectoryStore(tmp_path / "bucket")
    store.put("private/build/demo2/x", b"x", media_type="text/plain")
    drop_parts(store, "demo")
    assert [each.key for each in store.list()] == ["private/build/demo2/x"]


def test_a_worker_that_does_not_see_the_workspace_says_so(tmp_path):
    part = order(tmp_path)
    (tmp_path / "root/a/b.txt").unlink()
    with pytest.raises(StoreError, match="is not on this worker as where the build was started; share that folder"):
        make_on(FolderShelf(tmp_path / "parts"), [part])


def test_a_worker_with_other_code_refuses(tmp_path, monkeypatch):
    monkeypatch.setattr("tianlake.build.engine.worker.maker", lambda _kind: "another")
    with pytest.raises(LakeError, match="has another Tianlake or other tools than the command"):
        make_on(FolderShelf(tmp_path / "parts"), numbers(1, tmp_path))


@pytest.mark.parametrize(
    ("remote", "url", "kind"),
    [(True, "s3://lake/156", BucketShelf), (True, "file:lake", FolderShelf), (False, "s3://lake/156", FolderShelf)],
)
def test_parts_go_through_a_bucket_only_where_workers_are_elsewhere_and_there_is_one(tmp_path, remote, url, kind):
    engine = Inline(1)
    engine.remote = remote
    assert isinstance(shelf_of(engine, url, None, tmp_path / "demo"), kind)


def test_a_release_is_the_same_bytes_through_a_store(tmp_path):
    recipe = scenes(tmp_path, number=2, side=32)
    told = []
    for name, place in (("folder", None), ("bucket", lambda _node, folder: shelf(folder))):
        options = BuildOptions(tmp_path / name, shelf=place)
        folder, _ = build(recipe, NODE, tmp_path, options, silent)
        told.append(hashes(folder.path, (each.name for each in folder.candidate.assets)))
        assert json.loads((folder.path / REPORT).read_bytes())["total"]["parts"] >= 4
    assert told[0] == told[1]
