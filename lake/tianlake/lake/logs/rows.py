"""What is written down of a request, and what is not: no key, no address, no query, no path."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "tile", "archive", "data", "catalog", "stac", "search", "web", "portal", "account", "case", "health", "other"
]
"""What was asked for."""

Cache = Literal["hit", "miss", "none"]
"""Whether a cache had it: one at the edge, or the client's own, which a 304 confirms. None where no cache was asked."""

Source = Literal["gateway", "edge", "origin", "probe"]
"""Who wrote it down: a gateway that clients ask; a content network; a gateway that such a network or proxy asks in the
name of a client whose request it has counted already; one who asks from outside whether anybody answers."""


class Row(NamedTuple):
    """One request. Names of people and machines are those of `Masks` once it leaves memory."""

    time: float
    """When it came, seconds since the epoch."""
    node: str
    """Code of the node."""
    product: str
    """Id within the node; empty where it is of none."""
    release: str
    """Empty where it is of none, or nobody looked."""
    kind: Kind
    method: str
    status: int
    """HTTP status."""
    code: str
    """Stable code of the refusal or problem; empty where all was well."""
    bytes: int
    """Of the body that was sent; from a content network, of head and body."""
    ms: float
    """From the request to the end of the answer, milliseconds."""
    cache: Cache
    account: str
    """Who asked; empty for anonymous clients."""
    key: str
    client: str
    """The address's network of /24 or /56; empty where it is not known."""
    source: Source
