"""A product with several archives: each has its own address, tiles and TileJSON."""

from __future__ import annotations

import pytest
from gateway_kit import RELEASE_1, MemoryReader, ask, gateway, pointer, release
from morecantile import TileMatrixSet
from pmtiles.reader import MemorySource, Reader
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from tianlake.lake.matrix_sets import CGCS2000
from tianlake.lake.records import dump_json
from tianlake.lake.releases import TileFacts
from tianlake.lake.words import Bounds

BOX = Bounds(113, 36, 120, 43)
FACTS = {
    "places-c.pmtiles": TileFacts("jpeg", "CGCS2000Quad", 1, 2, BOX, 3, tile_size=256, variant="c"),
    "places-hillshade.pmtiles": TileFacts("webp", "WebMercatorQuad", 0, 1, BOX, 1, tile_size=256, variant="hillshade"),
    "places-terrain-rgb.pmtiles": TileFacts(
        "png", "WebMercatorQuad", 0, 1, BOX, 1, tile_size=256, variant="terrain-rgb", encoding="mapbox"
    ),
    "places.pmtiles": TileFacts("png", "WebMercatorQuad", 0, 1, BOX, 2, tile_size=256),
}
TILES = {
    "places-c.pmtiles": {(1, 1, 0): b"c-1-1-0", (2, 3, 0): b"c-2-3-0", (2, 3, 1): b"c-2-3-1"},
    "places-hillshade.pmtiles": {(1, 1, 0): b"shade"},
    "places-terrain-rgb.pmtiles": {(1, 1, 0): b"heights"},
    "places.pmtiles": {(0, 0, 0): b"w-0-0-0", (1, 1, 0): b"w-1-1-0"},
}
KINDS = {"jpeg": TileType.JPEG, "webp": TileType.WEBP, "png": TileType.PNG}


def archive(path, tiles, facts):
    with path.open("wb") as file:
        writer = Writer(file)
        for zxy in sorted(tiles, key=lambda zxy: zxy_to_tileid(*zxy)):
            writer.write_tile(zxy_to_tileid(*zxy), tiles[zxy])
        header = {"tile_type": KINDS[facts.tile_type], "tile_compression": Compression.NONE, "center_zoom": 1}
        header |= {"min_zoom": facts.min_zoom, "max_zoom": facts.max_zoom}
        header |= {f"{edge}_e7": 0 for edge in ("min_lon", "min_lat", "max_lon", "max_lat", "center_lon", "center_lat")}
        writer.finalize(header, {"tile_matrix_set": facts.matrix_set})
    return path.read_bytes()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("variants")
    return {name: archive(folder / name, tiles, FACTS[name]) for name, tiles in TILES.items()}


@pytest.fixture
def app(files):
    document = {"tms/CGCS2000Quad.json": dump_json(CGCS2000.document())}
    return gateway(MemoryReader(release(RELEASE_1, files, tiles=FACTS) | pointer(RELEASE_1) | document))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/tiles/places.pmtiles", "places.pmtiles"),  # not the first by name, and not the one in web mercator alone
        ("/tiles/places/c.pmtiles", "places-c.pmtiles"),
        ("/tiles/places/hillshade.pmtiles", "places-hillshade.pmtiles"),
        ("/tiles/places/terrain-rgb.pmtiles", "places-terrain-rgb.pmtiles"),
    ],
)
def test_an_archive_is_served_under_its_variant(app, files, path, name):
    answer = ask(app, path)
    assert answer.body == files[name]
    part = ask(app, path, range="bytes=0-126")
    assert (part.status, part.body) == (206, files[name][:127])
    assert answer.headers["content-type"] == "application/vnd.pmtiles"


@pytest.mark.parametrize(
    ("path", "name", "media_type"),
    [
        ("1/1/0.png", "places.pmtiles", "image/png"),
        ("c/1/1/0.jpg", "places-c.pmtiles", "image/jpeg"),
        ("c/1/1/0.jpeg", "places-c.pmtiles", "image/jpeg"),
        ("c/2/3/1.jpg", "places-c.pmtiles", "image/jpeg"),
        ("hillshade/1/1/0.webp", "places-hillshade.pmtiles", "image/webp"),
        ("terrain-rgb/1/1/0.png", "places-terrain-rgb.pmtiles", "image/png"),
    ],
)
def test_a_tile_comes_from_the_archive_of_its_variant(app, files, path, name, media_type):
    z, x, y = (int(part.split(".")[0]) for part in path.split("/")[-3:])
    answer = ask(app, f"/tiles/places/{path}")
    assert answer.body == Reader(MemorySource(files[name])).get(z, x, y)
    assert answer.headers["content-type"] == media_type


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("c/2/0/0.jpg", 204),  # within the archive, nothing there
        ("c/2/0/2.jpg", 404),  # `c` has half as many rows as columns
        ("c/1/0/1.jpg", 404),
        ("c/2/4/0.jpg", 404),
        ("c/0/0/0.jpg", 404),  # and no level 0
        ("c/1/1/0.png", 404),
        ("contours/1/1/0.png", 404),
        ("contours.pmtiles", 404),
        ("contours.json", 404),
    ],
)
def test_what_a_variant_does_not_hold(app, path, status):
    assert ask(app, f"/tiles/places/{path}").status == status


def test_the_tile_json_of_c_says_where_its_tiles_lie(app):
    document = ask(app, "/tiles/places/c.json").document
    assert document["tiles"] == ["http://lake.test:8765/tiles/places/20261101T000000Z-11111111/c/{z}/{x}/{y}.jpg"]
    assert (document["minzoom"], document["maxzoom"]) == (1, 2)
    assert document["crs"] == "http://www.opengis.net/def/crs/EPSG/0/4490"
    assert document["tile_matrix_set"] == "CGCS2000Quad"
    [link] = document["links"]
    assert link["rel"] == "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
    there = ask(app, link["href"].removeprefix("http://lake.test:8765"))
    assert there.headers["content-type"] == "application/json"
    assert TileMatrixSet.model_validate(there.document).matrix(2).matrixHeight == 2


def test_the_tile_json_of_web_mercator_needs_no_word_more(app):
    document = ask(app, "/tiles/places.json").document
    assert document["tiles"] == ["http://lake.test:8765/tiles/places/20261101T000000Z-11111111/{z}/{x}/{y}.png"]
    assert not {"crs", "links", "tile_matrix_set", "encoding"} & document.keys()


def test_the_tile_json_of_heights_says_how_colours_hold_them(app):
    document = ask(app, "/tiles/places/terrain-rgb.json").document
    assert document["encoding"] == "mapbox"
    assert document["tiles"] == [
        "http://lake.test:8765/tiles/places/20261101T000000Z-11111111/terrain-rgb/{z}/{x}/{y}.png"
    ]
