"""Accounts, keys, leases and secrets in tables of DynamoDB. boto3 and Python's own library only.

Accounts and their keys are written in transactions: the token that boto3 sends with one (`ClientRequestToken`) lets a
request that has to be sent again after a lost answer succeed instead of finding its own work in the way.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from tianlake.functions.accounts.dynamodb_admission import DynamoAdmission, Slot
from tianlake.functions.accounts.dynamodb_client import ACCOUNT, KEY, Item, Lost, text, texts
from tianlake.functions.accounts.records import Account, Holding, IssuedKey
from tianlake.functions.accounts.rows import (
    AccountRow,
    KeyRow,
    Standing,
    account_of,
    account_row,
    key_of,
    key_row,
    same_key,
)
from tianlake.functions.admission.leases import Held, oldest_kept, window_end, window_start
from tianlake.lake.errors import ConflictError, NotFoundError

_NEW = "attribute_not_exists(account)"


class DynamoAccounts(DynamoAdmission):
    """An `AccountStore` in tables of DynamoDB (`dynamodb_tables`), for any number of workers and threads."""

    def add_account(self, account: Account) -> None:
        """Add an account; raises `ConflictError` where its id or its token is taken."""
        row = account_row(account)
        self._write(
            f"account {account.id!r}: its id or token is taken",
            self._put(self._tables.accounts, _account_item(row), _NEW),
            self._put(self._tables.digests, _digest_item(row.token, row.id, ACCOUNT), _NEW),
        )

    def account(self, account: str) -> Account:
        """Return one account; raises `NotFoundError`."""
        found = self._get(self._tables.accounts, texts(account=account, item=ACCOUNT))
        if found is None:
            raise NotFoundError(f"there is no account {account!r}")
        return account_of(_account_row(found))

    def account_by_token(self, digest: str) -> Account | None:
        """Return the account that a management token (its SHA-256) belongs to, or None."""
        found = self._get(self._tables.digests, texts(digest=digest))
        if found is None or text(found, "item") != ACCOUNT:
            return None
        account = self.account(text(found, "account"))
        return account if account.token == digest else None

    def replace_account(self, old: Account, new: Account) -> None:
        """Put `new` in the place of `old`; raises `ConflictError` where it is no longer `old`."""
        row = account_row(new)
        changed = f"account {old.id!r} was changed by somebody else, or its new token is taken"
        found = self._get(self._tables.accounts, texts(account=old.id, item=ACCOUNT))
        if found is None or account_of(_account_row(found)) != old:
            raise ConflictError(changed)
        writes = [self._put_over(_account_item(row), found)]
        if row.token != old.token:
            gone = {"TableName": self._tables.digests, "Key": texts(digest=old.token)}
            writes.append({"Delete": gone})
            writes.append(self._put(self._tables.digests, _digest_item(row.token, row.id, ACCOUNT), _NEW))
        self._write(changed, *writes)

    def accounts(self) -> Iterator[Account]:
        """Yield all accounts, sorted by id; all are read first."""
        rows = [_account_row(item) for item in self._scan() if text(item, "item") == ACCOUNT]
        yield from (account_of(row) for row in sorted(rows))

    def add_key(self, key: IssuedKey) -> None:
        """Add a key to its account; raises `ConflictError` where its digest or id is taken, `NotFoundError`."""
        row = key_row(key)
        there = {
            "TableName": self._tables.accounts,
            "Key": texts(account=row.account, item=ACCOUNT),
            "ConditionExpression": "attribute_exists(account)",
        }
        try:
            self._write(
                f"key {row.id!r} of account {row.account!r}: its id or digest is taken",
                {"ConditionCheck": there},
                self._put(self._tables.accounts, _key_item(row), _NEW),
                self._put(self._tables.digests, _digest_item(row.digest, row.account, f"{KEY}{row.id}"), _NEW),
            )
        except ConflictError:
            self.account(row.account)  # raises `NotFoundError` where that is why
            raise

    def replace_key(self, old: IssuedKey, new: IssuedKey) -> None:
        """Put `new` in the place of `old`; raises `ConflictError` where it is no longer `old`."""
        record = old.record
        changed = f"key {record.id!r} was changed by somebody else"
        found = self._get(self._tables.accounts, texts(account=record.account, item=f"{KEY}{record.id}"))
        if found is None or not same_key(_key_row(found), old):
            raise ConflictError(changed)
        self._write(changed, self._put_over(_key_item(key_row(new)), found))

    def keys(self, account: str | None = None) -> Iterator[IssuedKey]:
        """Yield the keys of one account, or all, sorted by account and id; all are read first."""
        items = list(self._scan() if account is None else self._of_account(account))
        standings = {
            text(item, "account"): Standing(text(item, "tier"), text(item, "state"), text(item, "terms"))
            for item in items
            if text(item, "item") == ACCOUNT
        }
        rows = [_key_row(item) for item in items if text(item, "item") != ACCOUNT]
        rows = [row for row in rows if row.account in standings]  # a key added since the scan passed its account
        rows.sort(key=lambda row: (row.account, row.id))
        yield from (key_of(row, standings[row.account]) for row in rows)

    def secret(self, name: str) -> bytes:
        """Return a secret of this store, 32 random bytes, made when first asked for."""
        found = self._get(self._tables.secrets, texts(name=name))
        if found is None:
            self.bring_secret(name, secrets.token_bytes(32))
            return self.secret(name)
        return bytes(found["value"]["B"])

    def secrets(self) -> dict[str, bytes]:
        """Return all secrets that were made, by name."""
        paginate = self._client.get_paginator("scan").paginate
        found = self._pages(paginate, TableName=self._tables.secrets, ConsistentRead=True)
        return dict(sorted((text(item, "name"), bytes(item["value"]["B"])) for item in found))

    def bring_secret(self, name: str, value: bytes) -> None:
        """Keep a secret of before; one that is there stays."""
        with suppress(Lost), self._failures():
            self._client.put_item(
                TableName=self._tables.secrets,
                Item=texts(name=name) | {"value": {"B": value}},
                ConditionExpression="attribute_not_exists(#name)",
                ExpressionAttributeNames={"#name": "name"},
            )

    def holdings(self) -> Iterator[Holding]:
        """Yield what is held of every account and day, sorted; all is read first."""
        paginate = self._client.get_paginator("scan").paginate
        found = []
        for item in self._pages(paginate, TableName=self._tables.usage, ConsistentRead=True):
            meter, _, day = text(item, "slot").rpartition("#")
            granted, due = int(item["granted"]["N"]), float(item["due"]["N"])
            found.append(Holding(text(item, "account"), meter, int(day), granted, due))
        yield from sorted(found, key=lambda each: (each.account, each.meter, each.day))

    def bring_holding(self, holding: Holding) -> None:
        """Keep what was held before; what is there of that account, meter and day stays."""
        held = Held(holding.day, holding.granted, holding.due)
        with suppress(Lost):
            self._hold(
                Slot(holding.account, holding.meter, holding.day), held, 0, window_end(window_start(holding.day))
            )

    def purge(self, now: float) -> int:
        """Remove what is held of days before yesterday, which DynamoDB also does by itself within days (TTL)."""
        removed = 0
        for item in self._pages(
            self._client.get_paginator("scan").paginate,
            TableName=self._tables.usage,
            ProjectionExpression="account, slot",
        ):
            if int(text(item, "slot").rpartition("#")[2]) < oldest_kept(now):
                with self._failures():
                    self._client.delete_item(TableName=self._tables.usage, Key=item)
                removed += 1
        return removed

    def _write(self, otherwise: str, *writes: dict[str, Any]) -> None:
        """Write all or nothing; raises `ConflictError` with `otherwise` where a condition does not hold."""
        for _ in self._tries():
            try:
                with self._failures():
                    self._client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type]
            except Lost as lost:
                if "ConditionalCheckFailed" in lost.reasons:
                    raise ConflictError(otherwise) from None
                continue  # another transaction is writing the same at this moment
            return
        raise self._crowded()

    def _put(self, table: str, item: Item, condition: str) -> dict[str, Any]:
        return {"Put": {"TableName": table, "Item": item, "ConditionExpression": condition}}

    def _put_over(self, item: Item, old: Item) -> dict[str, Any]:
        """Return the write of an item of an account in the place of exactly `old`."""
        names = sorted(old)
        put = self._put(
            self._tables.accounts, item, " AND ".join(f"#{number} = :{number}" for number, _ in enumerate(names))
        )
        put["Put"]["ExpressionAttributeNames"] = {f"#{number}": name for number, name in enumerate(names)}
        put["Put"]["ExpressionAttributeValues"] = {f":{number}": old[name] for number, name in enumerate(names)}
        return put

    def _scan(self) -> Iterator[Item]:
        paginate = self._client.get_paginator("scan").paginate
        return self._pages(paginate, TableName=self._tables.accounts, ConsistentRead=True)

    def _of_account(self, account: str) -> Iterator[Item]:
        return self._pages(
            self._client.get_paginator("query").paginate,
            TableName=self._tables.accounts,
            KeyConditionExpression="account = :account",
            ExpressionAttributeValues={":account": {"S": account}},
            ConsistentRead=True,
        )


def _account_item(row: AccountRow) -> Item:
    # `person`, not `body`: what admission reads of an account has no e-mail address in it.
    return texts(
        account=row.id,
        item=ACCOUNT,
        token=row.token,
        tier=row.tier,
        state=row.state,
        terms=row.terms,
        person=row.body,
    )


def _account_row(item: Item) -> AccountRow:
    return AccountRow(*(text(item, name) for name in ("account", "token", "tier", "state", "terms", "person")))


def _key_item(row: KeyRow) -> Item:
    return texts(account=row.account, item=f"{KEY}{row.id}", digest=row.digest, state=row.state, body=row.body)


def _key_row(item: Item) -> KeyRow:
    digest, account, item_name, state, body = (
        text(item, name) for name in ("digest", "account", "item", "state", "body")
    )
    return KeyRow(digest, account, item_name.removeprefix(KEY), state, body)


def _digest_item(digest: str, account: str, item: str) -> Item:
    return texts(digest=digest, account=account, item=item)
