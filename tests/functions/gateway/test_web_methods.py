"""The web API at the gateway: its methods, what a preflight allows, and that statements hold up no search."""

from __future__ import annotations

import asyncio
import threading

import pytest
from gateway_kit import KEY, NODE, ONE_KEY, MemoryReader, ask, ask_async, gateway, gateway_of

from tianlake.functions.cors import ALWAYS
from tianlake.functions.gateway.node import Node
from tianlake.functions.web.desk import WebDesk
from tianlake.functions.web.questions import json_reply
from tianlake.lake.current import CurrentReleases
from tianlake.lake.engine import Engine


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


def test_a_search_does_not_wait_behind_statements():
    searched = threading.Event()

    def statement(_question):
        return json_reply(searched.wait(30))

    def search(_question):
        searched.set()
        return json_reply("found")

    desk = WebDesk(CurrentReleases([]), Engine(), {"/sql": statement, "/geocoder": search})
    app = gateway_of({NODE: Node(NODE, MemoryReader({}))}, ONE_KEY, web=desk)

    async def both():
        statements = [asyncio.create_task(ask_async(app, "/sql", x_api_key=KEY)) for _ in range(8)]
        await asyncio.sleep(0)
        found = await ask_async(app, "/geocoder", x_api_key=KEY)
        return found, await asyncio.gather(*statements)

    found, statements = asyncio.run(both())
    assert (found.status, found.document) == (200, "found")
    assert [each.document for each in statements] == [True] * 8
