"""Who may read what, said in STAC: the Authentication extension, on what a key is needed for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tianlake.lake.access import access_to, part_of
from tianlake.lake.words import Access
from tianlake.stac.profile import AUTHENTICATION, Json

SCHEMES: Final[Json] = {
    "tk": {
        "type": "apiKey",
        "name": "tk",
        "in": "query",
        "description": "密钥，用法同天地图 · A key, sent as to today's Tianditu; see terms.json and quotas.json.",
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": "同一密钥，放在请求头中 · The same key in a header."},
}
"""Values of `auth:schemes` (Authentication extension 1.1): the same key in either place."""


_LEADING: Final = frozenset({"pmtiles", "3d-tiles", "wmts"})
"""Relations of links that lead to a product's files, or to what is served of them."""


def with_schemes(body: Json, access: Access, prefix: str) -> Json:
    """Return a Collection or Item (its parts as they are) that says which of its files need a key.

    Args:
        body: The document.
        access: Of the product.
        prefix: In front of the names of the release's files, in what the document refers to.
    """
    if access == "open":
        return body
    body["stac_extensions"] = sorted({*body["stac_extensions"], AUTHENTICATION})
    body["assets"] = {name: _referring(asset, access, prefix) for name, asset in body["assets"].items()}
    body["links"] = referring(body["links"], access, prefix)
    if body["type"] == "Feature":
        body["properties"]["auth:schemes"] = SCHEMES
    else:
        body["auth:schemes"] = SCHEMES
    return body


def referring(links: Sequence[Json], access: Access, prefix: str) -> list[Json]:
    """Return links, those to what needs a key with a reference to how one is sent; arguments as of `with_schemes`."""
    return [_referring(each, access, prefix) if each["rel"] in _LEADING else each for each in links]


def _referring(thing: Json, access: Access, prefix: str) -> Json:
    wanted = access_to(access, part_of(thing["href"].removeprefix(prefix)))
    return thing if wanted == "open" else {**thing, "auth:refs": list(SCHEMES)}
