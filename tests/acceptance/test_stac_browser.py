"""STAC Browser 4 in Chromium over the demo: down the tree, maps from PMTiles and COG, with and without a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from browser_kit import OpenPage
from demo_kit import Demo
from stac_browser_kit import CGCS2000, Visit, stac_browser

CROPS: Final = (240, 210, 100)
"""A class of the demo's land cover as its recipe colours it, and so its tiles."""
DRY: Final = (242, 165, 65)
"""The same of the climate of Hebei, whose tiles and files need a key."""
CROPS_GREY: Final = 191
"""Class 12 between 0 and 16, the limits that the asset's `statistics` name, in shades of grey from 0 to 255."""

SHADOW: Final = "BootstrapVue warn"
"""STAC Browser warns of its own buttons that are not there any more once somebody has logged in."""


@pytest.fixture(scope="module")
def home() -> Iterator[str]:
    """STAC Browser that knows CGCS2000 and has no base map: on white, what is drawn is the data."""
    with stac_browser({"crs": {"EPSG:4490": CGCS2000}}) as address:
        yield address


@pytest.fixture
def visit(home: str, open_page: OpenPage) -> Iterator[Visit]:
    """A visitor from another origin, who is refused nothing and asks nobody else."""
    found = Visit(home, open_page(locale="en-US"))
    yield found
    assert [each for each in found.seen.complaints if SHADOW not in each] == []
    assert found.seen.outside == []


@pytest.fixture(scope="module")
def key(served: Demo) -> str:
    issued = served.run("keys", "issue", "--name", "browser", "--kind", "person", "--accept-terms")
    return issued.stdout.strip()


def test_the_tree_is_walked_from_the_nation_to_a_city_and_to_the_original(served: Demo, visit: Visit) -> None:
    visit.open(served.url("/156000000/catalog.json"))
    visit.says("中国土地覆盖 2019")
    assert "演示数据 Demo" in visit.seen.page.inner_text("body")
    visit.picture("catalog")
    visit.follow("天地图·河北 河北省地理信息公共服务平台 · Records")
    visit.follow("天地图·廊坊 廊坊市地理信息公共服务平台 · Records")
    visit.follow("廊坊市地名")
    visit.until_asked("/156131000/tiles/places.pmtiles")  # the map of a copy is drawn from the city itself
    assert "/156000000/federation/156130000/156131000/places/" in visit.seen.page.url
    visit.follow("原记录")
    visit.seen.until("location.href.includes('/156131000/collections/places/collection.json')")
    visit.says("天湖演示廊坊市节点运行维护单位")


def test_vector_tiles_are_drawn_from_pmtiles(served: Demo, visit: Visit) -> None:
    visit.open(served.url("/156000000/collections/divisions/collection.json"))
    visit.until_asked("/156000000/tiles/divisions.pmtiles")
    visit.until_drawn(None, 500)
    visit.picture("pmtiles-vector")


def test_raster_tiles_are_drawn_from_pmtiles_and_then_the_cog_itself(served: Demo, visit: Visit) -> None:
    visit.open(served.url("/156000000/collections/landcover/collection.json"))
    visit.until_drawn(CROPS, 500)
    visit.picture("pmtiles-raster")
    visit.show_cog()
    visit.until_asked("/landcover.tif")
    visit.until_drawn((CROPS_GREY,) * 3, 500)
    visit.picture("cog")


def test_whoever_logs_in_with_a_key_sees_what_needs_one(served: Demo, visit: Visit, key: str) -> None:
    visit.open(served.url("/156130000/catalog.json"))
    visit.log_in(key)
    visit.follow("河北省气候类型")
    visit.until_drawn(DRY, 500)
    assert visit.until_asked("/tiles/climate.pmtiles").endswith(f"?tk={key}")
    visit.picture("keyed")
    visit.show_cog()
    assert visit.until_asked("/climate.tif").endswith(f"?tk={key}")


def test_a_key_in_the_address_opens_a_shared_view(served: Demo, visit: Visit, key: str) -> None:
    visit.open(served.url("/156130000/collections/climate/collection.json"), f"?~tk={key}")
    visit.until_drawn(DRY, 500)


def test_without_a_key_the_record_is_there_and_its_map_is_not(served: Demo, visit: Visit) -> None:
    visit.open(served.url("/156130000/collections/climate/collection.json"))
    visit.open_cog()
    visit.says("Authentication required")
    visit.until_asked("/tiles/climate.pmtiles")
    visit.seen.until_complained("401", "/tiles/climate.pmtiles")
    visit.seen.complaints.clear()


def test_the_api_of_the_nation_is_browsed_like_the_tree_and_its_items_are_drawn(
    served: Demo, visit: Visit, key: str
) -> None:
    visit.open(served.url("/156000000/stac"), f"?~tk={key}")
    visit.says("中国土地覆盖 2019")
    visit.picture("api")
    visit.follow("中国土地覆盖 2019")
    visit.until_drawn((CROPS_GREY,) * 3, 500)
    visit.picture("api-item")
    visit.open(served.url("/156000000/stac/collections/n156130000-climate"), f"?~tk={key}")
    assert visit.until_asked("/climate.tif").endswith(f"?tk={key}")
    visit.open(served.url("/156000000/stac/collections/n156000000-divisions"))
    visit.until_asked("/tiles/divisions.pmtiles")
