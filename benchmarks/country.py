"""The model of a country's day: who asks how often and when, how accounts are drawn, and what a sample tells."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean, variance
from typing import Final, Literal

SEED: Final = 20_261_128
REQUESTS: Final = 500_000_000
ACCOUNTS: Final = 2_000_000
NODES: Final = 1 + 31 + 333
STORED_GB: Final = 100_000
MONTH: Final = 365 / 12

ACCOUNT_ZIPF: Final = 0.6
"""The r-th account asks in proportion to r to the minus this: the first 600,000 times a day, the last 100 times."""

PROGRAMS: Final = 13_500
"""Accounts that are programs of professional users: those that ask 2,000 times a day and more."""

SHARE_RANGES: Final = 0.25
"""Of accounts that read ranges of archives instead of tiles by their address."""

TILES: Final = 2_000_000_000
TILE_ZIPF: Final = 0.9
CACHE_TILES: Final = 50_000_000
"""What a CDN keeps of them: 1 TB of 20 kB each."""

TILE_BYTES: Final = 20_000
RANGE_BYTES: Final = 65_536

VIEWS, VIEW_TILES, VIEW_PAUSE_S = 5, 12, 8.0
"""Of a visit."""

MIDNIGHT: Final = 1_795_708_800.0
"""2026-11-27T00:00:00 in China."""

HOURS: Final = (4, 3, 2, 2, 2, 3, 5, 8, 14, 18, 19, 17, 12, 15, 18, 19, 18, 15, 11, 12, 13, 12, 9, 6)
"""Weight of each hour of the day."""

MOST: Final = 2_000
"""Requests of one account that count: of one that asks more, those of a part of an hour, after as many others."""

FACTOR: Final = 4
"""How many times the first rank of a stratum the next one's is."""

Way = Literal["any worker", "a visit keeps to one", "an account keeps to one", "functions at the edge"]
EDGE: Final[Way] = "functions at the edge"
WAYS: Final[dict[Way, int]] = {"any worker": 3, "a visit keeps to one": 3, "an account keeps to one": 1, EDGE: 8}
"""How a request finds its worker, and how many of them a node has: gateways that 1,500 requests a second keep busy, or
functions of 5 ms, of which the busiest node's thousand requests a second keep five at work."""


def zipf_total(count: int, power: float) -> float:
    """Return the sum of r to the minus `power` over r = 1 to `count`, by Euler and Maclaurin; `power` below 1."""
    whole = (count ** (1 - power) - 1) / (1 - power)
    return float(whole + (1 + count**-power) / 2 + power * (1 - count ** (-power - 1)) / 12)


def asked_by(rank: float) -> float:
    """Return the requests a day of the account of a rank, 1 for the one that asks most."""
    return float(REQUESTS * rank**-ACCOUNT_ZIPF / zipf_total(ACCOUNTS, ACCOUNT_ZIPF))


def hits(tiles: int = TILES, kept: int = CACHE_TILES, power: float = TILE_ZIPF) -> float:
    """Return the share of requests that a cache of the tiles used last answers, by Che's approximation.

    Che, Tung and Wang, "Hierarchical Web caching systems", IEEE JSAC 20 (7), 2002: a tile is in the cache if it was
    asked for within the time in which as many different tiles are asked for as the cache holds.
    """
    groups = list(_groups(tiles, power))

    def held(time: float) -> float:
        return sum(count * -math.expm1(-share * time) for count, share in groups)

    low, high = 0.0, 1.0
    while held(high) < kept:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if held(middle) < kept else (low, middle)
    return sum(count * share * -math.expm1(-share * high) for count, share in groups)


def _groups(tiles: int, power: float) -> Iterator[tuple[int, float]]:
    """Yield how many tiles are asked for by which share of requests each: one by one, then ever more together."""
    total, first = zipf_total(tiles, power), 1
    while first <= tiles:
        last = min(tiles, max(first, int(first * 1.01)))
        mass = zipf_total(last, power) - (zipf_total(first - 1, power) if first > 1 else 0.0)
        count = last - first + 1
        yield count, mass / count / total
        first = last + 1


@dataclass(frozen=True, slots=True)
class Window:
    """The part of an account's day that is decided."""

    begin: float
    """Seconds after midnight; what comes before `counts` only warms up."""
    counts: float
    end: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What was decided of one account."""

    requests: int
    refused: int
    writes: int
    looks: int


@dataclass(frozen=True, slots=True)
class Stratum:
    """Accounts of like size, and what those that were drawn did."""

    first: int
    """Rank of the one that asks most."""
    last: int
    seen: tuple[Seen, ...]

    @property
    def requests(self) -> float:
        """Of all accounts of it, a day: what the model says."""
        before = zipf_total(self.first - 1, ACCOUNT_ZIPF) if self.first > 1 else 0.0
        return REQUESTS * (zipf_total(self.last, ACCOUNT_ZIPF) - before) / zipf_total(ACCOUNTS, ACCOUNT_ZIPF)

    def rate(self, of: str) -> float:
        """Return how many of something a request leads to: writes, looks, refused."""
        return float(sum(getattr(each, of) for each in self.seen) / max(1, sum(each.requests for each in self.seen)))

    def error(self, of: str) -> float:
        """Return the standard error of `rate`, as of a ratio of two sums (Cochran, Sampling Techniques, §6.4)."""
        count = len(self.seen)
        if count < 2:  # noqa: PLR2004 - no spread of one
            return 0.0
        ratio, mean = self.rate(of), fmean(each.requests for each in self.seen) or 1.0
        apart = [getattr(each, of) - ratio * each.requests for each in self.seen]
        return math.sqrt(variance(apart, 0.0) / count) / mean


@dataclass(frozen=True, slots=True)
class Day:
    """A country's day as one sample tells it."""

    strata: tuple[Stratum, ...]

    def total(self, of: str) -> float:
        """Return how many there are in the whole country."""
        return sum(each.rate(of) * each.requests for each in self.strata)

    def error(self, of: str) -> float:
        """Return the standard error of `total`."""
        return math.sqrt(sum((each.error(of) * each.requests) ** 2 for each in self.strata))

    @property
    def admitted(self) -> float:
        """Requests that were let in."""
        return REQUESTS - self.total("refused")

    def per_hundred(self) -> tuple[float, float]:
        """Return writes per 100 requests that were let in, and their standard error."""
        return 100 * self.total("writes") / self.admitted, 100 * self.error("writes") / self.admitted


def window(rank: int, draw: random.Random) -> Window:
    """Return the part of a day that is decided: all of it, or of one that asks much a part of an hour.

    An hour is drawn as often as it is busy, so that a request of any hour is as likely to be among those that count.
    """
    wanted = asked_by(rank)
    if wanted <= MOST:
        return Window(0.0, 0.0, 86_400.0)
    hour = draw.choices(range(24), HOURS)[0]
    length = min(1_800.0, 3_600 * MOST / (wanted * HOURS[hour] / sum(HOURS)))
    return Window(hour * 3_600.0, hour * 3_600 + length, hour * 3_600 + 2 * length)


def moments(rank: int, part: Window, draw: random.Random) -> list[tuple[float, int]]:
    """Return when an account asks, seconds after midnight, and which of its visits that belongs to."""
    found: list[tuple[float, int]] = []
    requests = 1 if rank <= PROGRAMS else VIEWS * VIEW_TILES
    visits, visit = asked_by(rank) / requests, 0
    for hour in range(int(part.begin // 3_600), math.ceil(part.end / 3_600)):
        rate = visits * HOURS[hour] / sum(HOURS) / 3_600
        at = hour * 3_600 + draw.expovariate(rate)
        while at < min(part.end, (hour + 1) * 3_600):
            visit += 1
            found += _visit(at, visit, requests, draw)
            at += draw.expovariate(rate)
    return sorted(found)


def _visit(at: float, visit: int, requests: int, draw: random.Random) -> Iterator[tuple[float, int]]:
    for number in range(requests):
        if number and number % VIEW_TILES == 0:
            at += draw.expovariate(1 / VIEW_PAUSE_S)
        yield at + (draw.random() if requests > 1 else 0.0), visit
