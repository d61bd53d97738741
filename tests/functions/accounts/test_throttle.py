"""Limits of the service itself: few store writes, none for who is refused, and nothing lost at the end."""

from __future__ import annotations

import pytest
from accounts_kit import NOON
from admission_kit import Accounts

from tianlake.functions.accounts.throttle import Throttle
from tianlake.functions.calls import CallError
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import Limit

LIMIT = Limit(per_day=100, per_second=1, burst=50, slice=10)


def spent(throttle: Throttle, times: int, now: float = NOON) -> int:
    """How many of so many calls were let in."""
    passed = 0
    for _ in range(times):
        try:
            throttle.charge("x", LIMIT, now)
        except CallError:
            continue
        passed += 1
    return passed


def test_a_slice_is_one_write_and_a_refusal_none():
    ledger = Accounts()
    throttle = Throttle(ledger)
    assert spent(throttle, 50) == 50
    assert len(ledger.asks) <= 7
    asked = len(ledger.asks)
    assert spent(throttle, 1000) == 0
    assert len(ledger.asks) <= asked + 1, "that there is nothing left is remembered"


def test_over_all_workers_and_hours_no_more_than_the_day_holds_is_let_in():
    ledger = Accounts()
    workers = [Throttle(ledger), Throttle(ledger)]
    passed = sum(spent(workers[n % 2], 3, NOON + n * 7) for n in range(400))
    assert 90 <= passed <= 100


def test_a_day_that_is_used_up_is_remembered():
    ledger, limit = Accounts(), Limit(per_day=5, per_second=1, burst=50, slice=5)
    throttle = Throttle(ledger)
    for _ in range(5):
        throttle.charge("x", limit, NOON)
    for _ in range(100):
        with pytest.raises(CallError):
            throttle.charge("x", limit, NOON)
    assert len(ledger.asks) <= 4


def test_what_is_leased_is_given_back_at_the_end():
    ledger = Accounts()
    throttle = Throttle(ledger)
    spent(throttle, 2)
    throttle.close(NOON)
    assert ledger.used("x", NOON) == {"search": 2}


def test_a_ledger_that_fails_lets_nobody_in():
    ledger = Accounts()
    ledger.down = True
    with pytest.raises(StoreError):
        Throttle(ledger).charge("x", LIMIT, NOON)


def test_a_cost_above_what_is_left_is_refused_and_a_smaller_one_is_not():
    throttle = Throttle(Accounts())
    throttle.charge("x", LIMIT, NOON, 30)
    throttle.charge("x", LIMIT, NOON, 20)
    with pytest.raises(CallError) as caught:
        throttle.charge("x", LIMIT, NOON, 20)
    wait = int(caught.value.headers["retry-after"])
    throttle.charge("x", LIMIT, NOON + wait, 1)
