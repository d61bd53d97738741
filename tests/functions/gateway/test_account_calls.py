"""Accounts and keys through the gateway: from registering to a tile, and what is kept out."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
from archive_kit import one_tile
from gateway_kit import CARD, CITY, NODE, RELEASE_1, MemoryReader, ask, gateway, pointer, release
from server_kit import running, write
from starlette.requests import Request

from tianlake.functions.accounts.calls import BODY_BYTES
from tianlake.functions.gateway import received
from tianlake.lake.terms import default_terms

FORM = {
    "name": "张三",
    "organisation": "示例公司",
    "kind": "company",
    "email": "someone@example.org",
    "purpose": "Maps of bus lines",
    "terms": default_terms().version,
}
TILE = "/tiles/places/0/0/0.mvt"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    base = tmp_path_factory.mktemp("workspace")
    files = {"places.pmtiles": one_tile(base), "places.parquet": b"table" * 1000}
    objects = release(RELEASE_1, files, card=replace(CARD, access="key")) | pointer(RELEASE_1)
    objects |= {"terms.json": json.dumps(default_terms().document()).encode(), "portal/terms.html": b"<!doctype html>"}
    write(base / "lake" / NODE, objects)
    write(base / "lake" / CITY, {"catalog.json": b"{}"})
    return base


@pytest.fixture(scope="module")
def client(base):
    with running(base, [NODE, CITY], workers=2) as server, httpx.Client(base_url=server.url) as client:
        yield client


@pytest.fixture(scope="module")
def token(client) -> dict[str, str]:
    made = client.post("/accounts", json=FORM)
    assert made.status_code == 201, made.text
    return {"authorization": f"Bearer {made.json()['token']}"}


def new_key(client: httpx.Client, token: dict[str, str], **wish: Any) -> dict[str, Any]:
    made = client.post("/accounts/me/keys", headers=token, json={"label": "test", "kind": "any"} | wish)
    assert made.status_code == 201, made.text
    assert made.headers["cache-control"] == "no-store"
    return dict(made.json())


@pytest.mark.parametrize("prefix", ["", f"/{NODE}", f"/{CITY}"])
def test_an_account_is_the_same_below_every_node(client, token, prefix):
    me = client.get(f"{prefix}/accounts/me", headers=token)
    assert me.json()["organisation"] == "示例公司"
    assert me.headers["access-control-allow-origin"] == "*"
    assert client.get(f"{prefix}/usage", headers=token).json()["account"] == me.json()["id"]


def test_a_key_opens_what_needs_one_and_its_use_is_told(client, token):
    assert client.get(TILE).status_code == 401
    key = new_key(client, token)["key"]
    answer = client.get(TILE, params={"tk": key})
    assert (answer.status_code, answer.content) == (200, b"tile")
    used = client.get("/usage", params={"tk": key}).json()["meters"]["tile"]["used"]
    assert used >= 1


def test_a_signed_link_opens_its_file_without_a_key(client, token):
    new_key(client, token)
    href = client.post("/accounts/me/links", headers=token, json={"path": "/data/places/places.parquet"}).json()["href"]
    assert client.get(href).content == b"table" * 1000
    assert client.get(href.replace("places.parquet", "places.pmtiles")).status_code in {401, 403}


def test_a_page_may_call_it(client):
    asked = {"origin": "https://map.test", "access-control-request-method": "DELETE"}
    answer = client.options("/accounts/me/keys/k1", headers=asked)
    assert answer.status_code == 204
    assert "DELETE" in answer.headers["access-control-allow-methods"]
    assert {"authorization", "content-type"} <= set(answer.headers["access-control-allow-headers"].split(", "))
    assert answer.headers["access-control-allow-origin"] == "*"


def test_what_is_not_served_is_said_with_what_is(client):
    assert client.delete("/accounts").headers["allow"] == "OPTIONS, POST"
    assert client.put("/catalog.json").headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.post("/usage").status_code == 405
    assert client.get("/accounts/nothing").json()["code"] == "not-found"
    head = client.head("/usage")
    assert (head.status_code, head.content) == (401, b"")


def test_the_terms_have_an_address_of_their_own(client):
    answer = client.get("/terms")
    assert (answer.status_code, answer.headers["location"]) == (308, "portal/terms.html")
    assert client.get("/terms", follow_redirects=True).text == "<!doctype html>"
    assert client.get(f"/{NODE}/terms", follow_redirects=True).url.path == f"/{NODE}/portal/terms.html"


def test_a_body_without_end_is_read_for_as_long_as_it_could_be_one():
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        assert taken < 100, "memory would fill up until the time is over"
        return {"type": "http.request", "body": bytes(10_000), "more_body": True}

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    assert BODY_BYTES < len(asyncio.run(received._body(request))) <= BODY_BYTES + 10_000


def test_a_body_too_long_is_refused(client):
    answer = client.post("/accounts", content=b"{" + b" " * BODY_BYTES, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(received, "BODY_S", 0.05)
    answer = ask(gateway(MemoryReader({})), "/accounts", "POST", content_length="100")  # and nothing ever comes
    assert (answer.status, answer.document["code"]) == (408, "too-slow")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_client_that_goes_away_while_it_sends_harms_nobody(base):
    with running(base, [NODE]) as server:
        with server.connect() as connection:
            connection.sendall(b"POST /accounts HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            connection.shutdown(socket.SHUT_RDWR)
        time.sleep(0.3)
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        _, _, log = server.stop()
    assert "Traceback" not in log
