"""Etags of a directory's documents: made once, and never those of another content."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from store_kit import JSON, read_all

from tianlake.lake.errors import ConflictError
from tianlake.lake.store import DirectoryReader, DirectoryStore, Matches, ObjectInfo, Span
from tianlake.lake.store._etags import KnownEtags

KEY = "a/b.json"
SIZE = 900_000
SECOND = 1_000_000_000


def years_later() -> int:
    """Tell a time by which everything has long been settled."""
    return time.time_ns() + 10**17


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A document of 0.9 MB."""
    DirectoryStore(tmp_path).put(KEY, os.urandom(SIZE), media_type=JSON)
    return tmp_path / KEY


@pytest.fixture
def reader(tmp_path: Path) -> DirectoryReader:
    """A reader that trusts the times of files at once."""
    return DirectoryReader(tmp_path, years_later)


def look(reader: DirectoryReader) -> ObjectInfo:
    return asyncio.run(reader.head(KEY))


def right(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]


def bytes_read_by(call: Callable[[], object]) -> int:
    """Return how many bytes this process read in `call`, as the kernel counts them."""

    def so_far() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])

    before = so_far()
    call()
    return so_far() - before


def change(path: Path, *, in_place: bool) -> None:
    """Give a file other content of the same size and the same time of change."""
    old = path.stat()
    target = path if in_place else path.with_name("new")
    with target.open("r+b" if in_place else "wb") as file:
        file.write(os.urandom(old.st_size))
    os.utime(target, ns=(old.st_atime_ns, old.st_mtime_ns))
    target.replace(path)
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (old.st_size, old.st_mtime_ns)


def in_steps(monkeypatch: pytest.MonkeyPatch, step_ns: int) -> None:
    """Let times of files move in steps, as on file systems whose clocks are coarse."""
    exact = os.fstat

    def coarse(descriptor: int) -> os.stat_result:
        facts = exact(descriptor)
        fields = {name: getattr(facts, name) for name in dir(facts) if name.startswith("st_")}
        for name in ("st_mtime", "st_ctime"):
            fields[f"{name}_ns"] -= fields[f"{name}_ns"] % step_ns
        return os.stat_result(tuple(facts), fields)

    monkeypatch.setattr(os, "fstat", coarse)


def test_a_document_that_lies_untouched_is_read_once(reader: DirectoryReader, path: Path):
    assert bytes_read_by(lambda: look(reader)) >= SIZE
    assert bytes_read_by(lambda: look(reader)) < 10_000
    assert look(reader).etag == right(path)


def test_a_range_of_it_reads_no_more_than_the_range(reader: DirectoryReader, path: Path):
    info = look(reader)
    found = []
    assert bytes_read_by(lambda: found.append(read_all(reader, info, Span(100_000, 16_384)))) < 30_000
    assert found == [path.read_bytes()[100_000:116_384]]
    assert read_all(reader, info) == path.read_bytes()


@pytest.mark.parametrize(("age_ns", "trusted"), [(-SECOND, False), (1.9 * SECOND, False), (2.1 * SECOND, True)])
def test_times_are_trusted_once_they_are_two_seconds_old(tmp_path: Path, path: Path, age_ns: float, trusted: bool):
    now = path.stat().st_ctime_ns + int(age_ns)
    reader = DirectoryReader(tmp_path, lambda: now)
    look(reader)
    assert (bytes_read_by(lambda: look(reader)) < 10_000) == trusted


def test_an_old_file_that_was_moved_in_a_moment_ago_is_not_trusted(tmp_path: Path, path: Path):
    os.utime(path, ns=(0, 0))
    reader = DirectoryReader(tmp_path)
    look(reader)
    assert bytes_read_by(lambda: look(reader)) >= SIZE


@pytest.mark.parametrize("in_place", [True, False])
def test_other_content_of_equal_size_and_time_has_another_etag(reader: DirectoryReader, path: Path, in_place: bool):
    for _ in range(5):
        before = look(reader)
        assert before == look(reader)
        change(path, in_place=in_place)
        after = look(reader)
        assert after.etag == right(path) != before.etag
        assert read_all(reader, after) == path.read_bytes()
        with pytest.raises(ConflictError):
            read_all(reader, before)


def test_a_document_rewritten_at_once_has_the_etag_of_what_is_there(tmp_path: Path):
    path, reader = tmp_path / KEY, DirectoryReader(tmp_path)
    path.parent.mkdir()
    for number in range(300):
        path.write_bytes(b"%03d" % number)
        assert look(reader).etag == right(path)


@pytest.mark.parametrize("step_ns", [SECOND // 100, SECOND, 2 * SECOND])
def test_two_contents_within_one_step_of_the_clock_share_no_etag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step_ns: int
):
    in_steps(monkeypatch, step_ns)
    path, reader = tmp_path / KEY, DirectoryReader(tmp_path)
    path.parent.mkdir()
    for number in range(300):
        path.write_bytes(b"%03d" % number)
        assert look(reader).etag == right(path)


def test_a_document_changed_in_place_while_it_is_read_is_refused(
    reader: DirectoryReader, path: Path, monkeypatch: pytest.MonkeyPatch
):
    info, read = look(reader), os.pread

    def read_later(*wanted: int) -> bytes:
        path.write_bytes(b"other")
        return read(*wanted)

    monkeypatch.setattr(os, "pread", read_later)
    with pytest.raises(ConflictError, match="was changed"):
        asyncio.run(reader.stream(info, Span(0, 3)))


def test_a_write_trusts_no_time_of_a_file(
    tmp_path: Path, reader: DirectoryReader, path: Path, monkeypatch: pytest.MonkeyPatch
):
    in_steps(monkeypatch, 10**18)  # no time ever moves
    store = DirectoryStore(tmp_path)
    seen = store.head(KEY).etag
    assert look(reader).etag == seen
    path.write_bytes(os.urandom(SIZE))
    with pytest.raises(ConflictError):
        store.put(KEY, b"mine", media_type=JSON, condition=Matches(seen))
    with pytest.raises(ConflictError):
        store.delete(KEY, condition=Matches(seen))
    assert store.head(KEY).etag == right(path) != seen
    assert look(reader).etag == seen, "the clock of this test should have misled a reader"


def test_what_was_used_least_recently_is_forgotten_first():
    known = KnownEtags()
    stamps = [(0, number, 0, 0, 0) for number in range(6000)]
    for stamp in stamps:
        known.keep(stamp, f"{stamp[1]}")
        assert known.find(stamps[0]) == "0"
    kept = [stamp for stamp in stamps if known.find(stamp) is not None]
    assert kept == [stamps[0], *stamps[-4095:]]


def test_threads_share_what_is_known():
    known = KnownEtags()

    def work(first: int) -> bool:
        for number in range(first, first + 20_000):
            stamp = (0, number % 9000, 0, 0, 0)
            if (found := known.find(stamp)) is None:
                known.keep(stamp, f"{stamp[1]}")
            elif found != f"{stamp[1]}":
                return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, range(0, 9000, 1500)))
