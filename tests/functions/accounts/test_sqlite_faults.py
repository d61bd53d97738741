"""What a file is left with when a writer is killed or the disk is full."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from accounts_kit import NOON, a_key, an_account, an_ask

from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.admission.leases import Lease
from tianlake.lake.errors import StoreError

MIB = 1 << 20

DIE_AT_EACH_STEP = """
import os, signal, sys
from pathlib import Path
from accounts_kit import NOON, a_key, an_account, an_ask
from tianlake.functions.accounts.sqlite import SqliteAccounts

def write_and_die(folder, step):
    # Every call of a function, and every return from one, is a point to die at.
    seen = 0

    def die():
        nonlocal seen
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

    folder.mkdir()
    sys.setprofile(lambda *_: die())
    store = SqliteAccounts(folder / "accounts.sqlite")
    store.add_account(an_account())
    store.add_key(a_key(an_account()))
    store.take(an_ask(), NOON)
    store.secret("links")
    sys.setprofile(None)
    os._exit(0)

for step in range(1, 100_000, 19):
    child = os.fork() or write_and_die(Path(sys.argv[1]) / f"{step:06}", step)
    if os.waitpid(child, 0)[1] == 0:
        break
"""

FILL = """
import resource, sys
from pathlib import Path
from accounts_kit import an_account
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.lake.errors import StoreError

resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
store = SqliteAccounts(Path(sys.argv[1]))
for number in range(1, 100_000):
    try:
        store.add_account(an_account(number))
    except StoreError as error:
        print(number)
        sys.exit(str(error))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "accounts.sqlite"


def run(script: str, place: Path) -> subprocess.CompletedProcess[str]:
    kit = Path(__file__).parents[2] / "_kit"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(kit), os.environ.get("PYTHONPATH", "")])}
    return subprocess.run(
        [sys.executable, "-c", script, str(place)],
        check=False,
        timeout=300,
        capture_output=True,
        text=True,
        env=environment,
    )


def check(path: Path) -> None:
    """Ask SQLite itself, through a connection of our own, whether the file is whole."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_process_killed_at_any_point_leaves_each_write_whole_or_not_there(tmp_path: Path):
    ended = run(DIE_AT_EACH_STEP, tmp_path)
    assert ended.returncode == 0, ended.stderr
    places = sorted(tmp_path.iterdir())
    assert len(places) > 50
    seen = set()
    for place in places:
        store = SqliteAccounts(place / "accounts.sqlite")
        accounts, keys, used = list(store.accounts()), list(store.keys()), store.used(an_account().id, NOON)
        seen.add((len(accounts), len(keys), len(used)))
        assert accounts in ([], [an_account()])
        assert keys in ([], [a_key(an_account())])
        assert used in ({}, {"tile": 100})
        if used:
            assert keys
        if not accounts:
            store.add_account(an_account())
        assert isinstance(store.take(an_ask(), NOON), Lease)
        check(place / "accounts.sqlite")
        store.close()
    assert seen == {(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1)}


def test_a_limit_on_file_sizes_is_a_failure_of_the_store_and_leaves_nothing_half(path: Path):
    ended = run(FILL, path)
    assert ended.returncode == 1
    failed = int(ended.stdout)
    assert ended.stderr == f"accounts {path}: disk I/O error\n"
    assert [account.id for account in SqliteAccounts(path).accounts()] == [an_account(n).id for n in range(1, failed)]
    check(path)


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


def test_a_full_disk_is_a_failure_of_the_store_and_leaves_nothing_half(small_disk: Path):
    path = small_disk / "accounts.sqlite"
    with closing(SqliteAccounts(path)) as store:
        fill_and_clear(store, small_disk)
    check(path)


def fill_and_clear(store: SqliteAccounts, small_disk: Path) -> None:
    account = an_account(1)
    store.add_account(account)
    lease = store.take(an_ask(), NOON)
    assert isinstance(lease, Lease)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free))
    failed = 2
    with pytest.raises(StoreError, match=r"accounts\.sqlite: (database or disk is full|disk I/O error)$"):  # noqa: PT012
        for failed in range(2, 10_000):
            store.add_account(an_account(failed))
    with pytest.raises(StoreError):
        store.replace_account(account, replace(account, purpose="x" * MIB))
    assert store.account(account.id) == account
    assert store.used(account.id, NOON) == {"tile": 100}
    ballast.unlink()
    again = store.take(an_ask(), NOON)
    assert isinstance(again, Lease)
    assert again.due == pytest.approx(lease.due + 1)
    assert [found.id for found in store.accounts()] == [an_account(number).id for number in range(1, failed)]


def test_a_new_file_on_a_full_disk_is_not_made(small_disk: Path):
    (small_disk / "ballast").write_bytes(bytes(shutil.disk_usage(small_disk).free))
    with pytest.raises(StoreError, match=r"accounts\.sqlite: "):
        SqliteAccounts(small_disk / "accounts.sqlite").add_account(an_account())
    assert [file.name for file in small_disk.iterdir()] == ["ballast"]
