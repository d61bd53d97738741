"""The fields of the classes `entity` and `place`, as data: what each is, whether it must be there, and by which rule.

Fields and names follow CH/Z 9010-2011 (地理实体, 地名地址) and, where a web client of today reads them, the names
that Tianditu's reverse geocoder uses (`province_code`, `town_code`, …).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tianlake.lake.recipes import ProductClass
from tianlake.lake.words import Text

Need = Literal["required", "filled", "recommended"]
"""`required`: the recipe must make it. `filled`: what is missing is filled in. `recommended`: may be missing."""

Rule = Literal["class_code", "type_code", "division", "town", "granularity", "status", "any"]
"""What values are held to: `build.classes.checks` has one check for each."""

GRANULARITIES: Final = (
    *("1:1000000", "1:500000", "1:250000", "1:100000", "1:50000", "1:25000"),
    *("1:10000", "1:5000", "1:2000", "1:1000", "1:500"),
)
"""Scales of the national series (GB/T 13989-2012, clause 4): the one that an entity is as fine as."""

STATUSES: Final = ("标准", "非标准", "历史", "待核实")
"""Of a name: 标准地名 and 历史地名 as 地名管理条例 (2022) has them, names that are in use without having been
approved, and names nobody has looked into."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a class."""

    name: str
    type: Literal["VARCHAR", "DATE", "DOUBLE"]
    need: Need
    text: Text
    """What it is, for people who read the table."""
    source: str
    """The standard or convention it comes from."""
    rule: Rule = "any"


_ENTITY_ID = Text("实体标识码，终身不变", "id of the entity for good")
_VALID = Text("起始日期", "day from which it is so"), Text("终止日期（含）；空为至今", "last day; null: until now")
_UPDATED = Text("更新日期", "day of its last update")
_SOURCE = Text("数据来源", "where it comes from")

ENTITY: Final = (
    Field("entity_id", "VARCHAR", "filled", _ENTITY_ID, "CH/Z 9010-2011, ENTIID"),
    Field(
        "class_code",
        "VARCHAR",
        "required",
        Text("要素分类代码（GB/T 13923）", "feature class code of GB/T 13923"),
        "GB/T 13923",
        "class_code",
    ),
    Field("name", "VARCHAR", "required", Text("名称", "name"), "CH/Z 9010-2011"),
    Field("aliases", "VARCHAR", "recommended", Text("别名，以分号分隔", "other names, parted by ;"), "CH/Z 9010-2011"),
    Field(
        "admin_code",
        "VARCHAR",
        "filled",
        Text("所在行政区代码（156 加六位）", "code of the division it lies in: 156 and six digits"),
        "GB/T 2260",
        "division",
    ),
    Field(
        "granularity",
        "VARCHAR",
        "recommended",
        Text("粒度：相当的基本比例尺", "granularity: the scale of the national series that it is as fine as"),
        "GB/T 13989-2012",
        "granularity",
    ),
    Field("valid_from", "DATE", "recommended", _VALID[0], "CH/Z 9010-2011, STARTDATE"),
    Field("valid_to", "DATE", "recommended", _VALID[1], "CH/Z 9010-2011, ENDDATE"),
    Field("updated_at", "DATE", "recommended", _UPDATED, "CH/Z 9010-2011, UPDATEDATE"),
    Field("source", "VARCHAR", "filled", _SOURCE, "CH/Z 9010-2011, USOURCE"),
    Field(
        "accuracy_m", "DOUBLE", "recommended", Text("平面位置精度（米）", "planimetric accuracy, metres"), "GB/T 39608"
    ),
)


def _division(level: str, zh: str, en: str, digits: str) -> tuple[Field, Field]:
    name = Text(f"所在{zh}名称；没有该级则为空", f"name of the {en} it lies in; null where there is none")
    code = Text(f"所在{zh}代码（{digits}）", f"code of the {en} it lies in ({digits})")
    rule: Rule = "town" if level == "town" else "division"
    return (
        Field(level, "VARCHAR", "filled", name, "GB/T 23705"),
        Field(f"{level}_code", "VARCHAR", "filled", code, "GB/T 2260, GB/T 10114", rule),
    )


PLACE: Final = (
    Field("place_id", "VARCHAR", "filled", Text("地名地址标识码，终身不变", "id of the place for good"), "GB/T 23705"),
    Field("std_name", "VARCHAR", "required", Text("标准名称", "standard name"), "地名管理条例"),
    Field(
        "pinyin",
        "VARCHAR",
        "filled",
        Text("汉语拼音（不标声调）", "the name in Hanyu Pinyin without tones"),
        "地名管理条例",
    ),
    Field("alias", "VARCHAR", "recommended", Text("别名，以分号分隔", "other names, parted by ;"), "CH/Z 9010-2011"),
    Field(
        "type_code",
        "VARCHAR",
        "recommended",
        Text("类型代码", "code of its type"),
        "GB/T 18521; Tianditu's Type.csv",
        "type_code",
    ),
    Field("type", "VARCHAR", "recommended", Text("类型", "its type"), "GB/T 18521"),
    Field(
        "full_address",
        "VARCHAR",
        "filled",
        Text("完整地址：行政区域名称与名称", "full address: names of divisions, road and number, name"),
        "GB/T 23705",
    ),
    *_division("province", "省级行政区", "province", "156 + 6"),
    *_division("city", "地级行政区", "city-level division", "156 + 6"),
    *_division("county", "县级行政区", "county", "156 + 6"),
    *_division("town", "乡级行政区", "town", "156 + 9"),
    Field("road", "VARCHAR", "recommended", Text("道路", "road of the address"), "GB/T 35639-2017"),
    Field("number", "VARCHAR", "recommended", Text("门牌号", "number in the road"), "GB/T 35639-2017"),
    Field("lon", "DOUBLE", "filled", Text("经度（CGCS2000，度）", "longitude of a point on it, CGCS2000 degrees"), "-"),
    Field("lat", "DOUBLE", "filled", Text("纬度（CGCS2000，度）", "latitude of a point on it, CGCS2000 degrees"), "-"),
    Field(
        "std_status",
        "VARCHAR",
        "recommended",
        Text("地名状态：标准、非标准、历史、待核实", "status of the name: approved, in use, historic, not looked into"),
        "地名管理条例",
        "status",
    ),
    Field("updated_at", "DATE", "recommended", _UPDATED, "CH/Z 9010-2011, UPDATEDATE"),
    Field("source", "VARCHAR", "filled", _SOURCE, "CH/Z 9010-2011, USOURCE"),
)

SCHEMAS: Final[Mapping[ProductClass, tuple[Field, ...]]] = {"entity": ENTITY, "place": PLACE}
"""Other classes have no fields of their own."""

LEVELS: Final = ("province", "city", "county", "town")


def column_texts(product_class: ProductClass) -> dict[str, Text]:
    """Return what the columns of a class are, by name."""
    return {each.name: each.text for each in SCHEMAS.get(product_class, ())}
