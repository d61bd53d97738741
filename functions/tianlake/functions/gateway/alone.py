"""A gateway without accounts, or whose account store fails: anonymous use is counted in this one process."""

from __future__ import annotations

import hmac
import logging
import secrets
from dataclasses import replace
from threading import Lock
from typing import Final

from cachetools import LRUCache

from tianlake.functions.admission.leases import Ask, Held, Lease, Spent, grant, returned, window_of
from tianlake.functions.admission.ports import ANONYMOUS, Ledger
from tianlake.functions.admission.records import KeyRecord
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import METERS, Meter

_log = logging.getLogger(__name__)

_RETRY_S: Final = 2.0
"""How long a store that failed is left alone, seconds."""

_REMEMBERED: Final = 20_000
"""Subnets and meters, the latest: who was forgotten begins anew."""


class Alone:
    """`Keys` that finds none, and a `Ledger` in memory."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: LRUCache[tuple[str, Meter], Held] = LRUCache(_REMEMBERED)
        self._seed = secrets.token_bytes(32)

    def secret(self, name: str) -> bytes:
        """Return a secret of this process."""
        return hmac.digest(self._seed, name.encode(), "sha256")

    def find(self, digest: str) -> KeyRecord | None:
        """Return None: there is no such key."""
        del digest
        return None

    def take(self, ask: Ask, now: float) -> Lease | Spent:
        """Grant what is asked; see `Ledger.take`."""
        key = (ask.account, ask.meter)
        with self._lock:
            self._held[key], answer = grant(ask, self._held.get(key, Held()), now)
        return answer

    def give_back(self, lease: Lease, now: float) -> None:
        """Return the unspent units of a lease to its account's day."""
        del now
        key = (lease.account, lease.meter)
        with self._lock:
            if (held := self._held.get(key)) is not None:
                self._held[key] = returned(held, lease)

    def used(self, account: str, now: float) -> dict[Meter, int]:
        """Return the units of the current day that an account's leases hold, by meter."""
        found = {meter: self._held.get((account, meter)) for meter in METERS}
        return {meter: held.granted for meter, held in found.items() if held and held.window == window_of(now)}


class Spared:
    """The ledger of an account store, beside which anonymous use is counted in this process while the store fails.

    What is open stays open then, to each worker's full measure. Accounts are not counted twice: they have what is
    leased, and wait for the store after that.
    """

    def __init__(self, ledger: Ledger) -> None:
        """Count on `ledger` while it answers."""
        self._ledger = ledger
        self._spare = Alone()
        self._down_until = 0.0

    def take(self, ask: Ask, now: float) -> Lease | Spent:
        """Grant what is asked; raises `StoreError` where an account asks a store that fails."""
        if not ask.account.startswith(ANONYMOUS):
            return self._ledger.take(ask, now)
        if now >= self._down_until:
            try:
                return self._ledger.take(ask, now)
            except StoreError as error:
                _log.warning("anonymous use is counted by this worker alone for now: %s", error)
                self._down_until = now + _RETRY_S
        return self._spare.take(replace(ask, back=None, keep=False), now)

    def give_back(self, lease: Lease, now: float) -> None:
        """Return the unspent units of a lease; raises `StoreError`."""
        self._ledger.give_back(lease, now)

    def used(self, account: str, now: float) -> dict[Meter, int]:
        """Return the units that an account's leases hold, by meter; raises `StoreError`."""
        return self._ledger.used(account, now)
