"""Ways to plant something into a clean candidate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import shapely
import tileset_kit
from asset_kit import picture
from planted_kit import (
    NAMES,
    NATION,
    UNKNOWN,
    Case,
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

SOMEBODY = "/" + "home/editor"
"""A folder on somebody's machine."""


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


def nation(folder: Path, *, without: str = "", kind: str = "polygons", province: str = "") -> Case:
    """A made-up map of the nation: provinces of no shape, and a square around each place that has to be there."""
    case = places(folder)
    case.node, case.bounds, case.tiles, case.documents = NATION, NATION_BOX, {}, {}
    case.card = replace(
        case.card, id="divisions", product_class="entity", title=Text("全国行政区划", "Divisions of China")
    )
    [rule] = [each for each in default_policy().rules if each.check == "territory"]
    spots = [each for each in rule.parameters["places"] if each["name"] != without]
    provinces = [each.name for each in load_divisions().children(None) if each.name != province]
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
    path.write_bytes(picture((b"tEXt", f"Software\0{SOMEBODY}/bin/draw".encode())))
    case.add("thumbnail.png", PNG)
    return case


def broken(folder: Path) -> Case:
    """An archive that ends in its header: nobody can say what is in it."""
    case = places(folder)
    (case.folder / "other.pmtiles").write_bytes(b"PMTiles\x03" + b"\0" * 40)
    case.add("other.pmtiles", PMTILES)
    return case
