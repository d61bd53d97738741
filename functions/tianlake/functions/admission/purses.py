"""Leases as a worker holds and spends them: one purse for each account and meter."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from threading import RLock
from typing import Final, Literal

from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.leases import AHEAD_S, Ask, Lease, Spent, window_end, window_of
from tianlake.functions.admission.ports import ANONYMOUS, Ledger
from tianlake.functions.admission.purse import Purse
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import Limit, Meter

_log = logging.getLogger(__name__)

RECHECK_S: Final = 30.0
"""How often the store is asked whether a day that was used up still is, seconds: an operator may have raised the
quota."""

RETRY_S: Final = 2.0
"""How long a store that failed is left alone, seconds."""

REMEMBERED: Final = 20_000
"""Purses that are kept, the ones used last."""

_ABANDONED: Final = 1_000
"""Leases that wait to be given back, at most; what is beyond is lost to its account's day."""

Begin = Callable[[Errand], object]
"""Has an errand run that nobody waits for, without blocking."""

Trouble = Literal["down"] | Spent
"""Why nothing can be spent: the store is down, or there is nothing."""


class Purses:
    """All purses of a worker. Every method is called with `lock` held; errands take it themselves."""

    def __init__(self, ledger: Ledger, lock: RLock, clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._lock = lock
        self._clock = clock
        self._purses: OrderedDict[tuple[str, Meter], Purse] = OrderedDict()
        self._abandoned: list[Lease] = []
        self._down_until = {False: 0.0, True: 0.0}
        """Of accounts, and of anonymous use, which may be counted elsewhere while accounts cannot be."""
        self.begin: Begin | None = None
        """None where nothing runs beside requests."""

    def purse(self, account: str, meter: Meter) -> Purse:
        """Return an account's purse for a meter; the one that was not used for longest makes room for a new one."""
        key = (account, meter)
        if (found := self._purses.get(key)) is not None:
            self._purses.move_to_end(key)
            return found
        while len(self._purses) >= REMEMBERED:
            oldest = self._purses.popitem(last=False)[1]
            oldest.gone = True
            self._abandon(oldest.empty())
        made = self._purses[key] = Purse(account, meter)
        return made

    def make_ready(self, purse: Purse, limit: Limit, cost: int, now: float) -> Trouble | Errand | None:
        """Make units ready in a purse, `cost` of them at least, to be counted down; return why not, if so.

        That is: nothing to spend; a lease that has to be taken first; or that the store cannot be asked.
        """
        found = purse.make_ready(cost, now)
        if isinstance(found, Spent):
            return found
        if found:
            self._look_ahead(purse, limit, now)
            return None
        if (spent := known_spent(purse, cost, now) or _beyond(purse, limit, cost, now)) is not None:
            return spent
        purse.waiting += 1
        if purse.errand is not None:
            return purse.errand
        if self._is_down(purse, now):
            return "down"
        purse.errand = Errand(lambda: self._take(purse, limit, cost))
        return purse.errand

    def _look_ahead(self, purse: Purse, limit: Limit, now: float) -> None:
        """Have the next lease taken before it is needed, where the one at hand is spent fast and is half spent."""
        if self.begin is None or purse.lease is None or purse.lease.units > purse.low or purse.ahead is not None:
            return
        fast = 0 <= now - purse.taken < AHEAD_S
        if fast and now >= purse.not_ahead and purse.errand is None and not self._is_down(purse, now):
            purse.errand = Errand(lambda: self._take_ahead(purse, limit))
            self.begin(purse.errand)

    def _is_down(self, purse: Purse, now: float) -> bool:
        """Tell whether the store failed just now; a clock that was set back must not make that last."""
        return 0 < self._down_until[_is_anonymous(purse)] - now < RECHECK_S

    def _take(self, purse: Purse, limit: Limit, need: int) -> None:
        now = self._clock()
        with self._lock:
            if self._is_down(purse, now):  # found out while this waited for a thread: so do all who wait behind it
                purse.errand, purse.waiting = None, 0
                return
            # Out of use for good: where the call fails, its units may have been counted as never leased all the same.
            back = _worth(purse.empty(), now)
            ask = Ask(purse.account, purse.meter, limit, _wanted(purse, limit, now), need, back, keep=True)
        self._ask(purse, ask, now)

    def _take_ahead(self, purse: Purse, limit: Limit) -> None:
        now = self._clock()
        with self._lock:
            back, purse.rest = _worth(purse.rest, now), None
            ask = Ask(purse.account, purse.meter, limit, _wanted(purse, limit, now), 1, back, early=True, keep=True)
        self._ask(purse, ask, now)

    def _ask(self, purse: Purse, ask: Ask, now: float) -> None:
        try:
            got = self._ledger.take(ask, now)
        except StoreError as error:
            _log.warning("nothing can be leased for %s: %s", purse.meter, error)
            with self._lock:
                self._down_until[_is_anonymous(purse)] = self._clock() + RETRY_S
        else:
            with self._lock:
                self._keep(purse, ask, got, now)
        finally:
            with self._lock:
                purse.errand, purse.waiting = None, 0

    def _keep(self, purse: Purse, ask: Ask, got: Lease | Spent, now: float) -> None:
        if isinstance(got, Spent):
            recheck = got.retry if got.reason == "rate" else min(got.retry, now + RECHECK_S)
            if ask.early:
                purse.not_ahead = recheck
            else:
                purse.spent, purse.spent_cost, purse.recheck = got, ask.need, recheck
            return
        if purse.gone:  # it had to make room meanwhile
            self._abandon(got)
        else:
            purse.begin(got, now)

    def _abandon(self, lease: Lease | None) -> None:
        if lease is not None and len(self._abandoned) < _ABANDONED:
            self._abandoned.append(lease)

    def unused(self, now: float) -> list[Lease]:
        """Take out and return leases that nobody spends any more: those that are void or had to make room."""
        for purse in self._purses.values():
            held = [each for each in (purse.lease, purse.ahead) if each is not None]
            void = any(now >= each.until for each in held) if held else purse.rest is not None
            if void and purse.errand is None:
                self._abandon(purse.empty())
        unused, self._abandoned = self._abandoned, []
        return [lease for lease in unused if _worth(lease, now)]

    def drain(self) -> list[Lease]:
        """Take out and return all leases, when the worker stops."""
        for purse in self._purses.values():
            self._abandon(purse.empty())
        unused, self._abandoned = self._abandoned, []
        return unused


def _is_anonymous(purse: Purse) -> bool:
    return purse.account.startswith(ANONYMOUS)


def known_spent(purse: Purse, cost: int, now: float) -> Spent | None:
    """Return why `cost` cannot be spent, where the store said so lately."""
    spent = purse.spent
    if spent is None or now >= purse.recheck or (spent.reason == "day" and cost < purse.spent_cost):
        return None
    return spent


def _beyond(purse: Purse, limit: Limit, cost: int, now: float) -> Spent | None:
    """Return that `cost` is more than the account has left today, where that is known without asking the store."""
    lease, left = purse.lease, purse.left
    if lease is not None and now < min(lease.until, purse.taken + RECHECK_S) and cost > left:
        return Spent("day", window_end(now), purse.per_day - left, purse.per_day)
    return Spent("day", window_end(now), 0, limit.per_day) if cost > limit.per_day else None


def _wanted(purse: Purse, limit: Limit, now: float) -> int:
    """Return how many units to lease: twice as many while they are spent fast, and for all who wait."""
    fast = now - purse.taken < AHEAD_S
    purse.want = min(limit.slice, purse.want * 2) if fast and purse.want else max(1, limit.slice // 10)
    return min(limit.slice, max(purse.want, purse.waiting))


def _worth(lease: Lease | None, now: float) -> Lease | None:
    """Return a lease that is worth giving back: with units left, or room for others, of a day that is not over."""
    return lease if lease is not None and (lease.units or lease.kept) and lease.window == window_of(now) else None
