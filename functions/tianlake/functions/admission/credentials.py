"""Where a key may stand in a request, which one counts, and how it is taken out of what is cached and logged.

Any client can send a key in one of three places (tianditu.md §1.3 has the first, which today's clients use):

1. `tk` in the query, its name in any case;
2. the header `X-Api-Key`;
3. the header `Authorization: Bearer`, which is looked at only where the other two are empty: a proxy in front may use
   it for something else.

Equal values in several places are one key. Different ones are refused as ambiguous, not chosen from: whoever sends two
keys does not know which one is counted. An empty value is none. The second secret is `sk` in the query, its name in any
case, by the same rule. A signed link is known by `signature` in the query (`links.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_plus

from tianlake.functions.admission.records import KEY_LENGTH, SignedLink

_SHAPE: Final = re.compile(rf"[A-Za-z0-9]{{{KEY_LENGTH}}}")
_BEARER: Final = re.compile(r"bearer\s+(\S.*)", re.IGNORECASE)
"""Of a field without spaces around it, which this would otherwise try at every space of a long one."""

KEY: Final = "tk"
COMPANION: Final = "sk"
SIGNATURE: Final = "signature"
EXPIRES: Final = "expires"
LINK_KEY: Final = "key"
_OF_LINK: Final = frozenset({SIGNATURE, EXPIRES, LINK_KEY})

HEADERS: Final = ("authorization", "x-api-key")
"""Header fields that may hold a key, in lower case: never passed on, never logged."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request shows of itself."""

    credential: str | None = field(default=None, repr=False)
    companion: str | None = field(default=None, repr=False)
    ambiguous: str | None = None
    """Name of the place that holds several different values: `tk`, `x-api-key`, `sk`."""
    link: SignedLink | None = None


NOTHING: Final = Presented()


def well_formed(credential: str) -> bool:
    """Return whether this could be a key: 32 letters and digits, as today's clients check."""
    return _SHAPE.fullmatch(credential) is not None


def presented(query: str, headers: Mapping[str, str], path: str = "") -> Presented:
    """Return the key, the second secret and the signed link that a request holds.

    Args:
        query: Raw query, percent-encoded, without `?`.
        headers: Header fields by name in lower case; several of one name joined by `, `.
        path: Raw path of the request, which a signed link stands for.
    """
    members = _members(query) if query else {}
    keys = members.get(KEY, [])
    sent = headers.get("x-api-key", "")
    if not members and not sent and "authorization" not in headers:
        return NOTHING
    places = [*keys, *(each.strip() for each in sent.split(",") if each.strip())] if sent else keys
    if not places and (bearer := _BEARER.fullmatch(headers.get("authorization", "").strip())):
        places = [bearer[1]]
    companions = members.get(COMPANION, [])
    return Presented(
        places[0] if places else None,
        companions[0] if companions else None,
        _ambiguous(keys, places, companions),
        _link(members, path) if SIGNATURE in members else None,
    )


def _ambiguous(keys: list[str], places: list[str], companions: list[str]) -> str | None:
    if len(set(keys)) > 1:
        return KEY
    if len(set(places)) > 1:
        return "x-api-key"
    return COMPANION if len(set(companions)) > 1 else None


def _members(query: str) -> dict[str, list[str]]:
    """Return the values of those members that concern us, by name in lower case, empty ones left out."""
    found: dict[str, list[str]] = {}
    for member in query.split("&"):
        name, _equals, value = member.partition("=")
        known = _name(name)
        if (known in {KEY, COMPANION} or known in _OF_LINK) and value:
            found.setdefault(known, []).append(unquote_plus(value))
    return found


def _name(raw: str) -> str:
    return (unquote_plus(raw) if "%" in raw or "+" in raw else raw).lower()


def _link(members: dict[str, list[str]], path: str) -> SignedLink:
    """Return what the link says; a member that is there twice or not at all makes it wrong, by being empty."""
    expires, key, signature = (
        values[0] if len(values := members.get(name, [])) == 1 else "" for name in (EXPIRES, LINK_KEY, SIGNATURE)
    )
    return SignedLink(path, expires, key, signature)


def without_credentials(query: str) -> str:
    """Return a query without keys, second secrets and signatures, every other byte of it as it was.

    For cache keys, for logs and for whatever is behind admission. The other two members of a signed link go with its
    signature, so that all links to a file are one object to a cache; without one they are somebody else's.
    """
    if not query:
        return query
    members = [(member, _name(member.partition("=")[0])) for member in query.split("&")]
    gone = {KEY, COMPANION, SIGNATURE}
    if any(name == SIGNATURE for _member, name in members):
        gone |= _OF_LINK
    return "&".join(member for member, name in members if name not in gone)
