"""A small published lake that is asked with SQL, and a desk that answers `/sql` over it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from counting_kit import table_release
from gate_kit import Open
from lake_kit import NODE, PlainDescriber
from trail_kit import Notes

from tianlake.functions.calls import Call, Reply
from tianlake.functions.web.desk import Came, WebDesk
from tianlake.functions.web.sql.limits import Limits
from tianlake.functions.web.sql.pool import Processes
from tianlake.functions.web.sql.service import SqlService
from tianlake.lake.current import CurrentReleases, open_nodes
from tianlake.lake.derived import Desk
from tianlake.lake.describe import Document, History
from tianlake.lake.engine import Engine
from tianlake.lake.nodes import NodeCard
from tianlake.lake.plain import Access
from tianlake.lake.publishing import publish, seal
from tianlake.lake.records import dump_json
from tianlake.lake.releases import JSON
from tianlake.lake.store import DirectoryStore

SECRET = "the-name-of-nobody"
"""What the internal product holds, and what a process may not tell of its parent's environment."""

PLACES = """
SELECT i AS id, '地名' || i AS name, CASE i % 3 WHEN 0 THEN '河' WHEN 1 THEN '山' END AS kind,
  ST_Point(113 + i % 50 / 10, 36 + i // 50 / 10)::GEOMETRY('EPSG:4490') AS geometry
FROM range(2000) t(i)
"""


class LinkingDescriber(PlainDescriber):
    """Links the catalog to the products, as whoever looks for what is current wants it."""

    def node_files(self, node: NodeCard, current: Sequence[History]) -> dict[str, Document]:
        links = [{"rel": "child", "href": f"./collections/{each.product}/collection.json"} for each in current]
        return {"catalog.json": Document(dump_json({"links": links}), JSON)}


@dataclass
class Asked:
    """What `/sql` answered."""

    reply: Reply

    @property
    def status(self) -> int:
        return self.reply.status

    @property
    def headers(self) -> dict[str, str]:
        return dict(self.reply.headers)

    @property
    def document(self) -> Any:
        return json.loads(self.reply.body)

    @property
    def end(self) -> str:
        """Code of the problem, or `done`."""
        return "done" if self.status == 200 else cast("str", self.document["code"])


class SqlLake:
    """A lake below a folder, and its desk."""

    def __init__(self, base: Path, limits: Limits, processes: int = 2) -> None:
        self.base = base
        self.limits = limits
        self.processes = Processes(limits, processes)
        self.releases = CurrentReleases(open_nodes("file:lake", [NODE.code], None, base))
        service = SqlService(self.releases, self.processes, limits)
        self.desk = WebDesk(self.releases, Engine(), {"/sql": service}, close=service.close)

    @property
    def root(self) -> Path:
        return self.base / "lake" / NODE.code

    def publish(
        self, product: str, select: str, access: Access = "professional", built: str = "2026-11-01T00:00:00Z"
    ) -> str:
        """Publish a product that holds the answer of a SELECT; return its release."""
        folder = self.base / f"{product}-{built[:10]}"
        made = table_release(folder, select, product, built).manifest.candidate
        made = replace(made, card=replace(made.card, access=access))
        release = seal(made, folder, NODE, LinkingDescriber())
        publish(Desk(NODE, DirectoryStore(self.root), LinkingDescriber(), Notes(), Open(), {}), release)
        return release.manifest.release

    def hide(self, product: str) -> None:
        """Make what is published of a product internal: publishing itself would refuse it."""
        for manifest in (self.root / "releases" / product).rglob("manifest.json"):
            manifest.write_bytes(manifest.read_bytes().replace(b'"professional"', b'"internal"'))

    def ask(self, sql: str, method: str = "GET", body: bytes = b"", **parameters: Any) -> Asked:
        """Ask; names of parameters that begin with `header_` are fields of the header."""
        fields = {name[7:].replace("_", "-"): value for name, value in parameters.items() if name[:7] == "header_"}
        query = {name: value for name, value in parameters.items() if name[:7] != "header_"}
        if method != "POST":
            query["q"] = sql
        call = Call(method, "/sql", fields, urlencode(query), body or sql.encode() if method == "POST" else b"")
        return Asked(self.desk.answer(call, Came(NODE.code, "http://lake.test/")))

    def rows(self, sql: str) -> Any:
        """Return the rows of an answer."""
        asked = self.ask(sql)
        assert asked.status == 200, asked.reply.body
        return asked.document


@contextmanager
def sql_lake(base: Path, limits: Limits, processes: int = 2) -> Iterator[SqlLake]:
    """Publish places for professional users, what is internal, and a view of each; end the processes afterwards."""
    lake = SqlLake(base, limits, processes)
    lake.publish("places", PLACES)
    lake.publish("open", "SELECT 1 AS id, ST_Point(1, 2)::GEOMETRY('EPSG:4490') AS geometry", "open")
    lake.publish("secret", f"SELECT '{SECRET}' AS id, ST_Point(1, 2)::GEOMETRY('EPSG:4490') AS geometry")
    lake.hide("secret")
    try:
        yield lake
    finally:
        lake.desk.close()
