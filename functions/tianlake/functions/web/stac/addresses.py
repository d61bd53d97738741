"""Addresses in answers: absolute, and carrying on a client's credentials to our own hosts and to no other. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode, urljoin, urlsplit

from tianlake.lake.plain import Text
from tianlake.lake.releases import JSON
from tianlake.lake.words import both

Json = dict[str, Any]

ROOT: Final = "/stac"


_SLIPS: Final = re.compile(r"\\|%2e", re.IGNORECASE)
"""What browsers take for `/` and `.`, and our own look does not."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """What addresses in answers begin with, and carry on."""

    base: str
    """Absolute URL of the node's root as the client sees it, with a final `/`."""
    code: str
    """Of the node."""
    carried: str = ""
    """Query of the client's credentials; empty for none."""
    public: str | None = None
    """The node's own public URL, without a final `/`, where it has one."""

    def api(self, path: str = "", query: Mapping[str, str] | None = None) -> str:
        """Return the address of a resource of the API: `/collections`."""
        address = f"{self.base}stac{quote(path)}"
        told = "&".join(each for each in (urlencode(query or {}, quote_via=quote), self.carried) if each)
        return f"{address}?{told}" if told else address

    def plain(self, path: str = "") -> str:
        """Return the same without any query, as `$id` of a schema."""
        return f"{self.base}stac{quote(path)}"

    def node(self, path: str) -> str:
        """Return the address of a document below the node's root, which is open to all."""
        return f"{self.base}{path}"

    def asset(self, href: str) -> str:
        """Return the address of a file with the client's credentials, where it lies with us."""
        if not self.carried or not self._is_ours(href) or self.carried in href:
            return href
        return f"{href}{'&' if urlsplit(href).query else '?'}{self.carried}"

    def _is_ours(self, href: str) -> bool:
        """Say whether an address lies below the server that was asked, or below the node's public URL."""
        server = self.base.removesuffix(f"{self.code}/")
        own = (server, f"{self.public}/") if self.public else (server,)
        # Resolved: `..` must not lead out of what is ours, and nobody else's host has our scheme, name and port.
        return not _SLIPS.search(href) and urljoin(href, urlsplit(href).path).startswith(own)


def link(rel: str, href: str, media_type: str = JSON, title: Text | None = None, **more: object) -> Json:
    """Return a link."""
    found: Json = {"rel": rel, "href": href, "type": media_type}
    return found | ({} if title is None else {"title": both(title)}) | more
