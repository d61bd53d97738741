"""How the report's own words are said to people, and in which order findings are told."""

from __future__ import annotations

from typing import Final

from tianlake.build.quality.document import Verdict
from tianlake.build.quality.report import Fate, Finding, Unit
from tianlake.lake.recipes import Kind, ProductClass
from tianlake.lake.words import Text

FATES: Final[dict[Fate, Text]] = {
    "dropped": Text("丢弃", "dropped"),
    "left_out": Text("按规则略去", "left out by rule"),
    "changed": Text("修改后写出", "written changed"),
    "kept": Text("提示，照原样写出", "noted, written as it was"),
}
"""The worst first."""

UNITS: Final[dict[Unit, Text]] = {
    "feature": Text("个要素", "features"),
    "tile_feature": Text("个要素在瓦片中", "features in tiles"),
    "pixel": Text("个像元", "pixels"),
    "tile": Text("个瓦片", "tiles"),
    "file": Text("个文件", "files"),
    "value": Text("个属性值", "values"),
}

VERDICTS: Final[dict[Verdict, Text]] = {
    "whole": Text("完整：没有略去、修改或丢弃任何内容", "Whole: nothing was left out, changed or dropped"),
    "changed": Text("完整，有修改：请看修改的原因", "Whole, with changes: see what was changed and why"),
    "left_out": Text("有内容按配方规则略去：请核对规则", "Some was left out by the recipe's rules: check them"),
    "dropped": Text("有内容被丢弃：审阅前请看原因", "Some was dropped: see the reasons before you approve"),
}

CLASSES: Final[dict[ProductClass, Text]] = {
    "catalog": Text("资源目录", "catalog"),
    "entity": Text("地理实体", "geographic entities"),
    "place": Text("地名地址", "places and addresses"),
    "imagery": Text("遥感影像", "imagery"),
    "terrain": Text("地形", "terrain"),
    "3d": Text("三维", "3D"),
    "theme": Text("专题", "theme"),
}

KINDS: Final[dict[Kind, Text]] = {
    "vector": Text("矢量", "vector"),
    "raster": Text("栅格", "raster"),
    "terrain": Text("高程", "elevation"),
    "table": Text("表格", "table"),
    "tiles3d": Text("三维瓦片", "3D Tiles"),
    "pointcloud": Text("点云", "point cloud"),
    "catalog": Text("目录", "catalog"),
}

CRS_FROM: Final = {
    "file": Text("文件声明", "said by the file"),
    "recipe": Text("配方声明", "declared in the recipe"),
    "coordinates": Text("由坐标判断", "told by the coordinates"),
}


def order(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return findings as people read them: the worst fate first, then the largest number."""
    fates = list(FATES)
    return tuple(sorted(findings, key=lambda each: (fates.index(each.fate), -each.count)))
