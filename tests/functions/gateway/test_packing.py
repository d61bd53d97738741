"""Texts as gzip: for clients that take it, whole, and with a tag that says it is not the store's bytes."""

from __future__ import annotations

import gzip
import json

import pytest
from gateway_kit import NODE, MemoryReader, ask, gateway_of

from tianlake.functions.gateway.node import Node

CATALOG = json.dumps({"id": "n156130000", "links": [{"rel": "child", "href": f"./{n}.json"} for n in range(200)]})
OBJECTS = {
    "catalog.json": CATALOG.encode(),
    "dcat.jsonld": CATALOG.encode(),
    "README.md": "说明 ".encode() * 1000,
    "portal/map.mjs": b"".join(b"export const n%d = %d;\n" % (n, n) for n in range(40_000)),  # sent piece by piece
    "feed.json": b'{"items": []}',
    "portal/logo.png": bytes(5000),
}
TEXTS = ["catalog.json", "dcat.jsonld", "README.md", "portal/map.mjs"]


def asked(path: str, method: str = "GET", **headers: str):
    return ask(gateway_of({NODE: Node(NODE, MemoryReader(OBJECTS))}), f"/{path}", method, **headers)


@pytest.mark.parametrize("path", TEXTS)
def test_a_text_comes_packed_and_whole(path):
    answer = asked(path, accept_encoding="br, gzip;q=0.8")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == OBJECTS[path]
    assert int(answer.headers.get("content-length", len(answer.body))) == len(answer.body) < len(OBJECTS[path]) / 3
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert answer.headers["etag"].startswith('W/"')
    assert "accept-ranges" not in answer.headers
    again = asked(path, accept_encoding="gzip", if_none_match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", TEXTS)
def test_who_takes_no_gzip_gets_the_bytes_and_caches_are_told(path):
    for accepted in ({}, {"accept_encoding": "br"}, {"accept_encoding": "gzip;q=0"}):
        answer = asked(path, **accepted)
        assert answer.body == OBJECTS[path]
        assert "content-encoding" not in answer.headers
        assert "accept-encoding" in answer.headers["vary"].lower()
        assert answer.headers["etag"].startswith('"')


@pytest.mark.parametrize("path", ["catalog.json", "portal/map.mjs"])
def test_a_head_tells_what_the_get_sends_but_for_a_size_that_is_not_known(path):
    told, sent = (asked(path, method, accept_encoding="gzip") for method in ("HEAD", "GET"))
    assert told.body == b""
    assert told.headers == {name: each for name, each in sent.headers.items() if name != "content-length"}
    plain = asked(path, "HEAD")
    assert plain.headers["content-length"] == str(len(OBJECTS[path]))


def test_a_range_is_of_the_documents_own_bytes():
    answer = asked("catalog.json", accept_encoding="gzip", range="bytes=5-1500")
    assert answer.status == 206
    assert answer.body == OBJECTS["catalog.json"][5:1501]
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("path", ["feed.json", "portal/logo.png", "nothing.json"])
def test_what_is_small_or_no_text_or_an_error_is_sent_as_it_is(path):
    answer = asked(path, accept_encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert "accept-encoding" not in answer.headers.get("vary", "")
