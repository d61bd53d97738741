"""Requests and answers as the edge has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

Fields = Mapping[str, str]
"""By name in lower case; several lines of one name are one, joined by commas (RFC 9110 §5.3)."""

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, of a viewer or to an origin."""

    method: str
    path: str
    """As it was sent: percent-encoded."""
    query: str
    fields: Fields
    client: str
    """Address of the viewer."""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer."""

    status: int
    fields: Fields
    body: bytes = b""


def seconds(date: str | None) -> float | None:
    """Return a date of HTTP, seconds since the epoch; None where it is none."""
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None
