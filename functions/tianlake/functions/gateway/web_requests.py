"""Which addresses belong to the web API, and what each demands. Pure, standard library only: the edge decides by it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tianlake.lake.plain import PRODUCT_ID, Access


@dataclass(frozen=True, slots=True)
class WebCall:
    """A call to the web API: `/geocoder`, `/v2/search`, `/ogc/…`, `/stac/…`, `/sql`."""

    path: str
    """From the node's root on: `/v2/search`."""
    access: Access | None = None
    """What it asks for where no product decides."""
    product: str | None = None
    """The product whose features are asked for, and whose access decides."""
    bulk: bool = False
    """Whether data is taken away rather than looked at."""

    @property
    def counted(self) -> bool:
        """Whether it is a search, which is counted; what describes the service is not."""
        return self.access is not None or self.product is not None

    @property
    def carries_on(self) -> bool:
        """Whether addresses in the answer carry the client's key on."""
        return self.path.startswith(("/ogc", "/stac"))

    def takes(self, method: str) -> bool:
        """Say whether a request is a question: admission counts one in the body as one in the address."""
        return method in {"GET", "HEAD", "POST"}


_TODAY: Final = frozenset({"geocoder", "v2/search", "v2/administrative", "staticimage"})
"""Services of today's clients: open to any key (tianditu.md §1.3, §1.5)."""

_NOT_PROVIDED: Final = frozenset({"drive", "transit"})
"""Services of today that are answered with what is missing, to anybody."""

SERVICES: Final = (*sorted(_TODAY), *sorted(_NOT_PROVIDED), "sql", "ogc")
"""Paths of the services of one function; only `ogc` has others below it. `stac` is a function of its own."""

_ITEMS: Final = re.compile(rf"ogc/collections/n\d{{9}}-({PRODUCT_ID.pattern})/items(?:/.*)?")
"""OGC API Features 1.0.1 §7.15 and §7.16. That the id's node is the one that is asked, its handler says."""

_ASKS: Final = re.compile(r"stac/(?:search|collections|collections/[^/]+/items(?:/.*)?)/?")
"""Searches of the STAC API: what describes it, and a collection alone, is not counted."""


def web_call(path: str) -> WebCall | None:
    """Return the call that a path is, or None where it is none of the web API.

    Args:
        path: Decoded, from the node's root on, without a first `/`.
    """
    if path in _TODAY:
        return WebCall(f"/{path}", access="key")
    if path in _NOT_PROVIDED:
        return WebCall(f"/{path}")
    if path == "sql":
        return WebCall("/sql", access="professional", bulk=True)
    if path == "ogc" or path.startswith("ogc/"):
        items = _ITEMS.fullmatch(path)
        return WebCall(f"/{path}", product=items[1], bulk=True) if items else WebCall(f"/{path}")
    if path == "stac" or path.startswith("stac/"):
        # Whoever may not have the data may find it: a visitor without a key is counted by address (article 16).
        return WebCall(f"/{path}", access="open" if _ASKS.fullmatch(path) else None)
    return None
