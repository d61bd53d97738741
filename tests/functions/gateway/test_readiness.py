"""`/readyz` says which of its checks failed, and is well again when what it looks at is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from gateway_kit import CITY, NODE, Clock, MemoryReader, ask

from tianlake.functions.accounts.snapshot import MEDIA_TYPE, public_key, write_snapshot
from tianlake.functions.accounts.snapshot_keys import EXPIRED_S, RELOAD_S, SnapshotKeys
from tianlake.functions.gateway import readiness
from tianlake.functions.gateway.app import create_app
from tianlake.functions.gateway.front import Accounts
from tianlake.functions.gateway.node import Node
from tianlake.functions.gateway.readiness import KEPT_S, Readiness
from tianlake.lake import keys
from tianlake.lake.errors import StoreError
from tianlake.lake.store import DirectoryStore

SEED = bytes(range(32))
WELL = {"store": "ok", "catalog": "ok"}
LAKE = {"catalog.json": b'{"type":"Catalog"}', "node.json": b"{}"}


class Looked:
    """A `Readiness` over one node, on a clock that a test sets: every look is a second after the one before."""

    def __init__(self, reader: MemoryReader, snapshot: SnapshotKeys | None = None) -> None:
        self.clock = Clock()
        self.readiness = Readiness([Node(NODE, reader)], snapshot, self.clock)

    def __call__(self) -> tuple[int, dict[str, str]]:
        self.clock.now += KEPT_S
        answer = asyncio.run(self.readiness.answer())
        return answer.status_code, json.loads(bytes(answer.body))["checks"]


@pytest.mark.parametrize("broken", [b"{", b"[]", b"\xff", b"", None])
def test_a_catalog_that_cannot_be_read_is_told_until_it_is_well_again(broken):
    reader = MemoryReader(LAKE)
    looked = Looked(reader)
    assert looked() == (200, WELL)
    if broken is None:
        del reader.objects["catalog.json"]
    else:
        reader.objects["catalog.json"] = broken
    assert looked() == (503, WELL | {"catalog": "failed"})
    reader.objects["catalog.json"] = LAKE["catalog.json"]
    assert looked() == (200, WELL)


def test_a_catalog_whose_bytes_do_not_come_is_told_and_one_that_is_being_replaced_is_not():
    reader = MemoryReader(LAKE)
    looked = Looked(reader)
    reader.cut = 0
    assert looked() == (503, WELL | {"catalog": "failed"})
    reader.cut = None
    real, reader.short = LAKE["catalog.json"], 3
    assert looked() == (503, WELL | {"catalog": "failed"}), "cut short on its way"
    reader.short = 0
    assert (looked(), reader.objects["catalog.json"]) == ((200, WELL), real)


def test_a_node_that_publishes_nothing_yet_is_ready():
    assert Looked(MemoryReader({}))() == (200, WELL)


def test_a_store_that_is_away_fails_what_is_in_it():
    reader = MemoryReader(LAKE)
    looked = Looked(reader)
    reader.broken = StoreError("gone")
    assert looked() == (503, {"store": "failed", "catalog": "failed"})
    reader.broken = None
    assert looked() == (200, WELL)


def test_a_store_that_never_answers_is_given_up(monkeypatch):
    class Silent(MemoryReader):
        async def head(self, key):
            await asyncio.sleep(60)
            return await super().head(key)

    monkeypatch.setattr(readiness, "_PATIENCE_S", 0.05)
    assert Looked(Silent(LAKE))() == (503, {"store": "failed", "catalog": "failed"})


def test_a_snapshot_of_keys_that_is_missing_or_expired_is_told_until_a_newer_one_is_installed(tmp_path: Path):
    store, clock = DirectoryStore(tmp_path), Clock()
    clock.now = 1_800_000_000.0

    def sync() -> None:
        store.put(keys.KEYS_SNAPSHOT, write_snapshot([], "156000000", SEED, clock.now), media_type=MEDIA_TYPE)
        clock.now += RELOAD_S

    looked = Looked(MemoryReader(LAKE), SnapshotKeys(store, public_key(SEED), clock))
    assert looked() == (503, WELL | {"keys": "failed"}), "none was ever installed"
    sync()
    assert looked() == (200, WELL | {"keys": "ok"})
    clock.now += EXPIRED_S - RELOAD_S - 1
    assert looked() == (200, WELL | {"keys": "ok"})
    clock.now += 1
    assert looked() == (503, WELL | {"keys": "failed"})
    sync()
    assert looked() == (200, WELL | {"keys": "ok"})
    store.put(keys.KEYS_SNAPSHOT, b"forged", media_type=MEDIA_TYPE)
    clock.now += RELOAD_S
    assert looked() == (200, WELL | {"keys": "ok"}), "the one before is used on"


def test_many_who_ask_at_a_time_cost_no_more_than_one():
    reader = MemoryReader(LAKE)
    looked = Looked(reader)

    async def all_at_once() -> set[int]:
        return {each.status_code for each in await asyncio.gather(*(looked.readiness.answer() for _ in range(50)))}

    assert asyncio.run(all_at_once()) == {200}
    assert (reader.heads, len(reader.streams)) == (["node.json", "catalog.json"], 1)


def test_the_public_learns_names_and_nothing_else(caplog: pytest.LogCaptureFixture, tmp_path: Path):
    reader = MemoryReader(LAKE)
    reader.broken = StoreError("s3://secret-bucket: AccessDenied for arn:aws:iam::1:role/x")
    snapshot = SnapshotKeys(DirectoryStore(tmp_path), public_key(SEED))
    app = create_app({NODE: reader, CITY: MemoryReader(LAKE)}, NODE, Accounts(snapshot=snapshot))
    for path in ("/readyz", f"/{CITY}/readyz"):
        answer = ask(app, path)
        assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.document["code"] == "not-ready"
        assert answer.document["checks"] == {"store": "failed", "catalog": "failed", "keys": "failed"}
        assert not any(each in answer.body for each in (b"secret", b"arn:", str(tmp_path).encode(), b"tianlake keys"))
    assert "arn:aws:iam" in caplog.text, "the operator reads why"
    assert "run: tianlake keys sync" in caplog.text
    assert ask(app, "/healthz").status == 200
