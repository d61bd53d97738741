"""Layers of today's clients: the tiles that each address brings, and what is said where there is none."""

from __future__ import annotations

import pytest
from gateway_kit import CITY, KEY, NODE, ONE_KEY, RELEASE_1, Clock, MemoryReader, ask, gateway
from layers_kit import lake, node_json

from tianlake.functions.gateway.app import create_app
from tianlake.functions.gateway.node import FRESH_S

W, C = (4, 13, 6), (4, 13, 2)
"""Level, column and row of a tile over Hebei in each matrix set."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return lake(tmp_path_factory.mktemp("layers"))


@pytest.fixture
def reader(made):
    return MemoryReader(made[0])


def forms(layer, letter, zxy, extension):
    """Return every address of one tile of a layer."""
    z, x, y = zxy
    pairs = f"LAYER={layer}&TILEMATRIXSET={letter}&STYLE=default&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
    kvp = f"SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&FORMAT=tiles&{pairs}&tk={KEY}"
    rest = f"1.0.0/{layer}/default/{letter}/{z}/{y}/{x}.{extension}?tk={KEY}"
    own = f"{layer}_{letter}"
    return [
        f"/{own}/wmts?{kvp}",
        f"/{own}/wmts?{kvp.lower().replace('wmts', 'WMTS')}",
        f"/{own}/esri/wmts?{kvp}",
        f"/wmts?{kvp}",
        f"/{own}/wmts/{rest}",
        f"/{own}/esri/wmts/{rest}",
        f"/wmts/{rest}",
        f"/DataServer?T={own}&x={x}&y={y}&l={z}&tk={KEY}",
        f"/DataServer?t={own}&X={x}&Y={y}&L={z}",
    ]


@pytest.mark.parametrize(
    ("tile", "archive", "media_type"),
    [
        (("img", "w", W, "jpg"), "imagery.pmtiles", "image/jpeg"),
        (("img", "c", C, "jpg"), "imagery-c.pmtiles", "image/jpeg"),
        (("vec", "w", W, "png"), "places-map.pmtiles", "image/png"),
        (("vec", "c", C, "png"), "places-map-c.pmtiles", "image/png"),
        (("terrain-rgb", "w", (2, 3, 1), "png"), "imagery-terrain-rgb.pmtiles", "image/png"),
        (("vts", "w", W, "mvt"), "places.pmtiles", "application/vnd.mapbox-vector-tile"),
    ],
)
def test_every_address_of_a_tile_brings_it_as_it_lies_in_the_archive(made, reader, tile, archive, media_type):
    app = create_app({NODE: MemoryReader({}), CITY: reader}, NODE, ONE_KEY)
    for address in forms(*tile):
        answer = ask(app, f"/{CITY}{address}")
        assert (answer.status, answer.body) == (200, made[1][archive][tile[2]]), address
        assert answer.headers["content-type"] == media_type
        assert answer.headers["cache-control"] == "public, max-age=60, must-revalidate"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert ask(app, f"/{CITY}{address}", if_none_match=answer.headers["etag"]).status == 304
        assert KEY not in str(answer.headers)


@pytest.mark.parametrize(
    ("address", "parameter", "seen", "allowed"),
    [
        ("/vec_w/wmts?REQUEST=GetTile&TILEMATRIX=x&TILEROW=0&TILECOL=0", "TILEMATRIX", "x", ["an integer"]),
        ("/DataServer?x=0&y=0&l=1", "T", None, ["<layer>_w", "<layer>_c"]),
        # a picture of vector tiles cannot be drawn, nor vectors of a picture
        (
            "/vts_w/wmts?REQUEST=GetTile&FORMAT=image/png&TILEMATRIX=1&TILEROW=0&TILECOL=1",
            "FORMAT",
            "image/png",
            ["application/vnd.mapbox-vector-tile", "tiles"],
        ),
        (
            "/vec_w/wmts?REQUEST=GetTile&FORMAT=application/vnd.mapbox-vector-tile&TILEMATRIX=1&TILEROW=0&TILECOL=1",
            "FORMAT",
            "application/vnd.mapbox-vector-tile",
            ["image/png", "tiles"],
        ),
    ],
)
def test_a_wrong_parameter_is_answered_with_what_was_seen_and_what_would_do(reader, address, parameter, seen, allowed):
    answer = ask(gateway(reader), address)
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    document = answer.document
    assert (document["code"], document["parameter"], document["seen"]) == ("bad-parameter", parameter, seen)
    assert document["allowed"] == allowed
    assert document["message"].keys() == {"zh", "en"}


@pytest.mark.parametrize("layer", ["ibo_w", "ter_c", "terrain-rgb_c", "cta_w", "cia_w"])
def test_a_layer_that_is_not_there_is_told_with_those_that_are(reader, layer):
    for address in (f"/DataServer?T={layer}&x=0&y=0&l=1", f"/{layer}/wmts?REQUEST=GetCapabilities"):
        answer = ask(gateway(reader), address)
        assert (answer.status, answer.document["code"], answer.document["seen"]) == (404, "no-layer", layer)
        assert answer.document["allowed"] == ["img_w", "img_c", "ter_w", "terrain-rgb_w", "vec_w", "vec_c", "vts_w"]


@pytest.mark.parametrize("path", ["/DataServer?T=img_w&x=0&y=0&l=4", f"/tiles/imagery/{RELEASE_1}/4/0/0.jpg"])
@pytest.mark.parametrize(("settings", "status"), [({}, 204), ({"tiles": {"uncovered": 204}}, 204), (404, 404)])
def test_a_tile_without_data_is_answered_as_the_node_says(made, path, settings, status):
    more = node_json(tiles={"uncovered": settings}) if isinstance(settings, int) else node_json(**settings)
    answer = ask(gateway(MemoryReader(made[0] | more)), path)
    assert answer.status == status
    assert (answer.body == b"") == (status == 204)
    if status == 404:
        assert answer.document["code"] == "empty-tile"
    assert answer.headers["cache-control"].startswith("public, max-age=")


@pytest.mark.parametrize("settings", [{"tiles": {"uncovered": 200}}, {"tiles": []}, {"layers": [], "operator": None}])
def test_a_node_that_says_something_else_is_served_all_the_same(made, settings):
    app = gateway(MemoryReader(made[0] | node_json(**settings)))
    assert ask(app, "/tiles/imagery/4/0/0.jpg").status == 204
    assert ask(app, "/wmts").status == 200


def test_a_node_that_has_published_nothing_has_no_layers():
    app = gateway(MemoryReader({}))
    assert ask(app, "/DataServer?T=img_w&x=0&y=0&l=4").document["allowed"] == []
    assert b"<Layer>" not in ask(app, "/wmts").body


@pytest.mark.parametrize(
    "address",
    [
        "/DataServer?T=img_w&x=16&y=0&l=4",
        "/DataServer?T=img_c&x=0&y=8&l=4",
        "/img_w/wmts?REQUEST=GetTile&TILEMATRIX=4&TILEROW=-1&TILECOL=0",
        "/img_w/wmts/1.0.0/img/default/w/4/0/16.jpg",
    ],
)
def test_a_column_beyond_the_matrix_is_refused_without_reading_anything(reader, address):
    answer = ask(gateway(reader), address)
    assert (answer.status, answer.document["code"]) == (404, "not-found")
    assert len(answer.body) < 300
    assert reader.heads == reader.streams == []


def test_a_level_beyond_the_archive_is_missing(reader):
    assert ask(gateway(reader), "/DataServer?T=img_w&x=0&y=0&l=5").status == 404


def test_a_layer_that_is_pointed_elsewhere_shows_it_within_a_second(made):
    reader, clock = MemoryReader(made[0]), Clock()
    app = gateway(reader, clock)
    address = "/DataServer?T=ter_w&x=3&y=1&l=2"
    assert ask(app, address).body == made[1]["imagery-shade.pmtiles"][2, 3, 1]
    reader.objects |= node_json(layers={"ter": "places/map"})
    clock.now += FRESH_S
    assert ask(app, address).body == made[1]["places-map.pmtiles"][2, 3, 1]


def test_with_what_is_remembered_a_tile_of_a_layer_is_one_read(made):
    reader = MemoryReader(made[0])
    app = gateway(reader)
    ask(app, "/DataServer?T=img_w&x=13&y=6&l=4")
    reader.heads.clear()
    reader.streams.clear()
    assert ask(app, "/DataServer?T=img_w&x=12&y=6&l=4").status == 200
    assert (len(reader.heads), len(reader.streams)) == (0, 1)
