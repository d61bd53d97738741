"""Small candidates of real formats for the policy checks: clean ones, into which a test plants a violation.

GeoParquet is written by geopandas, vector tiles by DuckDB's `ST_AsMVT`, archives by the reference writer of PMTiles,
TIFF by GDAL. The ground is a square of a made-up border around Langfang.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import copc_kit
import geopandas
import numpy as np
import pyarrow as pa
import rasterio
import shapely
from archive_kit import write_archive
from pmtiles.tile import Compression, TileType
from rasterio.transform import from_origin
from shapely.geometry.base import BaseGeometry

from tianlake.build.policy import Area, Report, check_release
from tianlake.lake.duck import connect, literal
from tianlake.lake.policy import effective_policy
from tianlake.lake.policy.effective import EffectivePolicy
from tianlake.lake.policy.files import default_policy
from tianlake.lake.policy.values import Policy
from tianlake.lake.recipes import Period, Producer, ProductCard
from tianlake.lake.releases import COG, COPC, JSON, PARQUET, PMTILES, Asset, Candidate, MediaType
from tianlake.lake.words import Bounds, Text

CITY: Final = "156131000"
NATION: Final = "156000000"
DAY: Final = date(2026, 11, 27)

BORDER: Final = shapely.box(116.2, 39.0, 117.2, 39.9)
AREA: Final = Area(CITY, shapely.to_wkb(BORDER), Bounds(116.2, 39.0, 117.2, 39.9))
UNKNOWN: Final = Area(CITY)

POLICY: Final[EffectivePolicy] = effective_policy([default_policy()], DAY, CITY)

ALL_SURE: Final[EffectivePolicy] = effective_policy(
    [
        default_policy(),
        Policy(
            "sure",
            "1",
            date(2026, 1, 1),
            NATION,
            Text("全部确认", "All confirmed"),
            confirmed=tuple(each.id for each in default_policy().rules),
        ),
    ],
    DAY,
    CITY,
)
"""The shipped policy with every rule confirmed: what can refuse, does."""

NAMES: Final = ("新华路", "人民公园", "文化艺术中心", "永定河", "万庄镇", "光明西道", "银河南路", "和平路小学")

METRE: Final = 1 / 111_320
"""Degrees of latitude."""


def card(**more: Any) -> ProductCard:
    base = ProductCard(
        id="places",
        kind="vector",
        product_class="place",
        title=Text("廊坊市地名", "Places of Langfang"),
        description=Text("示例地名。", "Example places."),
        license="CC0-1.0",
        attribution="测试数据 Test data",
        producers=(Producer("示例单位"),),
        period=Period("2026-01-01"),
    )
    return replace(base, **more)


@dataclass
class Case:
    """A candidate in the making: a table and its tiles, and further files."""

    folder: Path
    node: str = CITY
    area: Area = AREA
    card: ProductCard = field(default_factory=card)
    bounds: Bounds = field(default_factory=lambda: Bounds(116.3, 39.2, 117.0, 39.8))
    columns: dict[str, list[Any]] = field(default_factory=dict)
    shapes: list[BaseGeometry] = field(default_factory=list)
    tiles: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Layer → attributes of its features."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """Of the tile archive."""
    deepest: int = 14
    footer: dict[str, str] = field(default_factory=dict)
    """Key-value metadata of the table's file."""
    documents: dict[str, bytes] = field(default_factory=dict)
    assets: list[Asset] = field(default_factory=list)

    def check(self, policy: EffectivePolicy = POLICY) -> Report:
        """Write what is there, and look through it."""
        if self.shapes:
            self._write_table()
        if self.tiles:
            write_tiles(self.folder / "places.pmtiles", self.tiles, self.metadata, self.deepest)
            self.add("places.pmtiles", PMTILES)
        candidate = Candidate(
            node=self.node,
            card=self.card,
            built="2026-11-01T00:00:00Z",
            fingerprint="0" * 64,
            bounds=self.bounds,
            assets=tuple(self.assets),
            sources=(),
            tools={},
        )
        return check_release(self.folder, candidate, policy, self.area, documents=self.documents)

    def add(self, name: str, media_type: MediaType, facts: Any = None) -> None:
        body = (self.folder / name).read_bytes()
        digest = hashlib.sha256(body).hexdigest()
        self.assets.append(Asset(name, "data", media_type, digest, len(body), Text(name, name), facts))

    def _write_table(self) -> None:
        path = self.folder / "places.parquet"
        frame = geopandas.GeoDataFrame(self.columns, geometry=self.shapes, crs="EPSG:4490")
        frame.to_parquet(path, write_covering_bbox=True, schema_version="1.1.0")
        if self.footer:
            import pyarrow.parquet as pq  # noqa: PLC0415

            table = pq.read_table(path)
            pq.write_table(table.replace_schema_metadata({**table.schema.metadata, **self.footer}), path)
        self.add("places.parquet", PARQUET)


def places(folder: Path) -> Case:
    """Return a clean product of places: a table and vector tiles."""
    folder.mkdir(parents=True, exist_ok=True)
    case = Case(folder)
    count = len(NAMES)
    case.columns = {
        "place_id": [f"156131000{number:09d}" for number in range(count)],
        "std_name": list(NAMES),
        "type": ["道路", "公园", "文化", "河流", "乡镇", "道路", "道路", "学校"],
        "phone": ["0316-2390000", "12345", "4001009999", "", "0316 2331234", "96315", "10086", "+86 316 2123456"],
        "osm_id": [13_000_000_001 + number for number in range(count)],
    }
    case.shapes = [shapely.Point(116.5 + number / 100, 39.4 + number / 100) for number in range(count)]
    case.tiles = {"places": [{"std_name": name, "osm_id": "13912345678"} for name in NAMES]}
    case.metadata = {"vector_layers": [{"id": "places", "fields": {"std_name": "String"}}]}
    style = {"version": 8, "layers": [{"id": "places-label", "type": "symbol", "source-layer": "places"}]}
    case.documents = {
        "styles/default.json": json.dumps(style, ensure_ascii=False).encode(),
        "README.md": "# 廊坊市地名\n\n投诉电话 12345，网址 https://maps.example.org/n/13812345678/x\n".encode(),
    }
    return case


def raster_case(folder: Path, product_class: str = "imagery", kind: str = "raster") -> Case:
    """Return a product of one raster, which has none yet."""
    folder.mkdir(parents=True, exist_ok=True)
    title = Text("廊坊市栅格", "Raster of Langfang")
    return Case(folder, card=card(id="grid", product_class=product_class, kind=kind, title=title))


def write_raster(case: Case, *, metres: float, side_km: float, bands: int = 3, **more: Any) -> None:
    """Write a TIFF whose pixels are `metres` on the ground, of which a few hundred are stored: it is sparse.

    Its grid is as fine as it says: GDAL keeps blocks of one value as nothing.
    """
    pixels = max(16, round(side_km * 1000 / metres))
    lon, lat = more.pop("corner", (116.5, 39.6))
    crs, step = more.pop("crs", "EPSG:4490"), metres * METRE
    stretch = 1 / np.cos(np.radians(lat))
    transform = more.pop("transform", from_origin(lon, lat, step * stretch, step))
    tags = more.pop("tags", {})
    settings = {"driver": "GTiff", "count": bands, "dtype": "uint8", "width": pixels, "height": pixels} | more
    options = {"tiled": True, "compress": "deflate", "sparse_ok": True}
    with rasterio.open(case.folder / "grid.tif", "w", crs=crs, transform=transform, **settings, **options) as file:
        file.update_tags(**tags)
    case.add("grid.tif", COG)


def write_tiles(path: Path, layers: dict[str, list[dict[str, Any]]], metadata: dict[str, Any], deepest: int) -> None:
    """Write an archive of two tiles, 0/0/0 and one of the deepest level, each with all features of all layers."""
    body = b"".join(_layer(name, features) for name, features in layers.items())
    tile = gzip.compress(body, mtime=0)
    write_archive(path, {(0, 0, 0): tile, (deepest, 0, 0): tile}, TileType.MVT, Compression.GZIP, metadata)


def _layer(name: str, features: list[dict[str, Any]]) -> bytes:
    names = dict.fromkeys(key for each in features for key in each)
    table = pa.Table.from_pylist([{name: each.get(name) for name in names} for each in features])
    with connect(extensions=("spatial",)) as connection:
        connection.register("features", table)
        rows = "(SELECT ST_Point(9, 9) AS g, * FROM features) AS row"
        query = f"SELECT ST_AsMVT(row, {literal(name)}, 4096, 'g') FROM {rows}"
        [(body,)] = connection.execute(query).fetchall()
    return bytes(body)


def write_json(case: Case, name: str, value: object) -> None:
    (case.folder / name).write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    case.add(name, JSON)


def write_cloud(case: Case) -> None:
    copc_kit.write(case.folder / "hill.copc.laz")
    case.add("hill.copc.laz", COPC)


def citizen_number(first: str = "13100319880229123") -> str:
    """Return a citizen's number of nobody: its first 17 digits and the character that checks them (GB 11643-1999)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True))
    return first + "10X98765432"[total % 11]
