"""Accounts as commands meet them: the store that the workspace names, and the conditions it sets."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tianlake.cli.session import Session
from tianlake.functions.accounts.conditions import Conditions
from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.records import Account, IssuedKey
from tianlake.functions.accounts.service import AccountService
from tianlake.functions.accounts.stores import open_accounts
from tianlake.lake.errors import LakeError
from tianlake.lake.trail import Act

_ACCOUNT: Final = re.compile(r"a[a-z0-9]{16}")


OPERATOR: Final = "node"
"""Who changes accounts by commands, on the trail of the workspace's topmost node."""


@dataclass(frozen=True)
class _Trails:
    """The trail of the node that issues keys, opened by the first act: most commands only look."""

    session: Session

    def record(self, act: Act) -> object:
        """Put an act on record; see `Journal.record`."""
        from tianlake.cli.desk import open_trail  # noqa: PLC0415 - a short command starts fast

        return open_trail(self.session, self.session.codes()[0]).record(act)


@contextmanager
def open_service(session: Session) -> Iterator[AccountService]:
    """Give the account service of a workspace; closes the store.

    Raises:
        LakeError: The workspace takes its keys from another node, or a file of it is wrong.
    """
    settings = session.workspace.settings.accounts
    if settings.issuer_key is not None:
        raise LakeError(
            f"tianlake.toml: accounts.issuer_key: keys are issued at {settings.issuer or 'another node'}, not in this "
            "workspace; take them over with: tianlake keys sync"
        )
    code = session.codes()[0]
    conditions = Conditions(session.workspace.quotas(code), session.workspace.terms(code))
    with open_store(session) as store:
        yield AccountService(store, lambda: conditions, _Trails(session), OPERATOR)


@contextmanager
def open_store(session: Session) -> Iterator[AccountStore]:
    """Give the store that accounts or, where another node issues them, only quotas are kept in; closes it."""
    workspace = session.workspace
    store = open_accounts(workspace.settings.accounts.url, workspace.root, workspace.settings.aws)
    try:
        yield store
    finally:
        store.close()


def is_account_id(text: str) -> bool:
    """Say whether a text has the form of an account's id."""
    return _ACCOUNT.fullmatch(text) is not None


def find_key(service: AccountService, key_id: str, account: str | None) -> tuple[Account, IssuedKey]:
    """Return a key by its id, and whose it is; with the account's id, its keys alone are read.

    Raises:
        LakeError: There is no such key, or no such account.
    """
    if account is None:
        return service.find_key(key_id)
    owner = service.store.account(account)
    found = next((each for each in service.keys(owner) if each.record.id == key_id), None)
    if found is None:
        raise LakeError(f"key {key_id}: account {account} has no such key")
    return owner, found


def clock() -> float:
    """Return the time, seconds since the epoch."""
    return time.time()
