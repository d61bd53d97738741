"""What is planted into clean candidates, and the one rule that should find it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import rasterio
import shapely
import tileset_kit
from asset_kit import picture
from planted_kit import (
    NAMES,
    NATION,
    UNKNOWN,
    Case,
    citizen_number,
    places,
    raster_case,
    write_cloud,
    write_json,
    write_raster,
)

from tianlake.lake.divisions import load_divisions
from tianlake.lake.policy.files import default_policy
from tianlake.lake.releases import PMTILES, PNG
from tianlake.lake.words import Bounds, Text


@dataclass(frozen=True)
class Plant:
    """One violation."""

    name: str
    rule: str
    make: Callable[[Path], Case]

    def __str__(self) -> str:
        return self.name


def column(name: str, value: Any, *, row: int = 3) -> Callable[[Path], Case]:
    """Put one value into a column of the table, a new one where it has none of that name."""

    def make(folder: Path) -> Case:
        case = places(folder)
        kept = case.columns.get(name, [0 if isinstance(value, int) else None] * len(NAMES))
        case.columns[name] = [value if number == row else each for number, each in enumerate(kept)]
        return case

    return make


def tile(attributes: dict[str, Any], layer: str = "places") -> Callable[[Path], Case]:
    """Put one feature into the tiles that the table does not have."""

    def make(folder: Path) -> Case:
        case = places(folder)
        case.tiles.setdefault(layer, []).append(attributes)
        return case

    return make


def told(layers: list[dict[str, Any]]) -> Callable[[Path], Case]:
    def make(folder: Path) -> Case:
        case = places(folder)
        case.metadata = {"vector_layers": layers}
        return case

    return make


def footer(key: str, value: str) -> Callable[[Path], Case]:
    def make(folder: Path) -> Case:
        case = places(folder)
        case.footer = {key: value}
        return case

    return make


def document(name: str, text: str) -> Callable[[Path], Case]:
    def make(folder: Path) -> Case:
        case = places(folder)
        case.documents[name] = text.encode()
        return case

    return make


def json_file(value: object, name: str = "extra.json") -> Callable[[Path], Case]:
    def make(folder: Path) -> Case:
        case = places(folder)
        write_json(case, name, value)
        return case

    return make


def carded(**more: Any) -> Callable[[Path], Case]:
    def make(folder: Path) -> Case:
        case = places(folder)
        case.card = replace(case.card, **more)
        return case

    return make


def raster(product_class: str = "imagery", kind: str = "raster", **more: Any) -> Callable[[Path], Case]:
    def make(folder: Path) -> Case:
        case = raster_case(folder, product_class, kind)
        write_raster(case, **more)
        return case

    return make


def deep(folder: Path) -> Case:
    case = places(folder)
    case.deepest = 19
    return case


def contours(interval: float) -> Callable[[Path], Case]:
    def make(folder: Path) -> Case:
        case = places(folder)
        case.card = replace(
            case.card, id="contours", product_class="entity", title=Text("廊坊市等高线", "Contours of Langfang")
        )
        heights = [interval * number for number in range(1, 6)]
        case.columns = {"elevation": heights, "layer": ["contours"] * 5}
        case.shapes = [shapely.LineString([(116.5, 39.5 + n / 100), (116.6, 39.5 + n / 100)]) for n in range(5)]
        case.tiles = {}
        return case

    return make


def scaled(folder: Path) -> Case:
    """Survey points on a grid of 6 by 6 km that say that they are of 1:2000."""
    case = places(folder)
    steps = [number * 0.005 for number in range(12)]
    case.shapes = [shapely.Point(116.5 + x * 1.2, 39.4 + y) for x in steps for y in steps]
    case.columns = {"比例尺": ["1:2000"] * len(case.shapes)}
    case.tiles = {}
    return case


def over_the_border(folder: Path) -> Case:
    case = places(folder)
    case.shapes[2] = shapely.Point(117.9, 39.4)
    return case


def beside_the_border(folder: Path) -> Case:
    """A line that begins inside and ends 20 km outside."""
    case = places(folder)
    case.shapes[2] = shapely.LineString([(116.5, 39.4), (116.5, 38.8)])
    return case


def raster_over_the_border(folder: Path) -> Case:
    case = raster_case(folder)
    write_raster(case, metres=100, side_km=60, corner=(116.9, 39.6))
    return case


def nowhere(folder: Path) -> Case:
    case = places(folder)
    case.area = UNKNOWN
    return case


NATION_BOX = Bounds(73.5, 3.4, 135.1, 53.6)


def nation(folder: Path, *, without: str = "", kind: str = "polygons") -> Case:
    """A made-up map of the nation: provinces of no shape, and a square around each place that has to be there."""
    case = places(folder)
    case.node, case.bounds, case.tiles, case.documents = NATION, NATION_BOX, {}, {}
    case.card = replace(
        case.card, id="divisions", product_class="entity", title=Text("全国行政区划", "Divisions of China")
    )
    [rule] = [each for each in default_policy().rules if each.check == "territory"]
    spots = [each for each in rule.parameters["places"] if each["name"] != without]
    provinces = [each.name for each in load_divisions().children(None)]
    case.columns = {
        "name": provinces + [f"岛{number}" for number in range(len(spots))],
        "class_code": ["630100"] * (len(provinces) + len(spots)),
    }
    squares = [shapely.box(100 + n / 10, 35, 100.05 + n / 10, 35.05) for n in range(len(provinces))]
    squares += [shapely.Point(each["lon"], each["lat"]).buffer(0.05) for each in spots]
    case.shapes = squares if kind == "polygons" else [shapely.LineString(each.exterior) for each in squares]
    return case


def lacks(place: str) -> Callable[[Path], Case]:
    return lambda folder: nation(folder, without=place)


def cut_off(folder: Path) -> Case:
    """A raster of the nation that ends at the south of Hainan."""
    case = raster_case(folder, "theme")
    case.node, case.bounds = NATION, Bounds(73.5, 18.1, 135.1, 53.6)
    case.card = replace(case.card, title=Text("全国气候区划", "Climates of China"))
    write_raster(case, metres=40_000, side_km=3000, bands=1, corner=(73.5, 53.6))
    return case


def clouded(folder: Path) -> Case:
    """A point cloud over the border."""
    case = raster_case(folder, "3d", "pointcloud")
    case.area = replace(case.area, wkb=shapely.to_wkb(shapely.box(115.0, 38.0, 115.5, 38.5)))
    write_cloud(case)
    return case


def modelled(folder: Path) -> Case:
    """A tileset whose root is of 11 by 8.6 km."""
    case = raster_case(folder, "3d", "tiles3d")
    case.card = replace(case.card, id="buildings")
    tileset = tileset_kit.explicit()
    tileset["root"]["boundingVolume"] = tileset_kit.region(0.05)
    write_json(case, "tileset.json", tileset)
    return case


def signed_picture(folder: Path) -> Case:
    """A thumbnail whose PNG says where it was drawn."""
    case = places(folder)
    path = case.folder / "thumbnail.png"
    path.write_bytes(picture((b"tEXt", b"Software\0/home/editor/bin/draw")))
    case.add("thumbnail.png", PNG)
    return case


def broken(folder: Path) -> Case:
    """An archive that ends in its header: nobody can say what is in it."""
    case = places(folder)
    (case.folder / "other.pmtiles").write_bytes(b"PMTiles\x03" + b"\0" * 40)
    case.add("other.pmtiles", PMTILES)
    return case


STYLE = {"version": 8, "layers": [{"id": "a", "type": "fill", "source-layer": "military_area"}]}

GEOJSON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [116.5, 39.5]},
            "properties": {"std_name": "某水库", "库容": 120},
        }
    ],
}

PLANTS = (
    # Classes and marks of secrecy.
    Plant("a class of secrecy in a column", "security.class", column("security_class", "秘密")),
    Plant("a class of secrecy in a Chinese column", "security.class", column("密级", "内部")),
    Plant("a class of secrecy in tiles alone", "security.class", tile({"security_class": "机密"})),
    Plant("a class of secrecy in JSON", "security.class", json_file({"properties": {"security_class": "internal"}})),
    Plant("a mark of secrecy in a value", "security.marks", column("std_name", "秘密★10年 管线图")),
    Plant("a mark of secrecy in a README", "security.marks", document("README.md", "本数据为内部资料。\n")),
    Plant("a mark of secrecy in a Parquet footer", "security.marks", footer("remark", "注意保密")),
    # Layers and attributes.
    Plant("a military layer in tiles", "content.layers", tile({"std_name": "甲"}, layer="军事用地")),
    Plant("a layer that only the archive's metadata tells", "content.layers", told([{"id": "prison", "fields": {}}])),
    Plant("a layer that a style draws", "content.layers", document("styles/other.json", json.dumps(STYLE))),
    Plant("a layer that a column names", "content.layers", column("layer", "国防地块")),
    *(
        Plant(f"the attribute {name} in a table", "content.fields", column(name, value))
        for name, value in (
            ("库容", 1200.5),
            ("电压", "220kV"),
            ("桥梁载重", 55),
            ("净高_米", 4.5),
            ("航道水深", 12.0),
            ("voltage_kv", 220),
            ("maxHeight", 4.2),
        )
    ),
    Plant("the attribute 限高 in tiles alone", "content.fields", tile({"std_name": "甲", "限高": 4.5})),
    Plant(
        "an attribute that only the archive's metadata tells",
        "content.fields",
        told([{"id": "places", "fields": {"坝高": "Number"}}]),
    ),
    Plant("an attribute in GeoJSON", "content.fields", json_file(GEOJSON, "extra.geojson")),
    # Values and words.
    Plant("a forbidden kind of feature", "content.values", column("type", "靶场")),
    Plant("a forbidden kind in Latin letters", "content.values", column("landuse", "Naval_Base")),
    Plant("a forbidden kind in tiles alone", "content.values", tile({"type": "三角点"})),
    Plant("a sensitive word in a name", "content.words", column("std_name", "某部队营区")),
    Plant("a sensitive word in tiles alone", "content.words", tile({"std_name": "导弹阵地"})),
    Plant(
        "a sensitive word in the card",
        "content.words",
        carded(description=Text("含国防工程位置。", "With some more places.")),
    ),
    Plant("a sensitive word in STAC", "content.words", document("release.json", '{"description": "雷达站分布"}')),
    Plant("a name that harms the territory", "content.territory-names", column("std_name", "Senkaku Islands")),
    # Resolution, grid, accuracy, area.
    Plant("imagery of 0.3 m", "imagery.gsd", raster(metres=0.3, side_km=1)),
    Plant(
        "imagery of 0.4 m in Gauss-Krüger metres",
        "imagery.gsd",
        raster(
            metres=0.4,
            side_km=1,
            crs="EPSG:4548",
            transform=rasterio.transform.from_origin(474_000, 4_376_000, 0.4, 0.4),
        ),
    ),
    Plant("a picture of 0.2 m that calls itself a theme", "imagery.gsd", raster("theme", metres=0.2, side_km=1)),
    Plant("imagery of 0.5 m over 36 km²", "area.imagery", raster(metres=0.5, side_km=6)),
    Plant("tiles of level 19", "tiles.level", deep),
    Plant("an elevation grid of 30 m", "terrain.grid", raster("terrain", "terrain", metres=30, side_km=20, bands=1)),
    Plant(
        "an elevation grid that calls itself a theme",
        "terrain.grid",
        raster("theme", metres=30, side_km=20, bands=1, dtype="int16", tags={"title": "DEM 30 m"}),
    ),
    Plant("contours every 20 m", "terrain.contours", contours(20)),
    Plant("an accuracy of 0.5 m in a column", "position.accuracy", column("accuracy_m", 0.5)),
    Plant("an accuracy as text in a Chinese column", "position.accuracy", column("点位中误差", "0.05")),
    Plant("an accuracy in JSON", "position.accuracy", json_file({"quality": {"positional_accuracy": 2}})),
    Plant("data of 1:2000 over 36 km²", "area.scale", scaled),
    Plant("models over more than 25 km²", "area.solid", modelled),
    # The border, and the nation's territory.
    Plant("a point in another city", "jurisdiction.area", over_the_border),
    Plant("a line over the border", "jurisdiction.area", beside_the_border),
    Plant("a raster over the border", "jurisdiction.area", raster_over_the_border),
    Plant("a point cloud over the border", "jurisdiction.area", clouded),
    Plant("a border that nobody publishes", "jurisdiction.area", nowhere),
    *(
        Plant(f"a map of the nation without {place}", "territory.places", lacks(place))
        for place in (
            "台湾岛",
            "钓鱼岛",
            "赤尾屿",
            "黄岩岛",
            "曾母暗沙",
            "南海断续线（南）",
            "藏南地区",
            "阿克赛钦地区",
        )
    ),
    Plant(
        "boundary lines of the nation without areas", "territory.places", lambda folder: nation(folder, kind="lines")
    ),
    Plant("a raster of the nation that ends at Hainan", "territory.extent", cut_off),
    # Persons.
    Plant("a citizen's number in a column", "personal.citizen-number", column("remark", f"联系人{citizen_number()}")),
    Plant(
        "a citizen's number as a number",
        "personal.citizen-number",
        column("no", int(citizen_number("13100319880229121"))),
    ),
    Plant("a citizen's number in tiles alone", "personal.citizen-number", tile({"std_name": citizen_number()})),
    Plant("a citizen's number in JSON", "personal.citizen-number", json_file({"owner": citizen_number()})),
    Plant("a mobile number in a column", "personal.mobile-number", column("phone", "138 0031 2345")),
    Plant("a mobile number as a number", "personal.mobile-number", column("mobile", 13800312345)),
    Plant("a mobile number in a text", "personal.mobile-number", document("README.md", "联系电话13800312345。\n")),
    Plant("a number plate in a column", "personal.plate-number", column("remark", "车牌冀R·8K123")),
    Plant("a plate of a new-energy car in tiles", "personal.plate-number", tile({"std_name": "停车位 冀RD12345"})),
    # What rides inside files.
    Plant("a local path in a Parquet footer", "leaks.found", footer("source", "/home/editor/work/places.gpkg")),
    Plant(
        "a local path in the tags of a TIFF",
        "leaks.found",
        raster(metres=10, side_km=2, tags={"SOURCE": "/home/editor/scene.tif"}),
    ),
    Plant("a local path in a picture", "leaks.found", signed_picture),
    Plant("a key of the cloud in JSON", "leaks.found", json_file({"note": "AKIA" + "ABCDEFGH12345678"})),
    Plant("a key of a user in a style", "leaks.found", document("styles/default.json", f'{{"tk": "{"0a" * 16}"}}')),
    Plant("an archive that nobody can read", "leaks.found", broken),
)
