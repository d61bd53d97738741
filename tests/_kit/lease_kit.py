"""Rows of an account store in memory, by the rules of leases, for tests of these rules."""

from __future__ import annotations

from dataclasses import dataclass

from tianlake.functions.admission.leases import Ask, Held, Lease, Spent, changes, grant, returned, window_of

MIDNIGHT = 1_795_795_200.0
"""2026-11-28, 00:00 in China's time."""

DAY_S = 86_400


@dataclass
class Rows:
    """What a store does, without a store: a row for each day, conditional on nothing since nobody else is here."""

    days: dict[int, Held]
    writes: int = 0

    def take(self, ask: Ask, now: float) -> Lease | Spent:
        window = window_of(now)
        held = next((self.days[day] for day in sorted(self.days, reverse=True) if day <= window), Held())
        after, answer = grant(ask, held, now)
        if isinstance(answer, Lease) or changes(held, after):
            self.days[window] = after
            self.writes += 1
        return answer

    def give_back(self, lease: Lease) -> None:
        self.days[lease.window] = returned(self.days[lease.window], lease)
