"""STAC documents that were asked for with a key: addresses carry it on where it is needed, and nowhere else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gateway_kit import KEY, NODE, MemoryReader, ask, gateway_of

from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.stac_documents import carrying

ADDRESS = "https://map.test/156130000/collections/climate/collection.json"
REFS = {"auth:refs": ["tk", "bearer"]}
DOCUMENT = {
    "stac_version": "1.1.0",
    "assets": {
        "data": {"href": "../../releases/climate/r/climate.tif", **REFS},
        "elsewhere": {"href": "https://other.test/releases/a/r/a.tif", **REFS},
        "open": {"href": "../../releases/climate/r/thumbnail.png"},
    },
    "links": [
        {"rel": "root", "href": "../../catalog.json"},
        {"rel": "pmtiles", "href": "https://map.test/156130000/tiles/climate.pmtiles", **REFS},
        {"rel": "pmtiles", "href": "https://map.test:8443/tiles/climate.pmtiles", **REFS},
        {"rel": "item", "href": "./r/a.json?x=1"},
        {"rel": "child", "href": "https://other.test/catalog.json"},
        {"rel": "license", "href": "https://map.test/licence"},
        {"rel": "describedby", "href": "./README.md"},
    ],
}


def test_what_needs_the_key_and_lies_on_this_server_is_addressed_with_it():
    told = carrying(DOCUMENT, ADDRESS, "tk=abc")
    assert {name: each["href"] for name, each in told["assets"].items()} == {
        "data": "../../releases/climate/r/climate.tif?tk=abc",
        "elsewhere": "https://other.test/releases/a/r/a.tif",
        "open": "../../releases/climate/r/thumbnail.png",
    }
    assert [each["href"] for each in told["links"]] == [
        "../../catalog.json?tk=abc",
        "https://map.test/156130000/tiles/climate.pmtiles?tk=abc",
        "https://map.test:8443/tiles/climate.pmtiles",
        "./r/a.json?x=1&tk=abc",
        "https://other.test/catalog.json",
        "https://map.test/licence",
        "./README.md",
    ]
    assert "tk=" not in json.dumps(DOCUMENT), "what the store holds is not touched"


@pytest.fixture
def objects() -> dict[str, bytes]:
    return {
        "catalog.json": json.dumps({"stac_version": "1.1.0", "links": [{"rel": "child", "href": "./c.json"}]}).encode(),
        "federation/index/0/node.json": b'{"links": [{"rel": "child", "href": "x"}]}',
        "feed.json": b'{"items": []}',
    }


def asked(objects: dict[str, bytes], path: str) -> Any:
    return ask(gateway_of({NODE: Node(NODE, MemoryReader(objects))}), path)


@pytest.mark.parametrize("base", ["", f"/{NODE}"])
def test_a_document_with_a_key_is_for_its_client_alone(objects, base):
    answer = asked(objects, f"{base}/catalog.json?tk={KEY}")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.body)["links"] == [{"rel": "child", "href": f"./c.json?tk={KEY}"}]


@pytest.mark.parametrize("path", ["/catalog.json", f"/federation/index/0/node.json?tk={KEY}", f"/feed.json?tk={KEY}"])
def test_any_other_document_is_the_object_itself(objects, path):
    answer = asked(objects, path)
    assert answer.body == objects[path[1:].partition("?")[0]]
    assert "no-store" not in answer.headers["cache-control"]
