"""Who was recognised, and what pays for them: what stays the same from one request of theirs to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tianlake.functions.admission.purse import Purse
from tianlake.lake.plain import Access
from tianlake.lake.quotas import Limit, Meter


@dataclass(frozen=True, slots=True)
class Standing:
    """Who asks, and what that entitles to; the quota not yet looked at."""

    account: str | None
    """Id of the account; None for an anonymous client, which is counted by subnet."""
    key: str | None
    tier: str
    limits: Mapping[Meter, Limit]
    notice: str | None = None
    """Terms that the account should accept, and until when."""


@dataclass(slots=True)
class Tally:
    """How somebody is counted on one meter."""

    purse: Purse
    """Names the account, or the subnet of an anonymous client, and the meter."""
    limit: Limit
    told: list[tuple[bytes, bytes]]
    """What all answers say alike of the limit, in these moments."""
    warn_left: int
    """From how many units on that are left of the day answers carry a warning."""


@dataclass(slots=True)
class Guest:
    """Somebody who was recognised, and how they are counted.

    Good for some moments: keys are revoked, rules change, and the subnet of an anonymous client has another name
    tomorrow.
    """

    standing: Standing
    access: Access
    """Of what is asked for."""
    tally: Tally
    sent: Tally | None = None
    """Of the bytes that are sent, where they are counted, too."""

    @property
    def account(self) -> str:
        """Id of the account, or of the subnet of an anonymous client."""
        return self.tally.purse.account
