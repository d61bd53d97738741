"""The picture of how time and memory grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

Curve = Mapping[int, tuple[float, float]]
"""Size → seconds of the processor, bytes of memory."""


def draw_growth(curves: Mapping[str, Curve], target: Path) -> None:
    """Draw time and memory against size, each by itself at its least size as 1; the same bytes each time.

    Args:
        curves: Step → what it took.
        target: An SVG file.
    """
    with mpl.rc_context({"svg.hashsalt": "tianlake", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(9, 3.4), layout="constrained")
        time, memory = figure.subplots(1, 2)
        for step, curve in curves.items():
            sizes = sorted(curve)
            times = [size / sizes[0] for size in sizes]
            for panel, which in ((time, 0), (memory, 1)):
                panel.plot(times, _to_first([curve[size][which] for size in sizes]), marker="o", ms=3, label=step)
        most = max(max(curve) / min(curve) for curve in curves.values())
        for panel, title in ((time, "processor"), (memory, "memory of all processes")):
            panel.plot([1, most], [1, most], color="grey", lw=0.8, ls="--", label="as the size")
            panel.set(title=title, xlabel="size, smallest = 1", xscale="log", yscale="log")
        time.legend(fontsize=7)
        figure.savefig(target, metadata={"Date": None})


def _to_first(values: Sequence[float]) -> list[float]:
    return [each / values[0] for each in values]
