"""`/v2/administrative`: divisions, their seats, outlines and what lies below them."""

from __future__ import annotations

import json

import pytest
import shapely
import today_shapes as shapes
from today_kit import CITY, NATION, PROVINCE, Asker, area

from tianlake.lake.divisions import load_divisions


def only(document):
    [district] = document["data"]["district"]
    return district


@pytest.mark.parametrize("keyword", ["廊坊", "廊坊市", "156131000"])
def test_a_division_is_told_by_name_or_code(asker, keyword):
    document = asker.divisions(keyword=keyword)
    assert shapes.differences(document, shapes.ADMINISTRATIVE) == []
    district = only(document)
    assert (document["status"], document["message"], document["data"]["suggestion"]) == (200, "成功", [])
    assert (district["gb"], district["pgb"], district["level"]) == ("156131000", "156130000", 3)
    assert district["children"] == []
    assert "boundary" not in district


def test_the_outline_is_wkt_of_what_was_asked_for_alone(asker):
    document = asker.divisions(keyword="廊坊", childLevel="1", extensions="true")
    assert shapes.differences(document, shapes.ADMINISTRATIVE) == []
    district = only(document)
    assert district["boundary"].startswith("MULTIPOLYGON(((")
    assert shapely.from_wkt(district["boundary"]).equals_exact(shapely.multipolygons([*area(CITY).geoms]), 1e-9)
    assert not any("boundary" in each for each in district["children"])


def test_the_centre_is_the_seat_else_a_point_within(asker):
    seat = only(asker.divisions(keyword="广阳区"))["center"]
    assert area("156131003").buffer(0.05).covers(shapely.Point(seat["lng"], seat["lat"]))
    inside = only(asker.divisions(CITY, keyword="广阳区"))["center"]  # the city publishes areas, no seats
    assert area("156131003").contains(shapely.Point(inside["lng"], inside["lat"]))
    assert inside != seat


def test_children_are_those_of_the_list_to_the_depth_that_is_asked(asker):
    province = only(asker.divisions(keyword="河北省", childLevel="2"))
    listed = load_divisions()
    cities = {each["gb"]: each for each in province["children"]}
    assert set(cities) == {f"156{each.code}" for each in listed.children("130000")}
    counties = {each["gb"] for each in cities["156131000"]["children"]}
    assert counties == {f"156{each.code}" for each in listed.children("131000")}
    assert all(each["children"] == [] for each in cities["156131000"]["children"])
    assert {each["level"] for each in province["children"]} == {3}
    nation = only(asker.divisions(keyword="中国", childLevel="3"))
    assert sum(1 for _ in walk(nation)) == len(listed.units) + 1


def walk(district):
    yield district
    for each in district["children"]:
        yield from walk(each)


def test_counties_right_below_a_province_are_beside_its_cities(asker):
    children = {
        each["name"]: each["level"] for each in only(asker.divisions(keyword="河南", childLevel="1"))["children"]
    }
    assert children["济源市"] == 2
    assert children["郑州市"] == 3


def test_the_corps_has_its_cities_which_lie_in_xinjiang(asker):
    corps = only(asker.divisions(keyword="兵团", childLevel="1"))
    assert corps["name"] == "新疆生产建设兵团"
    assert "石河子市" in {each["name"] for each in corps["children"]}
    assert {each["pgb"] for each in corps["children"]} == {"156650000"}
    xinjiang = only(asker.divisions(keyword="新疆", childLevel="1"))
    assert "石河子市" in {each["name"] for each in xinjiang["children"]}


def test_one_character_is_answered_with_suggestions_alone(asker):
    data = asker.divisions(keyword="朝")["data"]
    assert data["district"] == []
    assert {"name": "朝阳区", "gb": "156110105"} in data["suggestion"]
    only_one = asker.divisions(keyword="廊")["data"]
    assert only_one == {"suggestion": [{"name": "廊坊市", "gb": "156131000"}], "district": []}


def test_all_that_have_a_name_are_told_and_those_within_the_node_first(asker):
    names = asker.divisions(PROVINCE, keyword="长安区")["data"]
    assert [each["gb"] for each in names["district"]] == ["156130102", "156610116"]
    assert [each["gb"] for each in names["suggestion"]][:2] == ["156130102", "156610116"]


def test_a_part_of_several_names_is_answered_with_suggestions(asker):
    data = asker.divisions(keyword="自治县")["data"]
    assert data["district"] == []
    assert 1 < len(data["suggestion"]) <= 20


def test_what_no_node_publishes_is_told_without_a_centre(asker):
    district = only(asker.divisions(NATION, keyword="北京", extensions="true"))
    assert district["gb"] == "156110000"
    assert "center" not in district
    assert "boundary" not in district


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({}, 400, "缺少参数：keyword"),
        ({"keyword": " "}, 400, "缺少参数：keyword"),
        ({"keyword": "长" * 51}, 400, "keyword 最多 50 个字符"),
        ({"keyword": "北京", "childLevel": "4"}, 400, "childLevel 应为 0、1、2 或 3"),
        ({"keyword": "北京", "extensions": "maybe"}, 400, "extensions 应为 true 或 false"),
        ({"keyword": "无此地方"}, 404, "没有找到行政区"),
        ({"keyword": "156999999"}, 404, "没有找到行政区"),
        ({"keyword": "156810101"}, 404, "没有找到行政区"),
        ({"keyword": "1561"}, 404, "没有找到行政区"),
    ],
)
def test_what_cannot_be_answered_says_why(asker: Asker, query, status, said):
    reply = asker.reply("/v2/administrative", **query)
    document = json.loads(reply.body)
    assert (reply.status, document["status"]) == (status, status)
    assert document["message"].startswith(said)
    assert document["data"] == {"suggestion": [], "district": []}
