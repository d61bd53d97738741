"""Publishing where something is wrong: foreign files, damaged pointers, wrong clocks, withdrawals meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lake_kit import PlainDescriber, desk, document, sealed

from tianlake.lake import keys, verified
from tianlake.lake.describe import Document
from tianlake.lake.errors import LakeError
from tianlake.lake.history import read_history
from tianlake.lake.nodes import Organisation
from tianlake.lake.publishing import publish, rollback, withdraw
from tianlake.lake.records import dump_json
from tianlake.lake.store import DirectoryStore, ObjectInfo


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "lake")


def test_bytes_that_were_changed_after_the_gate_looked_are_not_let_out(
    tmp_path: Path, store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = sealed(tmp_path, "one")
    put = DirectoryStore.put

    def slow(self: DirectoryStore, key: str, body: bytes | Path, **more: Any) -> ObjectInfo:
        if isinstance(body, Path):
            body.write_bytes(b"what nobody reviewed")
        return put(self, key, body, **more)

    monkeypatch.setattr(DirectoryStore, "put", slow)
    with pytest.raises(LakeError, match=r"places\.parquet: its file changed while it was sent"):
        publish(desk(store), release)
    left = {info.key.rpartition("/")[2] for info in store.list() if not info.key.startswith("private/")}
    assert left == {"scene.json"}, "neither the file nor a manifest that lists it"


@pytest.mark.parametrize("key", ["releases/.DS_Store", "releases/places/notes.txt", "releases/places/old/x.json"])
def test_what_others_put_beside_releases_is_left_alone(tmp_path: Path, store: DirectoryStore, key: str) -> None:
    store.put(key, b"1", media_type="text/plain")
    release = sealed(tmp_path, "one")
    publish(desk(store), release)
    assert document(store, "catalog.json") == {"places": release.manifest.release}
    assert store.get(key)[1] == b"1"
    assert [info.key for info in store.list("collections/") if "places/" not in info.key] == []


def test_a_damaged_pointer_is_named_and_can_be_withdrawn(tmp_path: Path, store: DirectoryStore) -> None:
    release = sealed(tmp_path, "one")
    publish(desk(store), release)
    store.put(keys.pointer("places"), b"{", media_type="application/json")
    with pytest.raises(LakeError, match=r"^collections/places/collection\.json: version: .*; remove it and publish"):
        publish(desk(store), release)
    assert withdraw(desk(store), "places", "privacy request") == [release.manifest.release]
    assert document(store, "catalog.json") == {}


def test_a_removed_pointer_is_made_anew(tmp_path: Path, store: DirectoryStore) -> None:
    release = sealed(tmp_path, "one")
    publish(desk(store), release)
    store.delete(keys.pointer("places"))
    assert publish(desk(store), release) is True
    assert read_history(store, "places")[0].current == release.manifest.release


def test_a_release_older_than_the_current_one_is_published_with_a_warning(
    tmp_path: Path, store: DirectoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    late, early = sealed(tmp_path, "late", built="2030-01-01T00:00:00Z"), sealed(tmp_path, "early")
    publish(desk(store), late)
    assert not caplog.records
    assert publish(desk(store), early) is True
    assert "was built before the current one" in caplog.text
    with pytest.raises(LakeError, match=rf"there are: .*{late.manifest.release}; name one with --to"):
        rollback(desk(store), "places")


def test_a_withdrawal_needs_a_reason(tmp_path: Path, store: DirectoryStore) -> None:
    release = sealed(tmp_path, "one")
    publish(desk(store), release)
    with pytest.raises(LakeError, match="reason"):
        withdraw(desk(store), "places", " ")
    assert read_history(store, "places")[0].current == release.manifest.release


class NamingDescriber(PlainDescriber):
    """A describer whose pointer speaks of the node, as a STAC Collection names its host."""

    def pointer(self, node, history):
        document = json.loads(super().pointer(node, history).body)
        return Document(dump_json({**document, "host": node.settings.operator.name}), "application/json")


def test_new_settings_of_the_node_reach_the_collections_of_its_products(tmp_path: Path, store: DirectoryStore) -> None:
    plain, release = replace(desk(store), describer=NamingDescriber()), sealed(tmp_path, "one")
    publish(plain, release)
    before = json.loads(store.get(keys.pointer("places"))[1])
    other = replace(plain.node, settings=replace(plain.node.settings, operator=Organisation("Other")))
    assert publish(replace(plain, node=other), release) is False
    assert document(store, keys.pointer("places")) == {**before, "host": "Other"}


def test_a_pointer_to_a_withdrawn_release_is_removed_by_the_next_command(tmp_path: Path, store: DirectoryStore) -> None:
    release = sealed(tmp_path, "one")
    publish(desk(store), release)
    stone = {"release": release.manifest.release, "withdrawn": "2026-11-05T00:00:00Z", "reason": "privacy"}
    key = keys.release_file("places", release.manifest.release, keys.TOMBSTONE)
    store.put(key, json.dumps(stone).encode(), media_type="application/json")
    publish(desk(store), sealed(tmp_path, "other", product="roads"))
    assert read_history(store, "places")[0].current is None
    assert [info.key for info in store.list("releases/places/")] == [key]


class Withdrawn(DirectoryStore):
    """A store in which somebody withdraws the release while it is being sent."""

    def put(self, key, body, **options):
        info = super().put(key, body, **options)
        if key.endswith(f"/{keys.MANIFEST}"):
            withdraw(desk(DirectoryStore(self._root)), "places", "privacy request")
        return info


def test_a_release_withdrawn_while_it_is_sent_is_not_made_current(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="was withdrawn"):
        publish(desk(Withdrawn(tmp_path / "lake")), sealed(tmp_path, "one"))
    assert read_history(DirectoryStore(tmp_path / "lake"), "places")[0].current is None


def test_what_arrived_before_is_compared_piece_by_piece(
    tmp_path: Path, store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verified, "STEP_BYTES", 7)
    release = sealed(tmp_path, "one")
    key = keys.release_file("places", release.manifest.release, "places.parquet")
    body = (tmp_path / "candidate-places-one/places.parquet").read_bytes()
    store.put(key, body[:-1] + b"!", media_type="application/vnd.apache.parquet")
    with pytest.raises(LakeError, match="is in the lake with other bytes"):
        publish(desk(store), release)
    store.put(key, body, media_type="application/vnd.apache.parquet")
    assert publish(desk(store), release) is True
