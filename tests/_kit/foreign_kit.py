"""A foreign STAC tree, written with pystac as others write theirs, and served from its folder."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pystac

DAY = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
BOX = [114.0, 38.0, 116.0, 40.0]


def collection(name: str, box: list[float] = BOX, **more: object) -> pystac.Collection:
    extent = pystac.Extent(pystac.SpatialExtent([box]), pystac.TemporalExtent([[DAY, None]]))
    made = pystac.Collection(name, f"Records of {name}", extent, license="CC-BY-4.0", title=f"Title of {name}")
    made.providers = [pystac.Provider("Institute of a neighbour", roles=[pystac.ProviderRole.PRODUCER])]
    made.add_asset(
        "data", pystac.Asset(f"./{name}.parquet", roles=["data"], media_type="application/vnd.apache.parquet")
    )
    made.extra_fields.update(more)
    return made


def item(name: str, box: list[float] = BOX) -> pystac.Item:
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    made = pystac.Item(name, {"type": "Polygon", "coordinates": [ring]}, box, DAY, {})
    made.add_asset("image", pystac.Asset(f"./{name}.tif", roles=["data"], media_type="image/tiff"))
    made.add_asset("bucket", pystac.Asset(f"s3://bucket/{name}.tif", roles=["data"]))
    return made


def write_tree(folder: Path, *collections: pystac.Collection, deep: pystac.Catalog | None = None) -> Path:
    """Write a self-contained catalog of these collections; return the folder."""
    root = pystac.Catalog("neighbour", "The catalog of a neighbour", title="Neighbour")
    for each in collections:
        root.add_child(each)
    if deep is not None:
        root.add_child(deep)
    root.normalize_and_save(str(folder), pystac.CatalogType.SELF_CONTAINED)
    return folder


@dataclass
class Server:
    """Serves a folder with entity tags, and remembers what was asked."""

    folder: Path
    asked: list[tuple[str, int]] = field(default_factory=list)
    """Path and status of each answer."""
    fault: Callable[[str, bytes], tuple[int, bytes] | None] = lambda _path, _body: None
    """Answers in the place of the file, where it gives something."""
    url: str = ""


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """Serve a folder on loopback."""
    at = Server(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file = folder / unquote(self.path).lstrip("/")
            body = file.read_bytes() if file.is_file() else b""
            status, body = at.fault(self.path, body) or ((200, body) if file.is_file() else (404, b""))
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if status == 200 and self.headers.get("if-none-match") == etag:
                status, body = 304, b""
            at.asked.append((self.path, status))
            self.send_response(status)
            self.send_header("etag", etag)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is there
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        at.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield at
        finally:
            server.shutdown()
