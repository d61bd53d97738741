"""What one account may spend of one meter in one worker: units that are ready, and the leases they come from.

A request spends by counting down: as many units of a lease as are due are *made ready* at once. Nothing is ready before
it is due, after its lease is void, or twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.leases import Lease, Spent, after, spend, units_due
from tianlake.lake.quotas import Meter


@dataclass(slots=True)
class Purse:
    """Leases of one account and meter, and what is known of there being no more."""

    account: str
    meter: Meter
    ready: int = 0
    """Units that may be spent from `since` until `until`: count down what is spent."""
    since: float = 0.0
    until: float = 0.0
    beside: int = 0
    """Units of the day that are left to the account beside those that are ready, as far as this worker can know."""
    per_day: int = 0
    """The day's quota, when the latest lease was taken."""
    lease: Lease | None = None
    """What `ready` is of, as it was at `since`: `remains` is what it is now."""
    out: int = 0
    """Units of `lease` that were made ready at `since`."""
    ahead: Lease | None = None
    """The lease to be spent after this one, taken before it is needed."""
    low: int = 0
    """When no more than so many units of `lease` are left, another one may be taken ahead."""
    rest: Lease | None = None
    """What was left of leases that were too small for a request, to be given back with the next one."""
    gone: bool = False
    """Whether it had to make room: who still knows it takes another."""
    spent: Spent | None = None
    spent_cost: int = 0
    """What could not be paid then; less may still be there."""
    recheck: float = 0.0
    """Until when `spent` is believed, seconds since the epoch."""
    not_ahead: float = 0.0
    """Until when no lease is taken ahead, seconds since the epoch."""
    want: int = 0
    taken: float = 0.0
    """When the last lease was taken, seconds since the epoch."""
    waiting: int = 0
    """Requests that wait for the errand."""
    errand: Errand | None = None

    @property
    def left(self) -> int:
        """Units of the day that are left to the account as far as this worker can know, once it took a lease."""
        return self.ready + self.beside

    def remains(self) -> Lease | None:
        """Return the lease as it is now."""
        used = self.out - self.ready
        return after(self.lease, used) if self.lease is not None and used else self.lease

    def make_ready(self, cost: int, now: float) -> Spent | bool:
        """Make units ready, `cost` of them at least: True; False where a lease has to be taken; or why not yet."""
        self.settle()
        while self.lease is not None:
            found = spend(self.lease, cost, now)
            if isinstance(found, Spent):
                return found
            if found is not None:
                # Not beyond `low`, so that somebody looks after the next lease then.
                most = self.lease.units - self.low if self.lease.units > self.low else self.lease.units
                self.out = self.ready = max(cost, min(units_due(self.lease, now), most))
                self.since, self.until = now, self.lease.until
                self._count()
                return True
            if self.ahead is None:
                return False
            self.put_away(self.lease)
            self.lease, self.ahead = self.ahead, None
            self.low = self.lease.units // 2
            self._count()
        return False

    def settle(self) -> None:
        """Put what is ready back into its lease."""
        self.lease = self.remains()
        self.out = self.ready = 0
        self._count()

    def begin(self, lease: Lease, now: float) -> None:
        """Take a lease that was granted: to be spent now, or after the one that is at hand."""
        self.per_day, self.taken = lease.per_day, now
        if self.lease is None:
            self.lease, self.low, self.spent = lease, lease.units // 2, None
        else:
            self.ahead = lease
        self._count()

    def put_away(self, lease: Lease) -> None:
        """Keep what is left of a lease for giving it back; of two days, the later one's units."""
        rest = self.rest if self.rest is not None and self.rest.window >= lease.window else None
        if rest is None:
            self.rest = lease if lease.units or lease.kept else None
        elif rest.window == lease.window:
            self.rest = lease._replace(units=lease.units + rest.units, kept=lease.kept + rest.kept)

    def empty(self) -> Lease | None:
        """Take out all that is left, as one lease to be given back; what it has and keeps alone matters then."""
        self.settle()
        for lease in (self.lease, self.ahead):
            if lease is not None:
                self.put_away(lease)
        rest, self.rest, self.lease, self.ahead = self.rest, None, None, None
        return rest  # `beside` still counts it: what is given back is left to the account

    def _count(self) -> None:
        newest = self.ahead or self.lease
        if self.lease is None or newest is None:
            return
        more = self.ahead.units if self.ahead is not None else 0
        self.beside = self.lease.units - self.out + more + max(0, newest.per_day - newest.used)
