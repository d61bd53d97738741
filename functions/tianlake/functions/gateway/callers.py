"""Who asks: the address of a client, as limits per subnet and keys of servers need it."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.types import Scope

FORWARDED: Final = b"x-forwarded-for"
"""Header field that a proxy names its clients in."""


def client_of(scope: Scope, *, trust_forwarded: bool) -> str:
    """Return the address of the client, IPv4 or IPv6 as text, or nothing where it is not known.

    With `trust_forwarded` it is the *last* entry of the last `X-Forwarded-For`: the one that the proxy in front wrote
    itself. Whatever stands before that was sent by the client, who may write anything. Where the proxy wrote no
    address, the connection's own stands: all share the proxy's quota then, rather than each having what it claims.
    """
    peer = scope.get("client")
    own = _plain(peer[0]) if peer else ""
    if not trust_forwarded:
        return own
    fields = [value for name, value in scope["headers"] if name == FORWARDED]
    return (_plain(fields[-1].rpartition(b",")[2].strip().decode("latin-1")) or own) if fields else own


@lru_cache(4096)
def _plain(text: str) -> str:
    """Return an address in its one spelling, nothing where it is none.

    IPv4 within IPv6 (RFC 4291 §2.5.5.2) is what a socket for both shows of an IPv4 client: as IPv6, all of them would
    be one subnet.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        address = IPv6Address(int(address))  # without a zone, which is a name within the sender's machine
    return str(address)
