"""MapLibre in Chromium stands our heights up, shades them and draws contours over them."""

from pathlib import Path

import numpy as np
import pytest
from kit import REPO
from PIL import Image
from portal_kit import static_host

PAGE = (Path(__file__).parent / "map.html").read_bytes()
VENDOR = REPO / "portal/tianlake/portal/static/vendor"


@pytest.fixture
def opened(rockies, browser_page, tmp_path):
    """A page with a map of the real model, drawn."""
    (tmp_path / "out").symlink_to(rockies.job.out)
    (tmp_path / "vendor").symlink_to(VENDOR)
    with static_host(tmp_path) as host:
        host.overlay["/map.html"] = PAGE
        host.overlay["/favicon.ico"] = b""
        browser_page.page.goto(f"{host.url}/map.html")
        browser_page.until("window.idle && map.areTilesLoaded()", seconds=120)
        yield browser_page


def test_maplibre_draws_the_terrain_and_knows_its_heights(opened, heights):
    picture = opened.picture("terrain")
    assert opened.complaints == []
    assert opened.page.evaluate("window.faults") == []
    for lon, lat in ((-105.7, 40.35), (-105.705, 40.355), (-105.69, 40.345)):
        found = opened.page.evaluate(f"map.queryTerrainElevation([{lon}, {lat}])")
        # MapLibre takes the nearest of pixels that are 15 m apart at zoom 12 and 30 m at zoom 11.
        assert found == pytest.approx(float(heights(lon, lat)), abs=15)
    drawn = opened.page.evaluate("map.queryRenderedFeatures({ layers: ['contours'] }).map((each) => each.properties)")
    assert {each["elevation"] % 100 for each in drawn} == {0}
    assert {True} <= {each["index"] for each in drawn}
    with Image.open(picture) as image:
        pixels = np.asarray(image.convert("L"), float)
    assert pixels[300:700, 400:1000].std() > 20
