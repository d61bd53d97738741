"""What a worker does with what it can no longer hold, and with a key that is there no more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from admission_kit import KEYS, Accounts, Clock, door_of, let_in, refused

from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.records import Asked, Demand, digest

ASKED = Asked(Demand("tile", "roads"), "key", "198.51.100.7", credential=KEYS["plain"])
DATA = Demand("data", "roads")
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
    assert accounts.used("aplain", clock.now) == {"tile": 100}
    let_in(door, FREE, clock.now)
    errand = door.sweep(clock.now)
    assert isinstance(errand, Errand)
    errand.run()
    assert accounts.used("aplain", clock.now) == {"tile": 1}


def test_whoever_is_known_while_their_lease_makes_room_takes_another(accounts, clock, monkeypatch):
    monkeypatch.setattr("tianlake.functions.admission.purses.REMEMBERED", 2)
    door = door_of(accounts, clock=clock)
    guest = let_in(door, replace(ASKED, demand=DATA), clock.now).guest
    assert guest is not None
    assert guest.sent is not None
    charge(door, guest, clock.now)
    for number in range(3):
        let_in(door, replace(FREE, client=f"203.0.{number}.9"), clock.now)
    assert (guest.tally.purse.gone, guest.sent.purse.gone, guest.tally.purse.ready, guest.sent.purse.ready) == (
        *(True, True),
        *(0, 0),
    )
    sweep(door, clock.now)
    assert accounts.used("aplain", clock.now) == {"data": 1, "bytes": 1_000}, "what they held is given back"
    charge(door, guest, clock.now)
    for _ in range(30):
        while isinstance(said := door.let_in(guest, clock.now), Errand):
            said.run()
        assert said is guest
    door.close()
    assert accounts.used("aplain", clock.now) == {"data": 31, "bytes": 2_000}


def charge(door, guest, now):
    """Charge 1000 bytes."""
    while isinstance(said := door.charge(guest, 1_000, now), Errand):
        said.run()
    assert said is guest


def sweep(door, now):
    """Give back what nobody spends any more."""
    errand = door.sweep(now)
    assert isinstance(errand, Errand)
    errand.run()


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
