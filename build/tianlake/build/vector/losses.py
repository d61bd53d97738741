"""What became of the features of each source, as findings."""

from __future__ import annotations

from typing import Final

from tianlake.build.quality.report import Fate, Finding
from tianlake.build.vector.counts import Counts
from tianlake.lake.words import Text

CAUSES: Final[dict[str, tuple[str, Fate, Text]]] = {
    "left_out_by_where": (
        "step.where",
        "left_out",
        Text("不满足配方中数据源的条件 where", "they do not fulfil the condition where of the source in the recipe"),
    ),
    "left_out_by_clip": (
        "step.clip",
        "left_out",
        Text("不在配方 clip 步骤的范围内", "they lie outside the areas of the step clip in the recipe"),
    ),
    "without_geometry": (
        "geometry.empty",
        "dropped",
        Text(
            "没有几何，无法上图；请在数据源中补充坐标或几何",
            "they have no geometry and cannot be mapped; give them one in the source",
        ),
    ),
    "beyond_repair": (
        "geometry.beyond_repair",
        "dropped",
        Text(
            "几何无效且无法修复；请在数据源中改正", "their geometry is invalid beyond repair; correct it in the source"
        ),
    ),
    "outside_world": (
        "geometry.outside_world",
        "dropped",
        Text(
            "坐标超出 180° 或 90°；请检查坐标系和坐标轴顺序",
            "a coordinate is beyond 180° or 90°; check the CRS and the order of axes",
        ),
    ),
    "repaired": (
        "geometry.repaired",
        "changed",
        Text(
            "几何无效（如自相交），已按 OGC 简单要素规则修复",
            "their geometry was invalid, such as crossing itself, and was repaired by the rules of OGC Simple Features",
        ),
    ),
}
"""Number of `Counts` → rule, fate and reason."""


def losses(counts: tuple[Counts, ...], paths: tuple[str, ...]) -> tuple[Finding, ...]:
    """Return one finding for every cause of every source, in the order of `CAUSES`.

    Args:
        counts: Of each source.
        paths: Of each source, relative to the workspace.
    """
    return tuple(
        Finding(rule, fate, number, reason, path)
        for each, path in zip(counts, paths, strict=True)
        for name, (rule, fate, reason) in CAUSES.items()
        if (number := getattr(each, name))
    )
