"""Which pages and servers a key is good for."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tianlake.functions.admission.bindings import (
    address_of,
    bound_to,
    host_pattern,
    network_pattern,
    page_of,
    subnet_of,
    within,
)

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABELS, min_size=2, max_size=4).map(".".join)


@pytest.mark.parametrize(
    ("header", "page"),
    [
        (None, None),
        ("", None),
        ("null", None),
        ("about:blank", None),
        ("https://Example.ORG", "example.org"),
        ("https://example.org./", "example.org"),
        ("https://example.org/map?x=1#y", "example.org"),
        ("https://example.org?x", "example.org"),
        ("http://localhost:5173/", "localhost:5173"),
        ("http://[::1]:8080/x", "[::1]:8080"),
        ("http://[::1]", "[::1]"),
        ("https://user:pass@example.org/", "example.org"),
        ("https://example.org@evil.example/", "evil.example"),
        ("https://evil.example\\@example.org/", None),
        ("https://evil.example#@example.org/", "evil.example"),
        ("https://example.org:abc/", None),
        ("capacitor://localhost", "localhost"),
        ("chrome-extension://abcdefgh/page.html", "abcdefgh"),
        ("https://xn--fiqs8s.example/", "xn--fiqs8s.example"),
        ("example.org", None),
        ("//example.org/", None),
        (f"https://{'a.' * 126}a", "a." * 126 + "a"),
        (f"https://{'a.' * 126}ab", None),
        (f"https://example.org/{'x' * 10_000}", "example.org"),
    ],
)
def test_the_host_of_a_page(header, page):
    assert page_of(header) == page


@pytest.mark.parametrize(
    ("page", "host", "bound"),
    [
        ("example.org", "example.org", True),
        ("example.org:8443", "example.org", True),
        ("www.example.org", "example.org", False),
        ("notexample.org", "example.org", False),
        ("example.org.evil.example", "example.org", False),
        ("www.example.org", "*.example.org", True),
        ("a.b.example.org:81", "*.example.org", True),
        ("example.org", "*.example.org", False),
        ("notexample.org", "*.example.org", False),
        ("localhost:5173", "localhost:5173", True),
        ("localhost", "localhost:5173", False),
        ("localhost:5174", "localhost:5173", False),
        ("localhost:5173", "localhost", True),
        ("[::1]:8080", "[::1]", True),
        ("[::1]:8080", "[::1]:8080", True),
        ("[::1]", "[::1]:8080", False),
        ("maps.example.org:81", "*.example.org:81", True),
        ("maps.example.org", "*.example.org:81", False),
    ],
)
def test_which_pages_a_host_stands_for(page, host, bound):
    assert bound_to(page, ("other.example", host)) is bound


def test_localhost_is_bound_by_nobody_who_did_not_ask():
    assert not bound_to("localhost:5173", ("example.org", "*.example.net"))


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Example.org", "example.org"),
        (" *.example.org ", "*.example.org"),
        ("example.org.", "example.org"),
        ("localhost:5173", "localhost:5173"),
        ("中国.example", "xn--fiqs8s.example"),
        ("[::1]:8080", "[::1]:8080"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_how_a_host_is_stored(text, stored):
    assert host_pattern(text) == stored


@pytest.mark.parametrize(
    "text",
    [
        *("", "*", "*.org", "*.*", "a.*.org", "https://example.org", "example.org/", "example.org:443", "exa mple.org"),
        *("-a.org", "a..org", "*.[::1]", "*example.org", "user@example.org", "example.org:x", "...", f"{'a' * 64}.org"),
    ],
)
def test_what_is_no_host(text):
    with pytest.raises(ValueError, match=r"."):
        host_pattern(text)


@settings(deadline=None)
@given(HOSTS, HOSTS)
def test_a_host_is_good_for_itself_alone(host, other):
    stored = host_pattern(host)
    assert bound_to(page_of(f"https://{host}/x") or "", (stored,))
    assert bound_to(page_of(f"https://{other}/x") or "", (stored,)) is (host == other)
    assert bound_to(f"www.{host}", (f"*.{stored}",))
    assert not bound_to(f"www{host}", (f"*.{stored}",))


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_header_names_one_host_or_none(text):
    page = page_of(f"https://{text}")
    if page is not None:
        assert not set(page) & set("/?#@\\ ")


def as_seen(address):
    """An IPv4 address that is written as IPv6 is an IPv4 one."""
    return getattr(address, "ipv4_mapped", None) or address


@settings(deadline=None)
@given(st.ip_addresses().map(as_seen), st.integers(1, 128), st.ip_addresses())
def test_a_network_holds_its_addresses_and_no_others(base, bits, client):
    network = ipaddress.ip_network((base, min(bits, base.max_prefixlen)), strict=False)
    stored = (network_pattern(str(network)),)
    assert within(str(base), stored)
    seen = as_seen(client)
    assert within(str(client), stored) is (seen.version == network.version and seen in network)


@settings(deadline=None)
@given(st.ip_addresses(v=4), st.integers(1, 32))
def test_a_network_of_mapped_addresses_is_one_of_ipv4(base, bits):
    plain = ipaddress.ip_network((base, bits), strict=False)
    mapped = network_pattern(f"::ffff:{plain.network_address}/{bits + 96}")
    assert mapped == str(plain)
    assert within(str(base), (mapped,))
    assert within(f"::ffff:{base}", (mapped,))


def test_addresses_as_servers_see_them():
    assert str(address_of("::ffff:192.0.2.1")) == "192.0.2.1"
    assert str(address_of("fe80::1%eth0")) == "fe80::1"
    assert address_of("not an address") is None
    assert not within("", ("192.0.2.0/24",))


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "::ffff:0:0/96", "192.0.2.1/24", "example.org", ""])
def test_what_is_no_network(text):
    with pytest.raises(ValueError, match=r"."):
        network_pattern(text)


def test_subnets():
    assert subnet_of("198.51.100.7", 24, 56) == "198.51.100.0/24"
    assert subnet_of("::ffff:198.51.100.7", 24, 56) == "198.51.100.0/24"
    assert subnet_of("2001:db8:0:12ff::1", 24, 56) == "2001:db8:0:1200::/56"
    assert subnet_of("?", 24, 56) == subnet_of("", 24, 56) == "unknown"
