"""A node with a merged index of made-up records and Items, and a client that asks its STAC API."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode, urlsplit

from tianlake.functions.calls import Call
from tianlake.functions.web.desk import Came, WebDesk
from tianlake.functions.web.questions import Question
from tianlake.functions.web.stac.start import open_stac, routes_of
from tianlake.lake import keys
from tianlake.lake.current import CurrentReleases, open_nodes
from tianlake.lake.divisions import load_divisions
from tianlake.lake.engine import Engine, Inquiry
from tianlake.lake.naming import node_name
from tianlake.lake.nodes import NodeCard, NodeSettings, Organisation
from tianlake.lake.records import dump_record
from tianlake.stac.federation.items import merge_items
from tianlake.stac.federation.rows import row_of, write_rows
from tianlake.stac.geoparquet import items_parquet

CODE, CITY = "156130000", "156131000"
BASE = f"http://lake.test/{CODE}/"
URL = "https://hebei.example.org"
CITY_URL = "https://langfang.example.org"
OPERATOR = Organisation("河北省测绘资料档案馆", email="hebei@example.org")

Item = dict[str, Any]


def item(number: int, rng: random.Random) -> Item:
    """Return an Item: of two nodes and four collections; some surveys last, some Items have no clouds or no nodata."""
    code, url = ((CODE, URL), (CITY, CITY_URL))[number % 2]
    product = ("imagery", "survey")[number // 2 % 2]
    collection = f"n{code}-{product}"
    identity = f"{collection}-scene-{number:04d}"
    taken = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=rng.randrange(24 * 900))
    properties: dict[str, Any] = {"title": f"影像 {number % 7}", "gsd": float(rng.choice([1, 2, 10]))}
    if number % 3 or product == "imagery":
        properties["datetime"] = _told(taken)
    else:
        properties |= {
            "datetime": None,
            "start_datetime": _told(taken),
            "end_datetime": _told(taken + timedelta(days=rng.randrange(200))),
        }
    if number % 4:
        properties["eo:cloud_cover"] = float(rng.randrange(100))
    if number % 5 == 0:
        properties["mission"] = rng.choice(["gf-1", "zy-3", "O'Hara %_"])
    geometry, box = _place(number, rng)
    asset = {"href": f"{url}/releases/{product}/r1/{number}.tif", "type": "image/tiff", "roles": ["data"]}
    bands = [{"name": "b1", "data_type": "uint8", "raster:sampling": "area"} | ({"nodata": 0} if number % 2 else {})]
    links = [
        {"rel": "root", "href": f"{url}/catalog.json", "type": "application/json"},
        {"rel": "collection", "href": f"{url}/collections/{product}/collection.json", "type": "application/json"},
        {"rel": "canonical", "href": f"{url}/collections/{product}/r1/{identity}.json", "type": "application/geo+json"},
    ]
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": ["https://stac-extensions.github.io/raster/v2.0.0/schema.json"],
        "id": identity,
        "geometry": geometry,
        "bbox": box,
        "properties": properties,
        "collection": collection,
        "assets": {"data": asset | {"bands": bands}},
        "links": links,
    }


def _told(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _place(number: int, rng: random.Random) -> tuple[Item, list[float]]:
    """Return a triangle, so that its box holds more than it does; one of eleven lies on both sides of 180 degrees."""
    x, y = rng.uniform(110, 120), rng.uniform(30, 42)
    if number % 11 == 0:
        east = [[[179.0, y], [180.0, y], [180.0, y + 1], [179.0, y]]]
        west = [[[-180.0, y], [-179.0, y], [-180.0, y + 1], [-180.0, y]]]
        return {"type": "MultiPolygon", "coordinates": [east, west]}, [179.0, y, -179.0, y + 1]
    ring = [[x, y], [x + 1.5, y], [x, y + 1.5], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}, [x, y, x + 1.5, y + 1.5]


def make_items(count: int, seed: int = 7) -> list[Item]:
    """Return made-up Items, the same for a seed."""
    rng = random.Random(seed)
    return [item(number, rng) for number in range(count)]


TITLES = {
    "imagery": ("影像", "Imagery", ["遥感", "imagery"]),
    "survey": ("航空摄影测量", "Aerial survey", ["航空"]),
    "places": ("地名地址", "Places", ["地名"]),
}


def collections() -> list[dict[str, Any]]:
    """Return Collections of both nodes, with absolute addresses."""
    found = []
    for code, name, url in ((CODE, "河北省", URL), (CITY, "廊坊市", CITY_URL)):
        for number, (product, (zh, en, keywords)) in enumerate(TITLES.items()):
            found.append(
                {
                    "type": "Collection",
                    "stac_version": "1.1.0",
                    "id": f"n{code}-{product}",
                    "title": f"{name}{zh} · {en} of {code}",
                    "description": f"{name}的{zh}，供测试 · For tests",
                    "license": "CC0-1.0",
                    "keywords": keywords,
                    "updated": f"2026-11-{10 + number:02d}T00:00:00Z",
                    "version": "r1",
                    "tianlake:access": "open",
                    "themes": [{"scheme": "x", "concepts": [{"id": "imagery" if number < 2 else "place"}]}],
                    "extent": {
                        "spatial": {"bbox": [[110 + number, 30, 121.5, 43.5] if number else [179, 30, -179, 43]]},
                        "temporal": {
                            "interval": [["2020-01-01T00:00:00Z", None if number else "2023-06-30T00:00:00Z"]]
                        },
                    },
                    "assets": {"table": {"href": f"{url}/data/{product}/a.parquet", "roles": ["data"]}},
                    "links": [{"rel": "license", "href": "https://example.org/cc0", "type": "text/html"}],
                }
            )
    return found


def write_node(root: Path, items: Sequence[Item], url: str | None = URL) -> str:
    """Write a node whose merged index holds these Items, the catalog last; return the digest of the index."""
    rows = [row_of(each, each["id"][1:10], URL if CODE in each["id"] else CITY_URL) for each in collections()]
    own = [[each for each in items if each["collection"].startswith(f"n{code}-")] for code in (CODE, CITY)]
    files = {"collections.parquet": write_rows(rows)}
    with TemporaryDirectory() as name:
        parts = [Path(name) / f"{number}.parquet" for number, part in enumerate(own) if part]
        for path, part in zip(parts, filter(None, own), strict=True):
            path.write_bytes(items_parquet(part))
        if merge_items(parts, Path(name) / "items.parquet"):
            files["items.parquet"] = (Path(name) / "items.parquet").read_bytes()
    links = []
    for name, each in files.items():
        key = keys.index_file(hashlib.sha256(each).hexdigest(), name)
        _put(root / CODE / key, each)
        links.append({"rel": "related", "href": f"./{key}", "type": "application/vnd.apache.parquet"})
    settings = NodeSettings(CODE, OPERATOR, Organisation("河北省自然资源厅"), url=url)
    _put(root / CODE / keys.NODE, dump_record(NodeCard(node_name(CODE, load_divisions()), settings)))
    catalog = json.dumps({"type": "Catalog", "id": f"n{CODE}", "links": links}).encode()
    _put(root / CODE / keys.CATALOG, catalog)
    return hashlib.sha256(files["items.parquet"]).hexdigest()[:16] if "items.parquet" in files else ""


def _put(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}")
    made.write_bytes(body)
    made.rename(path)


@dataclass(frozen=True)
class Said:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def ids(self) -> list[str]:
        return [each["id"] for each in self.document.get("features", self.document.get("collections"))]

    def link(self, rel: str) -> dict[str, Any] | None:
        return next((each for each in self.document["links"] if each["rel"] == rel), None)


@dataclass
class Api:
    """A STAC API that is asked without a server."""

    desk: WebDesk
    code: str = CODE
    base: str = BASE
    clock: list[float] = field(default_factory=lambda: [0.0])
    tidy: Callable[[], None] = lambda: None
    """Does what the thread of a gateway does every minute."""

    def ask(self, path: str = "", carried: str = "", headers: dict[str, str] | None = None, **query: Any) -> Said:
        return self.get(f"{path}?{urlencode(query)}" if query else path, carried, headers)

    def get(self, path: str, carried: str = "", headers: dict[str, str] | None = None, method: str = "GET") -> Said:
        where, _, query = path.partition("?")
        told = "&".join(each for each in (query, carried) if each)
        return self._said(Call(method, f"/stac{where}", headers or {}, told), carried)

    def post(self, body: Any, path: str = "/search", carried: str = "") -> Said:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._said(Call("POST", f"/stac{path}", {"content-type": "application/json"}, carried, sent), carried)

    def follow(self, link: dict[str, Any]) -> Said:
        """Ask for what a link leads to."""
        parts = urlsplit(link["href"])
        path = parts.path.removeprefix(urlsplit(self.base).path + "stac")
        if link.get("method") == "POST":
            return self.post(link["body"], path)
        return self.get(f"{path}?{parts.query}" if parts.query else path)

    def pages(self, first: Said, rel: str = "next") -> Iterator[Said]:
        """Yield a page and those that its links lead to."""
        yield first
        while (link := first.link(rel)) is not None:
            first = self.follow(link)
            yield first

    def _said(self, call: Call, carried: str) -> Said:
        reply = self.desk.answer(call, Came(self.code, self.base, carried))
        return Said(reply.status, dict(reply.headers), reply.body)


def open_api(root: Path, folder: Path, *, copying: bool, codes: Sequence[str] = (CODE,)) -> Api:
    """Return the API over a lake; with `copying` it is ready when the copy of its index is."""
    releases = CurrentReleases(open_nodes(f"file:{root}", codes, None, root))
    engine, clock = Engine(), [0.0]
    stac, copies = open_stac(folder, engine, None, copying=copying, clock=lambda: clock[0])

    def tidy() -> None:
        for code in stac.catalogs.kept() & set(codes):
            clock[0] += 3
            stac.catalogs.tidy(Question(Call("GET", "/stac"), code, "", "", releases, Inquiry(engine)))

    api = Api(WebDesk(releases, engine, routes_of(stac), close=copies.close), clock=clock, tidy=tidy)
    if copying:
        assert api.ask("/search").status == 200
        wait_until(lambda: not any(copies.of(each).busy() for each in codes))
    return api


def wait_until(holds: Any, seconds: float = 20.0) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never became so"
        time.sleep(0.01)
