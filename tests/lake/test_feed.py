"""The feeds of a node, read by feedparser and by the rules of JSON Feed 1.1."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID
from xml.etree import ElementTree as ET

import feedparser
import pytest
from lake_kit import NODE, PlainDescriber, candidate, desk

from tianlake.lake.derived import Desk, refresh
from tianlake.lake.feed import ENTRIES, feed_documents, feed_entries
from tianlake.lake.history import known_products, read_history
from tianlake.lake.nodes import NodeCard
from tianlake.lake.publishing import Release, publish, rollback, seal, withdraw
from tianlake.lake.releases import PARQUET, Asset, Changes
from tianlake.lake.store import DirectoryStore, media_type_of
from tianlake.lake.words import Text

ADDRESSED = replace(NODE, settings=replace(NODE.settings, url="https://example.org/hebei"))


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "lake")


@pytest.fixture
def send(store: DirectoryStore, tmp_path: Path) -> Callable[..., str]:
    """Return what publishes a release with a marker; later ones carry changes."""

    def act(marker: str, built: str, product: str = "places", base: str | None = None) -> str:
        folder = tmp_path / f"{product}-{marker}"
        made = candidate(folder, marker, product=product, built=built)
        if base:
            (folder / "changes.parquet").write_bytes(b"not read here")
            made = replace(made, changes=Changes(base, 1, 2, 3, 4, 5), assets=(*made.assets, changes_asset(folder)))
        release: Release = seal(made, folder, NODE, PlainDescriber())
        publish(desk(store), release)
        return release.manifest.release

    return act


def changes_asset(folder: Path) -> Asset:
    body = (folder / "changes.parquet").read_bytes()
    digest = hashlib.sha256(body).hexdigest()
    return Asset("changes.parquet", "metadata", PARQUET, digest, len(body), Text("变化", "Changes"))


def feeds(store: DirectoryStore) -> tuple[dict[str, Any], Any]:
    """Return both feeds as they lie in the store: the JSON document, and what feedparser makes of the other."""
    atom = feedparser.parse(store.get("feed.atom")[1])
    assert not atom.bozo
    assert atom.version == "atom10"
    return json.loads(store.get("feed.json")[1]), atom


def check_json_feed(feed: dict[str, Any]) -> None:
    """Hold a document to https://www.jsonfeed.org/version/1.1/: members that must be there, and types of all."""
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    top = {"version", "title", "home_page_url", "feed_url", "description", "language", "authors", "items"}
    assert feed.keys() <= top
    assert isinstance(feed["title"], str)
    assert all(author.keys() & {"name", "url", "avatar"} for author in feed["authors"])
    ids = [item["id"] for item in feed["items"]]
    assert len(ids) == len(set(ids))
    for item in feed["items"]:
        known = {"id", "url", "title", "content_text", "date_published", "tags", "attachments"}
        assert all(name in known or name.startswith("_") for name in item)
        assert {"id", "content_text"} <= item.keys()
        assert datetime.fromisoformat(item["date_published"]).tzinfo == UTC
        assert all(isinstance(tag, str) for tag in item["tags"])
        for each in item.get("attachments", []):
            assert {"url", "mime_type"} <= each.keys()
            assert isinstance(each["size_in_bytes"], int)


def test_every_release_is_an_entry_newest_first_with_its_changes(
    store: DirectoryStore, send: Callable[..., str]
) -> None:
    first = send("one", "2026-11-01T00:00:00Z")
    roads = send("roads", "2026-11-02T00:00:00Z", "roads")
    second = send("two", "2026-11-03T00:00:00Z", base=first)
    feed, atom = feeds(store)
    check_json_feed(feed)
    assert [item["_tianlake"]["release"] for item in feed["items"]] == [second, roads, first]
    newest, _, oldest = feed["items"]
    assert newest["_tianlake"]["changes"]["removed"] == 4
    assert "与" in newest["content_text"]
    assert f"since {first}: 1 added" in newest["content_text"]
    [attached] = newest["attachments"]
    assert attached["url"] == f"releases/places/{second}/changes.parquet"
    assert store.head(attached["url"]).size == attached["size_in_bytes"]
    assert "attachments" not in oldest
    assert [entry.id for entry in atom.entries] == [item["id"] for item in feed["items"]]
    assert [entry.title for entry in atom.entries] == [item["title"] for item in feed["items"]]
    assert [entry.updated for entry in atom.entries] == [item["date_published"] for item in feed["items"]]
    [enclosure] = atom.entries[0].enclosures
    assert (enclosure.href, enclosure.type) == (attached["url"], PARQUET)
    assert all(UUID(entry.id.removeprefix("urn:uuid:")).version == 5 for entry in atom.entries)
    assert store.get(atom.entries[0].link)[0].size


def test_withdrawals_and_moves_back_are_entries_too(store: DirectoryStore, send: Callable[..., str]) -> None:
    first, _ = send("one", "2026-11-01T00:00:00Z"), send("two", "2026-11-02T00:00:00Z")
    rollback(desk(store), "places")
    feed, atom = feeds(store)
    assert [item["_tianlake"]["event"] for item in feed["items"]] == ["current", "released", "released"]
    assert feed["items"][0]["_tianlake"]["release"] == first
    assert atom.feed.updated == json.loads(store.get("collections/places/collection.json")[1])["updated"]
    withdraw(desk(store), "places", "隐私 <privacy> & \x07")
    feed, atom = feeds(store)
    check_json_feed(feed)
    assert [item["_tianlake"]["event"] for item in feed["items"]] == ["withdrawn", "withdrawn"]
    assert "隐私 <privacy> &" in feed["items"][0]["content_text"]
    assert atom.entries[0].summary.startswith("原因：隐私")
    assert store.get(feed["items"][0]["url"])[1]


def test_an_entry_stays_as_it_was_whatever_comes_after(store: DirectoryStore, send: Callable[..., str]) -> None:
    send("one", "2026-11-01T00:00:00Z")
    [before] = feeds(store)[0]["items"]
    send("two", "2026-11-02T00:00:00Z")
    assert feeds(store)[0]["items"][-1] == before


def test_feeds_are_not_written_again_where_nothing_changed(store: DirectoryStore, send: Callable[..., str]) -> None:
    send("one", "2026-11-01T00:00:00Z")
    stamps = [store.head(key).modified for key in ("feed.json", "feed.atom")]
    place = desk(store)
    refresh(place)
    refresh(Desk(place.node, DirectoryStore(store._root), place.describer, place.trail, place.gate, place.extras))
    assert [store.head(key).modified for key in ("feed.json", "feed.atom")] == stamps


@pytest.mark.parametrize(("node", "base"), [(NODE, ""), (ADDRESSED, "https://example.org/hebei/")])
def test_addresses_start_with_the_nodes_or_are_relative(
    store: DirectoryStore, send: Callable[..., str], node: NodeCard, base: str
) -> None:
    release = send("one", "2026-11-01T00:00:00Z")
    documents = feed_documents(node, [read_history(store, "places")[0]])
    feed = json.loads(documents["feed.json"].body)
    check_json_feed(feed)
    assert feed["items"][0]["url"] == f"{base}releases/places/{release}/manifest.json"
    assert feed.get("feed_url") == (f"{base}feed.json" if base else None)
    copied = {"content-location": "https://copy.example/a/"}
    atom = feedparser.parse(documents["feed.atom"].body, response_headers=copied)
    wanted = urljoin(base or "https://copy.example/a/", f"releases/places/{release}/manifest.json")
    assert atom.entries[0].link == wanted
    assert urlsplit(atom.feed.links[0].href).path.endswith("/feed.atom")


def test_a_feed_holds_the_newest_two_hundred(store: DirectoryStore, send: Callable[..., str]) -> None:
    send("one", "2026-11-01T00:00:00Z")
    history = read_history(store, "places")[0]
    [own] = history.releases
    many = tuple(
        replace(own, manifest=replace(own.manifest, release=f"20261101T000000Z-{n:08x}")) for n in range(ENTRIES + 5)
    )
    entries = feed_entries("156130000", [replace(history, releases=many)])
    assert len(entries) == ENTRIES
    assert entries[0].release == many[-1].manifest.release


def test_a_node_without_releases_has_feeds_without_entries() -> None:
    documents = feed_documents(NODE, [])
    check_json_feed(json.loads(documents["feed.json"].body))
    root = ET.fromstring(documents["feed.atom"].body)
    names = [each.tag.rpartition("}")[2] for each in root]
    assert {"id", "title", "updated", "author"} <= set(names)  # RFC 4287 §4.1.1
    assert "entry" not in names


def test_feeds_have_media_types_of_their_own(store: DirectoryStore, send: Callable[..., str]) -> None:
    send("one", "2026-11-01T00:00:00Z")
    documents = feed_documents(NODE, [read_history(store, name)[0] for name in known_products(store)])
    assert {key: each.media_type for key, each in documents.items()} == {
        "feed.json": "application/feed+json",
        "feed.atom": "application/atom+xml",
    }
    assert all(media_type_of(key) == each.media_type for key, each in documents.items())
    assert media_type_of("releases/places/x/feed.json") == "application/json"
