"""Who asks for little, now and then, is written down seldom: workers keep leases until the day ends."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from admission_kit import KEYS, NOON, PLAIN_TILE, RULES, Accounts, Clock, Worker, decided, door_of, policy_with

from tianlake.functions.admission.answers import Admission
from tianlake.functions.admission.leases import Lease, window_end
from tianlake.functions.admission.records import Asked, Demand

RANGE = Asked(Demand("data", "roads"), "key", "198.51.100.7", credential=KEYS["plain"])
MORNING = NOON - 5 * 3_600


def writes(accounts: Accounts) -> int:
    return len(accounts.asks) + len(accounts.given_back)


@pytest.mark.parametrize(("asked", "meters"), [(PLAIN_TILE, 1), (RANGE, 2)], ids=["tiles", "ranges"])
def test_a_request_a_minute_is_written_once_for_a_hundred(asked: Asked, meters: int):
    accounts, clock = Accounts(), Clock(MORNING)
    workers = [Worker(accounts, RULES, clock, ahead=True) for _ in range(2)]
    for turn in range(12 * 60):
        worker = workers[turn % 2]
        answer = decided(worker.door, asked, clock.now)
        assert isinstance(answer, Admission)
        if meters > 1 and answer.guest is not None:
            while not hasattr(said := worker.door.charge(answer.guest, 65_536, clock.now), "tally"):
                said.run()  # type: ignore[union-attr]
        for _half in range(2):
            clock.now += 30
            for each in workers:
                if (errand := each.door.sweep(clock.now)) is not None:
                    errand.run()
    assert writes(accounts) <= 12 * 60 / 100 * meters + 2 * len(workers)


def test_the_next_day_begins_with_nothing_kept():
    accounts, clock = Accounts(), Clock(window_end(NOON) - 60)
    worker = Worker(accounts, RULES, clock, ahead=False)
    assert worker.ask()
    clock.now += 120
    assert worker.door.sweep(clock.now) is None, "what is void with its day is not written back"
    assert worker.ask()
    assert accounts.used("aplain", clock.now) == {"tile": 100}
    assert accounts.held["aplain", "tile"].kept == 100


def test_a_worker_that_stops_gives_back_what_it_kept():
    accounts, clock = Accounts(), Clock()
    worker = Worker(accounts, RULES, clock, ahead=True)
    spent = sum(worker.ask() for _ in range(100))
    clock.now += 7_200
    spent += worker.ask()
    worker.door.close()
    assert accounts.used("aplain", clock.now) == {"tile": spent}
    assert accounts.held["aplain", "tile"].kept == 0


def test_a_worker_that_stops_does_not_keep_its_supervisor_waiting(monkeypatch, caplog):
    """Of accounts that it served today, those lose least that it comes to last."""
    accounts, clock = Accounts(), Clock()
    door = door_of(accounts, replace(RULES, policy=policy_with("tile", "anonymous", slice=100)), clock)
    for subnet in range(6):
        asked = Asked(Demand("tile", "places"), "open", f"198.51.{subnet}.7")
        for _ in range(1 + 10 * subnet):
            assert isinstance(decided(door, asked, clock.now), Admission)
    times = iter(range(100))
    monkeypatch.setattr("tianlake.functions.admission.door.time.monotonic", lambda: 2.0 * next(times))
    with caplog.at_level(logging.WARNING):
        door.close()
    given: list[Lease] = accounts.given_back
    assert [lease.units for lease in given] == [99, 89]
    assert "4 leases were not given back" in caplog.text


def test_what_was_spent_meanwhile_does_not_make_a_second_burst():
    """Two workers that keep leases, hours later, beside one that has none: one burst for all of them."""
    accounts, clock = Accounts(), Clock(MORNING)
    rules = replace(RULES, policy=policy_with("tile", per_second=0.05, burst=600))
    keepers = [Worker(accounts, rules, clock, ahead=False) for _ in range(2)]
    for worker in keepers:
        assert worker.ask()
    clock.now += 5 * 3_600
    everybody = [*keepers, Worker(accounts, rules, clock, ahead=False)]
    admitted = 0
    for worker in everybody:
        while worker.ask():
            admitted += 1
    assert 500 < admitted <= 600
