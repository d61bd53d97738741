"""Publish, roll back, withdraw: what a reader of the lake sees at every moment."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import pytest
from lake_kit import PlainDescriber, candidate, desk, document, sealed

from tianlake.lake import keys
from tianlake.lake.errors import ConflictError, LakeError
from tianlake.lake.history import read_history
from tianlake.lake.publishing import Release, publish, rollback, seal, withdraw
from tianlake.lake.store import DirectoryStore


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "lake")


def test_a_release_lists_every_file_with_its_true_hash_and_size(tmp_path: Path, store: DirectoryStore) -> None:
    release = sealed(tmp_path, "one")
    publish(desk(store), release)
    prefix = keys.release_prefix("places", release.manifest.release)
    stored = {info.key.removeprefix(prefix): store.get(info.key)[1] for info in store.list(prefix)}
    manifest = json.loads(stored.pop("manifest.json"))
    assert json.loads(stored.pop("approval.json"))["release"] == release.manifest.release
    assert {each["path"]: (each["sha256"], each["size"]) for each in manifest["files"]} == {
        name: (hashlib.sha256(body).hexdigest(), len(body)) for name, body in stored.items()
    }
    assert set(stored) == {"places.parquet", "quality.json", "items/scene.json"}


def test_the_same_candidate_always_becomes_the_same_release(tmp_path: Path) -> None:
    assert sealed(tmp_path, "one").manifest == sealed(tmp_path, "one").manifest
    assert sealed(tmp_path, "one").manifest.release != sealed(tmp_path, "two").manifest.release


def test_publishing_again_changes_no_object(tmp_path: Path, store: DirectoryStore) -> None:
    release = sealed(tmp_path, "one")
    assert publish(desk(store), release) is True
    before = {info.key: (info.etag, info.modified) for info in store.list()}
    assert publish(desk(store), release) is False
    assert {info.key: (info.etag, info.modified) for info in store.list()} == before


def test_a_candidate_whose_file_changed_after_the_build_is_refused(tmp_path: Path, store: DirectoryStore) -> None:
    folder = tmp_path / "c"
    made = candidate(folder, "one")
    (folder / "places.parquet").write_bytes(b"other")
    with pytest.raises(LakeError, match=r"places\.parquet is not the file that was built"):
        seal(made, folder, desk(store).node, PlainDescriber())


def test_rollback_moves_the_pointer_and_keeps_both_releases(tmp_path: Path, store: DirectoryStore) -> None:
    one, two = sealed(tmp_path, "one"), sealed(tmp_path, "two", built="2026-11-02T00:00:00Z")
    publish(desk(store), one)
    publish(desk(store), two)
    assert rollback(desk(store), "places") == one.manifest.release
    history, _ = read_history(store, "places")
    assert history.current == one.manifest.release
    assert [each.manifest.release for each in history.releases] == [one.manifest.release, two.manifest.release]
    assert document(store, "catalog.json") == {"places": one.manifest.release}
    assert one.manifest.release in store.get("lake.sql")[1].decode()
    assert rollback(desk(store), "places", two.manifest.release) == two.manifest.release


def test_rollback_before_the_first_release_is_refused(tmp_path: Path, store: DirectoryStore) -> None:
    publish(desk(store), sealed(tmp_path, "one"))
    with pytest.raises(LakeError, match="no release before"):
        rollback(desk(store), "places")
    with pytest.raises(LakeError, match="there are: 2026"):
        rollback(desk(store), "places", "20200101T000000Z-00000000")


def test_withdrawing_leaves_tombstones_and_nothing_else_of_the_product(tmp_path: Path, store: DirectoryStore) -> None:
    one, two = sealed(tmp_path, "one"), sealed(tmp_path, "two", built="2026-11-02T00:00:00Z")
    other = sealed(tmp_path, "kept", product="roads")
    for release in (one, two, other):
        publish(desk(store), release)
    gone = withdraw(desk(store), "places", "privacy request")
    assert gone == [one.manifest.release, two.manifest.release]
    left = [info.key for info in store.list() if "places" in info.key]
    assert left == [
        "collections/places/versions.json",
        f"releases/places/{gone[0]}/withdrawn.json",
        f"releases/places/{gone[1]}/withdrawn.json",
    ]
    assert document(store, "catalog.json") == {"roads": other.manifest.release}
    assert b"places" not in store.get("lake.sql")[1]
    assert all(b"one" not in store.get(key)[1] for key in left)


def test_withdrawing_removes_what_an_interrupted_publish_left(tmp_path: Path, store: DirectoryStore) -> None:
    publish(desk(store), sealed(tmp_path, "one"))
    left = "releases/places/20261102T000000Z-0a0a0a0a/places.parquet"
    store.put(left, b"half a release", media_type="application/vnd.apache.parquet")
    assert "20261102T000000Z-0a0a0a0a" in withdraw(desk(store), "places", "privacy request")
    assert left not in [info.key for info in store.list()]


def test_a_withdrawn_release_cannot_be_published_again(tmp_path: Path, store: DirectoryStore) -> None:
    release = sealed(tmp_path, "one")
    publish(desk(store), release)
    withdraw(desk(store), "places", "wrong boundary")
    with pytest.raises(LakeError, match=r"was withdrawn.*--force"):
        publish(desk(store), release)
    later = sealed(tmp_path, "one", built="2026-11-03T00:00:00Z")
    assert publish(desk(store), later) is True


def test_withdrawing_what_was_never_published_is_refused(store: DirectoryStore) -> None:
    with pytest.raises(LakeError, match="nothing is published"):
        withdraw(desk(store), "places", "why not")


class Recorder(DirectoryStore):
    """A store that remembers the order of writes."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.written: list[str] = []

    def put(self, key, body, **options):
        self.written.append(key)
        return super().put(key, body, **options)


def test_everything_the_pointer_leads_to_is_written_before_it(tmp_path: Path) -> None:
    store = Recorder(tmp_path / "lake")
    release = sealed(tmp_path, "one")
    publish(desk(store), release)
    name = release.manifest.release
    written = [key for key in store.written if not key.startswith("private/audit/")]
    pointer = written.index("collections/places/collection.json")
    assert written[pointer - 3 : pointer] == [
        f"releases/places/{name}/manifest.json",
        f"releases/places/{name}/approval.json",
        f"collections/places/{name}/scene.json",
    ]
    assert all(key.startswith(f"releases/places/{name}/") for key in store.written[: pointer - 1])


def test_items_of_a_release_on_its_way_are_left_alone_by_others(tmp_path: Path, store: DirectoryStore) -> None:
    one, two = sealed(tmp_path, "one"), sealed(tmp_path, "two", built="2026-11-02T00:00:00Z")
    publish(desk(store), one)
    coming = f"collections/places/{two.manifest.release}/scene.json"
    store.put(coming, b"{}", media_type="application/json")
    publish(desk(store), sealed(tmp_path, "other", product="roads"))
    assert store.get(coming)[1] == b"{}"
    publish(desk(store), two)
    left = [info.key for info in store.list("collections/places/2")]
    assert left == [coming], "the items of the release before are gone"


class Rival(DirectoryStore):
    """A store in which another publisher moves the pointer just before ours does."""

    def __init__(self, root: Path, rival: Release) -> None:
        super().__init__(root)
        self.rival: Release | None = rival
        self.plain = DirectoryStore(root)

    def put(self, key, body, **options):
        if key == keys.pointer("places") and self.rival is not None:
            rival, self.rival = self.rival, None
            publish(desk(self.plain), rival)
        return super().put(key, body, **options)


def test_of_two_publishers_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    first, rival = sealed(tmp_path, "one"), sealed(tmp_path, "two", built="2026-11-02T00:00:00Z")
    mine = sealed(tmp_path, "three", built="2026-11-03T00:00:00Z")
    root = tmp_path / "lake"
    publish(desk(DirectoryStore(root)), first)
    with pytest.raises(ConflictError, match="another publisher moved the pointer"):
        publish(desk(Rival(root, rival)), mine)
    store = DirectoryStore(root)
    history, _ = read_history(store, "places")
    assert history.current == rival.manifest.release
    assert len(history.releases) == 3, "the loser's release is in the lake, complete, and nobody's pointer"
    publish(desk(store), mine)
    assert read_history(store, "places")[0].current == mine.manifest.release


def test_publishers_of_different_products_all_end_up_in_the_catalog(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    products = [f"product-{number}" for number in range(6)]
    releases = {product: sealed(tmp_path, product, product=product) for product in products}
    failures: list[BaseException] = []

    def run(product: str) -> None:
        try:
            publish(desk(DirectoryStore(root)), releases[product])
        except BaseException as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=run, args=(product,)) for product in products]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    store = DirectoryStore(root)
    assert document(store, "catalog.json") == {name: each.manifest.release for name, each in releases.items()}


@pytest.mark.parametrize("command", ["publish another", "withdraw again"])
def test_an_interrupted_withdrawal_is_finished_by_the_next_command(
    tmp_path: Path, store: DirectoryStore, command: str
) -> None:
    one = sealed(tmp_path, "one")
    publish(desk(store), one)
    stone = {"release": one.manifest.release, "withdrawn": "2026-11-05T00:00:00Z", "reason": "privacy"}
    key = keys.release_file("places", one.manifest.release, keys.TOMBSTONE)
    store.delete(keys.pointer("places"))
    store.put(key, json.dumps(stone).encode(), media_type="application/json")
    if command == "withdraw again":
        assert withdraw(desk(store), "places", "privacy") == []
    else:
        publish(desk(store), sealed(tmp_path, "other", product="roads"))
    assert [info.key for info in store.list("releases/places/")] == [key]
    assert "places" not in document(store, "catalog.json")
