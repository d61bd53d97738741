"""A small lake of addresses: two counties with roads of one name, a municipality, roads as lines and as points."""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

import geopandas
from command_kit import run
from products_kit import write_product
from shapely.geometry import LineString, Polygon, box

from tianlake.lake.current import CurrentRelease, CurrentReleases, open_nodes

NATION: Final = "156000000"
CITY: Final = "156131000"
CODES: Final = [NATION, CITY]

_AREAS: Final = """
[[steps]]
op = "fields"
fields = { code = "gb", name = "name", class_code = "'650100'", admin_code = "gb" }
[entity]
source_id = "code"
"""
_DIVISIONS: Final = """
[place.divisions]
path = "sources/areas.gpkg"
where = "NOT gb LIKE '%00'"
"""
_POINTS: Final = f"""
x = "x"
y = "y"
crs = "EPSG:4490"
[[steps]]
op = "fields"
[steps.fields]
place_id = "id"
std_name = "coalesce(name, road || number)"
type = "type"
road = "road"
number = "number"
town = "town"
town_code = "town_code"
{_DIVISIONS}"""
_LINES: Final = f"""
[[steps]]
op = "fields"
fields = {{ place_id = "id", std_name = "name", type = "'道路'" }}
{_DIVISIONS}"""


@dataclass(frozen=True, slots=True)
class Spot:
    """A made-up place; longitude and latitude in degrees."""

    id: str
    name: str
    type: str
    road: str
    number: str
    town: str
    town_code: str
    x: float
    y: float


AREAS: Final[dict[str, tuple[str, Polygon]]] = {
    "156130000": ("河北省", box(116.4, 38.9, 117.0, 39.7)),
    "156131000": ("廊坊市", box(116.5, 39.0, 116.9, 39.6)),
    "156131002": ("安次区", Polygon([(116.5, 39.3), (116.9, 39.2), (116.9, 39.5), (116.5, 39.5)])),
    "156131003": ("广阳区", box(116.5, 39.5, 116.9, 39.6)),
    # Its border with 安次区 slants: boxes alone do not tell who lies where.
    "156131022": ("固安县", Polygon([(116.5, 39.0), (116.9, 39.0), (116.9, 39.2), (116.5, 39.3)])),
    "156110000": ("北京市", box(116.3, 39.7, 116.7, 40.1)),
    "156110101": ("东城区", box(116.4, 39.88, 116.45, 39.95)),
}
"""Code → name and area, degrees. 广阳区 and 安次区 meet at 39.5° N."""

_YINHE: Final = ("银河北路街道", "156131003001")

CITY_SPOTS: Final = (
    # 金光道 in 广阳区: even numbers on one side, odd ones on the other, and a part of one.
    Spot("g1", "广阳区图书馆", "图书馆", "金光道", "66号", *_YINHE, 116.7000, 39.5300),
    Spot("g2", "", "", "金光道", "60号", *_YINHE, 116.6960, 39.5301),
    Spot("g3", "", "", "金光道", "67号", *_YINHE, 116.7002, 39.5306),
    Spot("g4", "", "", "金光道", "甲12号", *_YINHE, 116.6900, 39.5300),
    Spot("g5", "", "", "金光道", "12", *_YINHE, 116.6904, 39.5300),
    # 友谊路 in both, the same number in both.
    Spot("g6", "广阳万达广场", "商场", "友谊路", "15号", *_YINHE, 116.7570, 39.5570),
    Spot("a1", "安次大厦", "写字楼", "友谊路", "15号", "", "", 116.6900, 39.4800),
    Spot("a2", "安次区人民医院", "医院", "友谊路", "20号", "", "", 116.6920, 39.4790),
    # 和平路 only in 安次区 and 固安县.
    Spot("a3", "和平路", "道路", "", "", "", "", 116.6800, 39.4700),
    Spot("u1", "和平路", "道路", "", "", "", "", 116.6000, 39.1000),
    Spot("u2", "和平路", "道路", "", "", "", "", 116.6010, 39.1010),
    Spot("u3", "孔雀城", "小区", "孔雀大道", "1号", "", "", 116.6200, 39.1200),
    # 光明道 only in 安次区.
    Spot("a4", "光明道", "道路", "", "", "", "", 116.7000, 39.4900),
    Spot("a5", "廊坊站", "火车站", "", "", "", "", 116.7030, 39.5084),
    Spot("a6", "廊坊北", "火车站", "", "", "", "", 116.6680, 39.5776),
    Spot("s1", "广阳区", "行政区驻地", "", "", "", "", 116.7106, 39.5228),
)

CAPITAL_SPOTS: Final = (
    Spot("b1", "东华门公厕", "公厕", "南池子大街", "136号", "东华门街道", "156110101001", 116.4200, 39.9100),
    Spot("b2", "南池子大街", "道路", "", "", "", "", 116.4195, 39.9105),
    # Where there is no division.
    Spot("x1", "灯塔", "灯塔", "", "", "", "", 117.6000, 39.0000),
)
SPOTS: Final = CITY_SPOTS + CAPITAL_SPOTS

ROADS: Final = {
    "r1": ("广阳道", LineString([(116.60, 39.54), (116.80, 39.55)])),
    "r2": ("新开路", LineString([(116.71, 39.42), (116.72, 39.58)])),
    # Slanting, so that its nearest point in degrees is another than in metres.
    "r3": ("斜阳路", LineString([(116.60, 39.42), (116.68, 39.49)])),
}
"""Roads as lines, degrees."""

SECRET: Final = Spot("z1", "内部仓库", "仓库", "友谊路", "99号", "", "", 116.7571, 39.5571)
"""In a product for professional users."""


def publish(root: Path) -> Path:
    """Write, build and publish the lake below `root` by the project's own command; return it."""
    (root / "sources").mkdir(parents=True)
    (root / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n', "utf-8")
    codes = list(AREAS)
    frame = geopandas.GeoDataFrame(
        {"gb": codes, "name": [AREAS[code][0] for code in codes]},
        geometry=[AREAS[code][1] for code in codes],
        crs="EPSG:4490",
    )
    frame.to_file(root / "sources/areas.gpkg")
    lines = {"id": list(ROADS), "name": [name for name, _ in ROADS.values()]}
    lined = geopandas.GeoDataFrame(lines, geometry=[line for _, line in ROADS.values()], crs="EPSG:4490")
    lined.to_file(root / "sources/roads.gpkg")
    _write_spots(root / "sources/places.csv", CITY_SPOTS)
    _write_spots(root / "sources/capital.csv", CAPITAL_SPOTS)
    _write_spots(root / "sources/stores.csv", [SECRET])
    write_product(root, NATION, product="divisions", product_class="entity", source="areas.gpkg", rest=_AREAS)
    write_product(root, NATION, product="capital", source="capital.csv", rest=_POINTS)
    write_product(root, CITY, product="places", source="places.csv", rest=_POINTS)
    write_product(root, CITY, product="roads", source="roads.gpkg", rest=_LINES)
    write_product(root, CITY, product="stores", source="stores.csv", rest=_POINTS, access="professional")
    for command in ("build", "publish"):
        done = run("-C", str(root), command)
        assert done.returncode == 0, done.stderr
    return root


def releases(root: Path) -> tuple[CurrentRelease, ...]:
    """Return what the lake below `root` publishes for everybody."""
    current = CurrentReleases(open_nodes("file:lake", CODES, None, root))
    return tuple(each for code in CODES for each in current.of(code) if each.card.access == "open")


def spot(id_: str) -> Spot:
    """Return a place by its id."""
    return next(each for each in SPOTS if each.id == id_)


def _write_spots(target: Path, spots: tuple[Spot, ...] | list[Spot]) -> None:
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(Spot.__slots__)
        writer.writerows(astuple(each) for each in spots)
