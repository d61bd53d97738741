"""A product of many features, served with a key, and boxes that hold one in a hundred of them: what each reads."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
from counting_kit import table_release
from gate_kit import Open
from gateway_kit import KEY, generous
from issue_kit import issue
from lake_kit import NODE
from server_kit import Server, running
from sql_kit import LinkingDescriber
from trail_kit import Notes

from tianlake.lake import keys
from tianlake.lake.derived import Desk
from tianlake.lake.duck import connect
from tianlake.lake.publishing import publish, seal
from tianlake.lake.store import DirectoryStore

Kind = Literal["cells", "points"]

CELLS = """
SELECT printf('156130000-000000-%016x', hash(i)) AS id,
  ['Aw', 'BWk', 'BSk', 'Cwa', 'Cfa', 'Dwa', 'Dwb', 'ET'][1 + (hash(x // 37, y // 29) % 8)::INT] AS class,
  (hash(i) % 100)::INT AS sure, ST_MakeEnvelope(
    110 + x / 120, 34 + y / 120, 110 + (x + 1) / 120, 34 + (y + 1) / 120)::GEOMETRY('EPSG:4490') AS geometry
FROM (SELECT i, i % {wide} AS x, i // {wide} AS y FROM range({features}) t(i))
"""
"""Cells of half a minute as polygons with a class of climate and ids as builds give them: few bytes each, the hardest
case, because what describes a row group weighs as much as ever."""

POINTS = """
SELECT printf('156130000-000000-%016x', hash(i)) AS id, '村庄' || town || '组' || i % 97 AS name,
  ['居民点', '山', '河', '学校', '医院'][1 + i % 5] AS kind, '河北省第' || town || '县第' || i % 31 || '乡' AS address,
  ST_Point(round(x, 6), round(y, 6))::GEOMETRY('EPSG:4490') AS geometry
FROM (SELECT i, town,
    113.5 + hash(town) % 6300 / 1000 + 0.12 * away * cos(angle) AS x,
    36.1 + hash(town, 7) % 6500 / 1000 + 0.10 * away * sin(angle) AS y
  FROM (SELECT i, hash(i, 5) % 300 AS town, hash(i, 3) % 360000 / 360000 * 2 * pi() AS angle,
    sqrt(-2 * ln((hash(i, 1) % 999983 + 1) / 999984)) AS away FROM range({features}) t(i)))
"""
"""Places around 300 towns, as people live: boxes are of very different sizes."""

ORDERED = """
SELECT * FROM ({rows}) ORDER BY ST_Hilbert(geometry, (SELECT {{
  min_x: min(ST_XMin(geometry)), min_y: min(ST_YMin(geometry)),
  max_x: max(ST_XMax(geometry)), max_y: max(ST_YMax(geometry))}}::BOX_2D FROM ({rows})))
"""

COUNT = """
from tianlake.functions.gateway.app import Gateway
answered = Gateway.__call__
async def counted(self, scope, receive, send):
    async def told(message):
        with open({file!r}, "a") as file:
            file.write(f"{{len(message.get('body', b''))}}\\n")
        await send(message)
    await answered(self, scope, receive, told)
Gateway.__call__ = counted
"""
"""Makes a gateway write down the bytes of every body that it sends."""

Box = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True, slots=True)
class Product:
    """A served product."""

    kind: Kind
    server: Server
    file: Path
    """Its table."""
    counted: Path
    """Where the gateway writes down what it sends."""

    def over_http(self, box: Box) -> int:
        """Return the bytes that the gateway sends to a DuckDB that asks for all of what is in a box."""
        self.counted.write_text("")
        west, south, east, north = box
        with connect(threads=2) as connection:
            connection.execute(f"CREATE SECRET (TYPE http, BEARER_TOKEN '{KEY}')")
            found = connection.execute(
                f"SELECT * FROM '{self.server.url}/data/{self.kind}/{self.kind}.parquet' "
                f"WHERE bbox.xmin <= {east}::FLOAT AND bbox.xmax >= {west}::FLOAT "
                f"AND bbox.ymin <= {north}::FLOAT AND bbox.ymax >= {south}::FLOAT"
            ).fetchall()
        assert found
        return sum(map(int, self.counted.read_text().split()))

    def over_sql(self, box: Box) -> int:
        """Return the bytes that `/sql` says it read for the same."""
        statement = f"SELECT * FROM n{NODE.code}_{self.kind}({', '.join(map(repr, box))})"
        url = f"{self.server.url}/sql?format=arrow&q={quote(statement)}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {KEY}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert len(answer.read()) > 1000
            found = re.search(r'bytes;desc="(\d+)"', answer.headers["server-timing"])
        assert found is not None
        return int(found[1])

    def touched(self, box: Box) -> int:
        """Return the bytes of the row groups that a box touches by their statistics, and of the file's end."""
        footer = pq.read_metadata(self.file)
        west, south, east, north = box
        found: int = footer.serialized_size + 8
        for number in range(footer.num_row_groups):
            group = footer.row_group(number)
            columns = {each.path_in_schema: each for each in map(group.column, range(footer.num_columns))}
            sides = {name: each.statistics for name, each in columns.items() if name.startswith("bbox.")}
            if (sides["bbox.xmin"].min <= east and sides["bbox.xmax"].max >= west) and (
                sides["bbox.ymin"].min <= north and sides["bbox.ymax"].max >= south
            ):
                found += sum(each.total_compressed_size for each in columns.values())
        return found

    def boxes(self, count: int) -> list[Box]:
        """Return boxes at random places that hold one feature in a hundred, 1 : 2 to 2 : 1, every other a square."""
        x, y = _middles(self.file)
        draw = np.random.default_rng(5)
        return [_box(x, y, draw, 0 if number % 2 else 1) for number in range(count)]


def _middles(file: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    columns = duckdb.sql(
        f"SELECT ((bbox.xmin + bbox.xmax) / 2)::DOUBLE AS x, ((bbox.ymin + bbox.ymax) / 2)::DOUBLE AS y FROM '{file}'"
    ).fetchnumpy()
    return columns["x"], columns["y"]


def _box(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], draw: np.random.Generator, longer: float) -> Box:
    west, south = x.min() + np.ptp(x) * draw.random(), y.min() + np.ptp(y) * draw.random()
    wide = 2 ** draw.uniform(-longer, longer)
    away = np.maximum(np.abs(x - west) / wide**0.5, np.abs(y - south) * wide**0.5)
    half = float(np.partition(away, len(x) // 100)[len(x) // 100])
    return (
        float(west - half * wide**0.5),
        float(south - half / wide**0.5),
        float(west + half * wide**0.5),
        float(south + half / wide**0.5),
    )


@contextmanager
def products(base: Path, features: int, kinds: Sequence[Kind] = ("cells", "points")) -> Iterator[list[Product]]:
    """Publish products of so many features each, and serve them."""
    root = base / "lake" / NODE.code
    desk = Desk(NODE, DirectoryStore(root), LinkingDescriber(), Notes(), Open(), {})
    for kind in kinds:
        rows = (CELLS if kind == "cells" else POINTS).format(features=features, wide=round((1.5 * features) ** 0.5))
        made = table_release(base / kind, ORDERED.format(rows=rows), kind).manifest.candidate
        made = replace(made, card=replace(made.card, access="key"))
        publish(desk, seal(made, base / kind, NODE, LinkingDescriber()))
    (root / keys.QUOTAS).write_text(json.dumps(generous("professional").document()))
    issue(base)
    counted = base / "counted"
    with running(base, [NODE.code], prelude=COUNT.format(file=str(counted))) as server:
        files = {kind: next((root / "releases" / kind).rglob(f"{kind}.parquet")) for kind in kinds}
        yield [Product(kind, server, files[kind], counted) for kind in kinds]
