"""Whatever is asked: no answer of 500 and above, no byte of what is private, and little to remember of who asks."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import secrets
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from admission_kit import KEYS
from archive_kit import one_tile
from gateway_kit import CARD, CITY, KEY, NODE, RELEASE_1, TILES, MemoryReader, ask_async, pointer, release
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from issue_kit import issue
from kit import examples
from server_kit import running, write

from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.admission.keyring import REMEMBERED
from tianlake.functions.admission.records import KeyRecord
from tianlake.functions.gateway.admission import FrontDoor
from tianlake.functions.gateway.app import Gateway, create_app
from tianlake.functions.gateway.front import Accounts
from tianlake.lake.quotas import DEFAULT_POLICY

CANARY = secrets.token_hex(16)
RELEASED = f"releases/places/{RELEASE_1}"

WORDS = [
    *(
        "..",
        ".",
        "",
        "%2e%2e",
        "%2f",
        "%5c",
        "private",
        "Private",
        "keys.json",
        "keys.snapshot",
        ".tmp",
        "%00",
        "\u2025",
    ),
    *("portal", "tiles", "data", "collections", "releases", "places", "roads", RELEASE_1, NODE, CITY, "index", "tms"),
    *(
        "collection.json",
        "places.pmtiles",
        "places.parquet",
        "manifest.json",
        "style.json",
        "places.json",
        "catalog.json",
    ),
    *("0", "1", "0.mvt", "-1", "99", "999999999999999999999.png", "vec_w", "img_c", "wmts", "esri", "DataServer", "c"),
    *(
        "accounts",
        "me",
        "keys",
        "usage",
        "terms",
        "healthz",
        "readyz",
        "x" * 300,
        "%",
        "%zz",
        "%E5%9C%B0",
        "accounts.sqlite",
    ),
]
NAMES = [
    "tk",
    "TK",
    "sk",
    "signature",
    "expires",
    "key",
    "SERVICE",
    "request",
    "T",
    "x",
    "l",
    "TILEMATRIX",
    "LAYER",
    "%74k",
]
VALUES = [
    KEY,
    KEYS["nobody"],
    "",
    "*",
    "1",
    "-1",
    "1e9",
    "GetTile",
    "GetCapabilities",
    "vec_w",
    "%00",
    "%ff",
    "\u0000",
    "a" * 500,
]
FIELDS = [
    *("range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "accept-encoding"),
    *(
        "host",
        "x-forwarded-host",
        "x-forwarded-for",
        "x-forwarded-proto",
        "authorization",
        "x-api-key",
        "referer",
        "origin",
    ),
    *("content-length", "content-type", "user-agent", "transfer-encoding"),
]
SAID = [
    *(
        "bytes=0-9",
        "bytes=-1",
        "bytes=9-0",
        "bytes=0-,1-",
        f"bytes={'9' * 400}-",
        "bytes=--1",
        "*",
        'W/"x"',
        '"',
        "x" * 4000,
    ),
    *(
        "Mon, 99 Foo 2026",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        f"Bearer {KEY}",
        "Bearer",
        KEY,
        "gzip;q=x",
        "\xff\xfe",
        "0",
        "http://[",
        "[::1",
    ),
]

paths = st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=7).map(lambda parts: "/" + "/".join(parts))
queries = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES) | st.text(max_size=8)), max_size=4)
fields = st.dictionaries(
    st.sampled_from(FIELDS), st.sampled_from(SAID) | st.text(st.characters(max_codepoint=255), max_size=12), max_size=4
)
methods = st.sampled_from(["GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "DELETE", "PUT", "\u0130"])


def lake(archive: bytes) -> dict[str, bytes]:
    files = {"places.pmtiles": archive, "places.parquet": b"table" * 100, "quality.html": b"<!doctype html>"}
    style = {"styles/default.json": b'{"sources":{"data":{}},"layers":[]}'}
    objects = release(RELEASE_1, files | style, card=CARD) | pointer(RELEASE_1)
    card = replace(CARD, id="roads", access="key")
    objects |= release(RELEASE_1, {"roads.pmtiles": archive}, card=card, tiles={"roads.pmtiles": TILES})
    node = {"settings": {"layers": {"vec": "places"}}}
    private = {f"private/{name}": CANARY.encode() for name in ("keys.json", "keys.snapshot", "cases/1.json")}
    return (
        objects
        | pointer(RELEASE_1, "roads")
        | private
        | {"node.json": json.dumps(node).encode(), ".tmp/x": CANARY.encode()}
    )


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    base = tmp_path_factory.mktemp("accounts")
    issue(base)
    objects = lake(one_tile(base))
    store = SqliteAccounts(base / "accounts.sqlite")
    yield create_app({NODE: MemoryReader(objects), CITY: MemoryReader(objects)}, NODE, Accounts(store))
    store.close()


async def send(app: Gateway, method: str, path: str, query: list[tuple[str, str]], headers: dict[str, str]) -> Any:
    """Send what may not even be text: as a server passes it on, percent-encoded or not."""
    from urllib.parse import quote  # noqa: PLC0415 - for what no client would send as it is

    told = "&".join(f"{name}={quote(value, safe='%')}" for name, value in query)
    return await ask_async(app, f"{quote(path, safe='/%.')}?{told}", method, **headers)


@settings(max_examples=examples(400), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(methods, paths, queries, fields)
def test_nothing_that_is_asked_breaks_it_or_opens_what_is_private(app, method, path, query, headers):
    answer = asyncio.run(send(app, method, path, query, headers))
    assert answer.status < 500, answer.body
    assert CANARY.encode() not in answer.body + json.dumps(answer.headers).encode()
    assert answer.headers["access-control-allow-origin"] == "*"
    if answer.status >= 400:
        assert json.loads(answer.body or b"{}").get("code") or method == "HEAD"


def operation(*names: str, query: tuple[str, ...] = ()) -> dict[str, Any]:
    """Describe one address of the gateway loosely: what is in it may be anything."""
    text = {"type": "string", "maxLength": 60}
    parameters = [{"name": name, "in": "path", "required": True, "schema": {**text, "minLength": 1}} for name in names]
    parameters += [{"name": name, "in": "query", "schema": text} for name in ("tk", *query)]
    parameters += [{"name": name, "in": "header", "schema": text} for name in ("range", "if-none-match", "x-api-key")]
    answers = {"default": {"description": "any"}}
    return {
        "get": {"parameters": parameters, "responses": answers},
        "head": {"parameters": parameters, "responses": answers},
    }


DESCRIPTION = {
    "openapi": "3.0.3",
    "info": {"title": "The gateway's own addresses", "version": "1"},
    "paths": {
        "/{document}": operation("document"),
        "/tiles/{product}.json": operation("product"),
        "/tiles/{product}.pmtiles": operation("product"),
        "/tiles/places/{z}/{x}/{y}.{extension}": operation("z", "x", "y", "extension"),
        "/tiles/places/{variant}/{z}/{x}/{y}.{extension}": operation("variant", "z", "x", "y", "extension"),
        "/data/{product}/{name}": operation("product", "name"),
        "/releases/{product}/{release}/{name}": operation("product", "release", "name"),
        "/collections/{product}/{name}": operation("product", "name"),
        "/portal/{name}": operation("name"),
        "/{layer}/wmts": operation("layer", query=("SERVICE", "REQUEST", "LAYER", "TILEMATRIX", "TILEROW", "TILECOL")),
        "/DataServer": operation(query=("T", "x", "y", "l")),
        "/usage": operation(),
    },
}


@pytest.mark.parametrize("examples", [1, pytest.param(6, marks=pytest.mark.long)])
def test_a_tool_that_makes_up_requests_from_a_description_finds_no_fault(tmp_path, examples):
    write(tmp_path / "lake" / NODE, lake(one_tile(tmp_path)))
    issue(tmp_path)
    described = tmp_path / "openapi.json"
    described.write_text(json.dumps(DESCRIPTION))
    tool = str(Path(sys.executable).with_name("schemathesis"))
    with running(tmp_path, [NODE]) as server:
        command = [tool, "run", str(described), "--url", server.url, "--checks", "not_a_server_error", "--seed", "1"]
        options = ["--max-examples", str(examples), "--phases", "coverage,fuzzing", "--no-color", "--report", "ndjson"]
        done = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
        _, _, log = server.stop()
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Traceback" not in log
    said = "".join(path.read_text() for path in tmp_path.rglob("*.ndjson"))
    bodies = b"".join(base64.b64decode(found) for found in re.findall(r'"\$base64":"([^"]*)"', said))
    assert b'"code":"not-found"' in bodies, "the answers were looked at"
    assert CANARY.encode() not in bodies + said.encode()


def test_ten_thousand_wrong_keys_cost_few_looks_and_little_memory(tmp_path):
    looks: list[str] = []

    class Counted(SqliteAccounts):
        def find(self, digest: str) -> KeyRecord | None:
            looks.append(digest)
            return super().find(digest)

    store = Counted(tmp_path / "accounts.sqlite")
    app = create_app({NODE: MemoryReader(lake(one_tile(tmp_path)))}, NODE, Accounts(store))
    door = app._front.door
    assert isinstance(door, FrontDoor)
    keyring = door._door._keyring

    async def flood() -> list[int]:
        seen = [await ask_async(app, f"/tiles/places/0/0/0.mvt?tk={number:032}") for number in range(10_000)]
        return [answer.status for answer in seen]

    seen = asyncio.run(flood())
    assert set(seen) == {403, 429}
    allowed = DEFAULT_POLICY.guesses
    assert allowed.burst <= len(looks) == seen.count(403) < allowed.burst + 60 * allowed.per_second + 1
    assert len(keyring._unknown) <= min(len(looks), REMEMBERED)
    assert len(keyring._errands) == len(door._running) == 0
    store.close()
