"""Keys of the national node at a province's gateway: valid by snapshot, ended by the next one, old ones told."""

from __future__ import annotations

import json
from dataclasses import replace

from bureau_kit import NOW, Bureau
from gateway_kit import CARD, NODE, RELEASE_1, MemoryReader, ask, gateway_of, pointer, release

from tianlake.functions.accounts.snapshot import public_key, write_snapshot
from tianlake.functions.accounts.snapshot_keys import SnapshotKeys, install
from tianlake.functions.accounts.sqlite import SqliteAccounts
from tianlake.functions.gateway.front import Accounts
from tianlake.functions.gateway.node import Node
from tianlake.lake.store import DirectoryStore
from tianlake.lake.terms import default_terms

PATH = "/data/places/places.parquet"


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


def test_newer_terms_of_a_province_do_not_end_keys_of_the_nation(tmp_path):
    (tmp_path / "nation").mkdir()
    nation, clock = Bureau(tmp_path / "nation"), Clock()
    made = nation.key(nation.register())
    bucket = DirectoryStore(tmp_path / "province")
    seed = nation.store.secret("snapshot-signing")
    install(bucket, write_snapshot(nation.store.keys(), "156000000", seed, NOW), public_key(seed), NOW, name="x")
    newer = replace(default_terms(), version="2090-01-01", grace_days=0)
    lake = release(RELEASE_1, {"places.parquet": b"PAR1"}, card=replace(CARD, access="key")) | pointer(RELEASE_1)
    lake |= {"terms.json": json.dumps(newer.document()).encode()}
    ledger = SqliteAccounts(tmp_path / "province.sqlite")
    accounts = Accounts(ledger, SnapshotKeys(bucket, public_key(seed), clock), "https://map.example")
    province = gateway_of({NODE: Node(NODE, MemoryReader(lake), clock)}, accounts, clock)
    clock.now += 200 * 365 * 86_400
    assert ask(province, f"{PATH}?tk={made['key']}").status == 200, "they could not be accepted here"
    ledger.close()


def test_a_key_of_the_nation_opens_a_province_until_the_snapshot_after_its_end(tmp_path):
    (tmp_path / "nation").mkdir()
    nation, clock = Bureau(tmp_path / "nation"), Clock()
    token = nation.register()
    made = nation.key(token)
    seed = nation.store.secret("snapshot-signing")
    bucket = DirectoryStore(tmp_path / "province")

    def sync() -> None:
        data = write_snapshot(nation.store.keys(), "156000000", seed, clock.now)
        install(bucket, data, public_key(seed), clock.now, name="x")

    lake = release(RELEASE_1, {"places.parquet": b"PAR1"}, card=replace(CARD, access="key")) | pointer(RELEASE_1)
    snapshot = SnapshotKeys(bucket, public_key(seed), clock)
    ledger = SqliteAccounts(tmp_path / "province.sqlite")
    accounts = Accounts(ledger, snapshot, "https://map.example")
    province = gateway_of({NODE: Node(NODE, MemoryReader(lake), clock)}, accounts, clock)

    def status(query: str = f"?tk={made['key']}") -> int:
        return ask(province, PATH + query).status

    assert (status(""), status()) == (401, 503), "no snapshot yet: whether the key is good cannot be said"
    sync()
    clock.now += 31
    assert (status(), status("?tk=" + "0" * 32)) == (200, 403)
    nation.ask("DELETE", f"/accounts/me/keys/{made['id']}", token=token)
    clock.now += 3600
    assert status() == 200, "a revocation arrives with the next snapshot"
    sync()
    clock.now += 61
    refused = ask(province, f"{PATH}?tk={made['key']}")
    assert (refused.status, json.loads(refused.body)["code"]) == (403, "key-revoked")
    usage = json.loads(ask(province, f"/usage?tk={nation.key(token)['key']}").body)
    assert usage["code"] == "key-unknown", "a key that was made since is not known yet"
    mine = json.loads(ask(province, "/accounts/me", authorization=f"Bearer {token}").body)
    assert mine["code"] == "accounts-elsewhere"
    ledger.close()
