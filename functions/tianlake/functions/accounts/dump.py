"""Accounts as one file, for backups: the same lines from every kind of store, and back into any.

One JSON list a line: `["tianlake-accounts", 1]`; `["key", digest, account, id, state, body]`;
`["account", id, token, tier, state, terms, body]`; `["holding", account, meter, day, granted, due]`;
`["secret", name, base64]`. Keys are read before accounts, so that each has its account in the file, too: whoever reads
a file reads it once for each kind of line.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tianlake.functions.accounts.closing import emptied, emptied_key
from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.records import Account, Holding, IssuedKey
from tianlake.functions.accounts.rows import AccountRow, KeyRow, Standing, account_of, account_row, key_of, key_row
from tianlake.functions.admission.records import digest
from tianlake.lake.errors import LakeError

FORM: Final = ["tianlake-accounts", 1]


@dataclass
class Ended:
    """What ended after accounts were saved, and must not come back with them."""

    closed: dict[str, str] = field(default_factory=dict)
    """Account → when, UTC, RFC 3339."""
    revoked: dict[str, str] = field(default_factory=dict)
    """Id of a key → when."""
    suspended: set[str] = field(default_factory=set)
    """Accounts."""
    locked: set[str] = field(default_factory=set)
    """Accounts whose management token was replaced: the one that was saved is not theirs any more."""

    def add(self, other: Ended) -> None:
        """Take in what another source tells."""
        self.closed |= other.closed
        self.revoked |= other.revoked
        self.suspended |= other.suspended
        self.locked |= other.locked


@dataclass(frozen=True, slots=True)
class Brought:
    """What was brought back."""

    accounts: int
    keys: int
    there: int
    """Accounts and keys that were there, and stay as they are."""
    ended: int
    """Of those brought: accounts and keys that ended after they were saved, and came back as ended."""


def write_dump(store: AccountStore, file: Path) -> int:
    """Write all that a store has; return how many accounts that is. Raises `StoreError`."""
    count = 0
    with file.open("w", encoding="utf-8") as out:
        for line in _lines(store):
            count += line[0] == "account"
            out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    return count


def is_empty(file: Path) -> bool:
    """Say whether a dump holds nothing at all."""
    return next(_read(file), None) is None


def ended_by(file: Path) -> Ended:
    """Return what had ended by the time of a dump."""
    found = Ended()
    for account in _accounts(file):
        if account.closed is not None:
            found.closed[account.id] = account.closed
        if account.state == "suspended":
            found.suspended.add(account.id)
    found.revoked = {key.record.id: key.revoked for key in _keys(file) if key.revoked is not None}
    return found


def bring_back(file: Path, store: AccountStore, ended: Ended) -> Brought:
    """Add what a dump has, and the store has not; may be repeated, and finishes what was interrupted.

    What is there stays as it is: no revocation, suspension or closing is undone. Into an empty store everything comes
    as it was saved, but for what ended since.

    Raises:
        LakeError: The file is no dump, or the store has another account or key by the same secret.
        StoreError: The store failed; the same call may be repeated.
    """
    accounts = keys = there = ends = 0
    has = {account.id for account in store.accounts()}
    for saved in _accounts(file):
        account = _as_ended(saved, ended)
        if account.id in has:
            there += 1
            continue
        store.add_account(account)
        accounts, ends = accounts + 1, ends + (account != saved)
    has = {key.record.digest for key in store.keys(None)}
    closed = {account.id: account.closed for account in store.accounts() if account.closed is not None}
    for saved_key in _keys(file):
        if saved_key.record.digest in has:
            there += 1
            continue
        key = _key_as_ended(saved_key, ended.revoked, closed)
        store.add_key(key)
        keys, ends = keys + 1, ends + (key != saved_key)
    for name, *row in _read(file):
        if name == "holding":
            store.bring_holding(Holding(*row))
        elif name == "secret":
            store.bring_secret(row[0], base64.b64decode(row[1]))
    return Brought(accounts, keys, there, ends)


def _as_ended(account: Account, ended: Ended) -> Account:
    if account.state == "closed":
        return account
    if (closed := ended.closed.get(account.id)) is not None:
        return emptied(account, closed)
    if account.id in ended.suspended:
        account = replace(account, state="suspended")
    if account.id in ended.locked:  # the digest of what has not the form of a token
        account = replace(account, token=digest(f"locked {account.id}"))
    return account


def _key_as_ended(key: IssuedKey, revoked: Mapping[str, str], closed: Mapping[str, str]) -> IssuedKey:
    if (at := closed.get(key.record.account)) is not None:
        return emptied_key(key, datetime.fromisoformat(at).timestamp())
    if key.revoked is None and (at := revoked.get(key.record.id)) is not None:
        return replace(key, record=replace(key.record, state="revoked"), revoked=at)
    return key


def _lines(store: AccountStore) -> Iterator[list[Any]]:
    yield FORM
    for key in store.keys(None):
        yield ["key", *key_row(key)]
    for account in store.accounts():
        yield ["account", *account_row(account)]
    for holding in store.holdings():
        yield ["holding", *astuple(holding)]
    for name, value in store.secrets().items():
        yield ["secret", name, base64.b64encode(value).decode()]


def _read(file: Path) -> Iterator[list[Any]]:
    """Yield the lines of a dump; raises `LakeError` where it is none."""
    with file.open(encoding="utf-8") as lines:
        try:
            if json.loads(next(lines, "null")) != FORM:
                raise LakeError(
                    "accounts of a backup: are in no form that is known here; use the Tianlake that saved them"
                )
            yield from map(json.loads, lines)
        except ValueError:
            raise LakeError("accounts of a backup: a line is no JSON; take another snapshot: --at TIME") from None


def _accounts(file: Path) -> Iterator[Account]:
    return (account_of(AccountRow(*row)) for name, *row in _read(file) if name == "account")


def _keys(file: Path) -> Iterator[IssuedKey]:
    return (key_of(KeyRow(*row), Standing("", "active", "")) for name, *row in _read(file) if name == "key")
