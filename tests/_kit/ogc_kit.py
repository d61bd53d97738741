"""A small published lake for the OGC API: places of all column types, areas around the antimeridian, a plain table, a
register with a secret holding; and a client that asks the desk."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from gate_kit import Open
from PIL import Image
from trail_kit import Notes

from tianlake.build.catalog.records import catalog, record
from tianlake.build.vector.geoparquet import Sheet, read_table_facts, write_sheet
from tianlake.functions.calls import Call
from tianlake.functions.web.desk import Came, WebDesk
from tianlake.functions.web.start import routes
from tianlake.lake.current import CurrentReleases, open_nodes
from tianlake.lake.derived import Desk
from tianlake.lake.duck import connect
from tianlake.lake.engine import Engine
from tianlake.lake.nodes import NodeCard, NodeName, NodeSettings, Organisation
from tianlake.lake.publishing import publish, seal
from tianlake.lake.recipes import Holding, Period, ProductCard
from tianlake.lake.records import dump_json
from tianlake.lake.releases import GEOJSON, JSON, PARQUET, PNG, Asset, Candidate, Column, MediaType, Role, TableFacts
from tianlake.lake.store import DirectoryStore
from tianlake.lake.words import Bounds, Text
from tianlake.stac import StacDescriber

CODE = "156130000"
BASE = f"http://lake.test/{CODE}/"
NODE = NodeCard(
    NodeName(CODE, "provincial", "河北省", "河北省地理信息公共服务平台", "天地图·河北", "156000000"),
    NodeSettings(
        CODE,
        Organisation("河北省测绘资料档案馆", email="hebei@example.org"),
        Organisation("河北省自然资源厅"),
        layers={"vec": "places"},
    ),
)

PLACES = """
SELECT 'p-' || lpad(i::VARCHAR, 4, '0') AS place_id,
  CASE WHEN i % 11 = 0 THEN NULL
    ELSE ['石家庄', '廊坊市', 'Baoding', 'o''hara', 'x_y%z'][i % 5 + 1] || i END AS std_name,
  i % 7 AS rank, CASE WHEN i % 13 = 0 THEN NULL ELSE i / 4.0 END AS height, i % 2 = 0 AS open,
  CASE WHEN i % 5 = 0 THEN NULL ELSE DATE '2026-01-01' + i::INTEGER END AS updated_at,
  TIMESTAMP '2026-01-01 00:00:00' + INTERVAL (i) HOUR AS seen, [i, i + 1] AS list,
  CASE WHEN i = 3 THEN 'nan'::DOUBLE ELSE i END AS odd, i AS "odd ""name",
  ST_Point(114 + (i % 20) * 0.1, 38 + (i // 20) * 0.1) AS geometry
FROM range(200) t(i)"""
"""Places on a grid of 0.1 degree, 20 to the row, from 114 E 38 N on."""

AREAS = """
SELECT * FROM (VALUES
  ('west', DATE '2020-01-01', DATE '2020-12-31', ST_MakeEnvelope(-180, 10, -179, 11)),
  ('east', DATE '2021-01-01', NULL, ST_MakeEnvelope(179, 10, 180, 11)),
  ('middle', NULL, NULL, ST_MakeEnvelope(0, 10, 1, 11))) t(name, valid_from, valid_to, geometry)"""

HOLDINGS = (
    Holding(
        id="pipes", title=Text("地下管线", "Pipes"), security_class="秘密", organisation="资料室", phone="+863161234567"
    ),
    Holding(
        id="atlas",
        title=Text("标准地图集", "Atlas"),
        security_class="public",
        organisation="资料室",
        abstract=Text("纸质地图，公开出版", "Printed maps"),
        keywords=("地图", "map"),
        extent=Bounds(114, 38, 115, 39),
        period=Period("2019-01-01", "2019-12-31"),
    ),
    Holding(id="n156130000-places", title=Text("旧", "Old"), security_class="public", organisation="资料室"),
)


_DASHED = {name.replace("-", "_"): name for name in ("bbox-crs", "filter-crs", "filter-lang")}


def card(product: str, **more: Any) -> ProductCard:
    """Return what a product says of itself."""
    known: dict[str, Any] = {
        "kind": "vector",
        "product_class": "place",
        "title": Text(f"{product}数据", f"Data of {product}"),
        "description": Text("测试用地名", "Places for tests"),
        "license": "CC0-1.0",
        "attribution": "测试 Test",
        "keywords": ("地名", "places"),
        "period": Period("2026-01-01", "2026-12-31"),
    }
    return ProductCard(id=product, **(known | more))


def table(folder: Path, name: str, select: str, identity: str | None = None) -> Asset:
    """Write the answer of a SELECT as builds write it, and return the asset; without geometry as plain Parquet."""
    file = folder / f"{name}.parquet"
    with connect() as connection:
        connection.execute(f"CREATE TABLE features AS {select}")
        kinds = {row[0]: str(row[1]) for row in connection.sql("DESCRIBE features").fetchall()}
        if "geometry" in kinds:
            names = tuple(each for each in kinds if each != "geometry")
            write_sheet(connection, Sheet("features", names, (-180, -90, 180, 90)), file)
            facts = replace(read_table_facts(connection, file), id_column=identity)
        else:
            connection.execute(f"COPY features TO '{file}' (FORMAT parquet)")
            columns = tuple(Column(each, kind) for each, kind in kinds.items())
            facts = TableFacts(1, columns, None, (), None, None, 1)
    return asset(file, folder, "data", PARQUET, facts)


def asset(file: Path, folder: Path, role: Role, media_type: MediaType, facts: TableFacts | None = None) -> Asset:
    """Return the asset that a file is."""
    body = file.read_bytes()
    digest = hashlib.sha256(body).hexdigest()
    name = str(file.relative_to(folder))
    return Asset(name, role, media_type, digest, len(body), Text("数据", "Data"), facts)


def released(root: Path, folder: Path, made: ProductCard, assets: tuple[Asset, ...], node: NodeCard = NODE) -> None:
    """Publish a product into the lake `root`."""
    picture = folder / "thumbnail.png"
    Image.new("RGB", (8, 8)).save(picture)
    assets = (*assets, asset(picture, folder, "thumbnail", PNG))
    candidate = Candidate(
        node=node.code,
        card=made,
        built="2026-11-01T00:00:00Z",
        fingerprint=assets[0].sha256,
        bounds=Bounds(114, 38, 116, 39),
        assets=assets,
        sources=(),
        tools={},
    )
    desk = Desk(node, DirectoryStore(root / node.code), StacDescriber(), Notes(), Open(), {})
    publish(desk, seal(candidate, folder, node, StacDescriber()))


def write_lake(root: Path, work: Path) -> None:
    """Publish everything into the lake `root`; `work` is a folder for files on their way."""
    for product, select, identity, more in (
        ("places", PLACES, "place_id", {}),
        ("areas", AREAS, None, {"product_class": "theme", "period": None, "access": "professional"}),
        ("codes", "SELECT 1 AS code", None, {"kind": "table", "product_class": "theme"}),
    ):
        (work / product).mkdir(parents=True)
        assets = (table(work / product, product, select, identity),)
        released(root, work / product, card(product, **more), assets)
    _write_register(root, work / "register")


def _write_register(root: Path, folder: Path) -> None:
    made = card("register", kind="catalog", product_class="catalog", title=Text("目录", "Register"))
    (folder / "records").mkdir(parents=True)
    listing = folder / "records/records.json"
    listing.write_bytes(dump_json(catalog(made, f"n{CODE}-register", HOLDINGS, Bounds(114, 38, 116, 39))))
    rows = table(folder, "register", "SELECT 'pipes' AS id, ST_MakeEnvelope(114, 38, 116, 39) AS geometry")
    assets = [rows, asset(listing, folder, "metadata", JSON)]
    for holding in HOLDINGS:
        file = folder / f"records/{holding.id}.json"
        file.write_bytes(dump_json(record(holding)))
        assets.append(asset(file, folder, "part", GEOJSON))
    released(root, folder, made, tuple(assets))


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
    def ids(self) -> list[Any]:
        return [each["id"] for each in self.document["features"]]


@dataclass(frozen=True)
class Api:
    """The web API of a lake, without a server."""

    desk: WebDesk
    releases: CurrentReleases
    engine: Engine

    def ask(
        self,
        path: str = "",
        *,
        method: str = "GET",
        code: str = CODE,
        carried: str = "",
        accept: str = "",
        **query: object,
    ) -> Said:
        """Ask for `/ogc<path>`; `_` stands for `-` in the names that have one."""
        raw = urlencode({_DASHED.get(name, name): value for name, value in query.items()})
        call = Call(method, f"/ogc{path}", {"accept": accept} if accept else {}, raw)
        reply = self.desk.answer(call, Came(code, BASE, carried))
        return Said(reply.status, dict(reply.headers), reply.body)

    def items(self, product: str = "places", **query: Any) -> Said:
        """Ask for the items of a product."""
        return self.ask(f"/collections/n{CODE}-{product}/items", **query)


def open_api(base: Path, codes: tuple[str, ...] = (CODE,)) -> Api:
    """Open the web API over the lake in `base`/lake."""
    releases = CurrentReleases(open_nodes("file:lake", codes, None, base))
    engine = Engine()
    return Api(WebDesk(releases, engine, routes()), releases, engine)
