"""Several writers at once: conditions decide, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from store_kit import BYTES, JSON, Kind, keys

from tianlake.lake.errors import ConflictError, NotFoundError
from tianlake.lake.store import ABSENT, DirectoryStore, Matches, Store

WRITERS = 6

COUNT_UP = """
import sys
from pathlib import Path
from tianlake.lake.errors import ConflictError
from tianlake.lake.store import DirectoryStore, Matches

store = DirectoryStore(Path(sys.argv[1]))
done = 0
while done < int(sys.argv[2]):
    info, body = store.get("counter.json")
    try:
        store.put("counter.json", b"%d" % (int(body) + 1), media_type="", condition=Matches(info.etag))
    except ConflictError:
        continue
    done += 1
"""


def at_once(kind: Kind, work: Callable[[Store, int], bool]) -> list[bool]:
    """Let each writer, with a client of its own, start `work` at the same moment; return who succeeded."""
    gate = Barrier(WRITERS)

    def one(number: int) -> bool:
        store = kind.store()
        gate.wait()
        try:
            return work(store, number)
        except ConflictError:
            return False

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def test_one_of_many_makers_wins(kind: Kind):
    def make(store: Store, number: int) -> bool:
        store.put("a.json", b"%d" % number, media_type=JSON, condition=ABSENT)
        return True

    for _ in range(5):
        won = at_once(kind, make)
        assert won.count(True) == 1
        store = kind.store()
        assert store.get("a.json")[1] == b"%d" % won.index(True)
        store.delete("a.json")


def test_one_of_many_replacers_wins(kind: Kind):
    store = kind.store()
    for turn in range(5):
        old = store.put("a.json", b"old %d" % turn, media_type=JSON)

        def swap(store: Store, number: int, etag: str = old.etag) -> bool:
            store.put("a.json", b"%d" % number, media_type=JSON, condition=Matches(etag))
            return True

        won = at_once(kind, swap)
        assert won.count(True) == 1
        assert store.get("a.json")[1] == b"%d" % won.index(True)


def test_a_remover_and_a_replacer_do_not_both_win(kind: Kind):
    store = kind.store()
    for turn in range(8):
        old = store.put("a.json", b"old %d" % turn, media_type=JSON)

        def act(store: Store, number: int, etag: str = old.etag) -> bool:
            if number % 2:
                store.delete("a.json", condition=Matches(etag))
            else:
                store.put("a.json", b"%d" % number, media_type=JSON, condition=Matches(etag))
            return True

        won = at_once(kind, act)
        assert won.count(True) == 1
        if won.index(True) % 2:
            assert keys(store) == []
        else:
            assert store.get("a.json")[1] == b"%d" % won.index(True)


def test_many_may_remove_the_same_object(kind: Kind):
    def remove(store: Store, _number: int) -> bool:
        store.delete("a/b/c.json")
        return True

    for _ in range(5):
        kind.store().put("a/b/c.json", b"", media_type=JSON)
        assert all(at_once(kind, remove))
        assert keys(kind.store()) == []


def test_no_count_is_lost_between_threads(kind: Kind):
    kind.store().put("counter.json", b"0", media_type=JSON)

    def count_up(store: Store, _number: int) -> bool:
        for _ in range(5):
            while True:
                info, body = store.get("counter.json")
                try:
                    store.put("counter.json", b"%d" % (int(body) + 1), media_type=JSON, condition=Matches(info.etag))
                    break
                except ConflictError:
                    continue
        return True

    at_once(kind, count_up)
    assert kind.store().get("counter.json")[1] == b"%d" % (WRITERS * 5)


def test_no_count_is_lost_between_processes(tmp_path: Path):
    store = DirectoryStore(tmp_path)
    store.put("counter.json", b"0", media_type=JSON)
    command = [sys.executable, "-c", COUNT_UP, str(tmp_path), "15"]
    processes = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait(120) for process in processes] == [0] * 4
    assert store.get("counter.json")[1] == b"60"


def test_writers_and_removers_of_one_folder_do_not_trip_each_other(tmp_path: Path):
    def churn(store: Store, number: int) -> bool:
        for _ in range(15):
            store.put(f"a/b/c/{number}", b"1", media_type=BYTES)
            store.delete(f"a/b/c/{number}")
        return True

    kind = Kind("directory", lambda: DirectoryStore(tmp_path), lambda: NotImplemented)
    assert all(at_once(kind, churn))
    assert keys(DirectoryStore(tmp_path)) == []


def test_a_list_goes_on_while_objects_come_and_go(kind: Kind):
    stay = [f"stay/{number:02}" for number in range(20)]
    for key in stay:
        kind.store().put(key, b"1", media_type=BYTES)

    def work(store: Store, number: int) -> bool:
        if number == 0:
            for _ in range(10):
                assert [key for key in keys(store) if key.startswith("stay/")] == stay
            return True
        for turn in range(10):
            store.put(f"go/{number}/{turn}", b"1", media_type=BYTES)
            store.delete(f"go/{number}/{turn}")
        return True

    assert all(at_once(kind, work))


def test_an_object_is_never_seen_half_written_or_gone_while_it_is_replaced(kind: Kind):
    versions = [b"a" * 300_000, b"b" * 200_000]
    kind.store().put("a.bin", versions[0], media_type=BYTES)

    def work(store: Store, number: int) -> bool:
        for turn in range(12):
            if number % 3 == 0:
                store.put("a.bin", versions[turn % 2], media_type=BYTES)
            else:
                try:
                    info, body = store.get("a.bin")
                except NotFoundError:
                    return False
                assert body in versions
                assert info.size == len(body)
        return True

    assert all(at_once(kind, work))
