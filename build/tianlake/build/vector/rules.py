"""What happens to features of sources: the name of each rule, what becomes of them, and why, for people."""

from __future__ import annotations

from typing import Final

from tianlake.build.quality.report import Fate
from tianlake.lake.words import Text

Rules = dict[str, tuple[Fate, Text]]

DROPPED: Final[Rules] = {
    "geometry.null": ("dropped", Text("没有图形", "there is no geometry")),
    "geometry.empty": ("dropped", Text("图形为空", "the geometry is empty")),
    "coordinates.missing": (
        "dropped",
        Text("坐标缺失；请在源文件中补全", "coordinates are missing; fill them in at the source"),
    ),
    "coordinates.unreadable": (
        "dropped",
        Text("坐标无法识别；请改为十进制度或度分秒", "coordinates are no numbers; write degrees, or 39°54′26″"),
    ),
    "address.unknown": (
        "dropped",
        Text(
            "地址在地名库中找不到唯一的区划或地名",
            "the gazetteer has no division or place that the address alone names",
        ),
    ),
    "coordinates.swapped": (
        "dropped",
        Text(
            "经纬度颠倒：对调后才在中国范围内；请改正源文件，或在配方中声明 swap = true",
            "longitude and latitude are exchanged: only so it lies in China; correct the source, or say swap = true",
        ),
    ),
    "coordinates.other_zone": (
        "dropped",
        Text("横坐标不属于其余要素所在的投影带", "its easting does not belong to the zone that the others lie in"),
    ),
    "geometry.beyond_repair": ("dropped", Text("图形无效且不能修复", "the geometry is invalid and cannot be repaired")),
    "geometry.outside_world": (
        "dropped",
        Text("坐标超出经纬度范围；坐标系声明是否正确？", "it lies beyond 180 or 90 degrees; is the CRS right?"),
    ),
}
"""Every fate of a feature that drops it. The names are `__fate` of a table of placed features."""

LEFT_OUT: Final[Rules] = {
    "step.where": ("left_out", Text("不满足配方的条件 where", "the recipe's condition where leaves it out")),
    "step.clip": ("left_out", Text("不在步骤 clip 的范围内", "it lies outside the areas of a step clip")),
}

CHANGED: Final[Rules] = {
    "geometry.repaired": ("changed", Text("图形无效，已修复", "the geometry was invalid and was repaired")),
    "geometry.measures": (
        "changed",
        Text("GeoParquet 不存 M 值，已去掉", "GeoParquet has no measures; they were left away"),
    ),
    "geometry.heights": ("changed", Text("按配方去掉了高程(Z)", "heights were left away, as the recipe says")),
    "geometry.antimeridian": (
        "changed",
        Text(
            "跨 180° 经线，或经度为 0 至 360°；已分割并归入 ±180°",
            "cut at the antimeridian, or moved from 0…360° to ±180°",
        ),
    ),
    "coordinates.turned": (
        "changed",
        Text("经纬度颠倒，已按配方的 swap = true 对调", "longitude and latitude were exchanged, as swap = true says"),
    ),
    "coordinates.sexagesimal": (
        "changed",
        Text("坐标以度分秒书写，已换算", "coordinates in degrees, minutes and seconds were converted"),
    ),
}
"""What befalls single features. The names are members of `__changes`."""

WHOLE: Final[Rules] = {
    "crs.gcj02": (
        "changed",
        Text(
            "按声明由 GCJ-02 换算：公开算式的迭代反解，与算式之差不超过 1e-9°；算式本身的精度官方未公布",
            "converted from GCJ-02, as declared: the public formula inverted to 1e-9°; its own accuracy is unpublished",
        ),
    ),
    "crs.bd09": (
        "changed",
        Text(
            "按声明由 BD-09 换算：公开算式的迭代反解，与算式之差不超过 1e-9°；算式本身的精度官方未公布",
            "converted from BD-09, as declared: the public formula inverted to 1e-9°; its own accuracy is unpublished",
        ),
    ),
    "crs.zone": (
        "kept",
        Text(
            "横坐标的带号与坐标系不符但中央经线相同，已按坐标取同一中央经线的坐标系",
            "eastings carry a zone number and the CRS none, or the reverse; the CRS of the same meridian was taken",
        ),
    ),
    "crs.accuracy_unknown": (
        "kept",
        Text(
            "基准转换没有已知参数，位置误差可达约 100 米；请向测绘部门取得转换后的成果",
            "no parameters are known for this change of datum: positions may be off by up to about 100 m",
        ),
    ),
    "crs.own_parameters": (
        "kept",
        Text(
            "基准转换按坐标系声明自带的参数进行，其精度未知",
            "the datum was changed by the parameters that the CRS itself carries; their accuracy is not known",
        ),
    ),
    "file.index_restored": (
        "kept",
        Text("缺少 .shx 索引，已在临时目录中重建", "the index .shx is missing; it was made anew in a scratch folder"),
    ),
    "address.located": (
        "kept",
        Text(
            "位置由地址推定，精度见列 address_precision",
            "positions were found by address; the column address_precision says how exact they are",
        ),
    ),
}
"""What holds for all written features of a source."""

DUPLICATE: Final[tuple[str, Fate, Text]] = (
    "features.duplicate",
    "kept",
    Text(
        "属性和图形与另一要素完全相同；未删除",
        "attributes and geometry are those of another feature; it was not dropped",
    ),
)
