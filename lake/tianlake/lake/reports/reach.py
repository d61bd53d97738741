"""Whether a node answered in a quarter, by those who asked it each minute."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from tianlake.lake.logs.stats import Log
from tianlake.lake.reports.counting import figure
from tianlake.lake.reports.quarter import Quarter
from tianlake.lake.reports.report import Section
from tianlake.lake.words import Text

NO_PROBE: Final = Text(
    "本季度没有探测记录（tianlake probe）；停机时没有人写日志，仅凭日志不知道停机多久",
    "nobody probed the node in this quarter (tianlake probe), and while nothing runs nobody writes a log",
)
_MINUTE_S: Final = 60


def reach(log: Log, quarter: Quarter, now: float) -> Section:
    """Return how much of a quarter the node answered, and how much of it anybody looked.

    Args:
        log: Of the node, opened for the quarter.
        quarter: Which one.
        now: Seconds since the epoch: of a quarter that is not over, what has passed of it.
    """
    found = log.reached()
    first, after = quarter.window.bounds
    passed_s = (min(after, datetime.fromtimestamp(now, UTC)) - first).total_seconds()
    minutes = max(1.0, passed_s / _MINUTE_S)
    return Section(
        Text("可达（从外部按分钟探测）", "Reached, by probes from outside"),
        (
            figure(
                "uptime",
                Text("在线率（有应答的分钟占有探测的分钟）", "uptime: minutes with an answer of those with a probe"),
                found.answered / found.minutes if found else None,
                NO_PROBE,
                "ratio",
            ),
            figure(
                "uptime.measured",
                Text("有探测的分钟占全部时间", "minutes with a probe of all that passed"),
                min(1.0, found.minutes / minutes) if found else None,
                NO_PROBE,
                "ratio",
            ),
            figure(
                "uptime.down",
                Text("无应答时间", "time without an answer"),
                (found.minutes - found.answered) * _MINUTE_S if found else None,
                NO_PROBE,
                "seconds",
            ),
            figure(
                "uptime.longest",
                Text("最长中断", "longest outage"),
                found.longest_s if found else None,
                NO_PROBE,
                "seconds",
            ),
        ),
    )
