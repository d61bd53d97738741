"""What only a directory does: files, folders, permissions, times and links."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from store_kit import BYTES, JSON, files, folders, keys

from tianlake.lake.errors import ConflictError, LakeError, NotFoundError
from tianlake.lake.store import ABSENT, DirectoryStore, Matches

MIB = 1 << 20


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def store(root: Path) -> DirectoryStore:
    return DirectoryStore(root)


def test_an_object_is_a_plain_file_at_its_key(store: DirectoryStore, root: Path):
    store.put("a/省.json", b"{}", media_type=JSON)
    assert (root / "a/省.json").read_bytes() == b"{}"
    assert files(root) == ["a/省.json"]


def test_others_may_read_what_was_written(store: DirectoryStore, root: Path):
    before = os.umask(0o022)
    try:
        store.put("a.json", b"{}", media_type=JSON)
        store.put("b.json", b"{}", media_type=JSON, condition=ABSENT)
        os.umask(0o077)
        store.put("c.json", b"{}", media_type=JSON)
    finally:
        os.umask(before)
    assert [(root / name).stat().st_mode & 0o777 for name in ("a.json", "b.json", "c.json")] == [0o644, 0o644, 0o600]


def test_folders_that_a_delete_leaves_empty_are_removed(store: DirectoryStore, root: Path):
    store.put("a/b/c/d.json", b"", media_type=JSON)
    store.put("a/x.json", b"", media_type=JSON)
    store.delete("a/b/c/d.json")
    assert folders(root) == [".tmp", "a"]
    store.delete("a/x.json")
    assert folders(root) == [".tmp"]


def test_looking_deleting_and_failing_make_nothing(store: DirectoryStore, root: Path):
    assert keys(store) == []
    store.delete("a/b.json")
    with pytest.raises(NotFoundError):
        store.head("a")
    with pytest.raises(ConflictError):
        store.delete("a", condition=Matches("0"))
    with pytest.raises(LakeError):
        store.put("a", root / "missing", media_type=BYTES)
    assert not root.exists()


def test_one_key_cannot_be_object_and_folder(store: DirectoryStore, root: Path):
    store.put("a", b"object", media_type=BYTES)
    store.put("b/c", b"object", media_type=BYTES)
    for key in ("a/x", "a/x/y", "b"):
        for condition in (None, ABSENT):
            with pytest.raises(LakeError, match="cannot hold both") as refusal:
                store.put(key, b"", media_type=BYTES, condition=condition)
            assert type(refusal.value) is LakeError
    store.delete("b")
    store.delete("a/x")
    assert files(root) == ["a", "b/c"]


def test_a_document_keeps_its_etag_when_the_lake_is_copied(store: DirectoryStore, root: Path, tmp_path: Path):
    first = store.put("a.json", b"{}", media_type=JSON)
    assert store.put("a.json", b"{}", media_type=JSON).etag == first.etag
    shutil.copytree(root, tmp_path / "copy")
    assert DirectoryStore(tmp_path / "copy").head("a.json").etag == first.etag


def test_a_big_object_changed_in_place_has_another_etag(store: DirectoryStore, root: Path):
    first = store.put("a.bin", bytes(2 * MIB), media_type=BYTES)
    with (root / "a.bin").open("r+b") as file:
        file.write(b"x")
    assert store.head("a.bin").etag != first.etag


def test_big_objects_of_one_size_written_in_a_row_differ(store: DirectoryStore):
    etags = [store.put("a.bin", bytes(MIB + 1), media_type=BYTES).etag for _ in range(20)]
    assert len(set(etags)) == 20


def test_a_write_bears_the_exact_time(store: DirectoryStore, root: Path):
    for _ in range(20):
        before = time.time_ns()
        store.put("a.bin", b"1", media_type=BYTES)
        assert before <= (root / "a.bin").stat().st_mtime_ns <= time.time_ns()


def test_links_are_neither_read_nor_written_through_nor_listed(store: DirectoryStore, root: Path, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.json").write_text("secret")
    store.put("a.json", b"{}", media_type=JSON)
    (root / "file.json").symlink_to(outside / "secret.json")
    (root / "folder").symlink_to(outside)
    (root / "inside.json").symlink_to(root / "a.json")
    for key in ("file.json", "folder/secret.json", "inside.json"):
        with pytest.raises(NotFoundError):
            store.get(key)
        for write in (
            lambda key=key: store.put(key, b"", media_type=JSON),
            lambda key=key: store.put(key, b"", media_type=JSON, condition=ABSENT),
            lambda key=key: store.delete(key),
        ):
            with pytest.raises(LakeError, match="symbolic link"):
                write()
    with pytest.raises(LakeError, match="symbolic link"):
        store.put("folder/new.json", b"", media_type=JSON)
    assert keys(store) == ["a.json"]
    assert keys(store, "folder/") == []
    assert (outside / "secret.json").read_text() == "secret"
    assert [path.name for path in outside.iterdir()] == ["secret.json"]


def test_unfinished_writes_never_leave_the_store(store: DirectoryStore, root: Path, tmp_path: Path):
    root.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (root / ".tmp").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LakeError, match="symbolic link"):
        store.put("a.json", b"", media_type=JSON)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_files_that_are_no_objects_are_left_out(store: DirectoryStore, root: Path):
    store.put("a.json", b"{}", media_type=JSON)
    (root / "back\\slash").touch()
    (root / "new\nline").touch()
    Path(os.fsdecode(os.fsencode(root) + b"/\xff.json")).touch()
    os.mkfifo(root / "pipe")
    assert keys(store) == ["a.json"]
    with pytest.raises(NotFoundError):
        store.head("pipe")
