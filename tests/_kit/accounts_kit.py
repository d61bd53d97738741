"""Accounts, keys and asks for tests, and both kinds of store under one name."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lease_worker import ACCOUNT, NOON
from localstack_kit import LocalStack

from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.accounts.records import Acceptance, Account, IssuedKey
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.admission.leases import Ask, Lease
from tianlake.functions.admission.records import KeyRecord, digest
from tianlake.lake.quotas import Limit, Meter

__all__ = [
    "ACCOUNT",
    "LIMIT",
    "NOON",
    "TODAY",
    "Kind",
    "a_key",
    "an_account",
    "an_ask",
    "in_file",
    "in_tables",
    "make_tables",
]

TODAY = 20261127
"""The day of `NOON`."""

LIMIT = Limit(per_day=10_000, per_second=100, burst=600, slice=100)


@dataclass(frozen=True, slots=True)
class Kind:
    """One place of one kind: each call gives one more client of the same accounts."""

    name: str
    store: Callable[[], AccountStore]


def in_file(path: Path) -> Kind:
    """Give accounts in a file."""
    return Kind("sqlite", lambda: SqliteAccounts(path))


def in_tables(service: LocalStack) -> Kind:
    """Give accounts in new tables of DynamoDB."""
    from tianlake.functions.accounts.dynamodb import DynamoAccounts  # noqa: PLC0415 - tests of files alone start faster

    prefix = make_tables(service)
    return Kind("dynamodb", lambda: DynamoAccounts(prefix, service.settings, service.session))


def make_tables(service: LocalStack) -> str:
    """Make new tables in DynamoDB and return their prefix."""
    from tianlake.functions.accounts.dynamodb_tables import create_tables  # noqa: PLC0415

    prefix = f"t{uuid.uuid4().hex[:12]}"
    # A client that waits: the first request for a service makes LocalStack load it.
    create_tables(service.session.client("dynamodb", endpoint_url=service.url), prefix)
    return prefix


def an_account(number: int = 1, **changes: Any) -> Account:
    """Give an account; `number` makes it another one."""
    given: dict[str, Any] = {
        "id": f"a{number:016}",
        "name": "测试 “用户” O'Neil",
        "organisation": "某单位",
        "kind": "company",
        "email": "someone@example.org",
        "purpose": "A map of buses\nand trams",
        "tier": "professional",
        "state": "active",
        "created": "2026-11-27T04:00:00Z",
        "token": digest(f"token {number}"),
        "terms": (Acceptance("2026-11-01", "0" * 64, "2026-11-27T04:00:00Z"),),
    }
    return Account(**given | changes)


def a_key(account: Account, number: int = 1, **changes: Any) -> IssuedKey:
    """Give a key of an account as it reads back; `changes` are of its record."""
    given: dict[str, Any] = {
        "digest": digest(f"{account.id} {number}"),
        "id": f"k{number:03}",
        "account": account.id,
        "tier": account.tier,
        "kind": "browser",
        "hosts": ("example.org", "*.example.cn"),
        "terms": account.accepted,
    }
    return IssuedKey(KeyRecord(**given | changes), "网站", "2026-11-27T04:00:00Z")


def an_ask(meter: Meter = "tile", limit: Limit = LIMIT, back: Lease | None = None, need: int = 1) -> Ask:
    """Give an ask for one slice."""
    return Ask(ACCOUNT, meter, limit, limit.slice, need, back)
