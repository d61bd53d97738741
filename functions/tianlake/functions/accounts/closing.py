"""What is left of an account that was closed: a mark without a person, which keeps backups from bringing it back."""

from __future__ import annotations

from dataclasses import replace

from tianlake.functions.accounts.conditions import rfc3339
from tianlake.functions.accounts.records import Account, IssuedKey
from tianlake.functions.admission.records import digest


def emptied(account: Account, at: str) -> Account:
    """Return the mark of an account: its id, kind, tier and what it agreed to and when; no name, no address, no token.

    Personal Information Protection Law, article 47: a person may have it all deleted.

    Args:
        account: Of any state.
        at: When it was closed, UTC, RFC 3339.
    """
    return replace(
        account,
        name="",
        organisation="",
        email="",
        purpose="",
        state="closed",
        token=digest(f"closed {account.id}"),  # the digest of what has not the form of a token: nobody can show one
        closed=at,
    )


def emptied_key(key: IssuedKey, now: float) -> IssuedKey:
    """Return the key, revoked, without its label and what it was bound to: pages and networks tell of somebody."""
    record = replace(key.record, kind="any", hosts=(), networks=(), companion=None, state="revoked")
    return replace(key, record=record, label="", revoked=key.revoked or rfc3339(now))
