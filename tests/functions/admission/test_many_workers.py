"""However many workers there are, and whatever becomes of them, an account keeps to its rate, burst and day."""

from __future__ import annotations

from dataclasses import replace

from admission_kit import KEYS, NOON, RULES, Accounts, Clock, decided, door_of, policy_with
from hypothesis import given, settings
from hypothesis import strategies as st

from tianlake.functions.admission.answers import Admission, Refusal
from tianlake.functions.admission.leases import GRACE_S
from tianlake.functions.admission.records import Asked, Demand

ASKED = Asked(Demand("tile", "roads"), "key", "198.51.100.7", credential=KEYS["plain"])
RATE, BURST, SLICE = 10.0, 20, 30

STEPS = st.lists(
    st.tuples(
        st.sampled_from([*["ask"] * 6, "crash", "close", "sweep", "down", "up"]),
        st.integers(0, 3),
        st.sampled_from([1, 3, 40]),
        st.sampled_from([0.0, 0.05, 1.3, 20.0]),
    ),
    min_size=10,
    max_size=40,
)
"""What a worker does, or what becomes of it or of the store; how many requests it gets; and seconds until the next
step."""


@settings(max_examples=200, deadline=None)
@given(STEPS, st.sampled_from([50, 1_000]))
def test_no_order_of_workers_crashes_and_failures_lets_more_through(steps, per_day):
    accounts, clock = Accounts(), Clock()
    rules = replace(RULES, policy=policy_with("tile", per_second=RATE, burst=BURST, per_day=per_day, slice=SLICE))
    doors = [door_of(accounts, rules, clock) for _ in range(4)]
    admitted = []
    for step, which, count, wait in steps:
        if step == "ask":
            answers = [decided(doors[which], ASKED, clock.now) for _ in range(count)]
            admitted += [clock.now for each in answers if isinstance(each, Admission)]
        elif step in {"down", "up"}:
            accounts.down = step == "down"
        elif step == "sweep":
            if (errand := doors[which].sweep(clock.now)) is not None:
                errand.run()
        else:
            if step == "close":
                doors[which].close()
            doors[which] = door_of(accounts, rules, clock)
        clock.now += wait
    assert len(admitted) <= per_day
    for first, start in enumerate(admitted):
        for last in range(first, len(admitted)):
            span = admitted[last] - start
            # From its start a schedule is kept exactly; later, units are still good for a while after they were due.
            late = 0 if start == admitted[0] else GRACE_S + SLICE / RATE
            assert last - first + 1 <= BURST + RATE * (span + late) + 0.001, (start - NOON, span)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.integers(1, 9))
def test_a_slow_client_is_let_in_by_whichever_worker_it_meets(workers, per_second):
    accounts, clock = Accounts(), Clock()
    rules = replace(RULES, policy=policy_with("tile", per_second=RATE, burst=BURST, per_day=100_000, slice=10))
    doors = [door_of(accounts, rules, clock) for _ in range(workers)]
    again = 0
    for turn in range(300):
        door = doors[turn % workers]
        answer = decided(door, ASKED, clock.now)
        if isinstance(answer, Refusal):
            assert answer.retry_after is not None
            clock.now += answer.retry_after
            again += not isinstance(decided(door, ASKED, clock.now), Admission)
        clock.now += 1 / per_second
    assert again == 0, "whoever comes back when told is let in"
