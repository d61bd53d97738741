"""A day of a whole country: what its accounts' requests write to the stores of accounts, and what the day costs.

    python benchmarks/simulate.py [--accounts 20] [--svg docs/nation.svg]

500 million requests of two million accounts at the nation's node, 31 provinces and 333 cities, over 100 TB. They are
made up; who lets them in is not: each account's requests go through the real doors, purses and leases of admission with
the default policy (`doors.Account`), in simulated time, over a store that counts its writes.

**Model.** Accounts are asked for by Zipf's law, and so are tiles. A day is a curve with a quiet night and two peaks.
Persons look at maps: a visit is some views, a view some tiles within a second, views some seconds apart; programs, the
accounts that ask most, ask at random moments. A request goes to any worker of its node; or a visit keeps to one, or
an account; or, to any of more functions at the edge, which rest between requests.

**Scale.** Accounts share neither leases nor rows of the store, so the country's writes are the sum of its accounts'.
They are put in order by how much they ask, in strata of a factor of four; of each stratum some are drawn and all their
requests decided (of those that ask most, the requests of some hours, by their share of the day). Twice as many drawn
anew must tell the same: that is printed beside it, with the standard error.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import replace
from pathlib import Path
from typing import Final

from country import (
    ACCOUNTS,
    CACHE_TILES,
    EDGE,
    FACTOR,
    MIDNIGHT,
    MONTH,
    NODES,
    PROGRAMS,
    RANGE_BYTES,
    REQUESTS,
    SEED,
    SHARE_RANGES,
    STORED_GB,
    TILE_BYTES,
    WAYS,
    Day,
    Seen,
    Stratum,
    Way,
    hits,
    moments,
    window,
)
from doors import Account

from tianlake.cli.stack.costing import Item, PriceList, Use, estimate, read_prices


def decide(rank: int, way: Way, draw: random.Random) -> Seen:
    """Let admission decide what an account asks for in the part of the day that is looked at."""
    account = Account("professional" if rank <= PROGRAMS else "personal", WAYS[way], rests=way == EDGE)
    size = RANGE_BYTES if draw.random() < SHARE_RANGES else 0
    part, before, requests = window(rank, draw), (0, 0, 0), 0
    chosen: dict[int, int] = {}
    for at, visit in moments(rank, part, draw):
        if not requests and at >= part.counts:
            before = (account.refused, account.store.writes, account.store.looks)
        requests += at >= part.counts
        worker = draw.randrange(WAYS[way])
        if way == "a visit keeps to one":
            worker = chosen.setdefault(visit, worker)
        account.ask(worker, MIDNIGHT + at, size)
    if not part.begin < part.counts:  # of a part of an hour nobody leaves
        account.leave()
    after = (account.refused, account.store.writes, account.store.looks)
    return Seen(requests, *(now - then for now, then in zip(after, before, strict=True)))


def day(way: Way, accounts: int, seed: int) -> Day:
    """Return a country's day, told by so many accounts of each stratum."""
    draw = random.Random(f"{seed} {way}")  # noqa: S311 - figures, no secrets
    strata, first = [], 1
    while first <= ACCOUNTS:
        last = min(ACCOUNTS, first * FACTOR - 1)
        count = min(accounts, last - first + 1)
        ranks = draw.sample(range(first, last + 1), count)
        strata.append(Stratum(first, last, tuple(decide(rank, way, draw) for rank in ranks)))
        first = last + 1
    return Day(tuple(strata))


def money(found: Day, prices: PriceList, region: str) -> list[Item]:
    """Return what a month of such days costs by the shipped prices, with the writes that were counted."""
    moved = SHARE_RANGES * RANGE_BYTES + (1 - SHARE_RANGES) * TILE_BYTES
    use = Use(STORED_GB, REQUESTS * MONTH, moved / 1e3, hits=hits(), gateways=NODES)
    listed = prices.of(region)
    writes, looks = (found.total(of) * MONTH / 1e6 for of in ("writes", "looks"))
    # A look-up of a key reads it and its account, a write what is held before.
    counted = {"leases": writes, "look-ups": 2 * looks + writes}
    return [replace(each, quantity=counted.get(each.name, each.quantity)) for each in estimate(use, listed)]


_HEAD: Final = (
    *("a request goes to 请求去向", "workers it may meet", "writes per 100 admitted 每百次写入"),
    *("of twice as many accounts 样本加倍", "writes a day, million", "look-ups per 100", "refused", "decided"),
)


def told(way: Way, accounts: int) -> Day:
    """Print what a sample and one of twice the size, drawn anew, tell of a way; return the larger one."""
    small, large = day(way, accounts, SEED), day(way, 2 * accounts, SEED + 1)
    cells = [f"{value:.2f} ± {error:.2f}" for value, error in (small.per_hundred(), large.per_hundred())]
    decided = sum(seen.requests for each in large.strata for seen in each.seen)
    refused = f"{100 * large.total('refused') / REQUESTS:.2f} %"
    looks = 100 * large.total("looks") / large.admitted
    cells += [f"{large.total('writes') / 1e6:.2f}", f"{looks:.1f}", refused, f"{decided:,}"]
    print(f"| {way} | {WAYS[way]} | {' | '.join(cells)} |")
    return large


def main() -> None:
    """Print the day, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=20, help="drawn of each stratum; twice as many the second time")
    parser.add_argument("--region", default="ap-southeast-1")
    parser.add_argument("--svg", type=Path, help="where the picture is written")
    given = parser.parse_args()
    print(f"{REQUESTS / 1e6:,.0f} million requests a day, {ACCOUNTS / 1e6:,.0f} million accounts, {NODES} nodes\n")
    print(f"| {' | '.join(_HEAD)} |\n|{'---|' * len(_HEAD)}")
    days = {way: told(way, given.accounts) for way in WAYS}
    prices = read_prices()
    items = money(days[EDGE], prices, given.region)
    said = f"A cache of {CACHE_TILES / 1e6:.0f} million tiles answers {hits():.1%}."
    print(f"\n{said} USD a day, {given.region}, prices of {prices.version}:\n")
    print("| | quantity a day | USD a day |\n|---|---|---|")
    for each in items:
        amount = f"{each.quantity / MONTH:,.1f} {each.unit}"
        if each.cost:
            print(f"| {each.what.en} {each.what.zh} | {amount} | {each.cost / MONTH:,.0f} |")
    print(f"| together 合计 | | {sum(each.cost for each in items) / MONTH:,.0f} |")
    if given.svg is not None:
        from simulate_plot import draw_days  # noqa: PLC0415 - matplotlib takes a second

        draw_days(days, items, given.svg)


if __name__ == "__main__":
    main()
