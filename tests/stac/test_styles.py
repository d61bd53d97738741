"""Default styles, held to the style specification by its own validator."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import asset_kit
import pytest
from stac_kit import NODE
from style_kit import CHINA, URL, validate, vector

from tianlake.lake.releases import TileFacts, TileLayer
from tianlake.lake.styles import map_style
from tianlake.lake.words import Bounds
from tianlake.stac import StacDescriber

CARD = asset_kit.card("places")

DIVISIONS = vector(
    TileLayer("boundary", "line", ("name", "level"), 0, 10),
    TileLayer("province", "mixed", ("name", "gb"), 0, 10),
    TileLayer("city", "mixed", ("name", "gb"), 3, 10),
    TileLayer("county", "polygon", ("name", "gb"), 5, 10),
)
CITIES = vector(TileLayer("city", "polygon", ("name",), 3, 10))
DEEP = vector(TileLayer("province", "polygon", ("name",), 9, 12))
RIVERS = vector(TileLayer("rivers", "line", ("名称",), 0, 10))
LAND = vector(TileLayer("land", "polygon", ("class",), 0, 10))
PLACES = vector(TileLayer("places", "point", ("kind", "name"), 0, 10))
MIXED = vector(TileLayer("everything", "mixed", ("NAME",), 0, 10))
IMAGERY = TileFacts("webp", "WebMercatorQuad", 0, 8, CHINA, 1000, tile_size=256)
OCEAN = vector(TileLayer("islands", "point", (), 0, 10), bounds=Bounds(170, -10, -170, 10))
EVERY = {
    "divisions": DIVISIONS,
    "cities": CITIES,
    "deep": DEEP,
    "rivers": RIVERS,
    "land": LAND,
    "places": PLACES,
    "mixed": MIXED,
    "imagery": IMAGERY,
    "ocean": OCEAN,
}


def mercator_middle(south: float, north: float) -> float:
    """Return the latitude halfway up the map, by another formula than the code's."""
    ordinates = [math.asinh(math.tan(math.radians(latitude))) for latitude in (south, north)]
    return math.degrees(math.atan(math.sinh(sum(ordinates) / 2)))


def layers_of(facts: TileFacts) -> dict[str, dict[str, Any]]:
    return {layer["id"]: layer for layer in map_style(CARD, facts, URL)["layers"]}


def test_the_validator_of_the_specification_accepts_every_style(tmp_path):
    files = []
    for name, facts in EVERY.items():
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps(map_style(CARD, facts, URL)), encoding="utf-8")
    done = validate(*files)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_the_validator_accepts_the_styles_of_published_releases(lake):
    styles = sorted(lake.glob("releases/*/*/styles/default.json"))
    assert [path.parts[-4] for path in styles] == ["climate", "counties"]
    done = validate(*styles)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    for path in styles:
        [source] = json.loads(path.read_text("utf-8"))["sources"].values()
        archive = path.parent / source["url"].removeprefix("pmtiles://")
        assert archive.read_bytes().startswith(b"PMTiles\x03")


def test_the_validator_would_have_said_so(tmp_path):
    style = map_style(CARD, PLACES, URL)
    style["layers"][-1]["layout"]["text-size"] = "large"
    (tmp_path / "spoilt.json").write_text(json.dumps(style))
    assert "text-size" in validate(tmp_path / "spoilt.json").stdout


@pytest.mark.parametrize("facts", EVERY.values(), ids=EVERY)
def test_every_style_is_whole_and_needs_nothing_from_elsewhere(facts):
    style = map_style(CARD, facts, URL)
    assert style["name"] == "河北省places · places of Hebei"
    assert not {"glyphs", "sprite"} & set(style)
    [(name, source)] = style["sources"].items()
    assert (name, source["url"], source["attribution"]) == ("data", URL, CARD.attribution)
    ids = [layer["id"] for layer in style["layers"]]
    assert len(ids) == len(set(ids)) > 1
    assert {layer.get("source", name) for layer in style["layers"]} == {name}
    drawn = {layer["source-layer"] for layer in style["layers"] if "source-layer" in layer}
    assert drawn == {layer.id for layer in facts.layers}


def test_divisions_are_filled_bordered_and_named_the_large_over_the_small():
    ids = list(layers_of(DIVISIONS))
    for part in ("area", "edge", "name"):
        assert [each for each in ids if each.endswith(f"-{part}")] == [
            f"{level}-{part}" for level in ("county", "city", "province")
        ]
    last_area = max(ids.index(each) for each in ids if each.endswith("-area"))
    assert last_area < ids.index("county-edge"), "a fill would cover a border"


@pytest.mark.parametrize("layer", ["boundary", "province", "city"])
def test_boundary_lines_stand_out_over_all_borders_and_are_not_named(layer):
    found = layers_of(DIVISIONS)
    boundary, border = found[f"{layer}-boundary"], found["province-edge"]
    assert boundary["filter"][:2] == ["all", ["==", ["geometry-type"], "LineString"]]
    assert boundary["paint"]["line-color"] != border["paint"]["line-color"]
    assert boundary["paint"]["line-width"][-1] > border["paint"]["line-width"][-1]
    ids = list(found)
    assert ids.index(f"{layer}-boundary") > max(ids.index(each) for each in ids if each.endswith("-edge"))
    assert "boundary-name" not in found


def test_a_line_between_provinces_is_a_border_and_no_line_of_the_nation():
    found = layers_of(DIVISIONS)
    lower, boundary = found["boundary-lower"], found["boundary-boundary"]
    assert boundary["filter"][2] == ["!", lower["filter"][2]]
    assert "provincial" in lower["filter"][2][2]
    assert "national" not in lower["filter"][2][2]
    assert lower["paint"] == found["province-edge"]["paint"]


@pytest.mark.parametrize("name", ["improvements", "capacity", "accounts", "facility-areas"])
def test_a_layer_whose_name_only_sounds_like_divisions_is_drawn_as_its_class(name):
    style = map_style(CARD, vector(TileLayer(name, "polygon", (), 0, 10)), URL)
    [area] = [layer for layer in style["layers"] if layer["type"] == "fill"]
    assert "fill-opacity" in area["paint"]


def test_what_an_archive_is_about_is_named_as_soon_as_it_is_seen():
    assert layers_of(CITIES)["city-name"]["minzoom"] == 3
    assert layers_of(DIVISIONS)["city-name"]["minzoom"] == 5.5
    assert layers_of(DIVISIONS)["province-name"]["minzoom"] == 0


def test_points_are_named_only_where_there_is_room():
    name = layers_of(PLACES)["places-name"]
    assert name["minzoom"] == 7
    assert name["layout"]["text-field"] == ["to-string", ["get", "name"]]
    assert "sans-serif" in name["layout"]["text-font"]


def test_what_has_no_name_gets_no_labels():
    assert not [layer for layer in layers_of(LAND).values() if layer["type"] == "symbol"]


def test_products_of_another_class_have_another_colour():
    colors = {
        layer["paint"]["circle-color"]
        for product_class in ("place", "theme")
        for layer in map_style(replace(CARD, product_class=product_class), PLACES, URL)["layers"]
        if layer["type"] == "circle"
    }
    assert len(colors) == 2


def test_raster_tiles_are_drawn_at_their_size():
    source = map_style(CARD, IMAGERY, URL)["sources"]["data"]
    assert (source["type"], source["tileSize"]) == ("raster", 256)


def test_nothing_is_drawn_between_two_classes_and_all_between_two_values(candidates):
    climate = candidates["climate"]
    scene = climate.assets[0]
    values = replace(climate, assets=(replace(scene, facts=replace(scene.facts, classes=())), *climate.assets[1:]))
    for candidate, resampling in [(climate, "nearest"), (values, "linear")]:
        assert style_of(candidate)["layers"][-1]["paint"] == {"raster-resampling": resampling}


def test_of_two_archives_the_web_mercator_one_is_drawn(candidates):
    counties = candidates["counties"]
    [archive] = [asset for asset in counties.assets if isinstance(asset.facts, TileFacts)]
    other = replace(archive, name="a.pmtiles", facts=replace(archive.facts, matrix_set="CGCS2000Quad"))
    both = replace(counties, assets=(other, *counties.assets))
    assert style_of(both)["sources"]["data"]["url"] == "pmtiles://../counties.pmtiles"


def style_of(candidate) -> dict[str, Any]:
    """Return the style that describing adds to a release."""
    files = StacDescriber().release_files(NODE, candidate)
    return dict(json.loads(files["styles/default.json"].body))


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
    style = map_style(CARD, vector(bounds=bounds), URL)
    assert style["center"] == pytest.approx([longitude, latitude], abs=0.01)
    assert style["zoom"] == pytest.approx(zoom, abs=0.01)
