"""The table of admission, every row of it through the gateway."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import cast

import pytest
from admission_kit import KEYS, PRODUCTS, RELEASE, RULES, SECRET, SK, Accounts, Clock
from admission_rows import STATUSES, TABLE, Row
from archive_kit import one_tile
from gateway_kit import ANSWERING, CARD, NODE, MemoryReader, ask, gateway_of, pointer, release

from tianlake.functions.accounts.ports import AccountStore
from tianlake.functions.gateway.front import Accounts as Having
from tianlake.functions.gateway.node import Node
from tianlake.lake.terms import default_terms


class Store(Accounts):
    """Accounts in memory, with the one secret that links are signed with."""

    def secret(self, name: str) -> bytes:
        return SECRET


@pytest.fixture(scope="module")
def objects(archive):
    """The lake of the table: every product with an archive that has one tile, a table, and its documents."""
    terms = replace(default_terms(), version=RULES.terms or "").document()
    found = {"catalog.json": b"{}", "terms.json": json.dumps(terms).encode()}
    for product, access in PRODUCTS.items():
        files = {
            f"{product}.pmtiles": archive,
            f"{product}.parquet": b"table" * 100,
            "quality.html": b"<!doctype html>",
        }
        card = replace(CARD, id=product, access=access)
        found |= release(RELEASE, {**files, "thumbnail.png": b"png"}, card=card) | pointer(RELEASE, product)
    return found


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return one_tile(tmp_path_factory.mktemp("one"))


def through(objects, row: Row, *, strict: bool = False):
    """Send a row to a gateway that nobody asked before; return what it answers and what it counted that on."""
    store = Store()
    having = Having(cast("AccountStore", store), strict=strict)
    app = gateway_of({NODE: Node(NODE, MemoryReader(objects))}, having, Clock(), ANSWERING)
    headers = {name.replace("-", "_"): value for name, value in row.headers.items()}
    path = f"{row.path}?{row.query}" if row.query else row.path
    return ask(app, path, row.method, client=row.client, **headers), store


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_the_gateway_answers_as_the_table_says(objects, row):
    answer, store = through(objects, row)
    counted = {each.account.partition("-")[0] for each in store.asks}
    if row.code is None:
        assert answer.status == 200, answer.document
        assert counted == ({row.account} if row.account else set())
        assert ("ratelimit-remaining" in answer.headers) == bool(row.account)
        return
    assert (answer.status, answer.document["code"]) == (STATUSES[row.code][0], row.code)
    assert not counted
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
    assert not any(secret.encode() in answer.body for secret in (*KEYS.values(), SK, SECRET.hex()))


@pytest.mark.parametrize("row", [row for row in TABLE if row.code], ids=str)
def test_a_strict_gateway_answers_as_todays_interface(objects, row):
    answer, _ = through(objects, row, strict=True)
    assert (answer.status, answer.document["code"]) == STATUSES[row.code][1:]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
