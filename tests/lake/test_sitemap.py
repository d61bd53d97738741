"""The sitemap as XML readers see it: every record once, at its address, no more in a file than the protocol allows."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from lake_kit import candidate, desk

from tianlake.lake import keys
from tianlake.lake.derived import refresh
from tianlake.lake.describe import Document
from tianlake.lake.publishing import publish, seal, withdraw
from tianlake.lake.sitemap import sitemap_documents
from tianlake.lake.store import DirectoryStore

SPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
EXTRAS = {name: Document(b"", "text/html") for name in ("portal/index.html", "portal/terms.html")}


def at(folder, url):
    found = desk(DirectoryStore(folder / "lake"))
    node = replace(found.node, settings=replace(found.node.settings, url=url))
    return replace(found, node=node, extras=EXTRAS)


def published(folder, url):
    place = at(folder, url)
    publish(place, seal(candidate(folder / "one", "one"), folder / "one", place.node, place.describer))
    return place


def addresses(body):
    return {
        each.findtext("s:loc", namespaces=SPACE): each.findtext("s:lastmod", namespaces=SPACE)
        for each in ET.fromstring(body)
    }


def test_pages_and_records_are_listed_with_the_time_of_their_last_change(tmp_path):
    place = published(tmp_path, "https://map.example.cn")
    found = addresses(place.store.get(keys.SITEMAP)[1])
    pointer = f"https://map.example.cn/{keys.pointer('places')}"
    assert found[pointer] is not None
    assert found["https://map.example.cn/"] == found[pointer]
    assert found["https://map.example.cn/portal/terms.html"] is None
    assert not any("index.html" in each or "versions.json" in each or "private" in each for each in found)
    for address in found:
        key = address.removeprefix("https://map.example.cn/")
        assert not key or key in {info.key for info in place.store.list()}


def test_robots_are_told_at_the_root_of_a_host_alone(tmp_path):
    root = published(tmp_path / "a", "https://map.example.cn")
    below = published(tmp_path / "b", "https://map.example.cn/156130000")
    assert b"Sitemap: https://map.example.cn/sitemap.xml" in root.store.get(keys.ROBOTS)[1]
    assert keys.ROBOTS not in {info.key for info in below.store.list()}
    assert all(
        each.startswith("https://map.example.cn/156130000/") for each in addresses(below.store.get(keys.SITEMAP)[1])
    )


def test_a_node_without_an_address_has_no_sitemap_and_one_that_loses_it_drops_it(tmp_path):
    place = published(tmp_path, "https://map.example.cn")
    refresh(at(tmp_path, None))
    assert not {keys.SITEMAP, keys.ROBOTS} & {info.key for info in place.store.list()}


def test_what_is_withdrawn_is_no_longer_listed(tmp_path):
    place = published(tmp_path, "https://map.example.cn")
    withdraw(place, "places", "mistake")
    assert not any("collections/places" in each for each in addresses(place.store.get(keys.SITEMAP)[1]))


@pytest.mark.parametrize(("count", "files"), [(9, 1), (10, 2), (25, 3)])
def test_a_large_node_has_several_sitemaps_and_an_index_of_them(tmp_path, count, files):
    node = at(tmp_path, "https://map.example.cn").node
    pages = [f"portal/page{number:02}.html" for number in range(count)]
    made = sitemap_documents(node, [], pages, most=10)
    names = sorted(name for name in made if name.startswith("sitemap-"))
    parts = [addresses(made[name].body) for name in names] or [addresses(made[keys.SITEMAP].body)]
    assert len(parts) == files
    assert sum(len(part) for part in parts) == count + 1
    assert max(len(part) for part in parts) <= 10
    if names:
        assert list(addresses(made[keys.SITEMAP].body)) == [f"https://map.example.cn/{name}" for name in names]
