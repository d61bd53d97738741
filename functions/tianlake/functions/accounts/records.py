"""Accounts and what they agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tianlake.functions.admission.records import KeyRecord
from tianlake.lake.quotas import AccountKind


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That an account accepted the terms of service (article 16), on record."""

    version: str
    sha256: str
    """Of the terms' text as it was shown."""
    at: str
    """UTC, RFC 3339."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who uses the services."""

    id: str
    """`a` and 16 of a-z and 0-9."""
    name: str
    organisation: str
    kind: AccountKind
    email: str
    purpose: str
    """What for, in the account's own words."""
    tier: str
    state: Literal["active", "suspended", "closed"]
    """A closed one is what is left of somebody who left: a mark without a person (`closing`)."""
    created: str
    """UTC, RFC 3339."""
    token: str
    """SHA-256 of the management token, hex. The token itself was shown once."""
    terms: tuple[Acceptance, ...] = ()
    """Oldest first."""
    closed: str | None = None
    """UTC, RFC 3339."""

    @property
    def accepted(self) -> str:
        """Version of the terms that was accepted last, or nothing."""
        return self.terms[-1].version if self.terms else ""


@dataclass(frozen=True, slots=True)
class Holding:
    """What leases hold of one account's day, as `admission.leases.Held` has it."""

    account: str
    meter: str
    day: int
    """`leases.window_of`."""
    granted: int
    """Units."""
    due: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key as its account's list shows it: the record that admission uses, and what only people need."""

    record: KeyRecord
    label: str
    created: str
    """UTC, RFC 3339."""
    revoked: str | None = None
    """UTC, RFC 3339."""
    replaced_by: str | None = None
    """Id of the key that took its place when it was rotated."""
