"""Whatever workers do, and whatever their clocks say: no unit is spent twice, and none too early."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from kit import examples
from lease_kit import DAY_S, MIDNIGHT, Rows

from tianlake.functions.admission.leases import (
    GRACE_S,
    Ask,
    Lease,
    Spent,
    day_before,
    oldest_kept,
    spend,
    window_end,
    window_of,
)
from tianlake.lake.quotas import Limit

WORKERS = 4
BIGGEST = 7
"""Units that one request costs at most."""

LIMITS = st.builds(
    Limit,
    per_day=st.sampled_from([5, 60, 300, 100_000]),
    per_second=st.sampled_from([0.05, 0.9, 10, 1 / 3, 1_000, 20_000_000]),
    burst=st.sampled_from([1, 2, 30]),
    slice=st.sampled_from([1, 100]),
)
STEPS = st.one_of(
    st.floats(0, 2), st.sampled_from([0.1, 1.0, GRACE_S, 120.0, 3_600.0, DAY_S / 2, float(DAY_S), 3.0 * DAY_S])
)
COSTS = st.one_of(st.just(1), st.integers(1, BIGGEST))
WHO = st.integers(0, WORKERS - 1)


class Workers(RuleBasedStateMachine):
    """Workers with clocks of their own, who spend, stop, die and lose answers in any order."""

    @initialize(limit=LIMITS, before=st.sampled_from([0.0, 0.5, 20.0, 3_600.0, DAY_S / 2]))
    def begin(self, limit: Limit, before: float) -> None:
        self.limit = limit
        self.now = self.start = MIDNIGHT - before
        self.ahead = [0.0] * WORKERS
        self.rows = Rows({})
        self.leases: list[Lease | None] = [None] * WORKERS
        self.spent: dict[int, int] = {}
        self.lost: dict[int, int] = {}

    def clock(self, who: int) -> float:
        return self.now + self.ahead[who]

    def ask(self, who: int, need: int, want: int, *, keep: bool = False) -> Ask:
        """Return an ask that brings back what is left of the worker's lease, which is out of use from now on."""
        back, self.leases[who] = self.leases[who], None
        if back is not None and back.window != window_of(self.clock(who)):
            self.lose(back)
        return Ask("a", "tile", self.limit, want, need, back, keep=keep)

    def lose(self, lease: Lease | None) -> None:
        if lease is not None:
            self.lost[lease.window] = self.lost.get(lease.window, 0) + lease.units

    @rule(who=WHO, cost=COSTS, times=st.sampled_from([1, 3, 40]), eager=st.booleans(), keep=st.booleans())
    def serve(self, who: int, cost: int, times: int, *, eager: bool, keep: bool) -> None:
        """Serve requests until one is refused."""
        for _ in range(times):
            now = self.clock(who)
            held = self.leases[who]
            left = None if held is None else spend(held, cost, now)
            if left is None:
                want = self.limit.slice if eager else 1
                got = self.rows.take(self.ask(who, cost, want, keep=keep), now)
                if isinstance(got, Spent):
                    assert got.retry > now
                    assert got.used + cost > got.per_day or got.reason == "rate"
                    return
                left = spend(got, cost, now)
                assert isinstance(left, Lease), "a new lease pays for what it was asked for"
                assert got.units <= max(cost, self.limit.slice)
            if isinstance(left, Spent):
                assert left.retry > now
                return
            assert now < left.until <= window_end(now) or left.window != window_of(now)
            self.leases[who] = left
            self.spent[left.window] = self.spent.get(left.window, 0) + cost

    @rule(who=WHO)
    def die(self, who: int) -> None:
        self.lose(self.leases[who])
        self.leases[who] = None

    @rule(who=WHO)
    def stop(self, who: int) -> None:
        lease, self.leases[who] = self.leases[who], None
        if lease is not None:
            self.rows.give_back(lease)

    @rule(who=WHO, cost=COSTS)
    def lose_an_answer(self, who: int, cost: int) -> None:
        """Ask, be granted and never hear of it."""
        got = self.rows.take(self.ask(who, cost, self.limit.slice), self.clock(who))
        self.lose(got if isinstance(got, Lease) else None)

    @rule(step=STEPS)
    def wait(self, step: float) -> None:
        self.now += step

    @rule(who=WHO)
    def come_back_when_told(self, who: int) -> None:
        """A refusal says when to come back, and where nobody else came first there is something then."""
        got = self.rows.take(self.ask(who, 1, 1), self.clock(who))
        if isinstance(got, Spent):
            again = self.rows.take(Ask("a", "tile", self.limit, 1), got.retry)
            assert (
                isinstance(again, Lease) or window_of(got.retry) != window_of(self.clock(who)) or again.reason == "day"
            )
            got = again
        self.lose(got if isinstance(got, Lease) else None)

    @invariant()
    def no_day_has_more_than_its_quota(self) -> None:
        """What is granted of a day is spent, at hand or lost, to the unit, and never more than the day has."""
        for window, held in getattr(self, "rows", Rows({})).days.items():
            at_hand = sum(lease.units for lease in self.leases if lease is not None and lease.window == window)
            assert held.granted == self.spent.get(window, 0) + at_hand + self.lost.get(window, 0)
            assert held.granted <= self.limit.per_day

    @invariant()
    def room_for_what_is_kept_is_counted(self) -> None:
        """What workers keep is never more than there is room for, and what died with them takes room until midnight."""
        for window, held in getattr(self, "rows", Rows({})).days.items():
            at_hand = sum(lease.kept for lease in self.leases if lease is not None and lease.window == window)
            assert at_hand <= held.kept <= min(self.limit.burst * 2 // 3, self.limit.per_day // 10)


class InStep(Workers):
    """The same with one clock: then the account also keeps to its rate, over midnight and all."""

    @invariant()
    def nothing_is_spent_before_it_is_due(self) -> None:
        if hasattr(self, "rows"):
            due = self.limit.burst + self.limit.per_second * (self.now - self.start)
            rounding = 1e-6 * self.limit.per_second * (1 + sum(self.spent.values()))
            assert sum(self.spent.values()) <= due + BIGGEST - 1 + rounding


class OutOfStep(Workers):
    """The same with clocks that are set forward and back, by seconds, days or years."""

    @rule(who=WHO, by=st.one_of(STEPS, STEPS.map(lambda step: -step), st.sampled_from([-30.0 * 365 * DAY_S, 9e8])))
    def set_clock(self, who: int, by: float) -> None:
        self.ahead[who] = max(-9e8, min(self.ahead[who] + by, 9e8))

    @rule()
    def all_clocks_are_set_right(self) -> None:
        """Nobody is shut out for longer than a day's units take, whatever the clocks said before."""
        self.ahead = [0.0] * WORKERS
        for who in range(WORKERS):
            self.die(who)
        self.now += DAY_S + self.limit.per_day / self.limit.per_second + 60
        got = self.rows.take(Ask("a", "tile", self.limit, 1), self.now)
        assert isinstance(got, Lease) or got.reason == "day" or got.retry < self.now + 3600
        self.lose(got if isinstance(got, Lease) else None)


RUN = settings(
    max_examples=examples(150), stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestInStep = InStep.TestCase
TestInStep.settings = RUN
TestOutOfStep = OutOfStep.TestCase
TestOutOfStep.settings = RUN


def test_steady_use_is_written_once_for_each_slice():
    limit = Limit(1_000_000, 500, 3_000, 500)
    rows, lease, spent = Rows({}), None, 0
    for tick in range(100_000):
        now = MIDNIGHT + tick / 400
        left = None if lease is None else spend(lease, 1, now)
        if left is None:
            got = rows.take(Ask("a", "tile", limit, limit.slice, 1, lease), now)
            assert isinstance(got, Lease)
            left = spend(got, 1, now)
        assert isinstance(left, Lease)
        lease, spent = left, spent + 1
    assert spent == 100_000
    assert rows.writes == spent / limit.slice


def test_days_are_chinas():
    assert window_of(MIDNIGHT - 0.001) == 20261127
    assert window_of(MIDNIGHT) == 20261128
    assert window_end(MIDNIGHT - 0.001) == MIDNIGHT
    assert window_end(MIDNIGHT) == MIDNIGHT + DAY_S
    assert oldest_kept(MIDNIGHT) == 20261127
    assert [day_before(window) for window in (20261128, 20261101, 20270101, 20280301)] == [
        20261127,
        20261031,
        20261231,
        20280229,
    ]


@pytest.mark.parametrize("back", [3_600.0, 2 * DAY_S, 30.0 * 365 * DAY_S])
def test_a_clock_that_went_back_shuts_nobody_out_for_long(back: float):
    limit = Limit(10_000, 100, 600)
    rows = Rows({})
    lease = rows.take(Ask("a", "tile", limit, 100), MIDNIGHT)
    assert isinstance(lease, Lease)
    now = MIDNIGHT - back
    assert spend(lease, 1, now) is None or window_of(now) == lease.window
    assert isinstance(rows.take(Ask("a", "tile", limit, 100, 1, lease), now), Lease)
