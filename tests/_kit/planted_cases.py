"""What is planted into clean candidates, and the one rule that should find it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import rasterio
from planted_kit import Case, citizen_number
from planted_makers import (
    SOMEBODY,
    beside_the_border,
    broken,
    carded,
    clouded,
    column,
    contours,
    cut_off,
    deep,
    document,
    footer,
    json_file,
    lacks,
    modelled,
    nation,
    nowhere,
    over_the_border,
    raster,
    raster_over_the_border,
    scaled,
    signed_picture,
    tile,
    told,
)

from tianlake.lake.words import Text


@dataclass(frozen=True)
class Plant:
    """One violation."""

    name: str
    rule: str
    make: Callable[[Path], Case]

    def __str__(self) -> str:
        return self.name


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
        "a map of the nation whose provinces lack one",
        "territory.places",
        lambda folder: nation(folder, province="台湾省"),
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
    Plant("a local path in a Parquet footer", "leaks.found", footer("source", f"{SOMEBODY}/maps/places.gpkg")),
    Plant(
        "a local path in the tags of a TIFF",
        "leaks.found",
        raster(metres=10, side_km=2, tags={"SOURCE": f"{SOMEBODY}/scene.tif"}),
    ),
    Plant("a local path in a picture", "leaks.found", signed_picture),
    Plant("a key of the cloud in JSON", "leaks.found", json_file({"note": "AKIA" + "ABCDEFGH12345678"})),
    Plant("a key of a user in a style", "leaks.found", document("styles/default.json", f'{{"tk": "{"0a" * 16}"}}')),
    Plant("an archive that nobody can read", "leaks.found", broken),
)
