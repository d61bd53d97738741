"""Which address a request is counted on, and which claims are not believed."""

from __future__ import annotations

import pytest

from tianlake.functions.gateway.callers import client_of

PROXY = ("10.0.0.9", 40000)


def forwarded(*fields: str) -> dict[str, object]:
    return {"client": PROXY, "headers": [(b"x-forwarded-for", field.encode()) for field in fields]}


def test_without_a_proxy_nobody_can_say_who_he_is():
    assert client_of(forwarded("203.0.113.7"), trust_forwarded=False) == "10.0.0.9"


@pytest.mark.parametrize(
    ("fields", "client"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["1.1.1.1, 203.0.113.7"], "203.0.113.7"),
        (["1.1.1.1,2.2.2.2 ,203.0.113.7 "], "203.0.113.7"),
        (["1.1.1.1", "203.0.113.7"], "203.0.113.7"),
        (["2001:DB8:0:0::7"], "2001:db8::7"),
        (["::ffff:203.0.113.7"], "203.0.113.7"),
        (["fe80::1%eth0"], "fe80::1"),
    ],
)
def test_behind_a_proxy_its_own_entry_counts_the_last_one(fields, client):
    assert client_of(forwarded(*fields), trust_forwarded=True) == client


@pytest.mark.parametrize("fields", [[], [""], ["203.0.113.7,"], ["unknown"], ["203.0.113.7, _hidden"], ["1.2.3.4:80"]])
def test_a_proxy_that_names_no_address_is_the_client_itself(fields):
    assert client_of(forwarded(*fields), trust_forwarded=True) == "10.0.0.9"


def test_ipv4_on_a_socket_for_both_is_ipv4():
    assert client_of({"client": ("::ffff:203.0.113.7", 1), "headers": []}, trust_forwarded=False) == "203.0.113.7"


def test_a_socket_without_addresses_has_none():
    assert client_of({"client": None, "headers": []}, trust_forwarded=False) == ""
