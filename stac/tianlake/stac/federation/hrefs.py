"""Addresses in records: made absolute where a record leaves its node, held to that node where it arrives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from tianlake.lake.errors import LakeError
from tianlake.stac.profile import Json

OF_THE_NODE: Final = frozenset(
    {
        "canonical",
        "3d-tiles",
        "latest-version",
        "pmtiles",
        "predecessor-version",
        "successor-version",
        "version-history",
    }
)
"""Relations of links that lead to a node's own objects; any other may lead wherever the public may go."""

DROPPED: Final = frozenset({"root", "parent", "self", "child", "item", "items", "collection", "describedby", "agents"})
"""Relations that say where a document stands in its tree: in another tree they would be wrong."""

_SCHEMES: Final = ("http", "https")
_LONGEST: Final = 2000


def absolute(document: Json, address: str) -> Json:
    """Return a STAC Collection whose assets and links have absolute addresses, without the links of its tree.

    Args:
        document: As its node publishes it, with relative addresses.
        address: URL of the document.
    """
    links = [{**each, "href": urljoin(address, each["href"])} for each in document["links"]]
    return {
        **document,
        "assets": {name: {**each, "href": urljoin(address, each["href"])} for name, each in document["assets"].items()},
        "links": [each for each in links if each["rel"] not in DROPPED],
    }


def check_hrefs(document: Json, base: str) -> None:
    """Refuse a foreign Collection that leads its readers to where its node has nothing to say.

    Args:
        document: With absolute addresses; assets and links are objects with `href`.
        base: Base URL of the node, without a final `/`.

    Raises:
        LakeError: An asset or a link to the node's objects is elsewhere, or an address is none of http(s).
    """
    for place, href, own in _hrefs(document):
        if not isinstance(href, str) or len(href) > _LONGEST or urlsplit_scheme(href) not in _SCHEMES:
            raise LakeError(f"{place}: must be an http(s) address of at most {_LONGEST} characters")
        if own and not is_below(href, base):
            raise LakeError(f"{place}: {href[:100]} is not below {base}, where the node is registered")


def is_below(href: str, base: str) -> bool:
    """Say whether an address is one of a node's: it starts with the base URL, and no `..` leads out again."""
    if not href.startswith(f"{base}/"):
        return False
    path = urlsplit(href).path.replace("%2e", ".").replace("%2E", ".").replace("\\", "/")
    return ".." not in path.split("/")


def urlsplit_scheme(href: str) -> str:
    """Return the scheme of an address in lower case; empty where it has none or holds what no address holds."""
    if any(char <= " " or char in '\x7f\\<>"' for char in href):
        return ""
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    return parts.scheme.lower() if parts.netloc else ""


def _hrefs(document: Json) -> Iterator[tuple[str, Any, bool]]:
    for name, asset in document["assets"].items():
        yield f"assets.{name[:60]}.href", asset.get("href"), True
    for place, each in enumerate(document["links"]):
        yield f"links.{place}.href", each.get("href"), each.get("rel") in OF_THE_NODE
