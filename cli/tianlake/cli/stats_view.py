"""Statistics of the access log for people at a terminal: a chart of days, and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from tianlake.cli.output import size, table, tell
from tianlake.cli.words import say
from tianlake.lake.logs.stats import By, Figures
from tianlake.lake.logs.window import Window

_BAR = 40
"""Cells of the longest bar."""
_EIGHTHS = " ▏▎▍▌▋▊▉"

_TITLES: Mapping[By, tuple[str, str]] = {
    "day": ("日期", "day"),
    "hour": ("时", "hour"),
    "month": ("月（UTC）", "month (UTC)"),
    "node": ("节点", "node"),
    "product": ("产品", "product"),
    "kind": ("类别", "kind"),
    "status": ("状态", "status"),
    "code": ("拒绝原因", "reason"),
    "release": ("版本", "release"),
}
_CHARTS = frozenset({"day", "hour", "month"})


def show(window: Window, total: Figures | None, groups: Mapping[By, Sequence[Figures]], behind: int) -> None:
    """Print what was asked in a window, all together and by group; say so where nothing is known."""
    span = f"{window.since} – {window.until}"
    if total is None:
        tell(say(f"{span}：没有访问日志", f"{span}: no access log"))
        return
    for by, rows in groups.items():
        if rows:
            _group(by, rows)
    tell(_summary(span, total))
    if behind:
        zh = f"另有 {behind} 次回源未计入：其请求记在前端的日志里（--collect）"
        tell(say(zh, f"{behind} requests by what is in front are not counted: its own log has them (--collect)"))


def _group(by: By, rows: Sequence[Figures]) -> None:
    header = say(
        f"{_TITLES[by][0]} 请求 拒绝 失败 流量 p50毫秒 p99毫秒 命中 用户 网段",
        f"{_TITLES[by][1].replace(' ', '_')} requests refused failed bytes p50_ms p99_ms hits users networks",
    ).split()
    if by in _CHARTS:
        most = max(row.requests for row in rows)
        table([(*_cells(row), bar(row.requests, most)) for row in rows], [*header, ""])
    else:
        table([_cells(row) for row in sorted(rows, key=lambda row: -row.requests)], header)
    click.echo()


def _cells(row: Figures) -> tuple[object, ...]:
    return (
        row.name,
        row.requests,
        row.refused,
        row.failed,
        size(row.bytes),
        f"{row.p50_ms:.1f}",
        f"{row.p99_ms:.1f}",
        f"{row.hits / row.requests:.0%}",
        row.accounts,
        row.clients,
    )


def bar(value: float, most: float) -> str:
    """Return a bar for a value, as long as `_BAR` cells for the most; any value above nothing shows."""
    eighths = round(value / most * _BAR * 8) if most else 0
    eighths = max(eighths, 1 if value else 0)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def _summary(span: str, total: Figures) -> str:
    return say(
        f"{span}：请求 {total.requests}（拒绝 {total.refused}，失败 {total.failed}），流量 {size(total.bytes)}，"
        f"p50 {total.p50_ms:.1f} 毫秒，p99 {total.p99_ms:.1f} 毫秒，用户 {total.accounts}，网段 {total.clients}"
        "（均按月计）",
        f"{span}: {total.requests} requests ({total.refused} refused, {total.failed} failed), {size(total.bytes)}, "
        f"p50 {total.p50_ms:.1f} ms, p99 {total.p99_ms:.1f} ms, {total.accounts} users, {total.clients} networks "
        "(each once a month)",
    )
