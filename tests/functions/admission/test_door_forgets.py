"""What a worker does with what it can no longer hold, and with a key that is there no more."""

from __future__ import annotations

import pytest
from admission_kit import KEYS, Accounts, Clock, door_of, let_in, refused

from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.records import Asked, Demand, digest

ASKED = Asked(Demand("tile", "roads"), "key", "198.51.100.7", credential=KEYS["plain"])
FREE = Asked(Demand("tile", "places"), "open", "203.0.113.9")


@pytest.fixture
def accounts():
    return Accounts()


@pytest.fixture
def clock():
    return Clock()


def test_a_lease_that_had_to_make_room_is_given_back(accounts, clock, monkeypatch):
    monkeypatch.setattr("tianlake.functions.admission.purses.REMEMBERED", 1)
    door = door_of(accounts, clock=clock)
    let_in(door, ASKED, clock.now)
    assert accounts.used("aplain", clock.now) == {"tile": 10}
    let_in(door, FREE, clock.now)
    errand = door.sweep(clock.now)
    assert isinstance(errand, Errand)
    errand.run()
    assert accounts.used("aplain", clock.now) == {"tile": 1}


def test_a_lease_that_comes_for_who_had_to_make_room_is_given_back_whole(accounts, clock, monkeypatch):
    monkeypatch.setattr("tianlake.functions.admission.purses.REMEMBERED", 1)
    door = door_of(accounts, clock=clock)
    late = door.decide(FREE, clock.now)
    assert isinstance(late, Errand)
    let_in(door, ASKED, clock.now)
    late.run()
    errand = door.sweep(clock.now)
    assert isinstance(errand, Errand)
    errand.run()
    assert sum(held.granted for (account, _meter), held in accounts.held.items() if account != "aplain") == 0


def test_a_key_that_is_there_no_more_is_unknown_and_looked_up_once_in_half_a_minute(accounts, clock):
    door = door_of(accounts, clock=clock)
    let_in(door, ASKED, clock.now)
    record = accounts.records.pop(digest(KEYS["plain"]))
    clock.now += 31
    found = len(accounts.finds)
    assert {refused(door, ASKED, clock.now).code for _ in range(10)} == {"key-unknown"}
    assert len(accounts.finds) == found + 1
    accounts.records[record.digest] = record
    clock.now += 31
    let_in(door, ASKED, clock.now)
