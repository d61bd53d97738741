"""What admission needs of the world: keys by digest, and leases, from SQLite, DynamoDB or a snapshot."""

from __future__ import annotations

from typing import Final, Protocol

from tianlake.functions.admission.leases import Ask, Lease, Spent
from tianlake.functions.admission.records import KeyRecord
from tianlake.lake.quotas import Meter

SUBNETS: Final = "subnets"
"""Name of the account store's secret that hides the subnets of anonymous clients: the salt of a `Door`."""

ANONYMOUS: Final = "anonymous-"
"""What the names of subnets begin with where they are counted (`door.anonymous`); no account's id does."""

LINKS: Final = "links"
"""Name of the account store's secret that links are signed with."""

EDGE: Final = "edge-pass"
"""Name of the account store's secret by which a gateway knows what an edge function let in (`headers.ADMITTED`)."""


class Secrets(Protocol):
    """Knows secrets by name."""

    def secret(self, name: str) -> bytes:
        """Return a secret, 32 random bytes, the same for every worker; raises `StoreError`."""


class Keys(Protocol):
    """Finds keys. Every method raises `StoreError` when the store fails."""

    def find(self, digest: str) -> KeyRecord | None:
        """Return the record of a key, or None where there is no such key."""


class Ledger(Protocol):
    """Gives out leases. Every method raises `StoreError` when the store fails: then nobody holds what was asked for.

    Whether it was written is not always known then. What was is lost to the account until its day ends, as if a worker
    had died with it.
    """

    def take(self, ask: Ask, now: float) -> Lease | Spent:
        """Grant what is asked (`leases.grant`) in one conditional write.

        A refusal writes nothing, unless units come back with what was asked. The lease that came back is gone even
        where the call fails: it must be put out of use before the call.
        """

    def give_back(self, lease: Lease, now: float) -> None:
        """Return the unspent units of a lease to its account's day, as a worker does when it stops; at most once.

        A lease that is kept makes room for others to keep one, even where none of its units is left.
        """

    def used(self, account: str, now: float) -> dict[Meter, int]:
        """Return the units of the current day that an account's leases hold, spent or not, by meter."""
