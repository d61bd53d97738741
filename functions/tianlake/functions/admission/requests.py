"""A request as adapters receive it, made into what admission decides from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tianlake.functions.admission.bindings import page_of
from tianlake.functions.admission.credentials import presented
from tianlake.functions.admission.records import Asked, Demand
from tianlake.lake.plain import Access

_BOUNDED: Final = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})")
"""RFC 9110 §14.1.2, in the one spelling that every server takes: one that takes another for none sends the whole."""


@dataclass(frozen=True, slots=True)
class Request:
    """What every adapter knows of a request."""

    path: str
    """Raw path from the root of the server, percent-encoded."""
    query: str = field(repr=False)
    """Raw query, percent-encoded, without `?`."""
    headers: Mapping[str, str] = field(repr=False)
    """Header fields by name in lower case, several of one name joined by `, `."""
    client: str
    """Address of the client, as text."""


def asked_for(request: Request, demand: Demand, access: Access = "open", size: int | None = None) -> Asked:
    """Return what a request asks of admission.

    Args:
        request: The request.
        demand: What its path demands (`demands.demand_of`).
        access: Of the demanded product.
        size: Bytes that the answer will have, where they are to be charged with the decision; None where the adapter
            charges them by `Door.charge` once it knows them.
    """
    if demand.meter is None:
        return Asked(demand, access, request.client)
    headers = request.headers
    shown = presented(request.query, headers, request.path)
    return Asked(
        demand,
        access,
        request.client,
        credential=shown.credential,
        companion=shown.companion,
        ambiguous=shown.ambiguous,
        link=shown.link,
        referer=page_of(headers.get("referer")),
        origin=page_of(headers.get("origin")),
        agent=headers.get("user-agent", ""),
        size=size,
    )


def ranged_size(headers: Mapping[str, str]) -> int | None:
    """Return how many bytes a `Range` of one bounded part asks for at most (RFC 9110 §14.2); None for any other.

    None where an `If-Range` goes with it: whether the whole is sent instead, the origin alone knows (§13.1.5).
    """
    found = _BOUNDED.fullmatch(headers.get("range", ""))
    if not found or "if-range" in headers or int(found[2]) < int(found[1]):
        return None
    return int(found[2]) - int(found[1]) + 1
