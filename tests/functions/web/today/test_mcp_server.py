"""mcp-server-tianditu from PyPI, unchanged but for the host, against a gateway that runs and asks for a key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from gateway_kit import KEY
from issue_kit import issue
from mcp.client.session import ClientSession
from mcp.shared.memory import create_connected_server_and_client_session
from mcp.types import CallToolResult, TextContent
from mcp_tianditu import tdapi
from mcp_tianditu.server import mcp
from server_kit import Server, running
from today_kit import CITY, CITY_SPOTS, CODES, PROVINCE

T = TypeVar("T")
SPOTS = {each.id: each for each in CITY_SPOTS}


@pytest.fixture(scope="module")
def gateway(workspace: Path) -> Iterator[Server]:
    issue(workspace)
    with running(workspace, CODES, root=CODES[0]) as server:
        yield server


@pytest.fixture(autouse=True)
def client(gateway: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the client at our gateway: its host and its key, nothing else."""
    monkeypatch.setattr(tdapi, "_api_url", gateway.url)
    monkeypatch.setattr(tdapi, "_api_key", KEY)


def run(work: Awaitable[T]) -> T:
    async def waited() -> T:
        return await work

    return asyncio.run(waited())


def through_mcp(use: Callable[[ClientSession], Awaitable[T]]) -> T:
    """Return what a model's client makes of the server's tools, in memory."""

    async def connected() -> T:
        async with create_connected_server_and_client_session(mcp._mcp_server) as session:
            return await use(session)

    return asyncio.run(connected())


def call(tool: str, **arguments: Any) -> Any:
    result = through_mcp(lambda session: session.call_tool(tool, arguments))
    assert not result.isError, result.content
    return json.loads(said(result))


def said(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


def test_its_tool_searches_around_a_point():
    spot = SPOTS["c2"]
    found = call("search_by_redius", query="小学", latitude=spot.y, longitude=spot.x, radius=500)
    assert found["status"]["infocode"] == 1000
    assert found["count"] == "1"
    [poi] = found["pois"]
    assert (poi["name"], poi["lonlat"], poi["distance"]) == (spot.name, f"{spot.x},{spot.y}", "0m")


def test_its_tool_searches_within_a_division():
    found = call("search_by_division", query="人民医院", division_code=CITY)
    assert (found["resultType"], found["count"]) == (1, "2")
    assert {each["name"] for each in found["pois"]} == {"安次区人民医院", "三河市人民医院"}


def test_its_tool_is_told_counts_for_a_province():
    found = call("search_by_division", query="小学", division_code=PROVINCE)
    assert found["resultType"] == 2
    assert {each["name"]: each["count"] for each in found["statistics"]["allAdmins"]} == {"石家庄市": 1, "廊坊市": 2}


def test_a_search_that_finds_nothing_is_no_error_to_it():
    found = call("search_by_redius", query="没有这样的地方", latitude=39.5, longitude=116.7, radius=10)
    assert found["count"] == "0"
    assert "pois" not in found


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (1, {"keyWord": "廊坊市第一中学", "mapBound": "116,39,117,40", "level": 12}),
        (2, {"keyWord": "廊坊市第一中学", "mapBound": "116,39,117,40", "level": 12}),
        (7, {"keyWord": "廊坊市第一中学", "mapBound": "116,39,117,40", "level": 12}),
        (10, {"keyWord": "第一中学", "polygon": "116,39,117,39,117,40,116,40,116,39"}),
        (13, {"specify": "廊坊市", "dataTypes": "中学"}),
    ],
)
def test_its_functions_ask_every_other_way(kind, fields):
    found = run(tdapi.api_search(kind, **fields))
    assert found["pois"][0]["hotPointID"] == "c1"


@pytest.mark.parametrize("tool", ["drive_plan", "trans_plan"])
def test_its_tools_for_routes_say_that_there_are_none(tool):
    ends = {f"{end}_{axis}": 39.5 for end in ("from", "to") for axis in ("latitude", "longitude")}
    result = through_mcp(lambda session: session.call_tool(tool, ends))
    assert result.isError
    assert "404" in said(result)


def test_a_wrong_parameter_is_an_error_it_tells():
    with pytest.raises(Exception, match="400 Bad Request"):
        run(tdapi.api_search(3, keyWord="公园"))


def test_without_a_key_it_is_told_so(monkeypatch):
    monkeypatch.setattr(tdapi, "_api_key", "x" * 32)
    with pytest.raises(Exception, match=r"40[13]"):
        run(tdapi.api_search(12, keyWord="公园", specify=CITY))


def test_the_node_of_a_city_answers_under_its_own_address(gateway):
    post = json.dumps({"queryType": 7, "keyWord": "廊坊市第一中学", "mapBound": "113,36,120,43", "level": 8})
    query = {"postStr": post, "type": "query", "tk": KEY}
    answer = httpx.get(f"{gateway.url}/{CITY}/v2/search", params=query)
    assert answer.json()["pois"][0]["hotPointID"] == "c1"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "server-timing" in answer.headers
    refused = httpx.get(f"{gateway.url}/v2/search", params=query | {"tk": ""})
    assert refused.status_code == 401


def test_divisions_are_asked_for_with_a_key_too(gateway):
    query = {"keyword": "廊坊", "childLevel": "1", "extensions": "true", "tk": KEY}
    answer = httpx.get(f"{gateway.url}/v2/administrative", params=query)
    assert answer.json()["data"]["district"][0]["boundary"].startswith("MULTIPOLYGON(((")
