"""The real doors and leases of admission, over a store in memory that counts what it is asked."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from tianlake.functions.admission.admit import Rules
from tianlake.functions.admission.answers import Admission, Refusal
from tianlake.functions.admission.demands import demand_of
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.leases import Ask, Held, Lease, Spent, changes, grant, returned, window_of
from tianlake.functions.admission.records import Asked, KeyRecord, digest
from tianlake.functions.admission.requests import Request, asked_for
from tianlake.functions.gateway.places import locate
from tianlake.lake.quotas import DEFAULT_POLICY, Meter

NODE: Final = "156130000"
SWEEP_S: Final = 30.0
"""How often a gateway gives back leases that nobody spends any more."""
_VOID_S: Final = 90.0
"""After so long without a request no lease of the default policy is good any more, and all were given back."""

TILE: Final = "/tiles/roads/14/13490/6208.mvt"
ARCHIVE: Final = "/tiles/roads.pmtiles"


@dataclass(slots=True)
class Counted:
    """A store of one account, whose days are rows as those of the real ones are."""

    record: KeyRecord
    held: dict[tuple[Meter, int], Held] = field(default_factory=dict)
    looks: int = 0
    """Questions that wrote nothing."""
    writes: int = 0

    def find(self, wanted: str) -> KeyRecord | None:
        """Return the one key's record."""
        self.looks += 1
        return self.record if wanted == self.record.digest else None

    def take(self, ask: Ask, now: float) -> Lease | Spent:
        """Grant what is asked, as `SqliteAccounts.take` does."""
        today = (ask.meter, window_of(now))
        held = self.held.get(today) or max(
            (each for (meter, _), each in self.held.items() if meter == ask.meter),
            key=lambda each: each.window,
            default=Held(),
        )
        after, answer = grant(ask, held, now)
        if isinstance(answer, Lease) or changes(held, after):
            self.held[today] = after
            self.writes += 1
        else:
            self.looks += 1
        return answer

    def give_back(self, lease: Lease, now: float) -> None:  # noqa: ARG002 - a `Ledger` has it
        """Count units as never leased."""
        today = (lease.meter, lease.window)
        self.held[today] = returned(self.held[today], lease)
        self.writes += 1

    def used(self, account: str, now: float) -> dict[Meter, int]:  # noqa: ARG002 - a `Ledger` has it
        """Return what is leased."""
        return {meter: held.granted for (meter, _), held in self.held.items()}


class Account:
    """One account's requests, decided by so many workers that share its store and nothing else."""

    def __init__(self, tier: str, workers: int, *, rests: bool = False) -> None:
        """Make an account of a tier of the default policy.

        Args:
            tier: Of the account.
            workers: How many.
            rests: Whether workers do nothing between requests, as functions: they take no lease ahead, and give back
                only with the next one that they take.
        """
        key = "k" * 32
        self.store = Counted(KeyRecord(digest(key), "k", "a", tier, "any", terms=DEFAULT_POLICY.version))
        self.admitted = self.refused = 0
        self._now = self._swept = 0.0
        rules = Rules(DEFAULT_POLICY, terms=DEFAULT_POLICY.version)
        self._later: deque[Errand] = deque()
        self._doors = [Door(self.store, self.store, lambda: rules, clock=lambda: self._now) for _ in range(workers)]
        self._rests = rests
        for door in () if rests else self._doors:
            door.look_ahead(self._later.append)
        self._asked = {path: _asked(path, key) for path in (TILE, ARCHIVE)}

    def ask(self, worker: int, now: float, size: int = 0) -> bool:
        """Let one worker decide one request, and say whether it is let in.

        Args:
            worker: Which.
            now: Seconds since the epoch, never before the last one's.
            size: Bytes of a range of an archive; 0 for a tile by its address.
        """
        self._sweep(now)
        self._now = now
        door = self._doors[worker]
        said = self._decided(door, self._asked[ARCHIVE if size else TILE], now)
        if isinstance(said, Admission) and size and said.guest is not None:
            while isinstance(charged := door.charge(said.guest, size, now), Errand):
                charged.run()
            said = charged if isinstance(charged, Refusal) else said
        while self._later:
            self._later.popleft().run()
        if isinstance(said, Refusal):
            self.refused += 1
            return False
        self.admitted += 1
        return True

    def leave(self) -> None:
        """Let time pass until nothing of the account is leased any more."""
        self._sweep(self._now + _VOID_S)

    def _decided(self, door: Door, asked: Asked, now: float) -> Admission | Refusal:
        while isinstance(said := door.decide(asked, now), Errand):
            said.run()
        return said

    def _sweep(self, now: float) -> None:
        """Have the workers give back what is void, from the last request on until this one."""
        if not self._swept:
            self._swept = now
        while now - self._swept >= SWEEP_S:
            self._swept += SWEEP_S
            if self._swept - self._now > _VOID_S:
                self._swept += (now - self._swept) // SWEEP_S * SWEEP_S
            for door in () if self._rests else self._doors:
                if (errand := door.sweep(self._swept)) is not None:
                    errand.run()


def _asked(path: str, key: str) -> Asked:
    request = Request(path, f"tk={key}", {"accept": "*/*"}, "192.0.2.1")
    return asked_for(request, demand_of(locate(path.encode(), {NODE})), "key")
