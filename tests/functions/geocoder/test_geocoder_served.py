"""`/geocoder` of a gateway that runs, asked by a published client of today's service and by hand."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import addresses_kit
import mcp_tianditu.tdapi as client
import pytest
from addresses_kit import CITY, CODES, spot
from gateway_kit import KEY, generous, quotas
from issue_kit import issue
from server_kit import Server, running, write

from tianlake.functions.web.geocoder import CLOSE_M, formatted
from tianlake.lake.search.reverse import Around, Division, Near


@pytest.fixture(scope="module")
def served(addresses: Path) -> Iterator[Server]:
    """The lake of addresses, served to whoever has a key; the account is no professional's."""
    issue(addresses, tier="personal")
    for code in CODES:  # or these tests would soon be too many
        write(addresses / "lake" / code, quotas(generous("personal")))
    with running(addresses, CODES) as server:
        yield server


def asked(server: Server, path: str = "/geocoder", **parameters: str) -> tuple[int, dict[str, str], Any]:
    """Return status, header fields and document."""
    query = urllib.parse.urlencode({"tk": KEY} | parameters)
    request = urllib.request.Request(f"{server.url}{path}?{query}", headers={"user-agent": "test"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), json.loads(error.read() or b"null")


@pytest.fixture
def mcp(served: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """mcp-server-tianditu, pointed at the gateway."""
    monkeypatch.setattr(client, "_api_url", served.url)
    monkeypatch.setattr(client, "_api_key", KEY)
    return client


def test_the_mcp_server_geocodes_by_it(mcp: Any) -> None:
    found = asyncio.run(mcp.api_addr_to_geocode("河北省廊坊市广阳区金光道66号"))
    library = spot("g1")
    assert found == {
        "status": "0",
        "msg": "ok",
        "searchVersion": "tianlake-1",
        "location": {
            "score": 100,
            "level": "门址",
            "lon": f"{library.x:.6f}",
            "lat": f"{library.y:.6f}",
            "keyWord": "河北省廊坊市广阳区金光道66号",
        },
    }
    with pytest.raises(Exception, match="无结果"):
        asyncio.run(mcp.api_addr_to_geocode("火星路"))


def test_the_mcp_server_geocodes_back_by_it(mcp: Any) -> None:
    found = asyncio.run(mcp.api_geocode_to_addr(39.9101, 116.4201))
    assert found == {
        "status": "0",
        "msg": "ok",
        "result": {
            "formatted_address": "北京市东城区东华门街道南池子大街136号东华门公厕",
            "location": {"lon": 116.4201, "lat": 39.9101},
            "addressComponent": {
                "address": "南池子大街136号",
                "address_distance": 14,
                "address_position": "东北",
                "nation": "中国",
                "province": "北京市",
                "province_code": "156110000",
                "city": "",
                "city_code": "",
                "county": "东城区",
                "county_code": "156110101",
                "town": "东华门街道",
                "town_code": "156110101001",
                "road": "南池子大街",
                "road_distance": 14,
                "poi": "东华门公厕",
                "poi_distance": 14,
                "poi_position": "东北",
            },
        },
    }
    with pytest.raises(Exception, match="无结果"):
        asyncio.run(mcp.api_geocode_to_addr(30.0, 130.0))


@pytest.mark.parametrize(
    "posted",
    [
        "{'lon':116.7001,'lat':39.5301,'ver':1}",  # the official sample's form
        '{"lon":"116.7001","lat":"39.5301"}',
        "{lon:116.7001,lat:39.5301,}",
    ],
)
def test_pseudo_json_is_understood(served: Server, posted: str) -> None:
    for more in ({"type": "geocode"}, {}):
        status, _, found = asked(served, postStr=posted, **more)
        assert (status, found["status"]) == (200, "0")
        assert found["result"]["addressComponent"]["poi"] == "广阳区图书馆"
    status, _, found = asked(served, ds="{'keyWord':'廊坊站'}")
    assert (status, found["location"]["level"]) == (200, "兴趣点")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "缺少参数：ds 或 postStr"),
        ({"ds": "{}"}, "缺少参数：keyWord"),
        ({"ds": '{"keyWord":" "}'}, "缺少参数：keyWord"),
        ({"ds": "廊坊"}, "ds 只接受一个不嵌套"),
        ({"ds": '{"keyWord":{"$ne":1}}'}, "不嵌套"),
        ({"ds": "[" * 3000}, "不嵌套"),
        ({"ds": '{"keyWord":"' + "街" * 201 + '"}'}, "最多 200 个字符"),
        ({"ds": '{"keyWord":"a\\u0000b"}'}, "控制字符"),
        ({"postStr": "{'lon':116.7}"}, "缺少参数：lat"),
        ({"postStr": "{'lon':'x','lat':1}"}, "lon 应为数字"),
        ({"postStr": "{'lon':NaN,'lat':1}"}, "应为数字"),
        ({"postStr": "{'lon':1e999,'lat':1}"}, "应为数字"),
        ({"postStr": "{'lon':181,'lat':1}"}, "lon 应在 -180 到 180"),
        ({"postStr": "{'lon':39.5,'lat':116.7}"}, "lat 应在 -90 到 90"),
        ({"postStr": "lon=116"}, "postStr "),
        ({"postStr": "{'lon':116,'lat':40}", "type": "query"}, "type"),
    ],
    ids=lambda each: str(each)[:40],
)
def test_what_is_wrong_is_said(served: Server, sent: dict[str, str], said: str) -> None:
    status, headers, found = asked(served, **sent)
    assert status == 400
    assert said in found["msg"]
    assert found["status"] == "404"
    assert headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("word", ["'; DROP TABLE places; --", "%", "\\", "' OR ''='", "$1", "火星'站", "?" * 50])
def test_hostile_words_find_nothing(served: Server, word: str) -> None:
    status, _, found = asked(served, ds=json.dumps({"keyWord": word}))
    assert (status, found["status"], found["msg"]) == (200, "404", "无结果")


def test_a_node_below_answers_for_itself(served: Server) -> None:
    status, headers, found = asked(served, f"/{CITY}/geocoder", ds='{"keyWord":"金光道66号"}')
    assert (status, found["location"]["score"]) == (200, 100)
    assert "db;dur=" in headers["server-timing"]
    # It publishes no areas, and its neighbours' places are its parent's affair.
    status, _, found = asked(served, f"/{CITY}/geocoder", postStr="{'lon':116.7001,'lat':39.5301}")
    assert found["result"]["addressComponent"]["county_code"] == "156131003"


def test_what_is_for_professional_users_is_not_told(served: Server) -> None:
    secret = addresses_kit.SECRET
    _, _, found = asked(served, ds=json.dumps({"keyWord": secret.name}))
    assert found["status"] == "404"
    _, _, found = asked(served, postStr=json.dumps({"lon": secret.x, "lat": secret.y}))
    assert found["result"]["addressComponent"]["poi"] == "广阳万达广场"
    assert "99号" not in json.dumps(found, ensure_ascii=False)


def test_a_key_is_needed_before_anything_else(served: Server) -> None:
    status, _, found = asked(served, tk="")
    assert (status, found["code"]) == (401, "key-missing")
    status, _, _ = asked(served, tk="z" * 32)
    assert status in {401, 403}


def test_only_reading_is_served(served: Server) -> None:
    request = urllib.request.Request(f"{served.url}/geocoder?tk={KEY}", method="POST", data=b"{}")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    with refused.value:
        assert refused.value.code == 405


def near(name: str, distance: float) -> Near:
    return Near(name, 0, 0, distance, "东")


def test_a_formatted_address_names_what_is_close() -> None:
    county = Around(Division("河北省", "156130000"), Division("廊坊市", "156131000"), Division("广阳区", "156131003"))
    whole = "河北省廊坊市广阳区"

    assert formatted(county) == whole
    both = replace(county, place=near("图书馆", CLOSE_M), address=near("金光道66号", 5), road=near("金光道", 2))
    assert formatted(both) == f"{whole}金光道66号图书馆"
    assert formatted(replace(both, address=near("金光道66号", 101))) == f"{whole}图书馆"
    assert formatted(replace(both, address=None)) == f"{whole}金光道图书馆"
    assert formatted(replace(county, place=near("图书馆", 500), road=near("金光道", 300))) == f"{whole}金光道附近"
    assert formatted(replace(county, place=near("图书馆", 1500))) == whole
