"""What is refused, with which number; and how loosely clients may write."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import examples
from today_kit import Asker

from tianlake.functions.web.today.status import DESCRIPTIONS, SearchError
from tianlake.functions.web.today.units import units
from tianlake.functions.web.today.wishes import read_wish

VIEW = "116.02524,39.83833,116.65592,39.99185"
ORDINARY: dict[str, Any] = {"queryType": 1, "keyWord": "北京大学", "mapBound": VIEW, "level": 12}
NEARBY: dict[str, Any] = {"queryType": 3, "keyWord": "公园", "pointLonlat": "116.48016,39.93136", "queryRadius": 5000}
POLYGON = "118.93,27.42,118.93,27.30,118.80,27.31,118.93,27.42"


def wish(post: dict[str, Any] | str):
    text = post if isinstance(post, str) else json.dumps(post, ensure_ascii=False)
    return read_wish({"postStr": text, "type": "query"})


@pytest.mark.parametrize(
    ("post", "infocode", "said"),
    [
        ("", 2003, "缺少参数：postStr"),
        ("{", 2002, "请求参数格式错误"),
        ("[1]", 2002, "请求参数格式错误"),
        ("{'a': {'b': 1}}", 2002, "请求参数格式错误"),
        ({"keyWord": "北京大学"}, 2003, "缺少参数：queryType"),
        ({"queryType": 5, "keyWord": "公交"}, 2004, "枚举值错误：queryType"),
        ({"queryType": "x"}, 2004, "枚举值错误：queryType"),
        ({"queryType": 1}, 2003, "缺少参数：keyWord"),
        ({"queryType": 1, "keyWord": "北京大学"}, 2003, "缺少参数：mapBound"),
        ({"queryType": 7, "keyWord": "北京大学", "mapBound": VIEW}, 2003, "缺少参数：level"),
        ({"queryType": 2, "keyWord": "医院", "level": 12}, 2003, "缺少参数：mapBound"),
        ({"queryType": 3, "keyWord": "公园", "pointLonlat": "116,39"}, 2003, "缺少参数：queryRadius"),
        ({"queryType": 3, "keyWord": "公园", "queryRadius": 100}, 2003, "缺少参数：pointLonlat"),
        ({"queryType": 10, "keyWord": "学校"}, 2003, "缺少参数：polygon"),
        ({"queryType": 12, "keyWord": "商厦"}, 2003, "缺少参数：specify"),
        ({"queryType": 13, "specify": "156110000"}, 2003, "缺少参数：dataTypes"),
        ({"queryType": 14, "keyWord": "学校"}, 2003, "缺少参数：specify"),
        (ORDINARY | {"keyWord": "  "}, 2003, "缺少参数：keyWord"),
        (ORDINARY | {"keyWord": "长" * 101}, 2001, "请求参数错误：keyWord"),
        (ORDINARY | {"level": 19}, 2001, "请求参数错误：level"),
        (ORDINARY | {"level": "十"}, 2001, "请求参数错误：level"),
        (ORDINARY | {"show": 3}, 2004, "枚举值错误：show"),
        (ORDINARY | {"mapBound": "116,39,117"}, 2005, "经纬度数据错误：mapBound 应为 minx,miny,maxx,maxy"),
        (ORDINARY | {"mapBound": "117,39,116,40"}, 2005, "经纬度数据错误：mapBound"),
        (ORDINARY | {"mapBound": "116,39,181,40"}, 2005, "经纬度数据错误：mapBound"),
        (ORDINARY | {"mapBound": "a,b,c,d"}, 2005, "经纬度数据错误：mapBound"),
        (NEARBY | {"pointLonlat": "39.93136,116.48016"}, 2005, "经纬度数据错误：pointLonlat"),
        (NEARBY | {"pointLonlat": "nan,inf"}, 2005, "经纬度数据错误：pointLonlat"),
        (NEARBY | {"queryRadius": 10_001}, 2001, "请求参数错误：queryRadius"),
        (NEARBY | {"queryRadius": -1}, 2001, "请求参数错误：queryRadius"),
        ({"queryType": 10, "keyWord": "学校", "polygon": "1,2,3,4"}, 2005, "经纬度数据错误：polygon"),
        ({"queryType": 10, "keyWord": "学校", "polygon": "1,2,3,4,5"}, 2005, "经纬度数据错误：polygon"),
        (
            {"queryType": 10, "keyWord": "学校", "polygon": ",".join(["1,2", "3,4", "5,6"] * 7)},
            2006,
            "经纬度越界：polygon",
        ),
        (ORDINARY | {"start": 301}, 2007, "请求数据量溢出：start"),
        (ORDINARY | {"start": -1}, 2007, "请求数据量溢出：start"),
        (ORDINARY | {"count": 301}, 2007, "请求数据量溢出：count"),
        (ORDINARY | {"count": 0}, 2007, "请求数据量溢出：count"),
        (ORDINARY | {"start": 300, "count": 201}, 2007, "请求数据量溢出：start"),
        ({"queryType": 12, "keyWord": "商厦", "specify": "156999999"}, 2001, "请求参数错误：specify"),
        ({"queryType": 12, "keyWord": "商厦", "specify": "无此市"}, 2001, "请求参数错误：specify"),
        ({"queryType": 12, "keyWord": "商厦", "specify": "鼓楼区"}, 2001, "请求参数错误：specify 有多个同名行政区"),
        ({"queryType": 13, "specify": "北京", "dataTypes": ",".join("abcdefghijk")}, 2007, "请求数据量溢出：dataTypes"),
    ],
)
def test_what_is_wrong_is_refused_by_its_number(asker: Asker, post, infocode, said):
    reply = asker.reply("/v2/search", postStr=post if isinstance(post, str) else json.dumps(post), type="query")
    assert reply.status == 400
    document = json.loads(reply.body)
    assert document["status"]["infocode"] == infocode
    assert document["status"]["cndesc"].startswith(said)


def test_a_refusal_has_the_members_that_the_public_service_was_seen_to_answer(asker: Asker):
    reply = asker.reply("/v2/search", postStr='{"queryType":1,"keyWord":"北京大学"}', type="query")
    recorded = {"count": 0, "resultType": 1, "status": {"cndesc": "缺少参数：mapBound", "infocode": 2003}}
    assert json.loads(reply.body) == recorded


def test_every_number_that_is_documented_has_its_words():
    assert set(DESCRIPTIONS) == {1000, *range(2001, 2008), 3000, 3001}


@pytest.mark.parametrize(
    "text",
    [
        '{"keyWord":"公园","queryRadius":5000,"pointLonlat":"116.48016,39.93136","queryType":3,"start":0,"count":10}',
        "{'keyWord':'公园','queryRadius':'5000','pointLonlat':'116.48016,39.93136','queryType':'3','start':'0','count':'10'}",
        "{keyword: '公园', queryradius: 5000, pointLonlat: '116.48016, 39.93136', queryType: 3}",
        '{"keyWord":"公园","queryRadius":5e3,"pointLonlat":"116.48016,39.93136","queryType":3.0,}',
    ],
)
def test_pseudo_json_and_numbers_as_text_are_the_same_search(text):
    assert wish(text) == wish(NEARBY)


def test_pages_are_of_ten_where_a_client_leaves_them_out():
    assert (wish(NEARBY).start, wish(NEARBY).count, wish(NEARBY).detailed) == (0, 10, False)


def test_a_polygon_may_be_left_open_and_is_closed():
    closed = wish({"queryType": 10, "keyWord": "学校", "polygon": POLYGON})
    opened = wish({"queryType": 10, "keyWord": "学校", "polygon": POLYGON.rsplit(",", 2)[0]})
    assert closed.ring == opened.ring
    assert len(closed.ring) == 4


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("156110000", "156110000"),
        ("北京", "156110000"),
        ("北京市", "156110000"),
        ("吉林", "156220000"),
        ("吉林市", "156220200"),
        ("中国", "156000000"),
        ("济源", "156419001"),
        ("兵团", "156660000"),
        ("石河子市", "156659001"),
        ("156131002001", "156131002001"),  # a town
        ("156810101", "156810101"),  # 中西区 of today's table of codes; the list has no districts of 香港
    ],
)
def test_a_division_is_named_by_code_or_name(sent, code):
    found = wish({"queryType": 12, "keyWord": "商厦", "specify": sent}).division
    assert found is not None
    assert found.code == code


def test_codes_of_types_stand_for_all_below_them():
    types = wish({"queryType": 13, "specify": "156110000", "dataTypes": "110000, 110100,110303,中学,110000"}).types
    assert types == ("11", "1101", "110303", "中学")


def test_provinces_answer_with_counts_and_municipalities_with_places():
    assert units()["156130000"].shows_counts
    assert units()["156000000"].shows_counts
    assert not units()["156110000"].shows_counts
    assert not units()["156131000"].shows_counts


values = st.one_of(
    st.text(max_size=20), st.integers(), st.floats(), st.booleans(), st.none(), st.sampled_from([VIEW, POLYGON])
)
names = st.sampled_from(
    [
        *("queryType", "keyWord", "mapBound", "level", "pointLonlat", "queryRadius", "polygon"),
        *("specify", "dataTypes", "start", "count", "show"),
    ]
)
posts = st.one_of(
    st.text(max_size=100),
    st.dictionaries(names, values, max_size=8).map(json.dumps),
    st.dictionaries(names, values, max_size=8).map(str),
)


@settings(max_examples=examples(300), deadline=None)
@given(post=posts)
def test_whatever_is_posted_is_a_search_or_refused(post):
    try:
        kind, infocode = wish(post).kind, 1000
    except SearchError as error:
        kind, infocode = 0, error.infocode
    assert kind in {0, 1, 2, 3, 4, 7, 10, 12, 13, 14}
    assert infocode in {1000, *range(2001, 2008)}


@settings(max_examples=60, deadline=None)
@given(post=posts, kind=st.sampled_from([1, 2, 3, 4, 7, 10, 12, 13, 14]))
def test_whatever_is_asked_is_answered_without_a_fault_of_ours(asker: Asker, post, kind):
    fields = {"queryType": kind, "keyWord": post[:50] or "学", "mapBound": "116,39,117,40", "level": 9}
    fields |= {"pointLonlat": "116.7,39.5", "queryRadius": 9000, "polygon": POLYGON, "specify": "156131000"}
    reply = asker.reply("/v2/search", postStr=json.dumps(fields | {"dataTypes": post[:20] or "11"}), type="query")
    assert reply.status in {200, 400}
    assert json.loads(reply.body)["status"]["infocode"] < 3000
