"""Which methods the web API has at the gateway, and what a preflight there allows."""

from __future__ import annotations

import pytest
from gateway_kit import NODE, MemoryReader, ask, gateway

from tianlake.functions.cors import ALWAYS


@pytest.fixture
def app():
    return gateway(MemoryReader({}))


@pytest.mark.parametrize("path", ["/sql", "/v2/search", f"/{NODE}/ogc/collections/x/items"])
def test_a_preflight_at_the_web_api_allows_a_question_in_the_body(app, path):
    asked = {"access_control_request_method": "POST", "access_control_request_headers": "content-type, x-api-key"}
    answer = ask(app, path, "OPTIONS", origin="https://map.test", **asked)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-methods"] == answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    allowed = {name.strip() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert {"content-type", "authorization", "x-api-key"} <= allowed
    assert ALWAYS.items() <= answer.headers.items()
    refused = ask(app, path, "PUT")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
