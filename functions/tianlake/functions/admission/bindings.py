"""What a key is bound to: pages by host, servers by network.

**Browser keys** are read by whoever looks at a page's source. What binding them prevents is that other sites use
them: a page can neither forge `Origin` nor put another site's address into `Referer`. So the rule is one: *a browser
key is good for requests that say which of its pages they come from.* The page is what `Origin` names; where that is
absent or `null`, what `Referer` names. Then

- pages with `strict-origin` and stricter referrer policies work: a host is all that is looked at;
- pages with `no-referrer` work where they request with CORS (MapLibre, OpenLayers, fetch, `<img crossorigin>`):
  `Origin`;
- plain `<img>` tiles (Leaflet) work: they send `Referer` and no `Origin`.

A request with neither is refused. Today's interface lets it in (tianditu.md §1.3), which undoes the binding: any site
needs only `<img referrerpolicy="no-referrer">` to use anybody's key. Programs lose nothing by it, for they need no
browser key: a key of kind `any` works in every client, pages included, and is what an account gets unless it asks for
another. The `User-Agent` is not looked at: programs call themselves `Mozilla`, and no security hangs on what is said
there.

**Server keys** are good from their networks, whatever the client. **Keys of kind `any`** are bound to nothing.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final

from tianlake.functions.admission.records import Asked, KeyRecord
from tianlake.functions.admission.refusals import ADDRESS_NOT_BOUND, PAGE_NOT_BOUND, PAGE_UNKNOWN, Reason

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PAGE: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:[^/?#\\@]*@)?(\[[0-9a-f:.]+\]|[^/?#\\@:\[\]\s]+)(:[0-9]{1,5})?(?:[/?#].*)?"
)
_LONGEST_HOST: Final = 253
"""Characters of a host name (RFC 1035 §2.3.4, without the final dot): what is longer is no page, and not remembered."""

_PATTERN: Final = re.compile(r"(?:\*\.)?(\[[0-9a-f:.]+\]|[^/?#\\@:\[\]\s*]+)(:[0-9]{1,5})?")
_MAPPED: Final = 96
"""Bits of `::ffff:0:0/96`, where IPv4 addresses are mapped (RFC 4291 §2.5.5.2)."""

_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def page_of(header: str | None) -> str | None:
    """Return the host of a `Referer` or `Origin`, in lower case and with its port where it has one.

    None for what names no host: `null`, nothing, or nonsense; a key that is bound to hosts is then refused.
    """
    found = _PAGE.fullmatch(header.strip().lower()) if header else None
    host = found[1].rstrip(".") if found else ""
    return f"{host}{found[2] or ''}" if found and len(host) <= _LONGEST_HOST else None


def host_pattern(text: str) -> str:
    """Return a host of a browser key as it is stored: `example.org`, `*.example.org`, `localhost:8080`.

    Without a port it stands for every port of the host, with one for that port alone. `*.example.org` is every host
    below `example.org`, at any depth, and not `example.org` itself. Names in other scripts become what browsers send
    (IDNA).

    Raises:
        ValueError: This is no host, it holds a scheme or a path, or stands for more than one could own.
    """
    found = _PATTERN.fullmatch(text.strip().lower())
    if not found:
        raise ValueError(
            f"{text!r} is no host: example.org, *.example.org or localhost:8080, without https:// and path"
        )
    host, port = found[1].rstrip("."), found[2] or ""
    if port in {":80", ":443"}:
        raise ValueError(f"{text!r}: leave out the port, browsers do not send it")
    star = "*." if text.strip().startswith("*.") else ""
    if not host.startswith("["):
        host = _ascii(host, text)
        if star and "." not in host:
            raise ValueError(f"{text!r} stands for a whole top-level domain")
    elif star:
        raise ValueError(f"{text!r}: an address has no hosts below it")
    return f"{star}{host}{port}"


def _ascii(host: str, text: str) -> str:
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(f"{text!r} is no host name") from None
    if not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError(f"{text!r} is no host name")
    return name


def network_pattern(text: str) -> str:
    """Return a network of a server key as it is stored, in CIDR form; a single address becomes one of its own.

    Raises:
        ValueError: This is no address or network, has bits set beyond its length, or is everybody's.
    """
    network = _network(text.strip())
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is not None and network.prefixlen >= _MAPPED:  # clients there are seen by their IPv4 address
        network = ipaddress.ip_network((mapped, network.prefixlen - _MAPPED))
    if network.prefixlen == 0:
        raise ValueError(f"{text!r} is every address there is: make a key of kind any instead")
    return str(network)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is no network: 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32") from None
    raise ValueError(f"{text!r} has bits set beyond its length: {meant} is the network it lies in")


@lru_cache(maxsize=4096)
def address_of(client: str) -> Address | None:
    """Return a client's address, an IPv4 one that comes as IPv6 (`::ffff:192.0.2.1`) as IPv4; None for nonsense."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=4096)
def subnet_of(client: str, v4: int, v6: int) -> str:
    """Return the subnet of a client as text, of `v4` or `v6` bits; addresses that are none share one of their own."""
    address = address_of(client)
    if address is None:
        return "unknown"
    bits = v4 if address.version == 4 else v6  # noqa: PLR2004 - IPv4
    return str(ipaddress.ip_network((address, bits), strict=False))


@lru_cache(maxsize=4096)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


def within(client: str, networks: tuple[str, ...]) -> bool:
    """Return whether a client's address lies in one of `networks`."""
    address = address_of(client)
    return address is not None and any(address in network for network in _networks(networks))


@lru_cache(maxsize=16_384)
def bound_to(page: str, hosts: tuple[str, ...]) -> bool:
    """Return whether `page` (host, with its port if any) is one of `hosts`."""
    bare = page if page.endswith("]") else page.rsplit(":", 1)[0]
    return any(_is(page if _has_port(host) else bare, host) for host in hosts)


def _has_port(host: str) -> bool:
    return ":" in host.rpartition("]")[2]


def _is(page: str, host: str) -> bool:
    return page.endswith(host[1:]) if host.startswith("*.") else page == host


def wrong_with(key: KeyRecord, asked: Asked) -> tuple[Reason, dict[str, str | int | None]] | None:
    """Return what a key is bound to that the request is not, and what was seen there; None where all is well."""
    if key.kind == "browser":
        page = asked.origin or asked.referer
        if page is None:
            return PAGE_UNKNOWN, {"origin": None, "referer": None}
        if not bound_to(page, key.hosts):
            return PAGE_NOT_BOUND, {"origin" if asked.origin else "referer": page}
    elif key.kind == "server" and not within(asked.client, key.networks):
        return ADDRESS_NOT_BOUND, {"client": asked.client}
    return None
