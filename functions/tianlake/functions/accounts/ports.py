"""What the account service needs of a store. One contract, tested alike on SQLite and DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from tianlake.functions.accounts.records import Account, Holding, IssuedKey
from tianlake.functions.admission.ports import Keys, Ledger


class AccountStore(Keys, Ledger, Protocol):
    """Accounts, keys, leases and secrets of a tree of nodes. Every method raises `StoreError` when the store fails.

    A key has its tier, its terms and whether it is suspended from its account: what is read is what the account has at
    that moment, what is written of them with a key is passed over. Only `revoked` is a key's own.
    """

    def add_account(self, account: Account) -> None:
        """Add an account; raises `ConflictError` where its id or its token is taken."""

    def account(self, account: str) -> Account:
        """Return one account; raises `NotFoundError`."""

    def account_by_token(self, digest: str) -> Account | None:
        """Return the account that a management token (its SHA-256) belongs to, or None."""

    def replace_account(self, old: Account, new: Account) -> None:
        """Put `new` in the place of `old`, the same id; all its keys have the new state, tier and terms at once.

        Raises:
            ConflictError: The account is no longer `old`, or the new token is taken; nothing was changed.
        """

    def accounts(self) -> Iterator[Account]:
        """Yield all accounts, sorted by id."""

    def add_key(self, key: IssuedKey) -> None:
        """Add a key to its account.

        Raises:
            ConflictError: The digest is taken, or the id within the account.
            NotFoundError: There is no such account.
        """

    def replace_key(self, old: IssuedKey, new: IssuedKey) -> None:
        """Put `new` in the place of `old`, the same digest, account and id.

        Raises:
            ConflictError: The key is no longer `old`; nothing was changed.
        """

    def keys(self, account: str | None = None) -> Iterator[IssuedKey]:
        """Yield the keys of one account, or all, sorted by account and id."""

    def secret(self, name: str) -> bytes:
        """Return a secret of this store, 32 random bytes, made when first asked for: the same ones for every worker."""

    def secrets(self) -> dict[str, bytes]:
        """Return all secrets that were made, by name: for a backup alone."""

    def bring_secret(self, name: str, value: bytes) -> None:
        """Keep a secret of before; one that is there stays."""

    def holdings(self) -> Iterator[Holding]:
        """Yield what is held of every account and day, sorted by account, meter and day: for a backup alone."""

    def bring_holding(self, holding: Holding) -> None:
        """Keep what was held before; what is there of that account, meter and day stays."""

    def purge(self, now: float) -> int:
        """Remove what is held of days before yesterday (`leases.oldest_kept`); return how many rows went.

        Stores also do so by themselves: SQLite a little with each new row, DynamoDB by time to live.
        """

    def close(self) -> None:
        """Let go of connections and files."""
