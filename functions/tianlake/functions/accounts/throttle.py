"""Limits of the account service itself, on the same ledger as everything else that is counted."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final

from tianlake.functions.accounts.answers import TOO_MANY_TRIES
from tianlake.functions.admission.leases import Ask, Lease, Spent, spend
from tianlake.functions.admission.ports import Ledger
from tianlake.functions.calls import CallError
from tianlake.lake.plain import Text
from tianlake.lake.quotas import Limit, Meter

METER: Final[Meter] = "search"
"""Calls are counted under this meter, on names that no account has."""

CALLS: Final = Limit(per_day=20_000, per_second=5, burst=60, slice=20)
"""Calls of one account: as many as a page or a script needs that looks after keys."""

KEYS_MADE: Final = Limit(per_day=100, per_second=1, burst=20, slice=1)
"""Keys that one account makes: revoked ones stay on record, so even these must come to an end."""

SNAPSHOTS: Final = Limit(per_day=1_000, per_second=0.1, burst=10, slice=1)
"""Snapshots that the account of a node takes: making one reads every key."""

_REMEMBERED: Final = 10_000


class Throttle:
    """Spends leases of whoever calls; of many callers only the latest are remembered."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._held: OrderedDict[str, Lease | Spent] = OrderedDict()

    def check(self, who: str, now: float) -> None:
        """Refuse who was found to have nothing left, without asking the store; raises `CallError`."""
        with self._lock:
            held = self._held.get(who)
        if isinstance(held, Spent) and now < held.retry:
            raise _refusal(held, now)

    def charge(self, who: str, limit: Limit, now: float, cost: int = 1) -> None:
        """Spend `cost` units of a limit.

        Raises:
            CallError: There is nothing left; its header says when to come back.
            StoreError: The store fails.
        """
        self.check(who, now)
        with self._lock:
            held = self._held.pop(who, None)
        lease = held if isinstance(held, Lease) else None
        left = spend(lease, cost, now) if lease is not None else None
        if left is None:
            # Few units at first: most who call do so once.
            want = cost if lease is None else max(limit.slice, cost)
            taken = self._ledger.take(Ask(who, METER, limit, want, cost, lease), now)
            lease = taken if isinstance(taken, Lease) else None
            left = taken if isinstance(taken, Spent) else spend(taken, cost, now)
        if isinstance(left, Lease):
            self._keep(who, left)
            return
        spent = left or Spent("rate", now + 1, 0, limit.per_day)
        self._keep(who, lease or spent)
        raise _refusal(spent, now)

    def close(self, now: float) -> None:
        """Give back what is leased and not spent; raises `StoreError`."""
        with self._lock:
            held, self._held = self._held, OrderedDict()
        for each in held.values():
            if isinstance(each, Lease):
                self._ledger.give_back(each, now)

    def _keep(self, who: str, held: Lease | Spent) -> None:
        with self._lock:
            self._held[who] = held
            if len(self._held) > _REMEMBERED:
                self._held.popitem(last=False)


def _refusal(spent: Spent, now: float) -> CallError:
    wait = max(1, round(spent.retry - now + 0.5))
    rule = Text(f"请在 {wait} 秒后再试。", f"try again in {wait} seconds")
    return CallError(TOO_MANY_TRIES, rule=rule, headers={"retry-after": str(wait)})
