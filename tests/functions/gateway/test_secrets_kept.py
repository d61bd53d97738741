"""Keys are in no log line of any level, in no exception that is logged, and in no answer that did not get them."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import cast

import httpx
import pytest
from admission_kit import KEYS, SK, Accounts, Clock
from archive_kit import one_tile
from gateway_kit import CARD, NODE, RELEASE_1, MemoryReader, ask_async, gateway_of, pointer, release
from issue_kit import issue
from server_kit import running, write

from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.gateway import received
from tianlake.functions.gateway.app import Gateway
from tianlake.functions.gateway.front import Accounts as Having
from tianlake.functions.gateway.node import Node
from tianlake.lake.errors import ConflictError, StoreError

NOBODY, PLAIN, SECOND = KEYS["nobody"], KEYS["plain"], KEYS["second"]
TOKEN = "t" + NOBODY + "12345678"
SECRETS = (NOBODY, PLAIN, SECOND, SK, TOKEN)

WAYS = [
    *(("GET", f"?tk={key}", {}) for key in (PLAIN, NOBODY, NOBODY[:-1], f"{NOBODY}%00", f"%e5{PLAIN}")),
    ("GET", f"?tk={PLAIN}&TK={NOBODY}", {}),
    ("GET", f"?tk={SECOND}&sk={SK}", {}),
    ("GET", f"?expires=1&key=2&signature={PLAIN}", {}),
    ("GET", "", {"x_api_key": PLAIN}),
    ("GET", "", {"authorization": f"Bearer {NOBODY}"}),
    ("GET", "", {"x_api_key": f"{PLAIN}\xff"}),
    ("GET", f"?tk={PLAIN}", {"referer": f"https://map.test/?tk={NOBODY}", "origin": f"https://{NOBODY}.test"}),
    ("GET", f"?tk={KEYS['page']}", {"referer": f"https://map.test/?tk={KEYS['page']}"}),
    ("HEAD", f"?tk={PLAIN}", {}),
    ("OPTIONS", f"?tk={PLAIN}", {}),
    ("PUT", f"?tk={PLAIN}", {}),
]
PATHS = [
    "/tiles/places/0/0/0.mvt",
    "/tiles/places.pmtiles",
    "/data/places/nothing.parquet",
    f"/releases/places/{RELEASE_1}/places.parquet",
    "/tiles/places.json",
    "/vec_w/wmts",
    "/DataServer",
    "/nothing",
    "/accounts/me",
    "/usage",
]
FAULTS = [None, StoreError("gone"), ConflictError("changed"), RuntimeError("broken")]


class Store(Accounts):
    def secret(self, name: str) -> bytes:
        return name.encode().ljust(32)


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    files = {"places.pmtiles": one_tile(tmp_path_factory.mktemp("one")), "places.parquet": bytes(500_000)}
    return release(RELEASE_1, files, card=CARD) | pointer(RELEASE_1) | {"node.json": b"{}"}


async def every_answer(app: Gateway) -> list[tuple[str, str, str]]:
    """Ask in every way; return what was asked for and what came back, whole."""
    found = []
    for path in PATHS:
        for method, query, headers in WAYS:
            answer = await ask_async(app, path + query, method, **headers)
            found.append((path, query, answer.body.decode("latin-1") + json.dumps(answer.headers)))
    return found


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@pytest.mark.parametrize("down", [False, True], ids=["accounts", "no accounts"])
def test_whatever_goes_wrong_no_key_is_logged_or_repeated(objects, fault, down, caplog, monkeypatch):
    monkeypatch.setattr(received, "BODY_S", 0.01)  # no body ever comes
    caplog.set_level(logging.DEBUG)
    store, reader = Store(), MemoryReader(objects)
    app = gateway_of({NODE: Node(NODE, reader)}, Having(cast("AccountStore", store)), Clock())
    store.down, reader.broken = down, fault
    for path, query, said in asyncio.run(every_answer(app)):
        repeated = [secret for secret in SECRETS if secret in said]
        if repeated and '"tilejson"' in said:  # it carries the key on, to this client alone
            assert '"private, no-store"' in said
        else:
            assert not repeated, (path, query, said)
    logged = "\n".join(f"{record.getMessage()} {record.exc_text} {record.__dict__}" for record in caplog.records)
    assert not [secret for secret in SECRETS if secret.lower() in (caplog.text + logged).lower()]
    assert fault is None or caplog.records, "there was nothing to be logged"


def test_a_process_logs_no_key_however_its_answer_ends(tmp_path, objects):
    write(tmp_path / "lake" / NODE, objects)
    issue(tmp_path, PLAIN)
    with running(tmp_path, [NODE]) as server:
        for key in (PLAIN, NOBODY):
            for path in PATHS:
                httpx.get(f"{server.url}{path}", params={"tk": key})
                httpx.get(f"{server.url}{path}", headers={"authorization": f"Bearer {key}"})
            server.raw(f"GET /nothing?tk={key} HTTP/9\r\nHost: x\r\n\r\n".encode())
            server.raw(f"GET /nothing?tk={key} HTTP/1.1\r\nX-Api-Key: {key}\r\n folded\r\n\r\n".encode())
        with server.connect() as connection:
            request = f"GET /releases/places/{RELEASE_1}/places.parquet?tk={PLAIN} HTTP/1.1\r\nHost: x\r\n\r\n"
            connection.sendall(request.encode())
            connection.recv(100)
        _, printed, log = server.stop()
    assert log
    assert not [secret for secret in SECRETS if secret in printed + log]
