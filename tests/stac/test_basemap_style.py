"""The theme of a base map: divisions on the sea, the nation's line on top, names by importance."""

import json
from dataclasses import replace
from typing import Any

import asset_kit
import pytest
from style_kit import URL, validate, vector

from tianlake.lake.recipes import MapStyle
from tianlake.lake.releases import TileFacts, TileLayer
from tianlake.lake.styles import map_style

DIVISIONS = (
    TileLayer("boundary", "line", (), 0, 9),
    TileLayer("province-line", "line", (), 0, 9),
    TileLayer("province", "polygon", ("name", "gb"), 0, 9),
    TileLayer("city", "polygon", ("name", "gb"), 4, 9),
    TileLayer("county", "polygon", ("name", "gb"), 6, 9),
)
SEATS = tuple(TileLayer(f"seat-{level}", "point", ("name",), 0, 9) for level in ("county", "city", "province"))
THINGS = (
    TileLayer("水系", "mixed", ("name",), 4, 9),
    TileLayer("road", "line", ("name",), 6, 9),
    TileLayer("railway", "line", (), 6, 9),
    TileLayer("building", "polygon", (), 8, 9),
    TileLayer("parks", "polygon", ("name",), 8, 9),
    TileLayer("poi", "point", ("std_name", "name"), 8, 9),
)
WHOLE = vector(*THINGS, *SEATS, *DIVISIONS)


def style_of(facts: TileFacts, **options: Any) -> dict[str, Any]:
    card = replace(asset_kit.card("basemap"), style=MapStyle("basemap", **options))
    return dict(map_style(card, facts, URL))


def ids_of(facts: TileFacts, **options: Any) -> list[str]:
    return [layer["id"] for layer in style_of(facts, **options)["layers"]]


@pytest.mark.parametrize("facts", [WHOLE, vector(*DIVISIONS), vector(*THINGS), vector(*SEATS)])
def test_the_validator_accepts_base_maps_of_any_layers(facts, tmp_path):
    style = style_of(facts)
    (tmp_path / "style.json").write_text(json.dumps(style), encoding="utf-8")
    done = validate(tmp_path / "style.json")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    assert not {"glyphs", "sprite"} & set(style)
    drawn = {layer["source-layer"] for layer in style["layers"] if "source-layer" in layer}
    assert drawn == {layer.id for layer in facts.layers}


def test_the_nations_line_lies_over_every_other_line_from_the_first_zoom():
    layers = {layer["id"]: layer for layer in style_of(WHOLE)["layers"]}
    ids = list(layers)
    nation = layers["boundary-boundary"]
    assert "minzoom" not in nation
    widest = {name: layer["paint"]["line-width"][4] for name, layer in layers.items() if layer["type"] == "line"}
    assert max(widest, key=lambda name: widest[name]) == "boundary-boundary"
    assert all(ids.index("boundary-boundary") > ids.index(name) for name in widest if name != "boundary-boundary")


def test_a_line_between_provinces_is_drawn_as_their_border():
    layers = {layer["id"]: layer for layer in style_of(WHOLE)["layers"]}
    assert layers["province-line-line"]["paint"] == layers["province-edge"]["paint"]
    assert "province-line-boundary" not in layers


def test_divisions_are_named_once_each_by_their_seats_where_there_are_any():
    assert [each for each in ids_of(WHOLE) if each.endswith("-name")][-3:] == [
        "seat-county-county-name",
        "seat-city-city-name",
        "seat-province-provincial-name",
    ]
    assert "province-name" not in ids_of(WHOLE)
    assert "province-name" in ids_of(vector(*DIVISIONS))


def test_seats_of_one_layer_are_told_by_their_level():
    layers = {
        layer["id"]: layer for layer in style_of(vector(TileLayer("seat", "point", ("name", "level"), 0, 9)))["layers"]
    }
    assert layers["seat-city-name"]["filter"][2] == ["==", ["get", "level"], "city"]
    assert layers["seat-city-name"]["minzoom"] > layers["seat-provincial-name"]["minzoom"]


def test_water_lies_under_roads_and_what_the_recipe_orders_comes_first():
    ids = ids_of(WHOLE)
    assert ids.index("county-area") < ids.index("parks-area") < ids.index("水系-area") < ids.index("building-area")
    assert ids.index("水系-line") < ids.index("railway-line") < ids.index("road-line")
    turned = ids_of(WHOLE, order=("province", "city", "county", "building", "水系"))
    assert turned.index("building-area") < turned.index("水系-area") < turned.index("parks-area")


def test_the_attribute_that_names_is_the_recipes():
    def names(**options):
        [layer] = [each for each in style_of(WHOLE, **options)["layers"] if each["id"] == "poi-name"]
        return layer["layout"]["text-field"]

    assert names() == ["to-string", ["get", "name"]]
    assert names(label="std_name") == ["to-string", ["get", "std_name"]]


def test_the_name_of_taiwan_province_is_placed_before_all_others():
    layers = {layer["id"]: layer for layer in style_of(WHOLE)["layers"]}
    key = layers["seat-province-provincial-name"]["layout"]["symbol-sort-key"]
    assert key == ["match", ["to-string", ["get", "name"]], ["台湾省"], 0, 1]
    assert list(layers)[-1] == "seat-province-provincial-name", "the last layer's names are placed first"
