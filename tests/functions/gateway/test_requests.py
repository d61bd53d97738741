"""What is answered to one request: status, header fields, body."""

from __future__ import annotations

import asyncio
import hashlib
import time

import pytest
from gateway_kit import CITY, NODE, RELEASE_1, MemoryReader, ask, gateway, pointer, release, unmetered

from tianlake.functions.gateway.app import create_app
from tianlake.functions.gateway.readiness import KEPT_S
from tianlake.lake.errors import LakeError, StoreError

BODY = bytes(range(256)) * 4
ETAG = f'"{hashlib.sha256(BODY).hexdigest()[:16]}"'
STYLE = {"styles/default.json": b'{"sources":{}}'}
FILES = {"places.parquet": BODY, "items/a.json": b"{}", "places.pmtiles": b"old archive", **STYLE}
ASSET = f"/releases/places/{RELEASE_1}/places.parquet"
WAY = {"collections/places/collection.json", f"releases/places/{RELEASE_1}/manifest.json"}
"""What is read to learn whose a product is."""

IMMUTABLE = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "public, max-age=0, must-revalidate"

EVERYWHERE = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Accept-Ranges, Cache-Control, Content-Crs, Content-Encoding, Content-Length, "
    "Content-Range, Content-Type, ETag, Last-Modified, Location, Tianlake-Attribution, WWW-Authenticate, "
    "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy, Retry-After, "
    "Tianlake-Quota-Warning, Tianlake-Terms",
    "timing-allow-origin": "*",
    "x-content-type-options": "nosniff",
}


@pytest.fixture
def reader():
    return MemoryReader(
        {
            "catalog.json": b'{"type":"Catalog"}',
            "lake.sql": b"SELECT 1;",
            "README.md": "# 河北".encode(),
            "portal/index.html": b"<!doctype html>",
            "portal/favicon.ico": b"icon",
            "portal/vendor/map.mjs": b"export {};",
            "private/keys.json": b"secret",
            "empty.json": b"",
            **release(RELEASE_1, FILES),
            **pointer(RELEASE_1),
        }
    )


@pytest.fixture
def app(reader):
    return create_app({NODE: reader, CITY: MemoryReader({"catalog.json": b'{"id":"city"}'})}, NODE)


@pytest.mark.parametrize(
    ("path", "media_type", "cache"),
    [
        ("/", "text/html; charset=utf-8", ASK_EACH_TIME),
        ("/favicon.ico", "image/vnd.microsoft.icon", ASK_EACH_TIME),
        ("/portal/vendor/map.mjs", "text/javascript; charset=utf-8", ASK_EACH_TIME),
        ("/catalog.json", "application/json", ASK_EACH_TIME),
        ("/lake.sql", "application/sql", ASK_EACH_TIME),
        ("/README.md", "text/markdown; charset=utf-8", ASK_EACH_TIME),
        ("/collections/places/collection.json", "application/json", ASK_EACH_TIME),
        (ASSET, "application/vnd.apache.parquet", IMMUTABLE),
        ("/data/places/places.parquet", "application/vnd.apache.parquet", ASK_EACH_TIME),
        ("/data/places/items/a.json", "application/json", ASK_EACH_TIME),
        ("/data/places/manifest.json", "application/json", ASK_EACH_TIME),
        ("/tiles/places.pmtiles", "application/vnd.pmtiles", ASK_EACH_TIME),
        ("/tiles/places.json", "application/json", ASK_EACH_TIME),
        ("/tiles/places/style.json", "application/json", ASK_EACH_TIME),
    ],
)
def test_each_kind_of_object_has_its_type_and_lifetime(app, path, media_type, cache):
    for prefix in ("", f"/{NODE}"):
        answer = ask(app, prefix + path)
        assert answer.status == 200
        assert answer.headers["content-type"] == media_type
        assert answer.headers["cache-control"] == cache
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["last-modified"].endswith(" GMT")
        assert answer.headers["content-length"] == str(len(answer.body))
        assert answer.headers["etag"].startswith('"')
        assert EVERYWHERE.items() <= answer.headers.items()


@pytest.mark.parametrize(
    ("fields", "status", "content_range", "body"),
    [
        ({}, 200, None, BODY),
        ({"range": "bytes=0-15"}, 206, "bytes 0-15/1024", BODY[:16]),
        ({"range": "bytes=1000-"}, 206, "bytes 1000-1023/1024", BODY[1000:]),
        ({"range": "bytes=-24"}, 206, "bytes 1000-1023/1024", BODY[-24:]),
        ({"range": "bytes=0-9999"}, 206, "bytes 0-1023/1024", BODY),
        ({"range": "bytes=1024-"}, 416, "bytes */1024", None),
        ({"range": "bytes=0-1,5-6"}, 200, None, BODY),
        ({"range": "bytes=5-1"}, 200, None, BODY),
        ({"range": "chunks=1-2"}, 200, None, BODY),
        ({"if_none_match": ETAG}, 304, None, b""),
        ({"if_none_match": ETAG, "range": "bytes=0-15"}, 304, None, b""),
        ({"if_none_match": '"x"', "range": "bytes=0-15"}, 206, "bytes 0-15/1024", BODY[:16]),
        ({"if_match": ETAG, "range": "bytes=0-15"}, 206, "bytes 0-15/1024", BODY[:16]),
        ({"if_match": '"x"', "range": "bytes=0-15"}, 412, None, None),
        ({"if_match": '"x"', "range": "bytes=9999-"}, 412, None, None),
        ({"if_range": ETAG, "range": "bytes=0-15"}, 206, "bytes 0-15/1024", BODY[:16]),
        ({"if_range": '"x"', "range": "bytes=0-15"}, 200, None, BODY),
        ({"if_range": '"x"', "range": "bytes=9999-"}, 200, None, BODY),
    ],
)
@pytest.mark.parametrize("path", [ASSET, "/data/places/places.parquet"])
def test_ranges_and_conditions_meet(app, path, fields, status, content_range, body):
    answer = ask(app, path, **fields)
    assert answer.status == status
    assert answer.headers.get("content-range") == content_range
    assert EVERYWHERE.items() <= answer.headers.items()
    if body is not None:
        assert answer.body == body
        assert answer.headers["etag"] == ETAG
    head = ask(app, path, "HEAD", **fields)
    assert (head.status, unmetered(head.headers), head.body) == (status, unmetered(answer.headers), b"")


def test_a_not_modified_answer_says_no_length_and_keeps_the_lifetime(app):
    answer = ask(app, ASSET, if_none_match=ETAG)
    assert "content-length" not in answer.headers
    assert answer.headers["cache-control"] == IMMUTABLE
    assert answer.headers["last-modified"] == "Mon, 21 Sep 2026 14:13:20 GMT"


def test_the_date_of_a_version_can_stand_in_for_its_etag(app):
    date = ask(app, ASSET).headers["last-modified"]
    assert ask(app, ASSET, if_modified_since=date).status == 304
    assert ask(app, ASSET, if_unmodified_since="Mon, 21 Sep 2020 14:13:20 GMT").status == 412


def test_an_empty_object_is_sent_empty_whatever_range_is_asked_for(app, reader):
    assert (ask(app, "/empty.json").status, ask(app, "/empty.json").headers["content-length"]) == (200, "0")
    assert ask(app, "/empty.json", range="bytes=0-").headers["content-range"] == "bytes */0"
    assert not reader.streams


def test_a_small_range_is_one_message_and_one_read_of_just_these_bytes(app, reader):
    answer = ask(app, ASSET, range="bytes=100-199")
    assert answer.messages == [BODY[100:200]]
    [(key, span)] = [each for each in reader.streams if each[0] not in WAY]
    assert key == ASSET[1:]
    assert (span.start, span.length) == (100, 100)


def test_a_large_object_is_sent_as_it_comes(reader):
    body = bytes(1_000_000)
    reader.objects[ASSET[1:]] = body
    answer = ask(gateway(reader), ASSET)
    assert answer.body == body
    assert len(answer.messages) == 10


def test_a_head_reads_no_bytes(app, reader):
    assert ask(app, ASSET, "HEAD").headers["content-length"] == "1024"
    assert {key for key, _ in reader.streams} <= WAY


@pytest.mark.parametrize("path", [ASSET, "/", "/nowhere", "/private/keys.json", "/tiles/places/0/0/0.mvt"])
def test_a_preflight_is_answered_everywhere(app, path):
    answer = ask(app, path, "OPTIONS", origin="https://map.test", access_control_request_headers="X-API-Key, range")
    assert answer.status == 204
    assert answer.body == b""
    allowed = {name.strip() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert {"range", "if-match", "if-none-match", "authorization", "x-api-key"} <= allowed
    assert answer.headers["access-control-allow-methods"] == answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert int(answer.headers["access-control-max-age"]) > 0
    assert EVERYWHERE.items() <= answer.headers.items()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "get"])
def test_other_methods_are_refused_with_those_that_are_allowed(app, reader, method):
    answer = ask(app, "/catalog.json", method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.document["code"] == "method-not-allowed"
    assert not reader.heads


def test_an_error_is_a_problem_document_in_both_languages(app):
    answer = ask(app, "/nowhere.json")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.body.count(b"\n") == 1
    assert answer.document["type"] == "urn:tianlake:problem:not-found"
    assert answer.document["status"] == 404
    assert answer.document["title"] == answer.document["message"]["en"]
    assert "没有" in answer.document["message"]["zh"]
    assert EVERYWHERE.items() <= answer.headers.items()


@pytest.mark.parametrize(
    "path",
    [
        "/private/keys.json",
        f"/{NODE}/private/keys.json",
        "/portal/../private/keys.json",
        "/nowhere.json",
        "/tiles/nothing.pmtiles",
        "/tiles/nothing.json",
        "/tiles/nothing/style.json",
        "/tiles/nothing/0/0/0.mvt",
        "/data/places/nothing.parquet",
        "/data/places/../../private/keys.json",
        "/156999999/catalog.json",
        f"/portal/{'a' * 2000}.js",
    ],
)
def test_what_is_not_there_is_a_404_that_a_page_can_read(app, path):
    answer = ask(app, path)
    assert answer.status == 404
    assert b"secret" not in answer.body
    assert EVERYWHERE.items() <= answer.headers.items()


def test_nodes_are_told_apart_by_their_codes(app):
    assert ask(app, f"/{CITY}/catalog.json").document == {"id": "city"}
    assert ask(app, "/catalog.json").document == {"type": "Catalog"}
    assert ask(app, f"/{CITY}/tiles/places.pmtiles").status == 404


def test_a_node_without_its_slash_is_sent_there(app):
    answer = ask(app, f"/{NODE}")
    assert (answer.status, answer.headers["location"]) == (308, f"{NODE}/")


def test_the_root_must_be_among_the_nodes():
    with pytest.raises(LakeError, match="156000000"):
        create_app({}, "156000000")


def test_a_store_that_does_not_answer_is_a_503_to_be_repeated(app, reader, caplog):
    reader.broken = StoreError("bucket secret-name: connection refused")
    answer = ask(app, "/catalog.json")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert answer.document["code"] == "store-unavailable"
    assert b"secret-name" not in answer.body
    assert "secret-name" in caplog.text


def test_an_unknown_fault_is_a_500_without_its_text(app, reader, caplog):
    reader.broken = RuntimeError("password=hunter2")
    answer = ask(app, "/catalog.json")
    assert answer.status == 500
    assert answer.document["code"] == "internal"
    assert b"hunter2" not in answer.body
    assert "hunter2" in caplog.text
    assert EVERYWHERE.items() <= answer.headers.items()


def test_a_spoilt_pointer_is_our_error_not_the_clients(app, reader, caplog):
    reader.objects["collections/places/collection.json"] = b'{"version": "../../private"}'
    assert ask(app, "/tiles/places.pmtiles").status == 500
    assert "must be a release id" in caplog.text


def test_a_store_that_breaks_off_leaves_the_body_short_and_nothing_else(reader, caplog):
    reader.objects[ASSET[1:]] = bytes(1_000_000)
    reader.cut = 500_000
    answer = ask(gateway(reader), ASSET)
    assert answer.status == 200
    assert (answer.headers["content-length"], len(answer.body)) == ("1000000", 500_000)
    assert "broke off" in caplog.text


def test_a_store_that_breaks_off_within_a_small_range_is_a_503(app, reader):
    reader.cut = 0
    assert ask(app, ASSET, range="bytes=0-15").status == 503


def test_fewer_bytes_than_there_should_be_are_never_sent_as_all(app, reader):
    ask(app, ASSET, "HEAD")
    reader.short = 3
    assert ask(app, ASSET, range="bytes=0-15").status == 503


def test_health_and_readiness_are_two_things(app, reader):
    assert ask(app, "/healthz").document == {"status": "ok"}
    assert ask(app, "/readyz").document == {"status": "ok", "checks": {"store": "ok", "catalog": "ok"}}
    time.sleep(KEPT_S)
    reader.broken = StoreError("gone")
    assert ask(app, "/healthz").status == 200
    assert ask(app, "/readyz").status == 503


def test_a_websocket_is_no_request(app):
    with pytest.raises(RuntimeError, match="HTTP only"):
        asyncio.run(app({"type": "websocket"}, None, None))
