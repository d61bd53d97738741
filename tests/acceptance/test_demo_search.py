"""Today's search over the demo's own data: what it finds is what pyarrow, pyproj and shapely say is there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
import shapely
import today_shapes as shapes
from demo_kit import Demo
from pyproj import Geod

CITY = "156131000"
PROVINCE = "156130000"
CENTRE = (116.70, 39.52)
EARTH = Geod(ellps="GRS80")


@pytest.fixture(scope="module")
def client(served: Demo):
    [key] = re.findall(r"^  ([a-z0-9]{32}) ", served.told, re.MULTILINE)
    with httpx.Client(base_url=served.url(), params={"tk": key}, timeout=30) as client:
        yield client


def table(demo: Demo, code: str, product: str) -> Path:
    pointer = json.loads((demo.lake / code / f"collections/{product}/collection.json").read_bytes())
    return demo.lake / code / f"releases/{product}/{pointer['version']}/{product}.parquet"


def search(client: httpx.Client, code: str, **fields: Any) -> dict[str, Any]:
    answer = client.get(f"{code}/v2/search", params={"postStr": json.dumps(fields), "type": "query"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_nearby_are_exactly_those_that_pyproj_measures(client, served):
    radius = 3000
    rows = pq.read_table(table(served, CITY, "places"), columns=["place_id", "std_name", "lon", "lat"]).to_pylist()
    measured = {each["place_id"]: EARTH.inv(*CENTRE, each["lon"], each["lat"])[2] for each in rows}
    expected = {each["place_id"] for each in rows if "路" in each["std_name"] and measured[each["place_id"]] <= radius}
    assert len(expected) > 10
    document = search(
        client, CITY, queryType=3, keyWord="路", pointLonlat="116.70,39.52", queryRadius=radius, count=300
    )
    found = [each["hotPointID"] for each in document["pois"]]
    assert document["count"] == str(len(expected))
    assert set(found) == expected
    assert [measured[each] for each in found] == sorted(measured[each] for each in found)
    assert shapes.differences(document, shapes.NEARBY) == []


def test_what_province_and_city_publish_is_told_once_by_the_city(client, served):
    query = {"queryType": 3, "keyWord": "路", "pointLonlat": "116.70,39.52", "queryRadius": 3000, "count": 300}
    city, province = search(client, CITY, **query), search(client, PROVINCE, **query)
    assert {each["hotPointID"] for each in city["pois"]} <= {each["hotPointID"] for each in province["pois"]}
    assert int(province["count"]) < 1.1 * int(city["count"])


def test_counts_of_a_province_are_those_of_its_rows(client, served):
    rows = pq.read_table(table(served, PROVINCE, "places"), columns=["std_name", "city_code"]).to_pylist()
    expected = sum("学校" in each["std_name"] for each in rows)
    told = search(client, PROVINCE, queryType=14, keyWord="学校", specify="河北省")
    assert told["count"] == str(expected)
    assert sum(each["count"] for each in told["statistics"]["allAdmins"]) == expected
    assert shapes.differences(told, shapes.STATISTICS) == []


def test_names_are_found_in_a_city(client):
    document = search(client, PROVINCE, queryType=12, keyWord="福合医院", specify="廊坊", show=2)
    assert document["pois"][0]["name"] == "福合医院"
    assert document["pois"][0]["cityCode"] == CITY
    assert shapes.differences(document, shapes.DETAILED) == []


def test_a_city_has_its_outline_and_its_counties(client, served):
    query = {"keyword": "廊坊", "childLevel": "1", "extensions": "true"}
    document = client.get("v2/administrative", params=query).json()
    assert shapes.differences(document, shapes.ADMINISTRATIVE) == []
    [district] = document["data"]["district"]
    rows = pq.read_table(table(served, "156000000", "divisions"), columns=["code", "geometry"]).to_pylist()
    [area] = [shapely.from_wkb(each["geometry"]) for each in rows if each["code"] == CITY]
    assert shapely.from_wkt(district["boundary"]).equals(area)
    assert len(district["children"]) == 10
    for each in district["children"]:
        assert area.contains(shapely.Point(each["center"]["lng"], each["center"]["lat"]))
