"""How the bytes of files are charged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from admission_kit import KEYS, RULES, Accounts, Clock, decided, door_of, let_in, policy_with, refused, spend_many

from tianlake.functions.admission.answers import Admission, Refusal
from tianlake.functions.admission.door import Door
from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.guests import Guest
from tianlake.functions.admission.headers import quota_fields
from tianlake.functions.admission.records import Asked, Demand

DATA = Demand("data", "places", bulk=True)
ASKED = Asked(Demand("tile", "roads"), "key", "198.51.100.7", credential=KEYS["plain"])
OPEN_DATA = Asked(DATA, "open", "198.51.100.7", credential=KEYS["plain"])


def guest_of(door: Door, asked: Asked, now: float) -> Guest:
    """Return who was let in."""
    guest = let_in(door, asked, now).guest
    assert guest is not None
    return guest


@pytest.fixture
def accounts():
    return Accounts()


@pytest.fixture
def clock():
    return Clock()


def test_bytes_are_charged_when_the_size_is_known(accounts, clock):
    door = door_of(accounts, clock=clock)
    guest = guest_of(door, OPEN_DATA, clock.now)
    charged = door.charge(guest, 5_000_000, clock.now)
    assert isinstance(charged, Errand)
    charged.run()
    assert door.charge(guest, 5_000_000, clock.now) is guest
    assert accounts.used("aplain", clock.now) == {"data": 133, "bytes": 20_000_000}
    assert dict(quota_fields(guest))[b"ratelimit-remaining"] == b"4995000000"
    assert isinstance(door.charge(guest, 15_000_001, clock.now), Errand), "the lease has 15 MB left"


def test_ranges_of_files_cost_one_write_in_a_hundred(accounts, clock):
    door = door_of(accounts, clock=clock)
    ranged = replace(OPEN_DATA, size=16_384)
    spend_many(door, ranged, 2_000, clock, 90)
    before = len(accounts.asks)
    spend_many(door, ranged, 5_000, clock, 90)
    assert {ask.meter for ask in accounts.asks[before:]} == {"data", "bytes"}
    assert len(accounts.asks) - before <= 50


def test_a_lease_that_was_offered_back_is_spent_no_more(accounts, clock):
    door = door_of(accounts, clock=clock)
    let_in(door, replace(OPEN_DATA, size=1_000_000))
    accounts.down = True
    assert refused(door, replace(OPEN_DATA, size=19_500_000)).code == "store-unavailable"
    assert accounts.asks[-1].back is not None
    told = [decided(door, replace(OPEN_DATA, size=1_000)) for _ in range(3)]
    assert not any(isinstance(each, Admission) for each in told)


def test_a_file_larger_than_the_day_is_refused_without_the_store(accounts, clock):
    door = door_of(accounts, clock=clock)
    told = door.charge(guest_of(door, OPEN_DATA, clock.now), 5_000_000_001, clock.now)
    assert isinstance(told, Refusal)
    assert told.code == "day-used-up"
    assert [ask.meter for ask in accounts.asks] == ["data"]


def test_a_known_size_is_charged_with_the_decision_or_not_at_all(accounts, clock):
    policy = policy_with("bytes", per_day=30_000)
    door = door_of(accounts, replace(RULES, policy=policy), clock)
    answers = [decided(door, replace(OPEN_DATA, size=16_384), clock.now) for _ in range(3)]
    assert [type(each) for each in answers] == [Admission, Refusal, Refusal]
    door.close()
    assert accounts.used("aplain", clock.now) == {"data": 1, "bytes": 16_384}


def test_tiles_and_nothing_cost_no_bytes(accounts, clock):
    door = door_of(accounts, clock=clock)
    tile = guest_of(door, ASKED, clock.now)
    assert door.charge(tile, 10_000, clock.now) is tile
    data = guest_of(door, OPEN_DATA, clock.now)
    assert door.charge(data, 0, clock.now) is data
    assert {ask.meter for ask in accounts.asks} == {"tile", "data"}
