"""How much ground detailed data covers in one piece: beyond some square kilometres it is secret."""

# ruff: noqa: S608 - names of columns cannot be bound; they go through `identifier`

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tianlake.build.policy.findings import Finding, finding
from tianlake.build.policy.ground import box_km2
from tianlake.build.policy.look import Look
from tianlake.build.policy.stated import named
from tianlake.build.policy.table import Table
from tianlake.lake.duck import identifier
from tianlake.lake.policy import Rule
from tianlake.lake.words import Bounds, Text

CELL: Final = 0.01
"""Degrees: features whose cells touch, also at a corner, lie in one piece (cells of about 1 km)."""


def check_scales(look: Look, table: Table) -> Iterator[Finding]:
    """Yield the pieces of data whose rows state a large scale."""
    if table.geometry is None:
        return
    for rule in look.policy.of("scale-area"):
        for column in table.columns:
            if named(rule, column):
                yield from _pieces(rule, table, column)


def _pieces(rule: Rule, table: Table, column: str) -> Iterator[Finding]:
    limit, finest = rule.parameters["most_km2"], rule.parameters["finest_scale"]
    value = f"replace(replace(trim({identifier(column)}::VARCHAR), '：', ':'), ',', '')"
    query = f"""
    SELECT floor(xmin / {CELL})::INTEGER AS x, floor(ymin / {CELL})::INTEGER AS y,
           min(xmin), min(ymin), max(xmax), max(ymax)
    FROM (SELECT {table.box}, TRY_CAST(regexp_replace({value}, '^1:', '') AS DOUBLE) AS scale FROM {table.source})
    WHERE scale > 0 AND scale < $finest GROUP BY x, y
    """
    cells = {(x, y): tuple(box) for x, y, *box in table.rows(query, {"finest": finest})}
    largest = max((box_km2(Bounds(*box)) for box in _joined(cells)), default=0.0)
    if largest > limit:
        text = Text(
            f"大于 1:{finest:,.0f} 的数据连片 {largest:,.1f} 平方千米，超过 {limit:g} 平方千米",
            f"data larger than 1:{finest:,.0f} covers {largest:,.1f} km² in one piece, more than {limit:g} km²",
        )
        yield finding(rule, table.name, column, text)


_Box = tuple[Any, ...]


def _joined(cells: dict[tuple[int, int], _Box]) -> Iterator[_Box]:
    """Yield the box of each piece: cells that touch, with all that begins in them."""
    left = dict(cells)
    while left:
        start, box = left.popitem()
        todo = [start]
        while todo:
            x, y = todo.pop()
            for near in ((x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)):
                if (other := left.pop(near, None)) is not None:
                    todo.append(near)
                    box = (*map(min, box[:2], other[:2]), *map(max, box[2:], other[2:]))
        yield box
