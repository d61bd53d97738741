"""Addresses in records: made absolute where a record leaves its node, held to that node where it arrives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from tianlake.lake.errors import LakeError
from tianlake.lake.relations import OF_A_TREE
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

_SCHEMES: Final = ("http", "https")
_ADDRESSES: Final = frozenset({"href", "url"})
_LONGEST: Final = 2000
_OF_URLS: Final = "%/:?[]@!$&'()*+,;=~-._"
"""What a URL may hold beside letters and digits (RFC 3986 §2.2); what is encoded already stays."""


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
        "links": [each for each in links if each["rel"] not in OF_A_TREE],
    }


def check_hrefs(document: Json, base: str) -> None:
    """Refuse a foreign Collection that leads its readers to where its node has nothing to say.

    Args:
        document: With absolute addresses; its assets and links are objects.
        base: Base URL of the node, without a final `/`.

    Raises:
        LakeError: An asset or a link to the node's objects is elsewhere, or any address in it is none of http(s).
    """
    check_web(document)
    for place, href in _own(document):
        if not isinstance(href, str) or not is_below(href, base):
            raise LakeError(f"{place}: {str(href)[:100]} is not below {base}, where the node is registered")


def check_web(document: Json) -> None:
    """Refuse a foreign document any of whose addresses is none of http(s); raises `LakeError`."""
    for place, href in _addresses(document, ""):
        if not is_web(href):
            raise LakeError(f"{place[:200]}: must be an http(s) address of at most {_LONGEST} characters")


def is_web(href: Any) -> bool:  # noqa: ANN401 - a JSON value
    """Say whether a value is an address of http(s), and not longer than any need be."""
    return isinstance(href, str) and len(href) <= _LONGEST and scheme_of(href) in _SCHEMES


def is_below(href: str, base: str) -> bool:
    """Say whether an address is one of a node's: it starts with the base URL, and no `..` leads out again."""
    if not href.startswith(f"{base}/"):
        return False
    path = urlsplit(href).path.replace("%2e", ".").replace("%2E", ".").replace("\\", "/")
    return ".." not in path.split("/")


def joined(address: str, href: Any) -> str:  # noqa: ANN401 - a JSON value
    """Return where a foreign reference leads, spaces and letters of other scripts encoded; empty where it is none.

    Args:
        address: URL of the document that it stands in.
        href: As it stands there.
    """
    try:
        return quote(urldefrag(urljoin(address, href)).url, safe=_OF_URLS) if isinstance(href, str) else ""
    except ValueError:
        return ""


def scheme_of(href: str) -> str:
    """Return the scheme of an address in lower case; empty where it has none or holds what no address holds."""
    if any(char <= " " or char in '\x7f\\<>"' for char in href):
        return ""
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    return parts.scheme.lower() if parts.netloc else ""


def _addresses(value: Any, place: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - a JSON value
    """Yield every address in a document with its place: `href`, and the `url` of a provider, wherever they stand."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name in _ADDRESSES:
                yield f"{place}{name}", each
            else:
                yield from _addresses(each, f"{place}{name[:60]}.")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _addresses(each, f"{place}{number}.")


def _own(document: Json) -> Iterator[tuple[str, Any]]:
    """Yield the addresses that must be the node's: of its files, and of links that lead to its objects."""
    for name, asset in document["assets"].items():
        yield f"assets.{name[:60]}.href", asset.get("href")
    for number, each in enumerate(document["links"]):
        if each.get("rel") in OF_THE_NODE:
            yield f"links.{number}.href", each.get("href")
