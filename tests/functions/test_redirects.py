"""Requests that lead elsewhere: one table, asked of the gateway and of the edge function, which share the rule."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from admission_kit import NODE
from edge_kit import CITY, CONFIG, Edge
from gateway_kit import MemoryReader, ask, gateway_of

from tianlake.functions.cors import ALWAYS
from tianlake.functions.edge.config import config_of
from tianlake.functions.gateway.hosts import Addresses, Hosts
from tianlake.functions.gateway.node import Node
from tianlake.lake.errors import LakeError

GONE = "156130300"
MOVED = {GONE: "https://qinhuangdao.example/map"}

TABLE = [
    # what is asked, what it leads to
    ("GET", f"/{GONE}", "https://qinhuangdao.example/map/"),
    ("GET", f"/{GONE}/", "https://qinhuangdao.example/map/"),
    ("HEAD", f"/{GONE}/catalog.json", "https://qinhuangdao.example/map/catalog.json"),
    (
        "GET",
        f"/{GONE}/tiles/places/7/105/48.mvt?tk=k",
        "https://qinhuangdao.example/map/tiles/places/7/105/48.mvt?tk=k",
    ),
    ("GET", f"/{GONE}/data/places/%E5%9C%B0.parquet", "https://qinhuangdao.example/map/data/places/%E5%9C%B0.parquet"),
    ("GET", f"/{GONE}/../private/x", "https://qinhuangdao.example/map/../private/x"),
    ("POST", f"/{GONE}/stac/search", "https://qinhuangdao.example/map/stac/search"),
    ("OPTIONS", f"/{GONE}/stac/search", "https://qinhuangdao.example/map/stac/search"),
    ("GET", f"/{CITY}", f"{CITY}/"),
    ("GET", "/terms", "portal/terms.html"),
    ("GET", f"/{CITY}/terms", "portal/terms.html"),
    ("HEAD", "/terms", "portal/terms.html"),
    ("GET", f"/{GONE}9/catalog.json", None),
    ("GET", f"/{GONE[:-1]}/catalog.json", None),
    ("GET", f"/x/{GONE}/catalog.json", None),
    ("GET", "/156130200/catalog.json", None),
    ("POST", f"/{CITY}", None),
]
"""`None`: nowhere. What is not told of methods holds for all."""


def of_the_gateway(method, path):
    nodes = {code: Node(code, MemoryReader({})) for code in (NODE, CITY)}
    answer = ask(Hosts(gateway_of(nodes), Addresses(moved=MOVED), trust_forwarded=False), path, method)
    return answer.status, answer.headers, answer.body


def of_the_edge(method, path):
    path, _, query = path.partition("?")
    edge = Edge(replace(CONFIG, moved=MOVED))
    answer = edge(path, query, method=method)
    assert not edge.store.held, "nothing is counted"
    headers = {name: each[0]["value"] for name, each in answer["headers"].items()}
    return int(answer.get("status", 200)), headers, answer.get("body", "").encode()


@pytest.mark.parametrize("asked", [of_the_gateway, of_the_edge])
@pytest.mark.parametrize(("method", "path", "to"), TABLE, ids=str)
def test_the_table_of_redirects(asked, method, path, to):
    status, headers, body = asked(method, path)
    if to is None:
        assert status != 308
        assert "location" not in headers
        return
    assert (status, headers["location"], body) == (308, to, b"")
    assert headers["cache-control"] == "public, max-age=0, must-revalidate", "a node may come back"
    assert {name: headers[name] for name in ALWAYS} == ALWAYS, "pages of other sites may follow it"


@pytest.mark.parametrize(
    ("moved", "told"),
    [
        ([GONE], "config.json: moved: must map node codes"),
        ({GONE: "https://x.example/"}, "without a final '/'"),
        ({GONE: "javascript:alert(1)"}, "config.json: moved: must map"),
        ({NODE: "https://x.example"}, f"config.json: moved.{NODE}: is served here"),
    ],
    ids=["list", "slash", "script", "served"],
)
def test_an_edge_is_told_no_way_that_is_none(moved, told):
    known = {"nodes": {NODE: {"bucket": "a"}}, "root": NODE, "accounts": "a", "region": "r"}
    assert config_of(json.dumps({**known, "moved": MOVED})).moved == MOVED
    with pytest.raises(LakeError, match=told):
        config_of(json.dumps({**known, "moved": moved}))
