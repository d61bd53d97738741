"""The demo as its visitors meet it: snippets of the guides, DuckDB over http, the page in Chromium."""

from __future__ import annotations

import json
import re
import urllib.request
from urllib.error import HTTPError

import duckdb
import pytest
from demo_kit import PRODUCTS, Demo
from kit import REPO

from tianlake.lake.duck import connect

GUIDE = (REPO / "docs/data-users.md").read_text("utf-8")


def snippets(language: str) -> list[str]:
    """Fenced blocks of the guide for data users."""
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def here(snippet: str, served: Demo) -> str:
    return snippet.replace("http://127.0.0.1:8765", served.url("").rstrip("/"))


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return connect()


@pytest.mark.parametrize("snippet", snippets("sql"))
def test_a_sql_snippet_of_the_guide_answers(served: Demo, connection: duckdb.DuckDBPyConnection, snippet: str) -> None:
    assert connection.execute(here(snippet, served)).fetchall()


@pytest.mark.parametrize("snippet", snippets("python"))
def test_a_python_snippet_of_the_guide_runs(served: Demo, connection: duckdb.DuckDBPyConnection, snippet: str) -> None:
    names: dict[str, object] = {"connection": connection}
    exec(compile(here(snippet, served), "docs/data-users.md", "exec"), names)
    assert len(names) > 2, "a snippet leaves what it made"


def test_one_line_attaches_every_view_of_a_node(served: Demo, connection: duckdb.DuckDBPyConnection) -> None:
    with urllib.request.urlopen(served.url("/156130000/lake.sql")) as answer:
        connection.execute(answer.read().decode())
    views = {row[0] for row in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}
    products = {f"n156130000_{product}" for product in PRODUCTS["156130000"]}
    assert {name for name in views if not name.endswith("_releases")} == products
    assert connection.execute("SELECT count(*) FROM n156130000_places").fetchone() == (45_433,)
    scenes = connection.execute("SELECT id FROM n156130000_climate").fetchall()
    assert len(scenes) == 1


def test_the_database_of_a_node_attaches_by_its_address(served: Demo, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"ATTACH '{served.url('/156130000/lake.duckdb')}' AS lake")
    assert connection.execute("SELECT count(*) FROM lake.n156130000_places").fetchone() == (45_433,)
    assert connection.execute("SELECT count(*) FROM lake.n156130000_places_in('156131000')").fetchone() == (5_049,)
    assert connection.execute("SELECT id FROM lake.n156130000_climate(116, 39, 117, 40)").fetchall()


def test_every_address_that_the_demo_prints_answers(served: Demo) -> None:
    done = served.run("-C", str(served.folder), "node", "list", "--json")
    for node in json.loads(done.stdout):
        for path in ("", "node.json", "catalog.json", "lake.sql", "lake.duckdb", "README.md", "AGENTS.md"):
            with urllib.request.urlopen(served.url(f"/{node['code']}/{path}")) as answer:
                assert answer.status == 200
                assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_demo_has_a_product_that_asks_for_a_key_and_gives_one(served: Demo) -> None:
    [key] = re.findall(r"^  ([a-z0-9]{32}) ", served.told, re.MULTILINE)
    [address] = re.findall(rf"^  (\S+\?tk={key})", served.told, re.MULTILINE)
    with urllib.request.urlopen(address) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert int(answer.headers["RateLimit-Remaining"]) > 0
    with pytest.raises(HTTPError, match="401"):
        urllib.request.urlopen(address.partition("?")[0])
