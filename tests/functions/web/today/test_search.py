"""`/v2/search` over a small tree of nodes: every query type, its shape, and who counts with other tools."""

from __future__ import annotations

import json
from typing import Any

import pytest
import today_shapes as shapes
from pyproj import Geod
from shapely.geometry import Point, Polygon
from today_kit import CITY, CITY_SPOTS, CODES, PROVINCE, PROVINCE_SPOTS, WATER, Asker, area

from tianlake.functions.web.desk import WebDesk
from tianlake.functions.web.start import routes
from tianlake.functions.web.today.search import search
from tianlake.lake.current import CurrentRelease, CurrentReleases, open_nodes
from tianlake.lake.engine import Engine, TooSlowError

EARTH = Geod(ellps="GRS80")
"""The ellipsoid of CGCS2000, but for a hundredth of a millimetre."""

CENTRE = (116.7000, 39.5200)
WIDE: dict[str, Any] = {"mapBound": "113,36,120,43", "level": 8}
SPOTS = {each.id: each for each in (*CITY_SPOTS, *PROVINCE_SPOTS)}
MERGED = {name: each for name, each in SPOTS.items() if name != "p1"}
"""`p1` is the school that the city publishes, too, a few metres away."""


def ids(document) -> list[str]:
    return [each["hotPointID"] for each in document.get("pois", [])]


def metres(spot) -> float:
    return float(EARTH.inv(*CENTRE, spot.x, spot.y)[2])


def nearby(asker: Asker, text: str, radius: float, **more: Any):
    return asker.search(
        queryType=3, keyWord=text, pointLonlat=f"{CENTRE[0]},{CENTRE[1]}", queryRadius=radius, count=100, **more
    )


def test_nearby_are_those_within_the_radius_on_the_ellipsoid_nearest_first(asker):
    document = nearby(asker, "学", 1000)
    inside = sorted((metres(each), name) for name, each in MERGED.items() if "学" in each.name and metres(each) <= 1000)
    assert ids(document) == [name for _, name in inside] == ["c1", "c2"]
    assert [each["distance"] for each in document["pois"]] == [f"{distance:.0f}m" for distance, _ in inside]
    assert shapes.differences(document, shapes.NEARBY) == []


def test_the_edge_of_a_circle_is_exact_to_the_metre(asker):
    edge = metres(SPOTS["c2"])
    assert "c2" in ids(nearby(asker, "小学", edge + 0.5))
    assert "c2" not in ids(nearby(asker, "小学", edge - 0.5))


def test_distances_of_a_kilometre_and_more_are_in_kilometres(asker):
    document = nearby(asker, "医院", 10_000)
    told = {each["hotPointID"]: each["distance"] for each in document["pois"]}
    assert told["c3"] == f"{metres(SPOTS['c3']) / 1000:.1f}km"


def test_a_place_that_two_nodes_publish_is_told_once_by_the_lower_one(asker):
    assert ids(nearby(asker, "第一中学", 2000)) == ["c1"]
    assert nearby(asker, "第一中学", 2000)["count"] == "1"
    assert {"c7", "p2"} <= set(ids(asker.search(queryType=13, specify="河北", dataTypes="公园", count=50)))


def test_other_names_are_found(asker):
    assert ids(nearby(asker, "廊坊一中", 2000)) == ["c1"]


def test_a_polygon_holds_what_shapely_says(asker):
    ring = [(116.68, 39.49), (116.72, 39.49), (116.68, 39.54), (116.68, 39.49)]
    text = ",".join(f"{lon},{lat}" for lon, lat in ring)
    document = asker.search(queryType=10, keyWord="人民", polygon=text, count=50, show=2)
    inside = {
        name for name, each in MERGED.items() if "人民" in each.name and Polygon(ring).covers(Point(each.x, each.y))
    }
    assert set(ids(document)) == inside == {"c3"}  # c7 lies in its box alone
    assert shapes.differences(document, shapes.DETAILED) == []


def test_entities_are_found_by_a_point_on_them(asker):
    west, south, east, north = WATER
    ring = f"{west},{south},{east},{south},{east},{north},{west},{north},{west},{south}"
    document = asker.search(queryType=10, keyWord="水库", polygon=ring)
    assert ids(document) == ["w1"]
    lon, lat = map(float, document["pois"][0]["lonlat"].split(","))
    assert west < lon < east
    assert south < lat < north


def test_divisions_are_no_places(asker):
    assert "count" in (document := asker.search(queryType=10, keyWord="广阳区", polygon="116,39,117,39,117,40,116,40"))
    assert all("seat" in each["source"] or each["typeName"] for each in document.get("pois", []) if "typeName" in each)
    assert document["count"] == "2"  # its seat and its school, not its area


def test_types_are_names_or_beginnings_of_codes_within_a_division(asker):
    by_name = asker.search(queryType=13, specify=CITY, dataTypes="小学", count=50)
    by_code = asker.search(queryType=13, specify="廊坊", dataTypes="160100", count=50)
    assert set(ids(by_name)) == {"c2", "c5"}
    assert set(ids(by_code)) == {"c1", "c2", "c5"}
    assert shapes.differences(by_name, shapes.PLACES) == []


def test_of_several_types_each_has_a_member_of_its_own_beside_all(asker):
    document = asker.search(queryType=13, specify=CITY, dataTypes="小学,公园", count=50)
    assert set(ids(document)) == {"c2", "c5", "c4", "c7"}
    assert (document["小学"]["count"], document["公园"]["count"], document["count"]) == ("2", "2", "4")
    assert set(ids(document["公园"])) == {"c4", "c7"}


def test_a_view_narrows_a_search_by_type(asker):
    document = asker.search(queryType=13, specify=CITY, dataTypes="小学", mapBound="116.4,39.2,116.6,39.4")
    assert ids(document) == ["c5"]


def test_statistics_are_counted_by_where_a_place_lies(asker):
    document = asker.search(queryType=14, keyWord="小学", specify="河北省")
    cities = {each["adminCode"]: each["count"] for each in document["statistics"]["allAdmins"]}
    schools = [each for each in MERGED.values() if "小学" in each.name]
    inside = {code: sum(area(f"{code}").covers(Point(each.x, each.y)) for each in schools) for code in cities}
    assert cities == inside == {156130100: 1, 156131000: 2}
    assert document["count"] == "3"
    assert document["resultType"] == 2
    assert shapes.differences(document, shapes.STATISTICS) == []


def test_statistics_of_a_city_are_of_its_counties_which_are_leaves(asker):
    told = asker.search(queryType=14, keyWord="小学", specify=CITY)["statistics"]
    assert [(each["name"], each["count"], each["isleaf"]) for each in told["allAdmins"]] == [
        ("广阳区", 1, True),
        ("永清县", 1, True),
    ]
    lon, lat = map(float, told["allAdmins"][0]["lonlat"].split(","))
    assert area("156131003").buffer(0.05).covers(Point(lon, lat))


def test_the_cities_with_the_most_come_first_in_statistics(asker):
    told = asker.search(queryType=14, keyWord="小学", specify="156000000")["statistics"]
    assert [(each["name"], each["count"]) for each in told["priorityCitys"]] == [("廊坊市", "2"), ("石家庄市", "1")]
    assert [each["name"] for each in told["allAdmins"]] == ["河北省"]


def test_a_province_is_answered_with_counts_where_a_city_is_with_places(asker):
    province = asker.search(queryType=12, keyWord="小学", specify=PROVINCE)
    city = asker.search(queryType=12, keyWord="小学", specify=CITY)
    assert (province["resultType"], city["resultType"]) == (2, 1)
    assert set(ids(city)) == {"c2", "c5"}
    assert city["prompt"] == [{"type": 4, "admins": [{"adminName": "廊坊市", "adminCode": 156131000}]}]


def test_the_name_of_a_division_is_answered_with_its_area(asker):
    document = asker.search(queryType=1, keyWord="廊坊", **WIDE)
    assert document["resultType"] == 3
    assert shapes.differences(document, shapes.AREA) == []
    told = document["area"]
    assert [float(each) for each in told["bound"].split(",")] == pytest.approx(area(CITY).bounds, abs=1e-5)
    assert told["adminCode"] == 156131000


def test_a_name_that_several_divisions_have_is_prompted_for(asker):
    prompt = asker.search(queryType=1, keyWord="长安区", **WIDE)["prompt"]
    assert prompt[0]["type"] == 3
    assert {each["adminCode"] for each in prompt[0]["admins"]} == {156130102, 156610116}


def test_names_are_found_anywhere_and_in_the_view(asker):
    anywhere = asker.search(queryType=7, keyWord="第一中学", count=50, **WIDE)
    in_view = asker.search(queryType=2, keyWord="第一中学", mapBound="116.6,39.4,116.8,39.6", level=12, count=50)
    assert set(ids(anywhere)) == {"c1", "p3"}
    assert set(ids(in_view)) == {"c1"}
    assert shapes.differences(anywhere, shapes.PLACES) == []


def test_a_node_searches_itself_and_those_below(asker):
    query = {"queryType": 7, "keyWord": "第一中学", "count": 50, **WIDE}
    assert set(ids(asker.search(CITY, **query))) == {"c1"}
    assert set(ids(asker.search(PROVINCE, **query))) == {"c1", "p3"}


def test_names_are_suggested(asker):
    document = asker.search(queryType=4, keyWord="广阳区实验")
    assert shapes.differences(document, shapes.SUGGESTIONS) == []
    assert document["suggests"][0]["name"] == "广阳区实验小学"
    assert document["suggests"][0]["gbCode"] == "156131003"


def test_a_miss_has_a_count_as_text_and_no_places(asker):
    document = nearby(asker, "没有这样的地方", 100)
    assert document["count"] == "0"
    assert document["status"] == {"cndesc": "服务正常", "infocode": 1000}
    assert shapes.differences(document, shapes.MISS) == []


def test_details_are_told_where_they_are_asked_for(asker):
    [poi] = asker.search(queryType=13, specify=CITY, dataTypes="中学", show=2)["pois"]
    assert poi["phone"] == "0316-1234567"
    assert (poi["province"], poi["cityCode"], poi["countyCode"]) == ("河北省", "156131000", "156131003")
    assert (poi["typeCode"], poi["typeName"], poi["poiType"]) == ("160102", "中学", "101")
    assert "province" not in asker.search(queryType=13, specify=CITY, dataTypes="中学")["pois"][0]


def test_what_the_index_does_not_have_comes_from_the_table(asker):
    poi = asker.search(queryType=7, keyWord="廊坊市第一中学", show=2, **WIDE)["pois"][0]
    assert poi["hotPointID"] == "c1"
    assert (poi["phone"], poi["source"]) == ("0316-1234567", "测试数据 Test data")
    assert (poi["countyCode"], poi["typeName"]) == ("156131003", "中学")


def test_pages_follow_each_other(asker):
    query = {"queryType": 13, "specify": PROVINCE, "dataTypes": "16"}
    whole = ids(asker.search(**query, count=50))
    paged = [each for start in range(0, 8, 2) for each in ids(asker.search(**query, start=start, count=2))]
    assert paged == whole
    assert asker.search(**query, start=100, count=2)["count"] == str(len(whole))


def test_nothing_is_found_where_nothing_is_published(asker):
    document = asker.search(queryType=12, keyWord="医院", specify="北京市")
    assert document["count"] == "0"
    assert document["prompt"][0]["type"] == 2


def test_a_division_of_which_nothing_is_known_is_searched_for_as_a_name(asker):
    assert asker.search(queryType=1, keyWord="北京", **WIDE)["resultType"] == 1


def test_a_search_that_takes_too_long_is_told_so_in_its_own_words(workspace):
    def slow(*_):
        raise TooSlowError("ended")

    releases = CurrentReleases(open_nodes("file:lake", CODES, None, workspace))
    asker = Asker(WebDesk(releases, Engine(), {"/v2/search": search(slow)}))
    reply = asker.reply("/v2/search", postStr='{"queryType":4,"keyWord":"学校"}')
    assert reply.status == 503
    assert json.loads(reply.body)["status"]["infocode"] == 3000


def test_where_nothing_has_an_index_it_is_not_said_that_there_is_no_such_name(asker, monkeypatch):
    monkeypatch.setattr(CurrentRelease, "holds", lambda *_: False)  # as of releases from before there were indexes
    for kind in (1, 2, 4, 7):
        document = asker.search(queryType=kind, keyWord="第一中学", **WIDE)
        assert (document["count"], document["status"]["infocode"]) == ("0", 3001)
        assert "重新构建并发布" in document["status"]["cndesc"]
    assert asker.search(queryType=1, keyWord="廊坊", **WIDE)["resultType"] == 3


def test_a_node_without_places_has_no_data(workspace):
    releases = CurrentReleases(open_nodes("file:lake", ["156110000"], None, workspace))
    asker = Asker(WebDesk(releases, Engine(), routes()))
    document = asker.search("156110000", queryType=12, keyWord="医院", specify="北京")
    assert document["status"] == {"cndesc": "没有找到数据", "infocode": 3001}
    assert document["count"] == "0"


def test_other_methods_are_refused(asker):
    reply = asker.reply("/v2/search", method="POST")
    assert reply.status == 405
    assert dict(reply.headers)["allow"] == "GET, HEAD"


def test_routes_are_refused_in_both_languages(asker):
    for path in ("/drive", "/transit"):
        reply = asker.reply(path)
        document = json.loads(reply.body)
        assert (reply.status, document["code"]) == (404, "service-not-provided")
        assert set(document["message"]) == {"zh", "en"}
