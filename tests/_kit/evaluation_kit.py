"""Reports of nodes with the figures that a test gives them, and schemes of a few lines."""

from __future__ import annotations

from typing import Final

from tianlake.lake.reports.report import Figure, Report, Section
from tianlake.lake.reports.scheme import MEASURES
from tianlake.lake.words import Text

QUARTER: Final = "2026Q3"
NONE: Final = Text("没有", "none")

HEAD: Final = """version = "7"
since = 2026-01-01
missing = "{missing}"
silent = "{silent}"
title = {{ zh = "方案", en = "scheme" }}
"""


def criterion(name: str, weight: float, measure: str, points: str, *more: str) -> str:
    """Return a criterion as TOML has it; `more` are whole lines."""
    lines = (
        "[[criteria]]",
        f'id = "{name}"',
        f'title = {{ zh = "{name} 指标", en = "{name}" }}',
        'law = { zh = "《办法》第二十条", en = "article 20" }',
        f"weight = {weight}",
        f'measure = "{measure}"',
        f"points = {points}",
        *more,
    )
    return "\n".join(lines) + "\n"


def scheme(*criteria: str, missing: str = "no-points", silent: str = "no-points") -> bytes:
    """Return a scheme as TOML has it."""
    return (HEAD.format(missing=missing, silent=silent) + "".join(criteria)).encode()


def report(node: str, figures: dict[str, float], *, whole: bool = True) -> Report:
    """Return the report of a node; a figure that is not given has no data."""
    every = tuple(
        Figure(name, NONE, figures.get(name), unit, None if name in figures else NONE)
        for name, unit in MEASURES.items()
    )
    nothing = Section(NONE, ())
    made = "2026-10-01T00:00:00Z"
    return Report(node, f"节点 {node}", "单位", "局", QUARTER, made, whole, (Section(NONE, every),), (), (), nothing)
