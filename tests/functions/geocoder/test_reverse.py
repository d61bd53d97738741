"""From a point to what lies there: divisions by area, the nearest of each kind by distance on the ellipsoid."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

import pytest
from addresses_kit import AREAS, ROADS, SPOTS, Spot, spot
from pyproj import Geod, Transformer
from shapely.geometry import LineString, Point

from tianlake.lake.current import CurrentRelease
from tianlake.lake.engine import Answer, Engine, Inquiry
from tianlake.lake.search.reverse import RADII_M, Around, _completed, box_around, position, reverse

Ask = Callable[[float, float], Around | None]
GEOD: Final = Geod(a=6_378_137, rf=298.257222101)  # CGCS2000
ADDRESSES: Final = [each for each in SPOTS if each.number]
PLACES: Final = [each for each in SPOTS if each.name and each.type not in {"道路", "行政区驻地"}]
NAMED_ROADS: Final = [each for each in SPOTS if each.road or each.type == "道路"]


def points(count: int) -> list[tuple[float, float]]:
    """Return points around 廊坊, the same each time; many of them close to a place."""
    made = random.Random(20261127)
    near = [(each.x, each.y) for each in SPOTS]
    spread = [(made.uniform(116.45, 116.95), made.uniform(38.95, 39.65)) for _ in range(count)]
    close = [made.choice(near) for _ in range(count)]
    return spread + [(x + made.uniform(-0.02, 0.02), y + made.uniform(-0.02, 0.02)) for x, y in close]


def metres(lon: float, lat: float, other: Spot) -> float:
    return float(GEOD.inv(lon, lat, other.x, other.y)[2])


def road_distance(lon: float, lat: float, name: str) -> float:
    """Return the distance to a road that is a line, measured in its own projection."""
    line = next(line for named, line in ROADS.values() if named == name).segmentize(0.0005)
    flat = Transformer.from_crs("EPSG:4490", f"+proj=aeqd +lat_0={lat} +lon_0={lon} +ellps=GRS80", always_xy=True)
    east, north = flat.transform(*line.xy)
    return float(LineString(list(zip(east, north, strict=True))).distance(Point(0, 0)))


@pytest.fixture(scope="module")
def around(releases: Sequence[CurrentRelease], engine: Engine) -> Ask:
    return cache(lambda lon, lat: reverse(lon, lat, releases, engine.ask))


def test_divisions_are_those_whose_area_holds_the_point(around: Ask) -> None:
    for lon, lat in points(60):
        inside = {code for code, (_, area) in AREAS.items() if area.covers(Point(lon, lat))}
        found = around(lon, lat) or Around()
        told = {each.code for each in (found.province, found.city, found.county) if each.code}
        assert told == inside, (lon, lat)


def test_the_nearest_of_each_kind_is_the_nearest_on_the_ellipsoid(
    around: Ask,
) -> None:
    near = 0
    for lon, lat in points(60):
        found = around(lon, lat) or Around()
        for mine, rows in ((found.place, PLACES), (found.address, ADDRESSES)):
            nearest = min(metres(lon, lat, each) for each in rows)
            if nearest > RADII_M[-1]:
                assert mine is None
                continue
            near += 1
            assert mine is not None
            assert mine.distance_m == pytest.approx(nearest, abs=0.01)
    assert near > 100


def test_a_road_is_as_far_as_its_line(around: Ask) -> None:
    lines = {name for name, _ in ROADS.values()}
    measured = 0
    for lon, lat in points(60):
        found = around(lon, lat)
        road = found.road if found else None
        points_on = [metres(lon, lat, each) for each in NAMED_ROADS]
        nearest = min([*points_on, *(road_distance(lon, lat, name) for name in lines)])
        if nearest > RADII_M[-1]:
            assert road is None
            continue
        assert road is not None
        assert road.distance_m == pytest.approx(nearest, rel=0.001, abs=0.05)
        measured += road.name in lines
    assert measured > 20


def test_it_says_where_the_point_lies_from_there(around: Ask) -> None:
    library = spot("g1")
    words = {0: "北", 45: "东北", 90: "东", 135: "东南", 180: "南", 225: "西南", 270: "西", 315: "西北"}
    for bearing, word in words.items():
        lon, lat, _ = GEOD.fwd(library.x, library.y, bearing + 5, 15)
        found = around(lon, lat)
        assert found is not None
        assert found.place is not None
        assert found.address is not None
        assert (found.place.name, found.place.position) == ("广阳区图书馆", word)
        assert (found.place.lon, found.place.lat) == (library.x, library.y)
        assert found.place.distance_m == pytest.approx(15, abs=1e-3)
        assert found.address.name == "金光道66号"
    exact = around(library.x, library.y)
    assert exact is not None
    assert exact.place is not None
    assert (exact.place.distance_m, exact.place.position) == (0, "")


def test_a_municipality_has_no_city(around: Ask) -> None:
    found = around(116.4201, 39.9101)
    assert found is not None
    assert (found.province.code, found.city.code, found.county.code) == ("156110000", "", "156110101")
    assert (found.town.name, found.town.code) == ("东华门街道", "156110101001")


def test_a_town_is_that_of_a_place_in_the_same_county(around: Ask) -> None:
    found = around(116.7005, 39.5301)
    assert found is not None
    assert found.town.code == "156131003001"
    # Across the border the nearest place with a town is in another county.
    across = around(116.7005, 39.4995)
    assert across is not None
    assert (across.county.name, across.town.code) == ("安次区", "")


def test_beyond_all_divisions_there_is_only_what_is_near(around: Ask) -> None:
    abroad = around(-74.0, 40.7)
    sea = around(130.0, 30.0)
    pole = around(180.0, -90.0)
    assert abroad is sea is pole is None
    # 灯塔 stands beyond the areas that are published: no other place lends it a division.
    lighthouse = around(117.601, 39.0)
    assert lighthouse is not None
    assert lighthouse.province.code == lighthouse.county.code == ""
    assert lighthouse.place is not None
    assert lighthouse.place.name == "灯塔"


def test_where_no_areas_are_published_the_nearest_place_tells(
    releases: Sequence[CurrentRelease], inquiry: Inquiry
) -> None:
    places = [each for each in releases if each.card.product_class == "place"]
    found = reverse(116.7001, 39.5301, places, inquiry.ask)
    assert found is not None
    assert [each.name for each in (found.province, found.city, found.county)] == ["河北省", "廊坊市", "广阳区"]
    assert reverse(116.7001, 39.5301, [], inquiry.ask) is None


def test_where_only_larger_areas_are_published_the_nearest_place_tells_the_county() -> None:
    told = {"156130000": "河北", "156131000": "廊坊市", "156131003": "广阳区"}
    assert _completed({"156130000": "河北省"}, told) == told | {"156130000": "河北省"}
    # A place across the border tells nothing.
    assert _completed({"156110000": "北京市"}, told) == {"156110000": "北京市"}
    assert _completed({"156131002": "安次区"}, told) == {"156131002": "安次区"}
    assert _completed({}, told) == {}


def test_boxes_grow_only_where_nothing_is_near(releases: Sequence[CurrentRelease], inquiry: Inquiry) -> None:
    asked: list[str] = []

    def ask(sql: str, parameters: Sequence[object] = ()) -> Answer:
        asked.append(sql)
        return inquiry.ask(sql, parameters)

    reverse(116.7000, 39.5300, releases, ask)
    assert len(asked) == 2  # areas, and one box
    asked.clear()
    reverse(116.65, 39.05, releases, ask)
    assert len(asked) == 1 + len(RADII_M)
    assert all("bbox.xmin" in each for each in asked)
    asked.clear()
    reverse(100.0, 30.0, releases, ask)  # where no table reaches
    assert not asked


@pytest.mark.parametrize("lat", [0.0, 3.8, 39.5, 53.5, -53.5, -75.0])
def test_a_box_holds_all_within_its_radius_and_little_more(lat: float) -> None:
    box = box_around(110.0, lat, 5000)
    for bearing in range(0, 360, 5):
        lon, there, _ = GEOD.fwd(110.0, lat, bearing, 5000)
        assert box.west <= lon <= box.east
        assert box.south <= there <= box.north
    assert GEOD.inv(box.west, lat, box.east, lat)[2] < 10_250


def test_around_a_pole_and_at_180_degrees_are_all_longitudes() -> None:
    assert box_around(10.0, 89.99, 5000).as_list()[0::2] == [-180, 180]
    assert box_around(179.99, 10.0, 5000).as_list()[0::2] == [-180, 180]


def test_directions_are_those_of_the_compass() -> None:
    made = random.Random(7)
    words = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
    for _ in range(500):
        lon, lat = made.uniform(80, 130), made.uniform(5, 53)
        bearing = made.uniform(0, 360)
        if abs((bearing + 22.5) % 45) < 0.2 or abs((bearing + 22.5) % 45) > 44.8:
            continue
        there = GEOD.fwd(lon, lat, bearing, made.uniform(1, 5000))
        assert position(there[0], there[1], (lon, lat)) == words[round(bearing / 45) % 8]
