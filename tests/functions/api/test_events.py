"""What API Gateway hands in, read as the gateway reads a request."""

from __future__ import annotations

import base64

import pytest
from chalice_kit import event
from hypothesis import given
from hypothesis import strategies as st

from tianlake.functions.admission.credentials import presented
from tianlake.functions.api.events import call_of, client_of, query_of, request_of


def test_an_event_is_a_call_with_its_path_made_of_route_and_parameters():
    sent = event(
        "POST",
        "/accounts/me/keys/{key_id}/rotate",
        "/accounts/me/keys/k1/rotate",
        "a=1&a=2",
        {"Content-Type": "application/json", "Authorization": "Bearer t"},
        parameters={"key_id": "k1"},
        body='{"overlap_hours": 2}',
    )
    call = call_of(sent)
    assert (call.method, call.path, call.query) == ("POST", "/accounts/me/keys/k1/rotate", "a=1&a=2")
    assert call.headers == {"content-type": "application/json", "authorization": "Bearer t"}
    assert (call.body, call.client) == (b'{"overlap_hours": 2}', "203.0.113.7")


@pytest.mark.parametrize(
    ("body", "encoded", "meant"),
    [
        (None, False, b""),
        ("", False, b""),
        ("地", False, "地".encode()),
        (base64.b64encode(b"{}").decode(), True, b"{}"),
        ("%%%", True, b"\xff"),
    ],
)
def test_a_body_is_the_bytes_that_were_sent(body, encoded, meant):
    assert call_of(event("POST", "/accounts", "/accounts", body=body, isBase64Encoded=encoded)).body == meant


@pytest.mark.parametrize(
    ("header", "proxies", "client"),
    [
        (None, 0, "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", 0, "203.0.113.7"),
        ("6.6.6.6, 198.51.100.1, 203.0.113.7", 1, "198.51.100.1"),
        ("6.6.6.6, 198.51.100.1, 192.0.2.9, 203.0.113.7", 2, "198.51.100.1"),
        ("203.0.113.7", 1, "203.0.113.7"),
        (None, 1, "203.0.113.7"),
    ],
)
def test_the_client_is_who_connects_or_whom_our_own_proxies_saw(header, proxies, client):
    """What a client writes into the header itself never counts."""
    sent = event("GET", "/usage", "/usage", headers={"X-Forwarded-For": header} if header else {})
    assert client_of(sent, proxies) == client


@given(
    st.dictionaries(st.text(min_size=1, max_size=5), st.lists(st.text(max_size=8), min_size=1, max_size=3), max_size=3)
)
def test_a_decoded_query_is_encoded_again_without_loss(many):
    sent = event("GET", "/usage", "/usage") | {"multiValueQueryStringParameters": many}
    tk = [value for name, values in many.items() if name.lower() == "tk" for value in values if value]
    assert presented(query_of(sent), {}).credential == (tk[0] if tk else None)


def test_the_path_of_a_request_is_that_below_the_stage():
    assert request_of(event("GET", "/usage", "/usage")).path == "/usage"
