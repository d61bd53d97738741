"""Plots of a report, by matplotlib: as SVG whose letters are outlines, and as PNG."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tianlake.build.rendering.fonts import Face
from tianlake.lake.freshness import LIMIT_DAYS, today
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.report import Report, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE: Final = "#1f5f99"
RED: Final = "#b3261e"
GREY: Final = "#6b7280"
_MOST: Final = 12
"""Bars of a plot that has one for each thing."""
_LEAST: Final = 5
"""Bars that there is room for, at least."""
_DPI: Final = 200
_LABELS: Final = 12
"""Days that are named below a plot."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot."""

    title: str
    svg: str
    """An element, without the head of a document."""
    png: bytes


def charts(report: Report, face: Face) -> list[Chart]:
    """Return the plots of a report; what has no rows has none.

    Args:
        report: The report.
        face: Font of its letters.
    """
    return [_chart(title, draw, face) for title, draw in _plots(report)]


def bars(title: str, pairs: list[tuple[str, float]], face: Face) -> Chart:
    """Return a plot of one bar for each thing, the first one on top; of the first few where there are many."""
    return _chart(title, lambda axes, font: _bars(axes, font, pairs[:_MOST], None), face)


def _plots(report: Report) -> Iterator[tuple[str, Callable[[Axes, Any], None]]]:
    if (days := report.table("days")) and days.rows:
        yield "每日请求", lambda axes, font: _days(axes, font, _all_days(report, days))
    if (products := report.table("products")) and products.rows:
        yield "请求最多的产品", lambda axes, font: _bars(axes, font, _pairs(products, 1), None)
    if (ages := report.table("ages")) and ages.rows:
        yield "数据更新天数（红线：一年）", lambda axes, font: _bars(axes, font, _pairs(ages, 2), LIMIT_DAYS)


def _pairs(table: Table, column: int) -> list[tuple[str, float]]:
    rows = [(str(row[0]).partition(" ")[2] or str(row[0]), float(row[column] or 0)) for row in table.rows]
    return sorted(rows, key=lambda pair: -pair[1])[:_MOST]


def _chart(title: str, draw: Callable[[Axes, Any], None], face: Face) -> Chart:
    import matplotlib as mpl  # noqa: PLC0415 - a second, for reports alone
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415

    font = FontProperties(fname=str(face.file), size=9)
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "tianlake"}):
        picture = Figure(figsize=(7.2, 2.6), layout="constrained")
        FigureCanvasAgg(picture)
        axes = picture.add_subplot()
        draw(axes, font)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        vector, pixels = io.BytesIO(), io.BytesIO()
        picture.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
        picture.savefig(pixels, format="png", dpi=_DPI, metadata={"Software": None})
    svg = vector.getvalue().decode()
    return Chart(title, svg[svg.index("<svg") :], pixels.getvalue())


def _all_days(report: Report, table: Table) -> list[tuple[str, float, float]]:
    """Return each day of the quarter up to the report's, with its requests and failures, be there none."""
    window = Quarter.parse(report.quarter).window
    last = min(window.until, today(datetime.fromisoformat(report.made)))
    counted = {str(row[0]): (float(row[1] or 0), float(row[3] or 0)) for row in table.rows}
    days = [window.since + timedelta(days=number) for number in range((last - window.since).days + 1)]
    return [(day.isoformat(), *counted.get(day.isoformat(), (0.0, 0.0))) for day in days]


def _days(axes: Axes, font: Any, days: list[tuple[str, float, float]]) -> None:  # noqa: ANN401 - matplotlib's font
    names = [day[5:] for day, _, _ in days]
    axes.bar(range(len(names)), [requests for _, requests, _ in days], color=BLUE, label="请求")
    axes.bar(range(len(names)), [failed for _, _, failed in days], color=RED, label="失败（5xx）")
    step = max(1, -(-len(names) // _LABELS))
    axes.set_xticks(range(0, len(names), step), names[::step], fontproperties=font)
    _numbers(axes.get_yticklabels(), font)
    axes.legend(prop=font, frameon=False)


def _bars(axes: Axes, font: Any, pairs: list[tuple[str, float]], limit: float | None) -> None:  # noqa: ANN401
    pairs.reverse()  # the first one stands on top
    axes.barh(range(len(pairs)), [value for _, value in pairs], color=BLUE)
    axes.set_ylim(min(0, len(pairs) - _LEAST) - 0.5, len(pairs) - 0.5)  # a lone bar is no wall
    axes.set_yticks(range(len(pairs)), [name for name, _ in pairs], fontproperties=font)
    _numbers(axes.get_xticklabels(), font)
    if limit is not None:
        axes.axvline(limit, color=RED, linewidth=1)


def _numbers(labels: Any, font: Any) -> None:  # noqa: ANN401
    for label in labels:
        label.set_fontproperties(font)
        label.set_color(GREY)
