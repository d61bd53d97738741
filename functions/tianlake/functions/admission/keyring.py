"""Keys as a worker remembers them: a second's look-up serves half a minute, and a failing store some minutes."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import Final, Literal

from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.leases import Ask, Held, Lease, Spent, grant
from tianlake.functions.admission.ports import Keys
from tianlake.functions.admission.records import KeyRecord
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import Limit

_log = logging.getLogger(__name__)

FRESH_S: Final = 30.0
"""How long a record is used without asking again, seconds: a revocation reaches every worker within twice that."""

STALE_S: Final = 600.0
"""How long a record is used while the store cannot be asked, seconds."""

RETRY_S: Final = 2.0
"""How long a store that failed is left alone, seconds: requests are answered at once meanwhile."""

REMEMBERED: Final = 10_000
"""Keys, unknown keys and subnets that are remembered, of each the ones used last."""

Trouble = Literal["down"] | Spent
"""Why a key could not be looked up: the store is down, or the subnet guessed too much."""


@dataclass(slots=True)
class _Entry:
    record: KeyRecord | None
    at: float
    """When the store said so, seconds since the epoch."""


class Keyring:
    """Remembers what the store says of keys. Every method is called with `lock` held; errands take it themselves."""

    def __init__(self, keys: Keys, lock: RLock, clock: Callable[[], float]) -> None:
        self._keys = keys
        self._lock = lock
        self._clock = clock
        self._known: OrderedDict[str, _Entry] = OrderedDict()
        self._unknown: OrderedDict[str, _Entry] = OrderedDict()
        """Apart from those that are known, which a flood of wrong keys must not push out."""
        self._guesses: OrderedDict[str, Held] = OrderedDict()
        self._errands: dict[str, Errand] = {}
        self._down_until = 0.0

    def find(self, digest: str, subnet: str, guesses: Limit, now: float) -> KeyRecord | Errand | Trouble | None:
        """Return a key's record, None where there is no such key, what must be done first, or why it cannot be.

        Args:
            digest: SHA-256 of the key.
            subnet: Where the request comes from; wrong keys are counted against it.
            guesses: How many wrong keys a subnet may send.
            now: Seconds since the epoch.
        """
        entry = self._known.get(digest) or self._unknown.get(digest)
        # A clock that was set back makes nothing fresh: what was read is looked up again, and a revocation is seen.
        if entry is not None and abs(now - entry.at) < FRESH_S:
            return entry.record
        if self._is_down(now):
            return entry.record if entry is not None and now - entry.at < STALE_S else "down"
        if (under_way := self._errands.get(digest)) is not None:
            return under_way
        certain = entry is not None and entry.record is not None
        if not certain and (spent := self._guess(subnet, guesses, now)) is not None:
            return spent
        refund = None if certain else (subnet, guesses)
        errand = self._errands[digest] = Errand(lambda: self._look_up(digest, refund))
        return errand

    def _is_down(self, now: float) -> bool:
        """Tell whether the store failed just now; a clock that was set back must not make that last."""
        return 0 < self._down_until - now < FRESH_S

    def _look_up(self, digest: str, refund: tuple[str, Limit] | None) -> None:
        try:
            with self._lock:
                if self._is_down(self._clock()):  # found out while this waited for a thread
                    self._guessed_right(refund)
                    return
            record = self._keys.find(digest)
        except StoreError as error:
            _log.warning("keys cannot be looked up: %s", error)
            with self._lock:
                self._down_until = self._clock() + RETRY_S
                self._guessed_right(refund)
        else:
            with self._lock:
                self._remember(digest, record)
                if record is not None:
                    self._guessed_right(refund)
        finally:
            with self._lock:
                self._errands.pop(digest, None)

    def _remember(self, digest: str, record: KeyRecord | None) -> None:
        here, there = (self._unknown, self._known) if record is None else (self._known, self._unknown)
        there.pop(digest, None)
        here[digest] = _Entry(record, self._clock())
        here.move_to_end(digest)
        while len(here) > REMEMBERED:
            here.popitem(last=False)

    def _guess(self, subnet: str, limit: Limit, now: float) -> Spent | None:
        """Count a look-up of a key that may be wrong; return why it may not be made, or None."""
        held, got = grant(Ask(subnet, "search", limit, 1), self._guesses.get(subnet, Held()), now)
        if not isinstance(got, Lease):
            return got
        self._guesses[subnet] = held
        self._guesses.move_to_end(subnet)
        while len(self._guesses) > REMEMBERED:
            self._guesses.popitem(last=False)
        return None

    def _guessed_right(self, counted: tuple[str, Limit] | None) -> None:
        """Take back what was counted for a key that turned out to be good, or could not be looked up."""
        if counted is None:
            return
        subnet, limit = counted
        if (held := self._guesses.get(subnet)) is not None:
            self._guesses[subnet] = Held(held.window, max(0, held.granted - 1), held.due - 1 / limit.per_second)
