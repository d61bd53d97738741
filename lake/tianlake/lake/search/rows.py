"""The rows of published tables of class `place`, and what each of them is: a place, a road, an address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tianlake.lake.current import CurrentRelease
from tianlake.lake.duck import identifier, literal
from tianlake.lake.releases import TableFacts
from tianlake.lake.words import Bounds

# Lists and prefixes instead of regular expressions, which cost DuckDB milliseconds for each question.
# Values of OpenStreetMap's key `highway` (its wiki, "Key:highway"): what has carriageways and a name in addresses.
_MAIN: Final = ("motorway", "trunk", "primary", "secondary", "tertiary")
_HIGHWAYS: Final = (*_MAIN, *(f"{each}_link" for each in _MAIN), "living_street", "pedestrian", "road")
# These are buildings, too, and so count where another column says that it is a road.
_HIGHWAYS_TOO: Final = (*_HIGHWAYS, "residential", "unclassified", "service")
_ROADS: Final = (
    *("道路", "公路", "道路名", "街巷", "道路街巷", "城市道路", "主干道", "次干道", "支路"),
    *("快速路", "高速公路", "国道", "省道", "县道", "乡道", "胡同", "巷"),
)
_ROAD_ENDS: Final = ("路", "街", "道", "巷", "线", "高速", "胡同")
_CATEGORIES: Final = ("道路", "公路", "road", "highway")
# Codes of Tianditu's Type.csv: 道路名; divisions from the nation to 街道; plates with numbers are 2603xx.
_ROAD_CODE: Final = "230230"
_DIVISION_CODES: Final = "type_code BETWEEN '260100' AND '260110'"
_NO_PLACE: Final = f"type IN ('行政区驻地', '行政区划') OR {_DIVISION_CODES} OR starts_with(type_code, '2603')"
_NUMBERED: Final = "translate(upper(std_name), '0123456789ABCDEFGH#号楼栋幢座单元- ', '') = ''"
"""What has a number for a name: `20#`, `5号楼`, `A座`."""

SEAT: Final = f"(type LIKE '%驻地%' OR {_DIVISION_CODES})"
"""SQL: whether a row stands for a division, by its seat or label."""

STATION: Final = (
    "(type IN ('train_station', 'station', 'halt', '火车站') OR starts_with(coalesce(type_code, ''), '2301'))"
)
"""SQL: whether a row is a station, whose name may lack 站."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A published table with geometry."""

    url: str
    """Where DuckDB reads it."""
    facts: TableFacts

    @property
    def source(self) -> str:
        """SQL that reads it."""
        return f"read_parquet({literal(self.url)})"

    @property
    def geometry(self) -> str:
        """SQL for its geometry."""
        return identifier(self.facts.geometry_column or "geometry")

    @property
    def points_only(self) -> bool:
        """Whether each of its features is a single point."""
        return self.facts.geometry_types == ("Point",)

    @property
    def kind(self) -> str:
        """SQL for what a row of class `place` stands for: `road`, `place`, or `other`, which is neither.

        A column `category`, which is no field of the class, decides where it is there.
        """
        typed = f"lower(type) IN ({_listed(_HIGHWAYS)})"
        road = f"type_code = '{_ROAD_CODE}' OR type IN ({_listed(_ROADS)})"
        none = f"{_NO_PLACE} OR std_name IS NULL OR std_name = concat(road, number) OR {_NUMBERED}"
        if any(each.name == "category" for each in self.facts.columns):
            way = f"lower(category::VARCHAR) IN ({_listed(_CATEGORIES)})"
            typed = f"({way} AND lower(type) IN ({_listed(_HIGHWAYS_TOO)}))"
            none = f"{none} OR {way}"  # a path
        return f"CASE WHEN {road} OR {typed} THEN 'road' WHEN {none} THEN 'other' ELSE 'place' END"

    def meets(self, box: Bounds) -> bool:
        """Say whether a box, that does not cross the antimeridian, touches its bounds."""
        own = self.facts.bounds
        if own is None or own.west > own.east:
            return True
        return own.west <= box.east and own.east >= box.west and own.south <= box.north and own.north >= box.south


def rows_of(releases: Iterable[CurrentRelease]) -> list[Rows]:
    """Return the tables with geometry among these releases."""
    tables = ((each, each.table) for each in releases)
    return [
        Rows(release.url(table.name), table.facts)
        for release, table in tables
        if table is not None and isinstance(table.facts, TableFacts) and table.facts.geometry_column is not None
    ]


def place_rows(releases: Iterable[CurrentRelease]) -> list[Rows]:
    """Return the tables of places: they have every column of their class."""
    return rows_of(each for each in releases if each.card.product_class == "place")


def level_column(code: str) -> str:
    """Return the column of places that holds a division's code: `county_code` of 156131003."""
    if code.endswith("0000"):
        return "province_code"
    return "city_code" if code.endswith("00") else "county_code"


def names_a_road(type_: str, type_code: str, name: str) -> bool:
    """Say whether something of a type is a road, as `Rows.kind` does; its name decides where its type may be either."""
    if type_code == _ROAD_CODE or type_ in _ROADS:
        return True
    return type_.lower() in (_HIGHWAYS_TOO if name.endswith(_ROAD_ENDS) else _HIGHWAYS)


def _listed(values: Iterable[str]) -> str:
    return ", ".join(literal(each) for each in values)
