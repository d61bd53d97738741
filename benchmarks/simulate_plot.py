"""The picture of a simulated day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from country import HOURS, MONTH, REQUESTS, Day, Way, asked_by
from matplotlib.figure import Figure

from tianlake.cli.stack.costing import Item


def draw_days(days: Mapping[Way, Day], items: Sequence[Item], target: Path) -> None:
    """Draw requests over the day, writes by the size of accounts, and money, side by side; the same bytes each time."""
    with mpl.rc_context({"svg.hashsalt": "tianlake", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(11, 3.4), layout="constrained")
        hours, writes, money = figure.subplots(1, 3)
        hours.stairs([REQUESTS * each / sum(HOURS) / 3600 for each in HOURS], fill=True, alpha=0.4)
        hours.set(title="requests a second", xlabel="hour of the day", xlim=(0, 24))
        for way, day in days.items():
            sizes = [asked_by((each.first * each.last) ** 0.5) for each in day.strata]
            writes.plot(sizes, [100 * each.rate("writes") for each in day.strata], marker="o", ms=3, label=way)
        writes.axhline(1, color="grey", lw=0.8, ls="--")
        writes.set(title="writes per 100 requests", xlabel="requests of an account a day", xscale="log", yscale="log")
        writes.legend(fontsize=7)
        shown = sorted((each for each in items if each.cost), key=lambda each: each.cost)
        money.barh([each.name for each in shown], [each.cost / MONTH for each in shown])
        money.set(title="USD a day", xscale="log")
        figure.savefig(target, metadata={"Date": None})
