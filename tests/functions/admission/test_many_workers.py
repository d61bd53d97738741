"""However many workers there are, and whatever becomes of them, an account keeps to its rate, burst and day."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from admission_kit import NOON, PLAIN_TILE, RULES, Accounts, Clock, Worker, decided, policy_with
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import examples

from tianlake.functions.admission.answers import Admission, Refusal
from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.leases import GRACE_S

RATE, BURST, SLICE = 10.0, 20, 30

STEPS = st.lists(
    st.tuples(
        st.sampled_from([*["ask"] * 4, *["ask again"] * 4, *["fetch"] * 3, "crash", "close", "sweep", "down", "up"]),
        st.integers(0, 3),
        st.sampled_from([1, 3, 40]),
        st.sampled_from([0.0, 0.05, 1.3, 20.0]),
    ),
    min_size=10,
    max_size=40,
)
"""What a worker does, or what becomes of it or of the store; how many requests it gets; and seconds until the next
step."""


@settings(max_examples=examples(300), deadline=None)
@given(STEPS, st.sampled_from([50, 400, 1_000]), st.booleans())
def test_no_order_of_workers_crashes_and_failures_lets_more_through(steps, per_day, ahead):
    accounts, clock = Accounts(), Clock()
    rules = replace(RULES, policy=policy_with("tile", per_second=RATE, burst=BURST, per_day=per_day, slice=SLICE))
    workers = [Worker(accounts, rules, clock, ahead=ahead) for _ in range(4)]
    admitted = []
    for step, which, count, wait in steps:
        worker = workers[which]
        if step in {"ask", "ask again"}:
            ask = worker.ask if step == "ask" else worker.ask_again
            admitted += [clock.now for _ in range(count) if ask()]
        elif step == "fetch":
            worker.fetch()
        elif step in {"down", "up"}:
            accounts.down = step == "down"
        elif step == "sweep":
            if (errand := worker.door.sweep(clock.now)) is not None:
                errand.run()
        else:
            if step == "close":
                worker.fetch()
                worker.door.close()
            workers[which] = Worker(accounts, rules, clock, ahead=ahead)
        clock.now += wait
    assert len(admitted) <= accounts.used("aplain", clock.now).get("tile", 0) <= per_day
    for first, start in enumerate(admitted):
        for last in range(first, len(admitted)):
            span = admitted[last] - start
            # From its start a schedule is kept exactly; later, units are still good for a while after they were due.
            late = 0 if start == admitted[0] else GRACE_S + SLICE / RATE
            assert last - first + 1 <= BURST + RATE * (span + late) + 0.001, (start - NOON, span)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.integers(1, 9), st.booleans())
def test_a_slow_client_is_let_in_by_whichever_worker_it_meets(workers, per_second, ahead):
    accounts, clock = Accounts(), Clock()
    rules = replace(RULES, policy=policy_with("tile", per_second=RATE, burst=BURST, per_day=100_000, slice=10))
    doors = [Worker(accounts, rules, clock, ahead=ahead) for _ in range(workers)]
    again = 0
    for turn in range(300):
        worker = doors[turn % workers]
        answer = decided(worker.door, PLAIN_TILE, clock.now)
        if isinstance(answer, Refusal):
            assert answer.retry_after is not None
            clock.now += answer.retry_after
            again += not isinstance(decided(worker.door, PLAIN_TILE, clock.now), Admission)
        worker.fetch()
        clock.now += 1 / per_second
    assert again == 0, "whoever comes back when told is let in"


PLENTY = policy_with("tile", per_second=500, burst=3_000, per_day=20_000, slice=100)


def test_nobody_waits_for_a_lease_once_it_is_known_how_much_is_used():
    accounts, clock = Accounts(), Clock()
    worker = Worker(accounts, replace(RULES, policy=PLENTY), clock, ahead=True)
    for _ in range(1_000):
        worker.ask()
        worker.fetch()
        clock.now += 1 / 400
    asks, waited = len(accounts.asks), 0
    guest = worker.guest
    assert guest is not None
    for turn in range(10_000):
        said = worker.door.let_in(guest, clock.now)
        waited += isinstance(said, Errand)
        if turn % 20 == 0:  # the store takes 50 ms
            worker.fetch()
        clock.now += 1 / 400
    assert waited == 0
    assert len(accounts.asks) - asks <= 100, "one write for a hundred requests, as without"


@pytest.mark.parametrize("ahead", [False, True])
def test_a_day_is_used_up_to_the_last_unit_and_no_further(ahead):
    policy = policy_with("tile", per_second=500, burst=3_000, per_day=3_333, slice=100)
    accounts, clock = Accounts(), Clock()
    worker, left = Worker(accounts, replace(RULES, policy=policy), clock, ahead=ahead), []
    for _ in range(4_000):
        answer = decided(worker.door, PLAIN_TILE, clock.now)
        worker.fetch()
        clock.now += 1 / 400
        if isinstance(answer, Admission):
            left.append(int(dict(answer.headers)["ratelimit-remaining"]))
        else:
            assert answer.code == "day-used-up"
    assert left == list(range(3_332, -1, -1)), "each answer says what is left, whichever lease it was taken from"
    assert accounts.used("aplain", clock.now) == {"tile": 3_333}


def test_near_its_end_the_day_lies_idle_in_no_worker():
    policy = policy_with("tile", per_second=500, burst=3_000, per_day=3_000, slice=100)
    accounts, clock = Accounts(), Clock()
    workers = [Worker(accounts, replace(RULES, policy=policy), clock, ahead=True) for _ in range(4)]
    admitted: Counter[int] = Counter()
    for turn in range(4_000):
        which = turn % 4 if turn < 2_440 else 0  # then three stand idle, each with more than half of a lease spent
        admitted[which] += workers[which].ask()
        workers[which].fetch()
        clock.now += 1 / 400
    assert not any(worker.door._purses.purse("aplain", "tile").ahead for worker in workers)
    assert 3_000 - 3 * 100 <= sum(admitted.values()) <= 3_000


def test_what_a_worker_leased_ahead_and_died_with_is_lost_and_nothing_else():
    accounts, clock = Accounts(), Clock()
    policy = policy_with("tile", per_second=500, burst=20_000, per_day=200_000, slice=100)
    rules, spent = replace(RULES, policy=policy), 0
    for _death in range(10):
        worker = Worker(accounts, rules, clock, ahead=True)
        for _ in range(370):  # three leases of 100, and 70 of another
            spent += worker.ask()
            worker.fetch()
            clock.now += 1 / 400
        assert worker.door._purses.purse("aplain", "tile").ahead is not None, "it dies with two leases"
    held = accounts.used("aplain", clock.now)["tile"]
    assert 0 < held - spent <= 10 * 2 * 100


def test_what_was_leased_ahead_comes_back():
    accounts, clock = Accounts(), Clock()
    worker = Worker(accounts, replace(RULES, policy=PLENTY), clock, ahead=True)
    spent = 0
    for _ in range(420):
        spent += worker.ask()
        worker.fetch()
        clock.now += 1 / 400
    clock.now += 3_600  # nobody asks any more
    worker.door.close()
    assert accounts.used("aplain", clock.now) == {"tile": spent}


def test_a_failing_store_is_noticed_ahead_and_what_is_at_hand_is_spent():
    accounts, clock = Accounts(), Clock()
    worker = Worker(accounts, replace(RULES, policy=PLENTY), clock, ahead=True)
    for _ in range(370):  # three leases of 100, 70 of another, and one that is at hand
        worker.ask()
        worker.fetch()
        clock.now += 1 / 400
    accounts.down = True
    asks, answers = len(accounts.asks), []
    for _ in range(400):
        answers.append(worker.ask())
        worker.fetch()
        clock.now += 1 / 400
    assert answers == sorted(answers, reverse=True), "first all that is at hand, then nothing"
    assert sum(answers) == 500 - 370
    assert len(accounts.asks) - asks == 1
