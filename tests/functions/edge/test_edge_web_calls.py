"""Calls of the web API at the edge: what goes on, and with what."""

from __future__ import annotations

import pytest
from admission_kit import KEYS
from edge_kit import CITY, Edge

from tianlake.lake.errors import StoreError

PLAIN = KEYS["plain"]


@pytest.fixture
def edge():
    return Edge()


def field(answer, name):
    return [each["value"] for each in answer["headers"].get(name, [])]


@pytest.mark.parametrize("uri", ["/sql", f"/{CITY}/v2/search", "/ogc/collections"])
def test_a_preflight_at_the_web_api_allows_a_question_in_the_body(edge, uri):
    answer = edge(uri, method="OPTIONS", headers={"origin": "https://example.org"})
    assert (answer["status"], field(answer, "access-control-allow-methods")) == ("204", ["GET, HEAD, POST, OPTIONS"])
    assert "content-type" in field(answer, "access-control-allow-headers")[0].split(", ")
    refused = edge(uri, method="DELETE")
    assert (refused["status"], field(refused, "allow")) == ("405", ["GET, HEAD, POST, OPTIONS"])


def test_a_call_of_the_web_api_goes_on_with_proof_and_without_its_key(edge):
    sent = {"x-api-key": KEYS["pro"], "content-type": "application/json", "tianlake-admitted": "forged"}
    answer = edge("/sql", "format=csv&sk=x", headers=sent, method="POST")
    assert (answer["uri"], answer["querystring"], answer["method"]) == ("/sql", "format=csv", "POST")
    assert answer["headers"]["tianlake-admitted"] == [{"key": "tianlake-admitted", "value": bytes(32).hex()}]
    assert answer["headers"]["content-type"][0]["value"] == "application/json"
    assert "x-api-key" not in answer["headers"]
    assert "body" not in answer, "CloudFront sends what it came with"
    document = edge("/ogc/conformance", f"f=html&tk={PLAIN}", headers={"tianlake-admitted": "forged"})
    assert (document["querystring"], "tianlake-admitted" in document["headers"]) == (f"f=html&tk={PLAIN}", False)


def test_a_search_waits_for_the_secret_as_tiles_do(monkeypatch):
    """The origin would count it again, and refuse it where its key was in a header."""
    edge = Edge()

    def fail(name):
        raise StoreError("the table of secrets does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(edge.store, "secret", fail)
        assert edge("/v2/search", f"tk={PLAIN}")["status"] == "503"
    edge.clock.now += 31
    assert edge("/v2/search", f"tk={PLAIN}")["uri"] == "/v2/search"
