"""That the model of a country's day adds up, and that its writes are those of the real store of accounts."""

from __future__ import annotations

import random
from collections import OrderedDict
from itertools import pairwise
from pathlib import Path

import country
import pytest
import simulate
from doors import Account, Counted

from tianlake.functions.accounts.sqlite import SqliteAccounts


@pytest.fixture(scope="module")
def day() -> country.Day:
    return simulate.day("any worker", accounts=1, seed=1)


def test_the_strata_hold_every_account_once_and_all_requests(day: country.Day) -> None:
    ranks = [(each.first, each.last) for each in day.strata]
    assert ranks[0][0] == 1
    assert ranks[-1][1] == country.ACCOUNTS
    assert all(after[0] == before[1] + 1 for before, after in pairwise(ranks))
    assert sum(each.requests for each in day.strata) == pytest.approx(country.REQUESTS)


def test_a_rank_asks_as_often_as_the_sum_says() -> None:
    """Added up one by one, where that can be done."""
    few = sum(rank**-0.6 for rank in range(1, 1001))
    assert country.zipf_total(1000, 0.6) == pytest.approx(few, rel=1e-3)


def test_accounts_that_ask_much_write_little(day: country.Day) -> None:
    """A lease then lasts for as long as it is good; who asks for some tiles a day takes one that is hardly spent."""
    assert day.strata[0].rate("writes") < 0.03
    assert day.strata[-1].rate("writes") > 3 * day.strata[0].rate("writes")
    assert 0 < day.per_hundred()[0] < 100


def test_a_day_is_as_long_as_its_visits_say() -> None:
    draw = random.Random(2)
    rank = country.ACCOUNTS // 2
    counts = [len(country.moments(rank, country.window(rank, draw), draw)) for _ in range(300)]
    assert sum(counts) / len(counts) == pytest.approx(country.asked_by(rank), rel=0.15)


def test_the_share_of_hits_is_what_a_cache_sees() -> None:
    """A cache that drops what was used longest ago, asked by the same law."""
    tiles, kept, draw = 20_000, 2_000, random.Random(3)
    cache: OrderedDict[int, None] = OrderedDict()
    found = 0
    asked = draw.choices(range(tiles), [(rank + 1) ** -country.TILE_ZIPF for rank in range(tiles)], k=80_000)
    for number, tile in enumerate(asked):
        if tile in cache:
            cache.move_to_end(tile)
            found += number >= 20_000
        else:
            cache[tile] = None
            if len(cache) > kept:
                cache.popitem(last=False)
    assert country.hits(tiles, kept) == pytest.approx(found / 60_000, abs=0.02)


def test_the_store_in_memory_grants_what_the_real_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same requests at the same moments leave the same units granted."""
    real = SqliteAccounts(tmp_path / "accounts.sqlite")
    plain = Account("personal", 9)  # more than can keep a lease each
    taken: list[tuple[object, object]] = []
    given: list[tuple[object, object]] = []
    for kind, counted in ((Counted.take, taken), (Counted.give_back, given)):
        monkeypatch.setattr(Counted, kind.__name__, _both(kind, getattr(real, kind.__name__), counted))
    draw, now = random.Random(4), country.MIDNIGHT
    for _ in range(900):
        now += draw.expovariate(draw.choice((0.02, 5, 40)))
        plain.ask(draw.randrange(9), now)
    plain.leave()
    assert len(taken) > 10
    assert given
    assert all(ours == theirs for ours, theirs in taken)
    assert real.used("a", now) == plain.store.used("a", now)


def _both(ours, theirs, kept):
    def ask(self, *said):
        answers = ours(self, *said), theirs(*said)
        kept.append(answers)
        return answers[0]

    return ask
