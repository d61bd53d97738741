"""What a directory is left with when a writer is killed, or the disk is full or fails."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_kit import BYTES, JSON, files, folders, keys, read_all

from tianlake.lake.errors import LakeError, StoreError
from tianlake.lake.store import ABSENT, DirectoryReader, DirectoryStore, Span
from tianlake.lake.store._files import open_object

MIB = 1 << 20

PUT_FILE = """
import sys
from pathlib import Path
from tianlake.lake.store import DirectoryStore
DirectoryStore(Path(sys.argv[1])).put("a/b.bin", Path(sys.argv[2]), media_type="")
"""

DIE_AT_EACH_STEP = """
import os, signal, sys
from pathlib import Path
from tianlake.lake.store import ABSENT, DirectoryStore

def put_and_die(root, step):
    seen = 0

    def die(event, args):
        nonlocal seen
        if event.split(".")[0] in {"open", "os", "fcntl"}:
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    store = DirectoryStore(root)
    store.put("old/pointer.json", b"old", media_type="")
    store.put("old/gone.json", b"old", media_type="")
    sys.addaudithook(die)
    store.put("old/pointer.json", b"new", media_type="")
    store.put("new/folder/file.json", b"new", media_type="", condition=ABSENT)
    store.delete("old/gone.json")
    os._exit(0)

for step in range(1, 200):
    child = os.fork() or put_and_die(Path(sys.argv[1]) / f"{step:03}", step)
    if os.waitpid(child, 0)[1] == 0:
        break
"""

LIMITED = """
import resource, sys
from pathlib import Path
from tianlake.lake.errors import StoreError
from tianlake.lake.store import DirectoryStore

resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    DirectoryStore(Path(sys.argv[1])).put("a/b.bin", b"x" * (3 << 20), media_type="")
except StoreError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def store(root: Path) -> DirectoryStore:
    return DirectoryStore(root)


def test_a_killed_writer_leaves_the_old_object_and_nothing_to_see(store: DirectoryStore, root: Path, tmp_path: Path):
    store.put("a/b.bin", b"old", media_type=BYTES)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = subprocess.Popen([sys.executable, "-c", PUT_FILE, str(root), str(pipe)])
    with pipe.open("wb", buffering=0) as source:
        source.write(b"half of the new object" * MIB)
        deadline = time.monotonic() + 30
        while not parts(root) and time.monotonic() < deadline:
            time.sleep(0.01)
        # While the writer lives, nobody takes its file away.
        store.put("c.bin", b"", media_type=BYTES)
        assert len(parts(root)) == 1
        writer.kill()
        writer.wait(30)
    assert store.get("a/b.bin")[1] == b"old"
    assert keys(store) == ["a/b.bin", "c.bin"]
    leftover = parts(root)[0].relative_to(root).as_posix()
    for read in (store.head, store.get):
        with pytest.raises(LakeError, match="reserved"):
            read(leftover)
    store.put("d.bin", b"", media_type=BYTES)
    assert files(root) == ["a/b.bin", "c.bin", "d.bin"]


def parts(root: Path) -> list[Path]:
    return [path for path in root.glob(".tmp/*.part") if path.stat().st_size]


def test_a_writer_killed_at_any_step_leaves_every_object_old_or_new(tmp_path: Path):
    subprocess.run([sys.executable, "-c", DIE_AT_EACH_STEP, str(tmp_path)], check=True, timeout=120)
    ends = sorted(tmp_path.iterdir())
    assert len(ends) > 30
    for root in ends:
        store = DirectoryStore(root)
        found = {info.key: store.get(info.key)[1] for info in store.list()}
        assert found["old/pointer.json"] in {b"old", b"new"}
        assert found.get("new/folder/file.json", b"new") == b"new"
        assert found.get("old/gone.json", b"old") == b"old"
        assert len(found) <= 3
        store.put("old/pointer.json", b"next", media_type=JSON)
        store.put("new/folder/other.json", b"next", media_type=JSON)
        assert not list(root.glob(".tmp/*.part"))
    assert found == {"old/pointer.json": b"new", "new/folder/file.json": b"new"}


def test_a_limit_on_file_sizes_is_a_failure_of_the_store_and_changes_nothing(store: DirectoryStore, root: Path):
    store.put("a/b.bin", b"old", media_type=BYTES)
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(root)], check=False, timeout=60, capture_output=True, text=True
    )
    assert ended.stderr == "object 'a/b.bin': cannot write it: File too large\n"
    assert files(root) == ["a/b.bin"]
    assert store.get("a/b.bin")[1] == b"old"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 1 MiB, which only root can make."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip("mounting a file system needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_a_failure_of_the_store_and_changes_nothing(small_disk: Path, tmp_path: Path):
    store = DirectoryStore(small_disk)
    source = tmp_path / "big"
    source.write_bytes(bytes(3 * MIB))
    store.put("a.bin", b"old", media_type=BYTES)
    for body in (bytes(3 * MIB), source):
        with pytest.raises(StoreError, match=r"^object 'a\.bin': cannot write it: No space left on device$"):
            store.put("a.bin", body, media_type=BYTES)
        with pytest.raises(StoreError):
            store.put("new/folder/b.bin", body, media_type=BYTES, condition=ABSENT)
    assert store.get("a.bin")[1] == b"old"
    assert files(small_disk) == ["a.bin"]
    assert folders(small_disk) == [".tmp"]
    store.put("a.bin", b"new", media_type=BYTES)


def test_a_directory_that_cannot_be_used_is_a_failure_of_the_store(tmp_path: Path):
    (tmp_path / "file").touch()
    store = DirectoryStore(tmp_path / "file")
    for call in (
        lambda: store.put("a", b"", media_type=BYTES),
        lambda: keys(store),
    ):
        with pytest.raises(StoreError, match="Not a directory"):
            call()


def test_a_failing_disk_is_a_failure_of_the_store(store: DirectoryStore, monkeypatch: pytest.MonkeyPatch):
    def fail(*_given: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    store.put("a.bin", bytes(2 * MIB), media_type=BYTES)
    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(StoreError, match=r"^object 'a\.bin': cannot read it: Input/output error$"):
        store.get("a.bin", Span(0, 1))


def test_a_name_that_cannot_be_given_leaves_no_folders(
    store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_given: object, **_more: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(StoreError, match=r"^object 'a/b/c\.bin': cannot write it: Input/output error$"):
        store.put("a/b/c.bin", b"", media_type=BYTES, condition=ABSENT)
    assert folders(root) == [".tmp"]
    assert files(root) == []


def test_an_object_cut_short_while_it_is_read_is_a_failure_of_the_store(store: DirectoryStore, root: Path):
    store.put("a.bin", bytes(2 * MIB), media_type=BYTES)
    with open_object(root, "a.bin") as opened:
        os.truncate(root / "a.bin", MIB)
        assert opened.read_cached(Span(MIB - 1, 2)) is None
        with pytest.raises(StoreError, match="cut short"):
            opened.read(Span(MIB - 1, 2))


def test_a_stream_waits_in_a_thread_where_the_cache_does_not_answer(
    store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch
):
    def not_cached(*_given: object) -> int:
        raise BlockingIOError

    body = os.urandom(2 * MIB)
    info = store.put("a.bin", body, media_type=BYTES)
    monkeypatch.setattr(os, "preadv", not_cached)
    assert read_all(DirectoryReader(root), info) == body
