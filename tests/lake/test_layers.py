"""Which archive a layer of today's clients shows, by what archives are and not by their names alone."""

from __future__ import annotations

import pytest
from gateway_kit import CARD, NODE
from lake_kit import candidate as plain_candidate

from tianlake.lake.errors import LakeError
from tianlake.lake.layers import archive_in, archive_of, wrong_layer
from tianlake.lake.matrix_sets import CGCS2000, WEB_MERCATOR
from tianlake.lake.nodes import NodeSettings
from tianlake.lake.plain import LayerSource, layer_source
from tianlake.lake.records import read_record
from tianlake.lake.releases import PMTILES, Asset, Candidate, TileFacts
from tianlake.lake.words import Bounds

BOX = Bounds(113, 36, 120, 43)


def archive(variant, matrix_set, tile_type="png"):
    facts = TileFacts(tile_type, matrix_set.id, 1, 5, BOX, 9, variant=variant)
    return Asset(f"places-{variant}.pmtiles", "visual", PMTILES, "0" * 64, 1, CARD.title, facts), facts


W, C = WEB_MERCATOR, CGCS2000
RASTER = [
    archive("c", C),
    archive("hillshade", W),
    archive("hillshade-c", C),
    archive("terrain-rgb", W),
    archive("", W),
]
PICTURES = [archive("", W, "mvt"), archive("map", W), archive("map-c", C), archive("labels", W), archive("labels-c", C)]
ONLY_C = [archive("c", C)]
ODD = [archive("c", W), archive("", C)]
"""Names that say one thing where the facts say another."""


@pytest.mark.parametrize(
    ("archives", "variant", "w", "c"),
    [
        (RASTER, "", "", "c"),
        (RASTER, "hillshade", "hillshade", "hillshade-c"),
        (RASTER, "terrain-rgb", "terrain-rgb", None),
        (RASTER, "c", "", "c"),
        (RASTER, "hillshade-c", "hillshade", "hillshade-c"),
        (RASTER, "contours", None, None),
        (PICTURES, "", "", None),
        (PICTURES, "map", "map", "map-c"),
        (PICTURES, "labels", "labels", "labels-c"),
        (ONLY_C, "", None, "c"),
        (ODD, "", None, ""),
        (ODD, "c", "c", None),
        ([], "", None, None),
    ],
)
def test_a_layer_shows_the_same_theme_in_both_matrix_sets(archives, variant, w, c):
    def shown(matrix_set):
        found = archive_in(archives, variant, matrix_set)
        assert found is None or found[1].matrix_set == matrix_set.id
        return None if found is None else found[1].variant

    assert (shown(W), shown(C)) == (w, c)


def test_the_first_archive_is_the_one_that_maps_draw():
    assert [archive_of(each, "") for each in (RASTER, PICTURES, ONLY_C)] == [RASTER[-1], PICTURES[0], ONLY_C[0]]
    assert archive_of(named := [archive("c", C), archive("map", W)], "") == named[1]
    assert archive_of(RASTER, "contours") is None


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ("imagery", LayerSource("imagery")),
        ("base-map/labels", LayerSource("base-map", "labels")),
        ("terrain/terrain-rgb", LayerSource("terrain", "terrain-rgb")),
        ("156000000/imagery", None),
        ("imagery/", None),
        ("imagery/a/b", None),
        ("Imagery", None),
        ("", None),
        (None, None),
        (["imagery"], None),
    ],
)
def test_what_a_layer_shows_is_a_product_or_one_of_its_archives(value, source):
    assert layer_source(value) == source


NODE_TOML = {"code": NODE, "operator": {"name": "a"}, "authority": {"name": "b"}}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"layers": {"vec": "Base"}}, "layers.vec: a layer shows PRODUCT-ID or PRODUCT-ID/VARIANT of this node; got"),
        ({"layers": {"VEC": "base"}}, "layers.VEC"),
        ({"layers": {"vec_w": "base"}}, "layers.vec_w"),
        ({"tiles": {"uncovered": 200}}, "tiles.uncovered: Input should be 204 or 404; got 200"),
        ({"tiles": {"empty": 204}}, "tiles.empty: there is no such field here"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(more, said):
    with pytest.raises(LakeError, match=said):
        read_record(NodeSettings, NODE_TOML | more, file="node.toml")


def test_settings_of_layers_and_tiles_are_read_and_have_defaults():
    more = {"layers": {"vec": "base/map", "terrain-rgb": "dem/terrain-rgb"}, "tiles": {"uncovered": 404}}
    settings = read_record(NodeSettings, NODE_TOML | more, file="node.toml")
    assert settings.layers == more["layers"]
    assert settings.tiles.uncovered == 404
    assert read_record(NodeSettings, NODE_TOML, file="node.toml").tiles.uncovered == 204


def of(archives):
    assets = tuple(asset for asset, _facts in archives)
    return Candidate(NODE, CARD, "2026-11-01T00:00:00Z", "0" * 64, BOX, assets, (), {})


def test_a_layer_over_an_archive_that_was_not_built_is_found(tmp_path):
    layers = {"img": "other/map", "vec": "places/map", "cva": "places/labels"}
    assert wrong_layer(layers, of(PICTURES)) is None
    known = "c, hillshade, hillshade-c, terrain-rgb, the first one"
    assert wrong_layer(layers, of(RASTER)) == ("vec", f"product 'places' has no tiles 'map'; it has: {known}")
    assert wrong_layer({"vec": "places"}, plain_candidate(tmp_path, "one", built="2026-11-01T02:03:04Z")) == (
        "vec",
        "product 'places' has no tiles",
    )
    assert wrong_layer({"vec": "places"}, of(ONLY_C)) is None
