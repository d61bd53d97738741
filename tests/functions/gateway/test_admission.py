"""Admission as the gateway does it: what is charged, what caches may keep, and what is never repeated."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import cast

import pytest
from admission_kit import KEYS, Accounts, Clock, policy_with
from gateway_kit import (
    CARD,
    NODE,
    RELEASE_1,
    RELEASE_2,
    MemoryReader,
    ask,
    ask_async,
    gateway_of,
    pointer,
    quotas,
    release,
)

from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.admission.leases import Ask, Lease, Spent
from tianlake.functions.gateway.app import Gateway
from tianlake.functions.gateway.front import Accounts as Having
from tianlake.functions.gateway.node import Node
from tianlake.lake.plain import Access

BODY = bytes(range(256)) * 4000
FILES = {"places.parquet": BODY, "places.pmtiles": b"archive", "quality.json": b"{}", "styles/default.json": b"{}"}
TABLE = "/data/places/places.parquet"
PLAIN = KEYS["plain"]
EVERYWHERE = [TABLE, f"/releases/places/{RELEASE_1}/places.parquet", "/tiles/places.pmtiles"]


class Store(Accounts):
    """Accounts in memory that can be made to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def secret(self, name: str) -> bytes:
        return name.encode().ljust(32)

    def take(self, ask: Ask, now: float) -> Lease | Spent:
        self.gate.wait(5)
        return super().take(ask, now)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def reader():
    return lake("key")


def lake(access: Access) -> MemoryReader:
    objects = release(RELEASE_1, FILES, card=replace(CARD, access=access)) | pointer(RELEASE_1)
    return MemoryReader({"catalog.json": b"{}"} | objects)


def app_of(reader: MemoryReader, store: Store, clock: Clock | None = None) -> Gateway:
    clock = clock or Clock()
    return gateway_of({NODE: Node(NODE, reader, clock)}, Having(cast("AccountStore", store)), clock)


def charged(store: Store) -> int:
    """Return the bytes that were taken from the account's day and not given back."""
    return sum(held.granted for (_, meter), held in store.held.items() if meter == "bytes")


@pytest.mark.parametrize(
    ("request_", "status", "size"),
    [
        ((TABLE, "GET", {}), 200, len(BODY)),
        ((TABLE, "GET", {"range": "bytes=0-99"}), 206, 100),
        ((TABLE, "GET", {"range": f"bytes={len(BODY) - 5}-999999999"}), 206, 5),
        ((TABLE, "HEAD", {}), 200, 0),
        ((TABLE, "HEAD", {"range": "bytes=0-99"}), 206, 0),
        ((TABLE, "GET", {"if_none_match": "*"}), 304, 0),
        ((TABLE, "GET", {"if_none_match": "*", "range": "bytes=0-99"}), 304, 0),
        ((TABLE, "GET", {"if_match": '"x"'}), 412, 0),
        ((TABLE, "GET", {"range": "bytes=999999999-"}), 416, 0),
        (("/data/places/nothing.parquet", "GET", {}), 404, 0),
        (("/data/places/quality.json", "GET", {}), 200, 0),
    ],
)
def test_bytes_are_charged_as_they_are_sent(reader, store, request_, status, size):
    path, method, fields = request_
    app = app_of(reader, store)
    assert ask(app, path, method, x_api_key=KEYS["pro"], **fields).status == status
    asyncio.run(app._front.close())  # what is not spent goes back
    assert charged(store) == size


@pytest.mark.parametrize("behind_proxy", [True, False])
@pytest.mark.parametrize(
    ("sending", "size"),
    [
        ("bytes=0-", len(BODY)),
        ("bytes=0-99", 100),
        ("bytes=-5", 5),
        ("bytes=0-0,2-2", len(BODY)),
        ("bytes=999999999-", 0),
    ],
)
def test_a_proxy_that_keeps_files_says_what_it_sends_and_no_client_does(reader, store, sending, size, behind_proxy):
    having = Having(cast("AccountStore", store))
    app = gateway_of({NODE: Node(NODE, reader, Clock())}, having, Clock(), behind_proxy=behind_proxy)
    answer = ask(app, TABLE, "HEAD", x_api_key=KEYS["pro"], tianlake_sending=sending)
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, str(len(BODY)), b"")
    asyncio.run(app._front.close())
    assert charged(store) == (size if behind_proxy else 0)


@pytest.mark.parametrize("path", EVERYWHERE)
def test_only_a_browser_keeps_what_needs_a_key(reader, store, path):
    answer = ask(app_of(reader, store), path, x_api_key=KEYS["pro"])
    assert answer.status == 200
    assert answer.headers["cache-control"].startswith("private, max-age=")
    assert answer.headers["vary"] == "authorization, x-api-key"
    free = ask(app_of(lake("open"), store), path)
    assert free.headers["cache-control"] == answer.headers["cache-control"].replace("private", "public")
    assert "vary" not in free.headers


@pytest.mark.parametrize("path", ["/data/places/quality.json", "/collections/places/collection.json", "/catalog.json"])
def test_what_describes_a_product_may_be_kept_by_all(reader, store, path):
    answer = ask(app_of(reader, store), path, x_api_key="not even a key")
    assert (answer.status, answer.headers["cache-control"][:6]) == (200, "public")
    assert not store.finds
    assert not store.asks


@pytest.mark.parametrize(
    "path", [*EVERYWHERE, "/data/places/quality.json", "/collections/places/collection.json", "/tiles/places.json"]
)
def test_an_internal_product_is_not_there(store, path):
    app = app_of(lake("internal"), store)
    for headers in ({}, {"x_api_key": KEYS["pro"]}):
        answer = ask(app, path, **headers)
        assert (answer.status, answer.document["code"]) == (404, "not-found")
    assert not store.asks


def test_documents_of_a_withdrawn_product_stay(reader, store):
    versions = "collections/places/versions.json"
    del reader.objects["collections/places/collection.json"]
    reader.objects[versions] = b"{}"
    app = app_of(reader, store)
    assert ask(app, f"/{versions}").status == 200
    assert ask(app, EVERYWHERE[1], x_api_key=KEYS["pro"]).status == 404


def test_the_access_of_the_current_release_holds_for_all(reader, store):
    clock = Clock()
    app = app_of(reader, store, clock)
    assert ask(app, EVERYWHERE[1]).status == 401
    reader.objects |= release(RELEASE_2, FILES, card=CARD) | pointer(RELEASE_2)
    clock.now += 1
    assert ask(app, EVERYWHERE[1]).status == 200


def test_many_who_come_at_once_ask_the_store_once(reader, store):
    async def rush():
        app = app_of(reader, store)
        await ask_async(app, "/catalog.json")
        return await asyncio.gather(*(ask_async(app, TABLE, "HEAD", x_api_key=KEYS["pro"]) for _ in range(200)))

    assert {answer.status for answer in asyncio.run(rush())} == {200}
    assert len(store.finds) == 1
    assert len(store.asks) <= 4


def test_a_client_that_goes_takes_nothing_from_those_who_wait(reader, store):
    async def rush():
        app = app_of(reader, store)
        store.gate.clear()
        first, *others = (asyncio.create_task(ask_async(app, TABLE, "HEAD", x_api_key=KEYS["pro"])) for _ in range(5))
        await asyncio.sleep(0.1)  # the first waits for the store, the others for it
        first.cancel()
        store.gate.set()
        return await asyncio.gather(*others)

    assert {answer.status for answer in asyncio.run(rush())} == {200}


def test_too_much_is_429_and_says_when_to_come_back(reader, store):
    reader.objects |= quotas(policy_with("data", per_second=1, burst=3, slice=1))
    clock = Clock()
    app = app_of(reader, store, clock)
    seen = [ask(app, "/tiles/places.pmtiles", x_api_key=PLAIN).status for _ in range(4)]
    assert seen == [200, 200, 200, 429]
    answer = ask(app, "/tiles/places.pmtiles", x_api_key=PLAIN)
    assert answer.document["code"] == "too-fast"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["ratelimit-remaining"] == "0"
    clock.now += int(answer.headers["retry-after"])
    assert ask(app, "/tiles/places.pmtiles", x_api_key=PLAIN).status == 200


def test_a_warning_comes_before_the_end_and_pages_may_read_it(reader, store):
    reader.objects |= quotas(policy_with("data", per_day=10, slice=1))
    app = app_of(reader, store)
    answers = [ask(app, "/tiles/places.pmtiles", x_api_key=PLAIN) for _ in range(11)]
    assert [each.status for each in answers] == [200] * 10 + [429]
    warned = ["tianlake-quota-warning" in each.headers for each in answers]
    assert warned == [False] * 7 + [True] * 3 + [False]
    assert "Tianlake-Quota-Warning" in answers[0].headers["access-control-expose-headers"]
    assert answers[-1].document["code"] == "day-used-up"


def test_bytes_that_are_used_up_are_not_sent(reader, store):
    reader.objects |= quotas(policy_with("bytes", tier="professional", per_day=len(BODY) + 10, slice=len(BODY)))
    app = app_of(reader, store)
    assert len(ask(app, TABLE, x_api_key=KEYS["pro"]).body) == len(BODY)
    answer = ask(app, TABLE, x_api_key=KEYS["pro"])
    assert (answer.status, answer.document["code"]) == (429, "day-used-up")


def test_a_revoked_key_ends_within_a_minute(reader, store):
    clock = Clock()
    app = app_of(reader, store, clock)
    assert ask(app, "/tiles/places.pmtiles", x_api_key=PLAIN).status == 200
    [record] = [each for each in store.records.values() if each.id == "plain"]
    store.records[record.digest] = replace(record, state="revoked")
    ended = clock.now + 60
    while ask(app, "/tiles/places.pmtiles", x_api_key=PLAIN).status == 200:
        assert clock.now < ended
        clock.now += 1
    assert ask(app, "/tiles/places.pmtiles", x_api_key=PLAIN).document["code"] == "key-revoked"


def test_what_was_leased_is_given_back_when_the_server_stops(reader, store):
    app = app_of(reader, store)
    ask(app, TABLE, "HEAD", x_api_key=KEYS["pro"])
    assert store.held["apro", "data"].granted > 1

    async def live():
        told = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
        sent = []

        async def receive():
            return next(told)

        async def send(message):
            sent.append(message["type"])

        await app({"type": "lifespan"}, receive, send)
        return sent

    assert asyncio.run(live()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert store.held["apro", "data"].granted == 1


def test_while_the_account_store_fails_what_is_open_stays_open(reader, store, caplog):
    app, free = app_of(reader, store), app_of(lake("open"), store)
    assert ask(app, "/tiles/places.pmtiles", x_api_key=PLAIN).status == 200
    store.down = True
    seen = [ask(app, "/tiles/places.pmtiles", x_api_key=PLAIN) for _ in range(200)]
    assert seen[0].status == 200, "what was leased is served"
    assert (seen[-1].status, seen[-1].document["code"]) == (503, "store-unavailable")
    assert seen[-1].headers["retry-after"] == "2"
    assert seen[-1].headers["access-control-allow-origin"] == "*"
    assert {ask(free, TABLE, "HEAD").status for _ in range(200)} == {200}
    assert ask(free, "/readyz").status == 200, "a server that serves what is open is ready"
    assert "counted by this worker alone" in caplog.text
