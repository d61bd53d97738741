"""TileJSON 3.0 of the current release, and the release's style over it."""

from __future__ import annotations

import json

import pytest
from gateway_kit import CITY, NODE, RELEASE_1, TILES, MemoryReader, ask, gateway, pointer, release

from tianlake.functions.gateway.app import create_app
from tianlake.lake.releases import TileFacts
from tianlake.lake.words import Bounds

PATH = "/tiles/places.json"
STYLE = {
    "version": 8,
    "sources": {"data": {"type": "vector", "url": "pmtiles://../places.pmtiles", "attribution": "©"}},
    "layers": [{"id": "background", "type": "background"}],
}


def reader(tiles=TILES):
    files = {
        "places.pmtiles": b"archive",
        "places.parquet": b"table",
        "styles/default.json": json.dumps(STYLE).encode(),
    }
    return MemoryReader(release(RELEASE_1, files, tiles={"places.pmtiles": tiles}) | pointer(RELEASE_1))


def test_a_tile_json_says_what_the_archive_holds():
    assert ask(gateway(reader()), PATH).document == {
        "tilejson": "3.0.0",
        "name": "地名",
        "description": "示例地名\nExample places",
        "attribution": "© 示例 Example",
        "scheme": "xyz",
        "tiles": ["http://lake.test:8765/tiles/places/20261101T000000Z-11111111/{z}/{x}/{y}.mvt"],
        "minzoom": 0,
        "maxzoom": 4,
        "bounds": [113, 36, 120, 43],
        "center": [116.5, 39.5, 0],
        "vector_layers": [
            {
                "id": "places",
                # Types come from the GeoParquet of the same release: VARCHAR, unknown there, INTEGER.
                "fields": {"name": "String", "kind": "String", "rank": "Number"},
                "minzoom": 0,
                "maxzoom": 4,
            }
        ],
    }


@pytest.mark.parametrize(("tile_type", "extension"), [("png", "png"), ("webp", "webp"), ("jpeg", "jpg")])
def test_raster_tiles_have_their_extension_and_no_vector_layers(tile_type, extension):
    facts = TileFacts(tile_type, "WebMercatorQuad", 2, 6, Bounds(113, 36, 120, 43), 9, tile_size=256)
    document = ask(gateway(reader(facts)), PATH).document
    assert document["tiles"][0].endswith(f"{{y}}.{extension}")
    assert "vector_layers" not in document


def test_a_box_over_the_antimeridian_becomes_one_that_clients_understand():
    facts = TileFacts("mvt", "WebMercatorQuad", 0, 4, Bounds(170, -10, -170, 10), 9)
    document = ask(gateway(reader(facts)), PATH).document
    assert document["bounds"] == [-180, -10, 180, 10]


@pytest.mark.parametrize(
    ("fields", "trusted", "wanted"),
    [
        ({"host": "127.0.0.1:9000"}, False, "http://127.0.0.1:9000/"),
        ({"host": "[::1]:9000"}, False, "http://[::1]:9000/"),
        ({"host": "map.hebei.test"}, False, "http://map.hebei.test/"),
        ({"x_forwarded_proto": "https", "x_forwarded_host": "evil.test"}, False, "http://lake.test:8765/"),
        ({"x_forwarded_proto": "https"}, True, "https://lake.test:8765/"),
        ({"x_forwarded_proto": "https", "x_forwarded_host": "map.test"}, True, "https://map.test/"),
        ({"x_forwarded_proto": "javascript"}, True, "http://lake.test:8765/"),
    ],
)
def test_tiles_are_named_as_the_client_sees_us(fields, trusted, wanted):
    app = create_app({NODE: reader()}, NODE, trust_forwarded=trusted)
    [url] = ask(app, PATH, **fields).document["tiles"]
    assert url == f"{wanted}tiles/places/{RELEASE_1}/{{z}}/{{x}}/{{y}}.mvt"


def test_a_node_below_its_code_names_tiles_there():
    app = create_app({NODE: MemoryReader({}), CITY: reader()}, NODE)
    [url] = ask(app, f"/{CITY}{PATH}").document["tiles"]
    assert url == f"http://lake.test:8765/{CITY}/tiles/places/{RELEASE_1}/{{z}}/{{x}}/{{y}}.mvt"
    style = ask(app, f"/{CITY}/tiles/places/style.json").document
    assert style["sources"]["data"]["url"] == f"http://lake.test:8765/{CITY}{PATH}"


def test_what_the_pointer_says_beside_its_maps_is_in_tile_json_and_style():
    owed = "© 示例 Example · 审图号：冀S(2026)012号 · 演示 Demo"
    lake = reader()
    (key,) = pointer(RELEASE_1)
    lake.objects[key] = json.dumps({"type": "Collection", "version": RELEASE_1, "attribution": owed}).encode()
    assert ask(gateway(lake), PATH).document["attribution"] == owed
    style = ask(gateway(lake), "/tiles/places/style.json").document
    assert style["sources"]["data"]["attribution"] == owed


def test_a_style_is_that_of_the_release_with_the_tile_json_for_its_source():
    lake = gateway(reader())
    style = ask(lake, "/tiles/places/style.json").document
    assert style["sources"]["data"].pop("url") == f"http://lake.test:8765{PATH}"
    owed = ask(lake, PATH).document["attribution"]
    wanted = {**STYLE, "sources": {"data": {"type": "vector", "attribution": owed}}}
    assert style == wanted


@pytest.mark.parametrize("host", ["evil.test/x", "a b", "evil.test#", "x:y", '"><script>', "evil.test, map.test", ""])
def test_a_host_that_is_none_is_refused_before_it_is_written_anywhere(host):
    answer = ask(gateway(reader()), PATH, host=host)
    assert (answer.status, answer.document["code"]) == (400, "bad-host")
    assert b"evil" not in answer.body


def test_a_tile_json_is_revalidated_by_its_content():
    app = gateway(reader())
    tag = ask(app, PATH).headers["etag"]
    assert ask(app, PATH, if_none_match=tag).status == 304
    assert ask(app, PATH, if_none_match=tag, host="other.test").status == 200


@pytest.mark.parametrize("query", ["?tk=abc", "?TK=abc", "?x=1&tk=abc"])
def test_a_key_in_the_address_is_carried_on_and_the_document_is_nobody_elses(query):
    lake = gateway(reader())
    tile_json, style = ask(lake, PATH + query), ask(lake, f"/tiles/places/style.json{query}")
    assert tile_json.document["tiles"] == [
        "http://lake.test:8765/tiles/places/20261101T000000Z-11111111/{z}/{x}/{y}.mvt?tk=abc"
    ]
    assert style.document["sources"]["data"]["url"] == "http://lake.test:8765/tiles/places.json?tk=abc"
    assert {each.headers["cache-control"] for each in (tile_json, style)} == {"private, no-store"}


@pytest.mark.parametrize(
    ("query", "headers"), [("", {"x-api-key": "abc"}), ("?sk=abc", {}), ("?tk=", {}), ("?tk=%00", {})]
)
def test_a_key_that_is_in_no_address_is_carried_nowhere(query, headers):
    answer = ask(gateway(reader()), PATH + query, **headers)
    assert "?" not in answer.document["tiles"][0]
    assert answer.headers["cache-control"] == "public, max-age=0, must-revalidate"
