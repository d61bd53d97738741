"""Accounts and keys in the store of a gateway that runs, as the account service would have made them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from accounts_kit import a_key, an_account
from gateway_kit import KEY

from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.records import IssuedKey
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.admission.ports import EDGE
from tianlake.functions.admission.records import digest


def issue(base: Path, key: str = KEY, *, number: int = 1, tier: str = "professional", **more: Any) -> IssuedKey:
    """Give a key to an account of its own in the workspace `base`; `more` are of the key's record."""
    store = SqliteAccounts(base / "accounts.sqlite")
    issued = issue_in(store, key, number=number, tier=tier, **more)
    store.close()
    return issued


def issue_in(
    store: AccountStore, key: str = KEY, *, number: int = 1, tier: str = "professional", **more: Any
) -> IssuedKey:
    """Do the same in a store that is open."""
    account = an_account(number, tier=tier)
    store.add_account(account)
    issued = a_key(account, number, **({"digest": digest(key), "kind": "any", "hosts": ()} | more))
    store.add_key(issued)
    return issued


def secret_of(base: Path) -> str:
    """Return the secret by which the gateway of the workspace `base` believes its proxy."""
    store = SqliteAccounts(base / "accounts.sqlite")
    secret = store.secret(EDGE).hex()
    store.close()
    return secret
