"""Accounts, keys, leases and secrets in one SQLite file: the default, for nodes on one machine."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any, Final

from tianlake.functions.accounts.records import Account, Holding, IssuedKey
from tianlake.functions.accounts.rows import (
    AccountRow,
    KeyRow,
    Standing,
    account_of,
    account_row,
    key_of,
    key_row,
    record_of,
    same_key,
)
from tianlake.functions.accounts.sqlite_file import SqliteFile
from tianlake.functions.admission.leases import (
    Ask,
    Held,
    Lease,
    Spent,
    changes,
    day_before,
    grant,
    oldest_kept,
    window_of,
)
from tianlake.functions.admission.records import KeyRecord
from tianlake.lake.errors import ConflictError, NotFoundError
from tianlake.lake.quotas import METERS, Meter

_ACCOUNT: Final = "SELECT id, token, tier, state, terms, body FROM accounts"
_KEY: Final = (
    "SELECT k.digest, k.account, k.id, k.state, k.body, a.tier, a.state, a.terms"
    " FROM keys AS k JOIN accounts AS a ON a.id = k.account"
)
_PAGE: Final = 1000
"""Rows that a listing reads at a time: no reader stands still within the file, however slow its caller is."""

_SWEEP: Final = 4
"""Rows of days long over that each row of a new day takes with it: more than come, and few enough not to be noticed."""


class SqliteAccounts:
    """An `AccountStore` in one file, for any number of processes and threads of one machine."""

    def __init__(self, path: Path) -> None:
        """Use the file `path`, which the first write makes; touches nothing."""
        self._file = SqliteFile(path)

    def find(self, digest: str) -> KeyRecord | None:
        """Return the record of a key, or None where there is no such key."""
        rows = self._rows(f"{_KEY} WHERE k.digest = ?", digest)
        return record_of(KeyRow(*rows[0][:5]), Standing(*rows[0][5:])) if rows else None

    def take(self, ask: Ask, now: float) -> Lease | Spent:
        """Grant what is asked in one transaction; see `Ledger.take`."""
        if ask.back is None:  # a refusal changes nothing: no other writer need wait for it
            with self._file.reading() as connection:
                held = Held() if connection is None else _held(connection, ask, window_of(now))
            after, answer = grant(ask, held, now)
            if isinstance(answer, Spent):
                return answer
        with self._file.writing() as connection:
            held = _held(connection, ask, window_of(now))
            after, answer = grant(ask, held, now)
            if isinstance(answer, Lease) or changes(held, after):
                _hold(connection, ask, after)
                if after.window != held.window:
                    _sweep(connection, _oldest(connection, now), _SWEEP)
        return answer

    def give_back(self, lease: Lease, now: float) -> None:
        """Return the unspent units of a lease to its account's day; see `Ledger.give_back`."""
        del now  # units go back to the day they are of, whatever day it is
        if not (lease.units or lease.kept):
            return
        with self._file.writing() as connection:
            connection.execute(
                "UPDATE usage SET granted = max(0, granted - ?), kept = max(0, kept - ?)"
                " WHERE account = ? AND meter = ? AND day = ?",
                (lease.units, lease.kept, lease.account, lease.meter, lease.window),
            )

    def used(self, account: str, now: float) -> dict[Meter, int]:
        """Return the units of the current day that an account's leases hold, by meter."""
        query = "SELECT meter, granted FROM usage WHERE account = ? AND day = ?"
        found: dict[str, int] = dict(self._rows(query, account, window_of(now)))
        return {meter: found[meter] for meter in METERS if meter in found}

    def add_account(self, account: Account) -> None:
        """Add an account; raises `ConflictError` where its id or its token is taken."""
        with self._file.writing() as connection:
            _insert(connection, "INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?)", account_row(account), account.id)

    def account(self, account: str) -> Account:
        """Return one account; raises `NotFoundError`."""
        rows = self._rows(f"{_ACCOUNT} WHERE id = ?", account)
        if not rows:
            raise NotFoundError(f"there is no account {account!r}")
        return account_of(AccountRow(*rows[0]))

    def account_by_token(self, digest: str) -> Account | None:
        """Return the account that a management token (its SHA-256) belongs to, or None."""
        rows = self._rows(f"{_ACCOUNT} WHERE token = ?", digest)
        return account_of(AccountRow(*rows[0])) if rows else None

    def replace_account(self, old: Account, new: Account) -> None:
        """Put `new` in the place of `old`; raises `ConflictError` where it is no longer `old`."""
        row = account_row(new)
        with self._file.writing() as connection:
            found = connection.execute(f"{_ACCOUNT} WHERE id = ?", (old.id,)).fetchone()
            if found is None or account_of(AccountRow(*found)) != old:
                raise ConflictError(f"account {old.id!r} was changed by somebody else")
            _insert(
                connection,
                "UPDATE accounts SET token = ?, tier = ?, state = ?, terms = ?, body = ? WHERE id = ?",
                (*row[1:], old.id),
                old.id,
            )

    def accounts(self) -> Iterator[Account]:
        """Yield all accounts, sorted by id."""
        last = ""
        while rows := self._rows(f"{_ACCOUNT} WHERE id > ? ORDER BY id LIMIT {_PAGE}", last):
            yield from (account_of(AccountRow(*row)) for row in rows)
            last = rows[-1][0]

    def add_key(self, key: IssuedKey) -> None:
        """Add a key to its account; raises `ConflictError` where its digest or id is taken, `NotFoundError`."""
        account = key.record.account
        with self._file.writing() as connection:
            if connection.execute("SELECT 1 FROM accounts WHERE id = ?", (account,)).fetchone() is None:
                raise NotFoundError(f"there is no account {account!r}")
            _insert(connection, "INSERT INTO keys VALUES (?, ?, ?, ?, ?)", key_row(key), f"{account}/{key.record.id}")

    def replace_key(self, old: IssuedKey, new: IssuedKey) -> None:
        """Put `new` in the place of `old`; raises `ConflictError` where it is no longer `old`."""
        row = key_row(new)
        with self._file.writing() as connection:
            found = connection.execute(f"{_KEY} WHERE k.digest = ?", (old.record.digest,)).fetchone()
            if found is None or not same_key(KeyRow(*found[:5]), old):
                raise ConflictError(f"key {old.record.id!r} was changed by somebody else")
            connection.execute(
                "UPDATE keys SET state = ?, body = ? WHERE digest = ?", (row.state, row.body, row.digest)
            )

    def keys(self, account: str | None = None) -> Iterator[IssuedKey]:
        """Yield the keys of one account, or all, sorted by account and id."""
        last = ("", "") if account is None else (account, "")
        until = "\U0010ffff" if account is None else account
        query = f"{_KEY} WHERE (k.account, k.id) > (?, ?) AND k.account <= ? ORDER BY k.account, k.id LIMIT {_PAGE}"
        while rows := self._rows(query, *last, until):
            yield from (key_of(KeyRow(*row[:5]), Standing(*row[5:])) for row in rows)
            last = (rows[-1][1], rows[-1][2])

    def secret(self, name: str) -> bytes:
        """Return a secret of this store, 32 random bytes, made when first asked for."""
        rows = self._rows("SELECT value FROM secrets WHERE name = ?", name)
        if not rows:
            self.bring_secret(name, secrets.token_bytes(32))
            rows = self._rows("SELECT value FROM secrets WHERE name = ?", name)
        return bytes(rows[0][0])

    def secrets(self) -> dict[str, bytes]:
        """Return all secrets that were made, by name."""
        return {name: bytes(value) for name, value in self._rows("SELECT name, value FROM secrets ORDER BY name")}

    def bring_secret(self, name: str, value: bytes) -> None:
        """Keep a secret of before; one that is there stays."""
        with self._file.writing() as connection:
            connection.execute("INSERT INTO secrets VALUES (?, ?) ON CONFLICT DO NOTHING", (name, value))

    def holdings(self) -> Iterator[Holding]:
        """Yield what is held of every account and day, sorted."""
        last = ("", "", 0)
        query = (
            "SELECT account, meter, day, granted, due FROM usage"
            " WHERE (account, meter, day) > (?, ?, ?) ORDER BY account, meter, day LIMIT ?"
        )
        while rows := self._rows(query, *last, _PAGE):
            yield from (Holding(*row) for row in rows)
            last = rows[-1][:3]

    def bring_holding(self, holding: Holding) -> None:
        """Keep what was held before; what is there of that account, meter and day stays."""
        with self._file.writing() as connection:
            connection.execute(
                "INSERT INTO usage (account, meter, day, granted, due) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                astuple(holding),
            )

    def purge(self, now: float) -> int:
        """Remove what is held of days before yesterday; return how many rows went."""
        if not self._rows("SELECT 1 FROM usage WHERE day < ? LIMIT 1", oldest_kept(now)):
            return 0
        removed = 0
        while True:
            with self._file.writing() as connection:
                count = _sweep(connection, oldest_kept(now), _PAGE)
            removed += count
            if count < _PAGE:
                return removed

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rows(self, query: str, *values: str | int) -> list[Any]:
        with self._file.reading() as connection:
            return [] if connection is None else connection.execute(query, values).fetchall()


def _insert(connection: sqlite3.Connection, statement: str, values: tuple[Any, ...], what: str) -> None:
    try:
        connection.execute(statement, values)
    except sqlite3.IntegrityError:
        raise ConflictError(f"{what}: it, or its secret, is there already") from None


def _held(connection: sqlite3.Connection, ask: Ask, day: int) -> Held:
    """Return what is held of a day, or of the newest day before it."""
    found = connection.execute(
        "SELECT day, granted, due, kept FROM usage WHERE account = ? AND meter = ? AND day <= ?"
        " ORDER BY day DESC LIMIT 1",
        (ask.account, ask.meter, day),
    ).fetchone()
    return Held() if found is None else Held(*found)


def _hold(connection: sqlite3.Connection, ask: Ask, held: Held) -> None:
    connection.execute(
        "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET granted = excluded.granted, due = excluded.due, kept = excluded.kept",
        (ask.account, ask.meter, held.window, held.granted, held.due, held.kept),
    )


def _oldest(connection: sqlite3.Connection, now: float) -> int:
    """Return the oldest day that is kept; a clock that is years ahead for a moment takes nothing away."""
    (last,) = connection.execute("SELECT max(day) FROM usage WHERE day < ?", (window_of(now),)).fetchone()
    return min(day_before(last), oldest_kept(now)) if last else 0


def _sweep(connection: sqlite3.Connection, oldest: int, most: int) -> int:
    return connection.execute(
        "DELETE FROM usage WHERE (account, meter, day) IN"
        " (SELECT account, meter, day FROM usage WHERE day < ? LIMIT ?)",
        (oldest, most),
    ).rowcount
