"""Accounts and keys as stores hold them: columns for what is looked up, JSON for the rest. Python's own library only.

What belongs to an account (tier, state, terms) is held with the account alone: a key takes it from there when it is
read. So one write changes it for all keys, however many there are.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Literal, NamedTuple

from tianlake.functions.accounts.records import Acceptance, Account, IssuedKey
from tianlake.functions.admission.records import KeyRecord
from tianlake.lake.errors import StoreError


class AccountRow(NamedTuple):
    """An account, as a row or an item of a table."""

    id: str
    token: str
    """SHA-256 of the management token, hex."""
    tier: str
    state: str
    terms: str
    """Version that was accepted last."""
    body: str
    """JSON: all that only people and the account service read."""


class Standing(NamedTuple):
    """What a key has from its account."""

    tier: str
    state: str
    terms: str


class KeyRow(NamedTuple):
    """A key, as a row or an item of a table."""

    digest: str
    account: str
    id: str
    state: str
    """`active` or `revoked`; a key is suspended with its account."""
    body: str
    """JSON: the rest of its record, and what only people read."""


def account_row(account: Account) -> AccountRow:
    """Return an account as it is stored."""
    body = {name: getattr(account, name) for name in ("name", "organisation", "kind", "email", "purpose", "created")}
    body["terms"] = [asdict(acceptance) for acceptance in account.terms]
    if account.closed is not None:
        body["closed"] = account.closed
    return AccountRow(account.id, account.token, account.tier, account.state, account.accepted, _json(body))


def account_of(row: AccountRow) -> Account:
    """Return the account that a row holds; raises `StoreError` where it holds none."""
    try:
        body = json.loads(row.body)
        return Account(
            id=row.id,
            name=body["name"],
            organisation=body["organisation"],
            kind=body["kind"],
            email=body["email"],
            purpose=body["purpose"],
            tier=row.tier,
            state=_state(row.state),
            created=body["created"],
            token=row.token,
            terms=tuple(Acceptance(each["version"], each["sha256"], each["at"]) for each in body["terms"]),
            closed=body.get("closed"),
        )
    except (ValueError, LookupError, TypeError) as error:
        raise StoreError(f"account {row.id!r}: what is stored of it cannot be read: {error!r}") from None


def key_row(key: IssuedKey) -> KeyRow:
    """Return a key as it is stored, without what it has from its account."""
    record = key.record
    body = {
        "kind": record.kind,
        "hosts": record.hosts,
        "networks": record.networks,
        "expires": record.expires,
        "companion": record.companion,
        "label": key.label,
        "created": key.created,
        "revoked": key.revoked,
        "replaced_by": key.replaced_by,
    }
    state = "revoked" if record.state == "revoked" else "active"
    return KeyRow(record.digest, record.account, record.id, state, _json(body))


def record_of(row: KeyRow, standing: Standing) -> KeyRecord:
    """Return what admission needs of a key; raises `StoreError` where the row holds no key."""
    return key_of(row, standing).record


def key_of(row: KeyRow, standing: Standing) -> IssuedKey:
    """Return a key with the standing of its account; raises `StoreError` where the row holds no key."""
    try:
        body = json.loads(row.body)
        record = KeyRecord(
            digest=row.digest,
            id=row.id,
            account=row.account,
            tier=standing.tier,
            kind=body["kind"],
            hosts=tuple(body["hosts"]),
            networks=tuple(body["networks"]),
            state="revoked" if "revoked" in {row.state, _of_account(standing.state)} else _of_account(standing.state),
            expires=body["expires"],
            terms=standing.terms,
            companion=body["companion"],
        )
        return IssuedKey(record, body["label"], body["created"], body["revoked"], body["replaced_by"])
    except (ValueError, LookupError, TypeError) as error:
        raise StoreError(
            f"key {row.id!r} of account {row.account!r}: what is stored cannot be read: {error!r}"
        ) from None


def _state(stored: str) -> Literal["active", "suspended", "closed"]:
    if stored == "closed":
        return "closed"
    return "suspended" if stored == "suspended" else "active"


def _of_account(stored: str) -> Literal["active", "suspended", "revoked"]:
    """Return the state of a key that nothing was done to, by that of its account: one that is closed has no keys."""
    state = _state(stored)
    return "revoked" if state == "closed" else state


def same_key(row: KeyRow, key: IssuedKey) -> bool:
    """Tell whether a row holds this key, whatever the standing of its account is."""
    return key_row(key_of(row, Standing("", "active", ""))) == key_row(key)


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
