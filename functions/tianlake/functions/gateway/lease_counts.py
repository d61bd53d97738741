"""How many leases a worker takes and gives back: whether slices of quotas fit, and whether workers die with some."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Literal

from tianlake.functions.admission.leases import Ask, Lease, Spent
from tianlake.functions.admission.ports import Ledger
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import Meter

What = Literal["taken", "given_back", "refused", "failed"]
"""`refused`: there was nothing to lease; `failed`: the store did not answer."""


class LeaseCounts:
    """Counts of one worker; errands add to them from several threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = Lock()
        self._cells: dict[tuple[Meter, What], tuple[int, int]] = {}

    def add(self, meter: Meter, what: What, units: int = 0) -> None:
        """Count one lease of so many units."""
        with self._lock:
            count, before = self._cells.get((meter, what), (0, 0))
            self._cells[meter, what] = count + 1, before + units

    def rows(self) -> list[tuple[Meter, What, int, int]]:
        """Return meter, what became of it, how many leases, how many units."""
        with self._lock:
            return [(*name, *cell) for name, cell in sorted(self._cells.items())]


@dataclass(frozen=True, slots=True)
class Counted:
    """A ledger whose leases are counted."""

    ledger: Ledger
    counts: LeaseCounts

    def take(self, ask: Ask, now: float) -> Lease | Spent:
        """Grant what is asked; see `Ledger.take`."""
        try:
            got = self.ledger.take(ask, now)
        except StoreError:
            self.counts.add(ask.meter, "failed")
            raise
        if ask.back is not None:
            self.counts.add(ask.meter, "given_back", ask.back.units)
        if isinstance(got, Spent):
            self.counts.add(ask.meter, "refused")
        else:
            self.counts.add(ask.meter, "taken", got.units)
        return got

    def give_back(self, lease: Lease, now: float) -> None:
        """Return the unspent units of a lease; raises `StoreError`."""
        self.ledger.give_back(lease, now)
        self.counts.add(lease.meter, "given_back", lease.units)

    def used(self, account: str, now: float) -> dict[Meter, int]:
        """Return the units that an account's leases hold, by meter; raises `StoreError`."""
        return self.ledger.used(account, now)
