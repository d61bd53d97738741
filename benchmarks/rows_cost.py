"""Rows of the table about what service costs: writes to the store of accounts, and money."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

from doors import Account
from rows import Figure, Row, Size, Turns

from tianlake.cli.stack.costing import PROTOMAPS_HITS, PROTOMAPS_MILLION, per_million_tiles, read_prices

_NOON: Final = 1_795_752_000.0


def store_writes(size: Size, _folder: Path) -> Turns:
    """Count the writes of two workers while a professional account asks for tiles at an even rate."""
    draw = random.Random(3)  # noqa: S311 - figures, no secrets
    while True:
        account, now = Account("professional", workers=2), _NOON
        for _ in range(size["requests"]):
            now += draw.expovariate(size["rate"])
            account.ask(draw.randrange(2), now)
        writes = 100 * account.store.writes / max(1, account.admitted)
        yield {"two workers": {"writes": writes, "refused": 100 * account.refused / size["requests"]}}


def cost_model(size: Size, _folder: Path) -> Turns:
    """Price a million tiles by the shipped list."""
    listed = read_prices()
    hits = size["hits"] / 100
    while True:
        yield {region: {"usd": per_million_tiles(prices, hits)} for region, prices in listed.regions.items()}


ROWS: Final = (
    Row(
        "store-writes",
        "store writes for quotas",
        "steady load of one account over two workers, writes per 100 admitted requests",
        (
            Figure("writes", "two workers", target=1, label="writes"),
            Figure("refused", "two workers", unit="%", label="refused"),
        ),
        store_writes,
        {"requests": 60_000, "rate": 50},
        {"requests": 2_000, "rate": 50},
    ),
    Row(
        "cost-model",
        "cost model",
        f"a million tiles at {PROTOMAPS_HITS:.0%} cache hits, before egress (Protomaps: {PROTOMAPS_MILLION:.2f} USD)",
        (
            Figure("usd", "us-east-1", target=PROTOMAPS_MILLION, unit="USD", label="us-east-1"),
            Figure("usd", "ap-southeast-1", unit="USD", label="ap-southeast-1"),
        ),
        cost_model,
        {"hits": round(100 * PROTOMAPS_HITS)},
        {"hits": round(100 * PROTOMAPS_HITS)},
        rounds=1,
    ),
)
