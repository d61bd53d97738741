"""Links of OGC API documents: absolute, and carrying on the credentials that a client asked with. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from tianlake.build.catalog.records import both
from tianlake.lake.plain import Text
from tianlake.lake.releases import GEOJSON, JSON

Json = dict[str, Any]

OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
"""OGC API Features 17-069r4 §9.2, requirement `/req/oas30/oas-definition-1`."""
SCHEMA: Final = "application/schema+json"
QUERYABLES: Final = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
"""Relation of 19-079r2 §6.2, `/req/queryables/queryables-link`."""
SORTABLES: Final = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
"""Relation of 20-004r1, "Sorting"."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """What addresses in answers begin with, and carry on."""

    base: str
    """Absolute URL of the node's root, with a final `/`."""
    carried: str = ""
    """Query of the client's credentials; empty for none."""

    def node(self, path: str) -> str:
        """Return the address of something below the node's root; `path` may have a query."""
        if not self.carried:
            return f"{self.base}{path}"
        return f"{self.base}{path}{'&' if '?' in path else '?'}{self.carried}"

    def ogc(self, path: str = "", query: dict[str, str] | None = None) -> str:
        """Return the address of a resource of the API: `/collections`."""
        return self.node(f"ogc{quote(path)}{'?' + urlencode(query, quote_via=quote) if query else ''}")

    def plain(self, path: str) -> str:
        """Return the URI of a resource without any query, as `$id` of a schema."""
        return f"{self.base}ogc{quote(path)}"


def link(rel: str, href: str, media_type: str = JSON, title: Text | None = None) -> Json:
    """Return a link (17-069r4, schema `link`)."""
    found: Json = {"rel": rel, "href": href, "type": media_type}
    return found if title is None else found | {"title": both(title)}


def items_link(addresses: Addresses, identifier: str, title: Text) -> Json:
    """Return the link to the items of a collection."""
    return link("items", addresses.ogc(f"/collections/{identifier}/items"), GEOJSON, title)
