"""What the quality report says of sources: where they lie, where their features went, and why."""

from __future__ import annotations

from typing import Final

import duckdb

from tianlake.build.quality.report import Fate, Finding, SourceReport
from tianlake.build.vector.counts import Counts
from tianlake.build.vector.placing import Placed
from tianlake.lake.recipes import Recipe
from tianlake.lake.words import Bounds, Text

RULES: Final[dict[str, tuple[Fate, Text]]] = {
    "left_out_by_where": ("left_out", Text("不满足配方的条件 where", "the recipe's condition where leaves it out")),
    "left_out_by_clip": ("left_out", Text("不在裁切范围内", "it lies outside the areas of a step clip")),
    "without_geometry": ("dropped", Text("没有图形或坐标", "it has no geometry or coordinates")),
    "beyond_repair": ("dropped", Text("图形无效且不能修复", "its geometry is invalid and cannot be repaired")),
    "outside_world": ("dropped", Text("坐标超出经纬度范围", "it lies beyond 180 or 90 degrees; is the CRS right?")),
    "repaired": ("changed", Text("图形无效，已修复", "its geometry was invalid and was repaired")),
}
"""Member of `Counts` → what became of the features, and why."""


def report_sources(
    connection: duckdb.DuckDBPyConnection, recipe: Recipe, placed: list[Placed], counts: tuple[Counts, ...]
) -> tuple[tuple[SourceReport, ...], tuple[Finding, ...]]:
    """Return what is to say of each source, and of what happened to its features; `merged` is still there."""
    boxes = {
        number: Bounds(*box)
        for number, *box in connection.sql(
            "SELECT __source, min(ST_XMin(geometry)), min(ST_YMin(geometry)), max(ST_XMax(geometry)), "
            "max(ST_YMax(geometry)) FROM merged GROUP BY ALL"
        ).fetchall()
    }
    reports, findings = [], []
    for number, (source, each, count) in enumerate(zip(recipe.sources, placed, counts, strict=True)):
        frame = each.frame
        reports.append(
            SourceReport(
                path=source.path,
                layer=count.layer,
                crs=frame.crs,
                crs_from=frame.crs_from,
                operation=frame.operation,
                accuracy_m=frame.accuracy_m,
                quality=count.quality,
                bounds=boxes.get(number),
            )
        )
        for name, (fate, reason) in RULES.items():
            if number_of := getattr(count, name):
                findings.append(Finding(f"features.{name}", fate, number_of, reason, source.path))
    return tuple(reports), tuple(findings)
