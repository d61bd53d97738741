"""Leases that workers keep until the day ends, as far as there is room in the burst (decision 60)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from kit import examples
from lease_kit import DAY_S, MIDNIGHT, Rows

from tianlake.functions.admission.leases import GRACE_S, Ask, Held, Lease, spend
from tianlake.lake.quotas import Limit

WHO = st.integers(0, 3)

LIMIT = Limit(10_000, 100, 600, 100)


def kept_ask(back: Lease | None = None, want: int = 10) -> Ask:
    return Ask("a", "tile", LIMIT, want, 1, back, keep=True)


def test_workers_keep_two_thirds_of_the_burst_and_each_leaves_two_thirds_of_the_room_to_others():
    rows = Rows({})
    leases = [lease for _ in range(9) if isinstance(lease := rows.take(kept_ask(), MIDNIGHT), Lease)]
    assert [lease.units for lease in leases] == [100, 100, 66, 44, 30, 20, 13, 10, 10]
    assert [lease.kept for lease in leases] == [100, 100, 66, 44, 30, 20, 13, 0, 0]
    assert {lease.until for lease in leases if lease.kept} == {MIDNIGHT + DAY_S}
    assert {lease.until for lease in leases if not lease.kept} == {MIDNIGHT + GRACE_S}


def test_what_is_kept_is_spent_hours_later_and_not_on_another_day():
    rows = Rows({})
    lease = rows.take(kept_ask(), MIDNIGHT)
    assert isinstance(lease, Lease)
    assert isinstance(spend(lease, 1, MIDNIGHT + DAY_S - 1), Lease)
    assert spend(lease, 1, MIDNIGHT + DAY_S) is None


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(st.tuples(WHO, st.sampled_from([1, 400]), st.sampled_from([0.0, 120.0, 3_600.0])), max_size=10),
    st.sampled_from([0.05, 1, 20]),
)
def test_from_any_moment_on_no_more_is_spent_than_the_burst_and_what_becomes_due(steps, per_second):
    """However long units lay in workers. A lease that is not kept is dropped after one request here: such may be spent
    for half a minute after they were due, which `test_many_workers` allows for."""
    limit = Limit(100_000, per_second, 300, 100)
    rows, leases, now = Rows({}), dict[int, Lease | None](), MIDNIGHT
    spent, fewest = 0, 0.0
    for who, times, wait in steps:
        for _ in range(times):
            lease = leases.get(who)
            left = None if lease is None else spend(lease, 1, now)
            if left is None:
                got = rows.take(Ask("a", "tile", limit, 1, 1, lease, keep=True), now)
                left = spend(got, 1, now) if isinstance(got, Lease) else got
            leases[who] = left if isinstance(left, Lease) and left.kept else None
            if not isinstance(left, Lease):
                break
            over = spent - per_second * (now - MIDNIGHT)
            fewest, spent = min(fewest, over), spent + 1
            assert over - fewest + 1 <= limit.burst + 1e-3
        now += wait


def test_what_is_kept_takes_from_the_burst():
    """After a quiet hour 600 could be spent at once: two workers that keep 100 each, and 400 of the store."""
    rows = Rows({})
    for _ in range(2):
        rows.take(kept_ask(), MIDNIGHT)
    later, units = MIDNIGHT + 3_600, 0
    while isinstance(got := rows.take(Ask("a", "tile", LIMIT, 100), later), Lease):
        units += got.units if got.due + got.units / got.rate <= later + 1e-6 else 0
    assert units == 400


def test_room_comes_back_with_a_lease_however_little_is_left_of_it():
    rows = Rows({})
    first = rows.take(kept_ask(), MIDNIGHT)
    assert isinstance(first, Lease)
    rows.take(kept_ask(), MIDNIGHT)
    second = rows.take(kept_ask(first._replace(units=0)), MIDNIGHT)
    assert isinstance(second, Lease)
    assert (second.kept, rows.days[second.window].kept) == (100, 200)
    rows.give_back(second._replace(units=0))
    assert rows.days[second.window] == Held(second.window, 300, second.due + 1, 100)


def test_workers_that_die_all_day_take_a_tenth_of_it_with_them_at_most():
    """However many die with a lease that they kept; beyond, each loses no more than a short one."""
    rows, lost = Rows({}), 0
    for hour in range(24):
        for _ in range(10):
            got = rows.take(kept_ask(), MIDNIGHT + 3_600 * hour)
            lost += got.units - 1 if isinstance(got, Lease) and got.kept else 0
    assert lost < 400 <= LIMIT.per_day / 10
