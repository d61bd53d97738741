"""The demo's real places, geocoded forward and back: roads and stations of 廊坊, drawn by volunteers."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import geopandas
import pandas as pd
import pytest
from demo_kit import Demo
from pyproj import Geod
from shapely.geometry import Point

from tianlake.lake.current import CurrentRelease, CurrentReleases, open_nodes
from tianlake.lake.engine import Engine
from tianlake.lake.search.fits import Located
from tianlake.lake.search.geocode import geocode
from tianlake.lake.search.names import find
from tianlake.lake.search.reverse import Around, reverse

CODES: Final = ("156000000", "156130000", "156131000")
GEOD: Final = Geod(a=6_378_137, rf=298.257222101)  # CGCS2000
ROADS: Final = {"motorway", "trunk", "primary", "secondary", "tertiary", "residential", "unclassified", "service"}
LINKS: Final = {f"{each}_link" for each in ("motorway", "trunk", "primary", "secondary", "tertiary")}
WAYS: Final = ROADS | LINKS | {"living_street", "pedestrian", "road"}


@pytest.fixture(scope="module")
def releases(demo: Demo) -> tuple[CurrentRelease, ...]:
    current = CurrentReleases(open_nodes("file:lake", CODES, None, demo.folder))
    return tuple(each for code in CODES for each in current.of(code))


@pytest.fixture(scope="module")
def located(releases: tuple[CurrentRelease, ...]) -> Callable[[str], Located | None]:
    engine = Engine()
    return lambda text: geocode(text, releases, engine.ask, find)


@pytest.fixture(scope="module")
def around(releases: tuple[CurrentRelease, ...]) -> Callable[[float, float], Around | None]:
    engine = Engine()
    return lambda lon, lat: reverse(lon, lat, releases, engine.ask)


def frame(releases: tuple[CurrentRelease, ...], product: str) -> Any:
    """Return a product's tables of all nodes, as geopandas reads them."""
    found = [each for each in releases if each.product == product]
    assert found
    frames = [geopandas.read_parquet(each.url(each.table.name)) for each in found if each.table]
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(
    ("text", "level", "score", "county"),
    [
        ("河北省廊坊市广阳区友谊路", "路", 100, "广阳区"),
        ("廊坊广阳友谊路", "路", 100, "广阳区"),
        ("廊坊市广阳区友谊路8号", "路", 70, "广阳区"),
        ("三河市迎宾路", "路", 100, "三河市"),
        ("香河县新华大街", "路", 100, "香河县"),
        ("廊坊北站", "兴趣点", 100, "广阳区"),
        ("廊坊站", "兴趣点", 95, "安次区"),
        ("霸州市", "区", 100, "霸州市"),
        ("廊坊", "市", 100, None),
        ("北京市", "省", 100, None),
        ("上海市浦东新区世纪大道100号", "区", 40, "浦东新区"),
    ],
)
def test_addresses_of_langfang(
    text: str, level: str, score: int, county: str | None, located: Callable[[str], Located | None], around: Any
) -> None:
    found = located(text)
    assert found is not None
    assert (found.level, found.score) == (level, score)
    if county:
        there = around(found.lon, found.lat)
        assert there is not None
        assert there.county.name == county


def test_a_road_answers_with_a_point_of_it(
    releases: tuple[CurrentRelease, ...], located: Callable[[str], Located | None]
) -> None:
    places = frame(releases, "places")
    roads = places[(places.category == "道路") & places["type"].isin(WAYS) & (places.county != "")]
    found_whole = 0
    for row in roads.drop_duplicates(["std_name", "county_code"]).sample(40, random_state=5).itertuples():
        text = f"{row.city}{row.county}{row.std_name}"
        found = located(text)
        assert found is not None, text
        if found.level != "路":
            continue  # bridges, junctions and lines, which addresses do not name
        found_whole += found.score == 100
        own = roads[(roads.std_name == found.name) & (roads.county_code == row.county_code)]
        assert ((own.lon - found.lon).abs() + (own.lat - found.lat).abs()).min() < 1e-7, text
    assert found_whole > 25


def test_points_lie_in_the_divisions_that_shapely_says_and_next_to_what_pyproj_says(
    releases: tuple[CurrentRelease, ...], around: Callable[[float, float], Around | None]
) -> None:
    areas = frame(releases, "divisions")
    areas = areas[areas.geom_type.isin({"Polygon", "MultiPolygon"}) & areas.code.str.fullmatch(r"156\d{6}")]
    places = frame(releases, "places")
    roads = places[(places.category == "道路") & places["type"].isin(WAYS)]
    made = random.Random(20261127)
    counties = 0
    for _ in range(25):
        lon, lat = made.uniform(116.2, 117.2), made.uniform(38.8, 40.0)
        found = around(lon, lat) or Around()
        inside = set(areas.code[areas.covers(Point(lon, lat))])
        told = {each.code for each in (found.province, found.city, found.county) if each.code}
        assert told == inside, (lon, lat)
        counties += bool(found.county.code)
        close = roads[((roads.lon - lon).abs() < 0.1) & ((roads.lat - lat).abs() < 0.1)]
        nearest = min((GEOD.inv(lon, lat, each.lon, each.lat)[2] for each in close.itertuples()), default=float("inf"))
        if nearest > 5000:
            assert found.road is None
        else:
            assert found.road is not None
            assert found.road.distance_m == pytest.approx(nearest, abs=0.01)
    assert counties > 15


def test_what_was_geocoded_is_found_again(
    located: Callable[[str], Located | None], around: Callable[[float, float], Around | None]
) -> None:
    for text in ("廊坊北站", "廊坊市广阳区友谊路", "三河市迎宾路"):
        found = located(text)
        assert found is not None
        there = around(found.lon, found.lat)
        assert there is not None
        near = there.road if found.level == "路" else there.place
        assert near is not None
        assert near.distance_m < 1
