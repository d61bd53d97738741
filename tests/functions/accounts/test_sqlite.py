"""What only a file can do wrong: being shared, replaced, somebody else's or not there."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from accounts_kit import ACCOUNT, NOON, a_key, an_account, an_ask

from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.accounts.sqlite_file import SqliteFile
from tianlake.functions.accounts.stores import open_accounts
from tianlake.functions.admission.leases import Lease
from tianlake.lake.errors import LakeError, NotFoundError, StoreError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "accounts.sqlite"


def check(path: Path) -> None:
    """Ask SQLite itself, through a connection of our own, whether the file is whole."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_reading_makes_no_file_and_the_first_write_makes_one_for_its_owner_alone(path: Path):
    store = SqliteAccounts(path)
    store.find("0" * 64)
    store.purge(NOON)
    with pytest.raises(NotFoundError):
        store.account("a")
    assert list(path.parent.iterdir()) == []
    store.add_account(an_account())
    made = sorted(path.parent.iterdir())
    assert {file.name for file in made} == {"accounts.sqlite", "accounts.sqlite-shm", "accounts.sqlite-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in made} == {0o600}
    store.close()
    assert list(path.parent.iterdir()) == [path]
    check(path)


def test_tables_are_strict_and_written_ahead(path: Path):
    SqliteAccounts(path).add_account(an_account())
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        assert sorted(tables) == ["accounts", "keys", "secrets", "usage"]
        strict = connection.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict").fetchall()
        assert {name for (name,) in strict} == set(tables)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_many_makers_at_once_make_one_file(path: Path):
    def add(number: int) -> None:
        SqliteAccounts(path).add_account(an_account(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(1, 25)))
    assert len(list(SqliteAccounts(path).accounts())) == 24
    assert not list(path.parent.glob("*.new"))


def test_one_store_serves_many_threads(path: Path):
    store = SqliteAccounts(path)
    account = an_account()
    store.add_account(account)

    def work(number: int) -> bool:
        store.add_key(a_key(account, number))
        store.take(an_ask(), NOON)
        return store.find(a_key(account, number).record.digest) == a_key(account, number).record

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(1, 100)))
    assert len(list(store.keys(account.id))) == 99


def test_rows_of_days_that_are_over_go_by_themselves(path: Path):
    store = SqliteAccounts(path)
    for day in range(6):
        for subnet in range(30):
            store.take(replace(an_ask(), account=f"subnet {day} {subnet}"), NOON + day * 86_400)
    kept = [sum(bool(store.used(f"subnet {day} {n}", NOON + day * 86_400)) for n in range(30)) for day in range(6)]
    assert kept == [0, 0, 0, 30, 30, 30]


def test_a_store_that_was_open_before_a_fork_serves_both_processes(path: Path):
    store = SqliteAccounts(path)
    store.add_account(an_account(1))
    if (child := os.fork()) == 0:
        store.add_account(an_account(2))
        os._exit(0)
    store.add_account(an_account(3))
    assert os.waitpid(child, 0)[1] == 0
    assert list(store.accounts()) == [an_account(number) for number in (1, 2, 3)]
    check(path)


def test_a_file_that_was_replaced_is_read_anew(path: Path, tmp_path: Path):
    store, other = SqliteAccounts(path), SqliteAccounts(tmp_path / "backup.sqlite")
    store.add_account(an_account(1))
    other.add_account(an_account(2))
    other.close()
    (tmp_path / "backup.sqlite").replace(path)
    for left in ("accounts.sqlite-wal", "accounts.sqlite-shm"):
        (tmp_path / left).unlink(missing_ok=True)
    assert list(store.accounts()) == [an_account(2)]
    path.unlink()
    assert list(store.accounts()) == []


def test_a_writer_that_holds_the_file_too_long_is_a_failure_of_the_store_and_hinders_no_reader(path: Path):
    store = SqliteAccounts(path)
    store.add_account(an_account())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        short = SqliteFile(path, wait_s=0.05)
        with pytest.raises(StoreError, match="locked"), short.writing():
            pass
        assert store.account(an_account().id) == an_account()
        other.execute("ROLLBACK")
    with short.writing():
        pass


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a file of accounts"),
        (b"longer than the header that SQLite looks at" * 100, "not a file of accounts; name another"),
    ],
)
def test_a_file_that_is_not_ours_is_left_as_it_is(path: Path, content: bytes, message: str):
    path.write_bytes(content)
    with pytest.raises(StoreError, match=message):
        SqliteAccounts(path).add_account(an_account())
    with pytest.raises(StoreError, match=message):
        SqliteAccounts(path).find("0" * 64)
    assert path.read_bytes() == content


def test_a_file_that_may_not_be_written_is_told_with_its_folder(path: Path, monkeypatch: pytest.MonkeyPatch):
    SqliteAccounts(path).add_account(an_account())
    opened = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda name, **more: opened(name.replace("mode=rw", "mode=ro"), **more))
    with pytest.raises(StoreError, match="cannot be written; who runs this must be able to write the file and its fo"):
        SqliteAccounts(path).add_account(an_account(2))


def test_tables_of_a_newer_tianlake_are_not_touched(path: Path):
    SqliteAccounts(path).add_account(an_account())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 3")
    with pytest.raises(StoreError, match="tables have version 3, this Tianlake knows 2; use the Tianlake that wrote"):
        SqliteAccounts(path).find("0" * 64)


def test_tables_of_the_first_version_keep_what_they_hold(path: Path):
    """A file as the first version made it, in the middle of a day, opened by several at once."""
    SqliteAccounts(path).take(an_ask(), NOON)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("BEGIN; ALTER TABLE usage DROP COLUMN kept; PRAGMA user_version = 1; COMMIT")
    with ThreadPoolExecutor(4) as pool:
        used = list(pool.map(lambda _: SqliteAccounts(path).used(ACCOUNT, NOON), range(8)))
    assert used == [{"tile": 100}] * 8
    lease = SqliteAccounts(path).take(replace(an_ask(), keep=True), NOON + 1)
    assert isinstance(lease, Lease)
    assert (lease.used, lease.kept) == (200, 100)


def test_a_row_that_cannot_be_read_is_named(path: Path):
    store = SqliteAccounts(path)
    account = an_account()
    store.add_account(account)
    store.add_key(a_key(account))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE keys SET body = '{}'")
        connection.execute("UPDATE accounts SET body = 'x'")
    with pytest.raises(StoreError, match="key 'k001' of account 'a0000000000000001': what is stored cannot be read"):
        store.find(a_key(account).record.digest)
    with pytest.raises(StoreError, match="account 'a0000000000000001': what is stored of it cannot be read"):
        store.account(account.id)


@pytest.mark.parametrize("call", [lambda store: store.add_account(an_account()), lambda store: store.secret("links")])
def test_a_place_where_no_file_can_be_is_a_failure_of_the_store(tmp_path: Path, call: Callable[[AccountStore], None]):
    (tmp_path / "file").touch()
    for place, message in (("none", "there is no such folder; make it"), ("file", "Not a directory")):
        with pytest.raises(StoreError, match=message):
            call(SqliteAccounts(tmp_path / place / "accounts.sqlite"))


def test_urls_name_files_from_the_workspace(tmp_path: Path):
    for number, url in enumerate(("sqlite:accounts 100%?.sqlite", f"sqlite:{tmp_path}/elsewhere.sqlite"), 1):
        open_accounts(url, tmp_path).add_account(an_account(number))
        assert (tmp_path / url.removeprefix("sqlite:")).exists()
    for url in (
        "",
        "accounts.sqlite",
        "sqlite:",
        "sqlite://host/a",
        "sqlite:folder/",
        "sqlite:/",
        "postgres:x",
        "dynamodb:",
        "dynamodb:a/b",
    ):
        with pytest.raises(LakeError, match=r"^accounts url '"):
            open_accounts(url, tmp_path)
