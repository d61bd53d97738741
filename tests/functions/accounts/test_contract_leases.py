"""Every sentence of `tianlake.functions.admission.ports` on leases, held against each kind of store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier

import pytest
from accounts_kit import NOON, TODAY, Kind, an_ask

from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.admission.leases import Lease, Spent
from tianlake.lake.errors import StoreError
from tianlake.lake.quotas import Limit

DAY_S = 86_400
WORKERS = 4


def test_leases_of_all_workers_follow_one_another(kind: Kind):
    leases = [kind.store().take(an_ask(), NOON) for _ in range(6)]
    assert [lease.units for lease in leases if isinstance(lease, Lease)] == [100] * 6
    assert [lease.due for lease in leases if isinstance(lease, Lease)] == pytest.approx(
        [NOON - 6 + n for n in range(6)]
    )
    assert kind.store().used("a0000000000000001", NOON) == {"tile": 600}
    refused = kind.store().take(an_ask(), NOON)
    assert isinstance(refused, Spent)
    assert (refused.reason, refused.used) == ("rate", 600)
    assert refused.retry == pytest.approx(NOON + 0.01)


def test_meters_and_accounts_do_not_share(store: AccountStore):
    store.take(an_ask("tile"), NOON)
    store.take(an_ask("bytes", Limit(5_000_000_000, 20_000_000, 400_000_000, 20_000_000)), NOON)
    assert store.used("a0000000000000001", NOON) == {"tile": 100, "bytes": 20_000_000}
    assert store.used("203.0.113.0/24", NOON) == {}
    lease = store.take(replace(an_ask(), account="203.0.113.0/24"), NOON)
    assert isinstance(lease, Lease)
    assert lease.used == 100


def test_the_day_ends_and_begins_anew_without_a_second_burst(store: AccountStore):
    midnight = NOON + DAY_S / 2
    limit = Limit(600, 10, 500, 600)
    first = store.take(an_ask(limit=limit), midnight - 1)  # due from 51 s before midnight to 9 s after
    assert isinstance(first, Lease)
    assert first.until == midnight
    assert store.take(an_ask(limit=limit), midnight - 1) == Spent("day", midnight, 600, 600)
    assert store.used("a0000000000000001", midnight) == {}
    early = store.take(an_ask(limit=limit), midnight)
    assert isinstance(early, Spent)
    assert early.retry == pytest.approx(midnight + 9.1)
    lease = store.take(an_ask(limit=limit), midnight + 10)
    assert isinstance(lease, Lease)
    assert lease.window == TODAY + 1
    assert lease.due == pytest.approx(midnight + 9)
    assert store.used("a0000000000000001", midnight + 10) == {"tile": lease.units}


def test_units_that_come_back_count_for_the_day_again(store: AccountStore):
    limit = Limit(200, 100, 200, 100)
    one, two = (store.take(an_ask(limit=limit), NOON) for _ in range(2))
    assert isinstance(one, Lease)
    assert isinstance(two, Lease)
    store.give_back(one._replace(units=40), NOON + 5)
    assert store.used("a0000000000000001", NOON) == {"tile": 160}
    again = store.take(an_ask(limit=limit, back=two._replace(units=10)), NOON + 5)
    assert isinstance(again, Lease)
    assert again.units == 50
    assert store.used("a0000000000000001", NOON) == {"tile": 200}


def test_units_come_back_even_where_nothing_is_granted(store: AccountStore):
    lease = store.take(an_ask(), NOON)
    assert isinstance(lease, Lease)
    refused = store.take(an_ask(back=lease, need=20_000), NOON)
    assert refused == Spent("day", NOON + DAY_S / 2, 0, 10_000)
    assert store.used("a0000000000000001", NOON) == {"tile": 0}


def test_what_workers_keep_is_counted_until_it_comes_back_or_the_day_is_over(kind: Kind):
    asked = replace(an_ask(), want=10, keep=True)
    leases = [kind.store().take(asked, NOON) for _ in range(8)]
    assert [lease.kept for lease in leases if isinstance(lease, Lease)] == [100, 100, 66, 44, 30, 20, 13, 0]
    first, second = (lease for lease in leases[:2] if isinstance(lease, Lease))
    assert first.until == NOON + DAY_S / 2
    kind.store().give_back(first._replace(units=0), NOON + 600)
    renewed = kind.store().take(replace(asked, back=second._replace(units=30)), NOON + 3_600)
    assert isinstance(renewed, Lease)
    assert renewed.kept == 75  # a third of the room: 400 - 373 + 200
    assert kind.store().used("a0000000000000001", NOON + 3_600) == {"tile": 383 - 30 + 75}
    tomorrow = kind.store().take(replace(asked, back=renewed), NOON + DAY_S)
    assert isinstance(tomorrow, Lease)
    assert (tomorrow.kept, tomorrow.used) == (100, 100)


def test_what_was_kept_makes_room_even_where_nothing_is_granted(store: AccountStore):
    asked = replace(an_ask(), want=10, keep=True)
    first = store.take(asked, NOON)
    assert isinstance(first, Lease)
    spent = first._replace(units=0)
    assert isinstance(store.take(replace(asked, back=spent, need=20_000), NOON), Spent)
    leases = [store.take(asked, NOON) for _ in range(3)]
    assert [lease.kept for lease in leases if isinstance(lease, Lease)] == [100, 100, 66]


def test_units_of_a_day_that_is_over_do_not_come_back_to_the_next(store: AccountStore):
    lease = store.take(an_ask(), NOON)
    assert isinstance(lease, Lease)
    store.take(an_ask(), NOON + DAY_S)
    store.give_back(lease, NOON + DAY_S)
    after = store.take(an_ask(back=lease), NOON + DAY_S)
    assert isinstance(after, Lease)
    assert store.used("a0000000000000001", NOON + DAY_S) == {"tile": 200}


def test_a_clock_that_is_set_back_finds_what_its_day_had(store: AccountStore):
    limit = Limit(300, 100, 300, 100)
    for _ in range(3):
        store.take(an_ask(limit=limit), NOON)
    for ahead in (DAY_S, 30 * 365 * DAY_S):
        assert isinstance(store.take(an_ask(limit=limit), NOON + ahead), Lease)
        assert store.take(an_ask(limit=limit), NOON + 60) == Spent("day", NOON + DAY_S / 2, 300, 300)
    assert isinstance(store.take(an_ask(limit=limit), NOON + DAY_S + 60), Lease)


def test_workers_on_both_sides_of_midnight_each_count_for_their_day(kind: Kind):
    limit = Limit(300, 100, 300, 100)
    midnight = NOON + DAY_S / 2
    late, early = kind.store(), kind.store()
    granted = {0: 0, 1: 0}
    for turn in range(40):
        for day, (store, now) in enumerate(((late, midnight - 1 + turn / 50), (early, midnight + turn / 50))):
            lease = store.take(an_ask(limit=limit), now)
            granted[day] += lease.units if isinstance(lease, Lease) else 0
    assert granted[0] == 300
    assert granted[1] <= 300
    assert store.used("a0000000000000001", midnight - 1) == {"tile": 300}


def test_many_workers_at_once_are_never_granted_more_than_the_day_has(kind: Kind):
    limit = Limit(1_050, 1_000_000, 1_000_000, 10)
    gate = Barrier(WORKERS)

    def take(_number: int) -> int:
        store, units = kind.store(), 0
        gate.wait()
        while True:
            with suppress(StoreError):  # others may be faster for long: nobody here pauses to serve what was leased
                answer = store.take(an_ask(limit=limit), NOON)
                if isinstance(answer, Spent):
                    return units
                units += answer.units

    with ThreadPoolExecutor(WORKERS) as pool:
        assert sum(pool.map(take, range(WORKERS))) == 1_050
    assert kind.store().used("a0000000000000001", NOON) == {"tile": 1_050}
