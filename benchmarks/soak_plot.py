"""The picture of a soak: memory, descriptors and latency over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import matplotlib as mpl
from load_kit import Seen
from matplotlib.figure import Figure
from soak_judge import MIB
from soak_watch import Look

POINTS = 180
"""Each curve has so many: medians of what lies between."""


def draw(looks: Sequence[Look], seen: Sequence[Seen], target: Path) -> None:
    """Draw memory and descriptors by role, and the latency of answers; the same bytes each time."""
    end = max((each.at for each in looks), default=0.0)
    step = max(end / POINTS, 1.0)
    held, opened = _sums(looks, step)
    with mpl.rc_context({"svg.hashsalt": "tianlake", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(11, 3.4), layout="constrained")
        memory, descriptors, latency = figure.subplots(1, 3)
        for role in sorted(held):
            for axes, curve in ((memory, held[role]), (descriptors, opened[role])):
                axes.plot([at * step / 60 for at in curve], list(curve.values()), lw=1, label=role)
        memory.set(title="PSS, MiB", ylim=(0, None))
        memory.legend(fontsize=7)
        descriptors.set(title="open descriptors", ylim=(0, None))
        times: dict[int, list[float]] = defaultdict(list)
        for each in seen:
            times[int(each.at // step)].append(each.ms)
        for name, part in (("p50", 0.5), ("p99", 0.99)):
            curve = {at: sorted(found)[int(part * (len(found) - 1))] for at, found in sorted(times.items())}
            latency.plot([at * step / 60 for at in curve], list(curve.values()), lw=1, label=name)
        latency.set(title="latency, ms", yscale="log")
        latency.legend(fontsize=7)
        for axes in (memory, descriptors, latency):
            axes.set(xlabel="minutes")
        figure.savefig(target, metadata={"Date": None})


Curves = dict[str, dict[int, float]]


def _sums(looks: Sequence[Look], step: float) -> tuple[Curves, Curves]:
    """Return memory (MiB) and descriptors by role and step; processes of one role are added up."""
    at: dict[tuple[str, float], list[int]] = defaultdict(lambda: [0, 0])
    for each in looks:
        both = at[each.role, each.at]
        both[0] += each.pss
        both[1] += each.descriptors
    found: tuple[Curves, Curves] = (defaultdict(dict), defaultdict(dict))
    between: dict[tuple[str, int], list[list[int]]] = defaultdict(list)
    for (role, when), both in at.items():
        between[role, int(when // step)].append(both)
    for (role, place), many in sorted(between.items()):
        found[0][role][place] = median(each[0] for each in many) / MIB
        found[1][role][place] = median(each[1] for each in many)
    return found
