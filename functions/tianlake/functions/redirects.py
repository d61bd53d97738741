"""Where a request leads that has to be made elsewhere: one rule for the edge function and the gateway. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

STATUS: Final = 308
"""Permanent Redirect (RFC 9110 §15.4.9): the method stays, so that calls of moved nodes go on, too."""

KEPT: Final = "public, max-age=0, must-revalidate"
"""A cache asks again: a node may come back, and a release may bring another page."""

_OF_NODE: Final = re.compile(rb"/(156[0-9]{6})(/[!-~]*)?")


def moved_to(path: bytes, query: str, moved: Mapping[str, str]) -> str | None:
    """Return where a request for a node that moved has to go, or None.

    Args:
        path: As it was sent, percent-encoded.
        query: As it was sent, without `?`.
        moved: Code of a node that is served elsewhere → its base URL, without a final `/`.
    """
    found = _OF_NODE.fullmatch(path)
    base = moved.get(found[1].decode()) if found else None
    if found is None or base is None:
        return None
    return f"{base}{(found[2] or b'/').decode()}{f'?{query}' if query.isascii() and query else ''}"
