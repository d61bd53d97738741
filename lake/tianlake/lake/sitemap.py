"""`sitemap.xml` and `robots.txt`: what a search engine is to read of a node (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from tianlake.lake import keys
from tianlake.lake.describe import Document, History
from tianlake.lake.nodes import NodeCard

XML: Final = "application/xml"
_SPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"

MOST: Final = 50_000
"""Addresses in one sitemap, and sitemaps in one index (the protocol's limit). A sitemap has at most 50 MB, too: of so
many addresses, the longest, of `keys` of 1,024 bytes, would take 60; ours are of some 200."""

_ROBOTS: Final = """\
User-agent: *
Disallow: /tiles/
Disallow: /data/
Disallow: /DataServer
Disallow: /sql
Disallow: /accounts/

Sitemap: {url}/{sitemap}
"""
"""Tiles and data are counted, and nothing that a search engine reads."""


class _Page(NamedTuple):
    key: str
    """Relative to the node; empty for its root."""
    changed: str | None
    """RFC 3339."""


def sitemap_documents(
    node: NodeCard, histories: Sequence[History], documents: Iterable[str], most: int = MOST
) -> dict[str, Document]:
    """Return the sitemap of a node by key, more than one file where it is large, and `robots.txt` where that is ours.

    Nothing where the node has no public address: a sitemap holds none but absolute ones. A `robots.txt` counts at the
    root of a host alone.

    Args:
        node: Whose it is.
        histories: Of the products whose pointer is set.
        documents: Keys of the node's documents and of its portal's files.
        most: Addresses in one sitemap.
    """
    url = node.settings.url
    if url is None:
        return {}
    parts = [_sitemap(url, part) for part in _batches(_pages(histories, sorted(documents)), most)]
    found = {keys.SITEMAP: Document(parts[0], XML)}
    if len(parts) > 1:
        names = [keys.sitemap(number) for number in range(1, len(parts) + 1)]
        found = {name: Document(part, XML) for name, part in zip(names, parts, strict=True)}
        found[keys.SITEMAP] = Document(_index(url, names), XML)
    if not urlsplit(url).path:
        found[keys.ROBOTS] = Document(_ROBOTS.format(url=url, sitemap=keys.SITEMAP).encode(), "text/plain")
    return found


def _batches(pages: Iterator[_Page], most: int) -> Iterator[list[_Page]]:
    while part := list(islice(pages, most)):
        yield part


def is_sitemap(key: str) -> bool:
    """Say whether an object is one of those that `sitemap_documents` makes."""
    return key == keys.ROBOTS or ("/" not in key and key.startswith("sitemap") and key.endswith(".xml"))


def _pages(histories: Sequence[History], documents: Sequence[str]) -> Iterator[_Page]:
    """Yield what people and programs find a product by: pages, READMEs, records, quality reports."""
    moved = {history.product: history.updated for history in histories}
    newest = max((each for each in moved.values() if each), default=None)
    yield _Page("", newest)
    for key in documents:
        folder, _, rest = key.partition("/")
        product, _, name = rest.partition("/")
        if key in {keys.CATALOG, keys.DCAT, "README.md"}:
            yield _Page(key, newest)
        elif key.startswith(keys.PORTAL) and key.endswith(".html") and rest != "index.html":
            yield _Page(key, None)
        elif f"{folder}/" == keys.COLLECTIONS and product in moved and _is_record(name):
            yield _Page(key, moved[product])
    for history in histories:
        for key in _reports(history):
            yield _Page(key, history.updated)


def _reports(history: History) -> Iterator[str]:
    published = history.find(history.current or "")
    if published is not None:
        for entry in published.manifest.files:
            if entry.media_type == "text/html":
                yield keys.release_file(history.product, published.manifest.release, entry.path)


def _is_record(name: str) -> bool:
    """Say whether a document beside a pointer is for readers: the Collection, its README, an Item."""
    return name in {"collection.json", "README.md"} or ("/" in name and name.endswith(".json"))


def _sitemap(url: str, pages: Sequence[_Page]) -> bytes:
    root = ET.Element("urlset", xmlns=_SPACE)
    for page in pages:
        _entry(root, "url", f"{url}/{quote(page.key)}", page.changed)
    return _text(root)


def _index(url: str, names: Sequence[str]) -> bytes:
    root = ET.Element("sitemapindex", xmlns=_SPACE)
    for name in names:
        _entry(root, "sitemap", f"{url}/{name}", None)
    return _text(root)


def _entry(root: ET.Element, tag: str, address: str, changed: str | None) -> None:
    made = ET.SubElement(root, tag)
    ET.SubElement(made, "loc").text = address
    if changed:
        ET.SubElement(made, "lastmod").text = changed


def _text(root: ET.Element) -> bytes:
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"
