"""What a worker remembers, when it asks the store, and what it does when the store is down."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

import pytest
from admission_kit import (
    KEYS,
    NOON,
    RULES,
    UNKEPT,
    Accounts,
    Clock,
    decided,
    door_of,
    let_in,
    policy_with,
    refused,
    spend_many,
)

from tianlake.functions.admission.answers import Admission, Refusal
from tianlake.functions.admission.door import Door, anonymous
from tianlake.functions.admission.errands import Errand
from tianlake.functions.admission.records import Asked, Demand
from tianlake.functions.gateway.alone import Spared
from tianlake.lake.quotas import DEFAULT_POLICY, Limit

TILE = Demand("tile", "roads")
ASKED = Asked(TILE, "key", "198.51.100.7", credential=KEYS["plain"])


@pytest.fixture
def accounts():
    return Accounts()


@pytest.fixture
def clock():
    return Clock()


def test_the_store_is_asked_once_for_a_hundred_requests(accounts, clock):
    door = door_of(accounts, clock=clock)
    spend_many(door, ASKED, 1_000, clock, 90)
    before = len(accounts.asks)
    assert all(isinstance(each, Admission) for each in spend_many(door, ASKED, 5_000, clock, 90))
    assert len(accounts.asks) - before <= 50
    assert accounts.used("aplain", clock.now)["tile"] - 6_000 <= 100


def test_who_asks_for_little_where_nothing_is_kept_holds_little(accounts, clock):
    door = door_of(accounts, UNKEPT, clock)
    decided(door, ASKED, clock.now)
    assert accounts.used("aplain", clock.now) == {"tile": 10}
    clock.now += 60
    decided(door, ASKED, clock.now)
    assert accounts.used("aplain", clock.now) == {"tile": 11}  # the void lease came back with the same write


def test_many_who_wait_share_one_errand(accounts, clock):
    door = door_of(accounts, clock=clock)
    first = door.decide(ASKED, NOON)
    assert isinstance(first, Errand)
    assert all(door.decide(ASKED, NOON) is first for _ in range(50))
    first.run()
    lease = door.decide(ASKED, NOON)
    assert isinstance(lease, Errand)
    assert lease is not first
    assert all(door.decide(ASKED, NOON) is lease for _ in range(50))
    for errand in [lease] * 3:
        errand.run()
    assert all(isinstance(door.decide(ASKED, NOON), Admission) for _ in range(51))
    assert (len(accounts.finds), [ask.want for ask in accounts.asks]) == (1, [51])


def test_a_day_that_is_used_up_costs_the_store_nothing(accounts, clock):
    policy = policy_with("tile", per_day=50)
    door = door_of(accounts, replace(RULES, policy=policy), clock)
    answers = [decided(door, ASKED, clock.now) for _ in range(50)]
    assert all(isinstance(each, Admission) for each in answers)
    told = refused(door, ASKED, clock.now)
    assert (told.code, told.retry_after, told.seen) == ("day-used-up", 43_200, {"used": 50, "per_day": 50})
    asks = len(accounts.asks)
    for _ in range(1_000):
        clock.now += 0.02
        assert refused(door, ASKED, clock.now).code == "day-used-up"
    assert len(accounts.asks) == asks
    clock.now += 30
    decided(door, ASKED, clock.now)
    assert len(accounts.asks) == asks + 1
    clock.now = NOON + 43_201
    let_in(door, ASKED, clock.now)


def test_too_fast_is_refused_without_the_store(accounts, clock):
    policy = policy_with("tile", per_second=10, burst=20)
    door = door_of(accounts, replace(RULES, policy=policy), clock)
    answers = [decided(door, ASKED, clock.now) for _ in range(1_000)]
    assert sum(isinstance(each, Admission) for each in answers) == 20
    assert len(accounts.asks) <= 5
    told = refused(door, ASKED, clock.now)
    assert (told.code, told.retry_after) == ("too-fast", 1)
    assert dict(told.headers)["ratelimit-limit"] == "10"
    clock.now += 1
    later = [decided(door, ASKED, clock.now) for _ in range(100)]
    assert sum(isinstance(each, Admission) for each in later) == 10


def test_a_revocation_is_seen_within_half_a_minute(accounts, clock):
    door = door_of(accounts, clock=clock)
    let_in(door, ASKED, clock.now)
    (known,) = [each for each in accounts.records.values() if each.id == "plain"]
    accounts.records[known.digest] = replace(known, state="revoked")
    clock.now += 29.9
    let_in(door, ASKED, clock.now)
    clock.now += 0.2
    assert refused(door, ASKED, clock.now).code == "key-revoked"


def test_with_the_store_down_what_is_at_hand_is_spent_and_the_rest_refused(accounts, clock):
    door = door_of(accounts, UNKEPT, clock)
    decided(door, ASKED, clock.now)
    accounts.down = True
    clock.now += 31  # the record is no longer fresh, and a lease of ten units is still at hand for two seconds
    let_in(door, ASKED, clock.now - 2)
    answers = [decided(door, ASKED, clock.now - 2) for _ in range(20)]
    assert sum(isinstance(each, Admission) for each in answers) == 8
    assert {(each.code, each.retry_after) for each in answers if isinstance(each, Refusal)} == {
        ("store-unavailable", 2)
    }
    asked = len(accounts.finds) + len(accounts.asks)
    for _ in range(100):
        decided(door, ASKED, clock.now)
        decided(door, replace(ASKED, credential=KEYS["pro"]), clock.now)
    assert len(accounts.finds) + len(accounts.asks) <= asked + 1
    accounts.down = False
    clock.now += 2.1
    let_in(door, ASKED, clock.now)


def test_accounts_that_cannot_be_counted_keep_nobody_from_what_is_open(accounts, clock):
    door = Door(accounts, Spared(accounts), lambda: UNKEPT, b"salt", clock)
    let_in(door, ASKED, clock.now)
    accounts.down = True
    for _ in range(20):
        decided(door, ASKED, clock.now)
    assert refused(door, ASKED, clock.now).code == "store-unavailable"
    let_in(door, Asked(Demand("tile", "places"), "open", "203.0.113.9"), clock.now)


def test_what_waited_for_a_store_that_hangs_does_not_wait_for_it_again(accounts, clock):
    door = door_of(accounts, clock=clock)
    let_in(door, ASKED, clock.now)
    clock.now += 60
    asked = [replace(ASKED, credential=KEYS[name]) for name in ("pro", "second", "page", "server")]
    waiting = [door.decide(each, clock.now) for each in asked]
    leases = [door.decide(Asked(TILE, "open", f"10.0.{n}.1"), clock.now) for n in range(4)]
    accounts.down, before = True, len(accounts.finds) + len(accounts.asks)
    for errand in waiting + leases:
        assert isinstance(errand, Errand)
        errand.run()
    assert len(accounts.finds) + len(accounts.asks) - before == 2, "one look-up, one lease"
    accounts.down = False
    clock.now += 2.1
    let_in(door, asked[0], clock.now)


def test_a_clock_that_is_set_back_neither_keeps_a_key_alive_nor_the_store_away(accounts, clock):
    door = door_of(accounts, clock=clock)
    let_in(door, ASKED, clock.now)
    accounts.down = True
    decided(door, replace(ASKED, credential=KEYS["pro"]), clock.now)
    clock.now -= 3_600
    accounts.down = False
    let_in(door, replace(ASKED, credential=KEYS["pro"], client="203.0.113.9"), clock.now)
    (known,) = [each for each in accounts.records.values() if each.id == "plain"]
    accounts.records[known.digest] = replace(known, state="revoked")
    assert refused(door, ASKED, clock.now).code == "key-revoked"


def test_a_key_is_believed_for_ten_minutes_while_the_store_is_down(accounts, clock):
    door = Door(accounts, Accounts(), lambda: RULES, clock=clock)
    decided(door, ASKED, clock.now)
    accounts.down = True
    for seconds, wanted in [(31, Admission), (599, Admission), (601, Refusal)]:
        clock.now = NOON + seconds
        assert isinstance(decided(door, ASKED, clock.now), wanted), seconds


def test_ten_thousand_wrong_keys_are_looked_up_sixty_times(accounts, clock):
    door = door_of(accounts, clock=clock)
    decided(door, ASKED, clock.now)
    found = len(accounts.finds)
    codes = [
        refused(door, replace(ASKED, credential=f"{n:032d}", client=f"198.51.100.{n % 256}"), clock.now).code
        for n in range(10_000)
    ]
    assert len(accounts.finds) - found == DEFAULT_POLICY.guesses.burst == codes.count("key-unknown")
    assert set(codes) == {"key-unknown", "too-many-guesses"}
    let_in(door, ASKED, clock.now)  # known keys of the same network go on
    assert len(door._keyring._unknown) == 60
    elsewhere = replace(ASKED, credential=KEYS["pro"], client="203.0.113.9")
    let_in(door, elsewhere, clock.now)


def test_a_wrong_key_is_looked_up_once(accounts, clock):
    door = door_of(accounts, clock=clock)
    for _ in range(1_000):
        assert refused(door, replace(ASKED, credential=KEYS["nobody"]), clock.now).code == "key-unknown"
    assert len(accounts.finds) == 1


def test_good_keys_are_no_guesses(accounts, clock):
    many = [replace(next(iter(accounts.records.values())), digest=f"{n:064x}", account=f"a{n}") for n in range(200)]
    accounts.records |= {each.digest: each for each in many}
    door = door_of(accounts, clock=clock)
    for each in many:
        errand = door._keyring.find(each.digest, "198.51.100.0/24", Limit(10_000, 1, 60, 20), clock.now)
        assert isinstance(errand, Errand)
        errand.run()


def test_a_floods_memory_is_bounded(accounts, clock, monkeypatch):
    monkeypatch.setattr("tianlake.functions.admission.keyring.REMEMBERED", 100)
    monkeypatch.setattr("tianlake.functions.admission.purses.REMEMBERED", 100)
    door = door_of(accounts, clock=clock)
    decided(door, ASKED, clock.now)
    for n in range(1_000):
        client = f"10.{n // 250}.{n % 250}.1"
        decided(door, replace(ASKED, credential=f"{n:032d}", client=client), clock.now)
        decided(door, Asked(TILE, "open", client), clock.now)
    keyring, purses = door._keyring, door._purses
    assert [len(each) for each in (keyring._known, keyring._unknown, keyring._guesses)] == [1, 100, 100]
    assert len(purses._purses) == 100
    assert not keyring._errands


def test_leases_come_back(accounts, clock):
    door = door_of(accounts, UNKEPT, clock)
    for key in ("plain", "pro"):  # of which one keeps what it leased
        decided(door, replace(ASKED, credential=KEYS[key]), clock.now)
    assert door.sweep(clock.now) is None
    clock.now += 60
    errand = door.sweep(clock.now)
    assert isinstance(errand, Errand)
    errand.run()
    assert accounts.used("aplain", clock.now) == {"tile": 1}
    decided(door, ASKED, clock.now)
    assert accounts.used("aplain", clock.now) == {"tile": 11}
    door.close()
    assert accounts.used("aplain", clock.now) == {"tile": 2}
    assert accounts.used("apro", clock.now) == {"tile": 1}


def test_an_anonymous_subnet_shares_one_account_that_names_no_address():
    ids = {
        client: anonymous(b"salt", client, NOON, DEFAULT_POLICY)
        for client in ("198.51.100.7", "198.51.100.200", "::ffff:198.51.100.7", "198.51.101.7", "2001:db8::1", "x")
    }
    assert ids["198.51.100.7"] == ids["198.51.100.200"] == ids["::ffff:198.51.100.7"]
    assert len(set(ids.values())) == 4
    assert "198" not in ids["198.51.100.7"].replace(ids["198.51.100.7"][10:], "")
    assert anonymous(b"salt", "198.51.100.7", NOON + 86_400, DEFAULT_POLICY) != ids["198.51.100.7"]
    assert anonymous(b"other", "198.51.100.7", NOON, DEFAULT_POLICY) != ids["198.51.100.7"]


def test_threads_spend_no_unit_twice(accounts, clock):
    policy = policy_with("tile", per_day=500, burst=1_000, per_second=1_000)
    doors = [door_of(accounts, replace(RULES, policy=policy), clock) for _ in range(2)]
    spent: list[bool] = []

    def work(door):
        spent.extend(isinstance(decided(door, ASKED, clock.now), Admission) for _ in range(200))

    threads = [Thread(target=work, args=(door,)) for door in doors * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for door in doors:
        door.close()
    assert 400 <= sum(spent) == accounts.used("aplain", clock.now)["tile"] <= 500
