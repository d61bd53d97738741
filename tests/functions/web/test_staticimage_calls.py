"""Static maps as a service: limits, refusals, attribution, what is read and who may ask."""

from __future__ import annotations

import json
import shutil
from io import BytesIO
from urllib.parse import unquote

import numpy as np
import pytest
from gateway_kit import KEY as TK
from gateway_kit import NODE, ONE_KEY, RELEASE_1, MemoryReader, ask, gateway_of
from PIL import Image
from static_kit import BLUE, GREY, StaticMaps, desk_of, is_near, where, write_node

from tianlake.functions.calls import Call
from tianlake.functions.gateway.node import Node
from tianlake.functions.web import staticimage_words
from tianlake.functions.web.desk import Came


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("static")
    write_node(made)
    return made


@pytest.fixture(scope="module")
def maps(folder):
    return StaticMaps(desk_of(folder))


@pytest.mark.parametrize(
    ("field", "parameters"),
    [
        ("width", {"width": 0}),
        ("width", {"width": 1025}),
        ("width", {"width": "4e2"}),
        ("height", {"height": -1}),
        ("height", {"height": 1025}),
        ("zoom", {"zoom": 2}),
        ("zoom", {"zoom": 19}),
        ("zoom", {"zoom": "10.5"}),
        ("center", {"center": "116"}),
        ("center", {"center": "39.9,116.4"}),
        ("center", {"center": "nan,0"}),
        ("center", {"center": "116.4,39.9,1"}),
        ("layers", {"layers": "vec_w"}),
        ("layers", {"layers": "vec"}),
        ("layers", {"layers": "vec_c;cva_c"}),
        ("layers", {"layers": "eva_c"}),
        ("layers", {"layers": "vec_c,ter_c"}),
        ("layers", {"layers": "vts_c"}),
        ("layers", {"layers": "heights_c"}),
        ("markers", {"markers": "|".join(["100,30"] * 27)}),
        ("markers", {"markers": "100;30"}),
        ("markers", {"markers": "100,91"}),
        ("markerStyles", {"markers": "100,30", "markerStyles": "x,A"}),
        ("markerStyles", {"markers": "100,30", "markerStyles": "l,AB"}),
        ("markerStyles", {"markers": "100,30", "markerStyles": "l,中"}),
        ("markerStyles", {"markers": "100,30", "markerStyles": "l,A,red"}),
        ("markerStyles", {"markers": "100,30", "markerStyles": "l,A,,a,0x000000,99"}),
        ("markerStyles", {"markers": "100,30", "markerStyles": "l,A,,a,0x000000,12,more"}),
        ("markerStyles", {"markers": "100,30", "markerStyles": "-1,,http://example.org/icon.png"}),
        ("markerStyles", {"markers": "100,30", "markerStyles": "l,A,,\U0001f600\ue000"}),
        ("paths", {"paths": "100,30"}),
        ("paths", {"paths": "100,30;101"}),
        ("paths", {"paths": "100,30;101,30", "pathStyles": "0x0000ff,1,1,0x00ff00"}),
        ("pathStyles", {"paths": "100,30;101,30", "pathStyles": "blue"}),
        ("pathStyles", {"paths": "100,30;101,30", "pathStyles": "0x0000ff,0"}),
        ("pathStyles", {"paths": "100,30;101,30", "pathStyles": "0x0000ff,51"}),
        ("pathStyles", {"paths": "100,30;101,30", "pathStyles": "0x0000ff,5,1.5"}),
        ("pathStyles", {"paths": "100,30;101,30", "pathStyles": "0x0000ff,5,1,0x00ff00,5"}),
        ("pixLocation", {"pixLocation": "100"}),
        ("url", {"x": "a" * 2048}),
    ],
)
def test_what_is_wrong_is_said_with_its_parameter(maps, field, parameters):
    assert maps.field(**parameters) == field


@pytest.mark.parametrize(
    "parameters",
    [
        {"width": 1, "height": 1},
        {"width": 1024, "height": 1024, "zoom": 18},
        {"zoom": 3},
        {"markers": "|".join(["100,30"] * 26)},
        {"markers": "100,30|", "markerStyles": "m", "paths": "", "pathStyles": ""},
        {"center": "-180,-90"},
        {"center": "180,90", "markers": "180,90|-180,90"},
    ],
)
def test_what_lies_within_the_limits_is_drawn(maps, parameters):
    assert maps(**parameters).size > 0


def test_a_layer_that_is_not_there_is_refused_with_those_that_are(maps):
    rule = json.loads(maps.ask(layers="vec_c,eva_c").body)["rule"]
    assert "eva_c" in rule["en"]
    assert all(name in rule["en"] for name in ("vec_c", "cva_c", "img_c"))
    assert not any(name in rule["en"] for name in ("ter_c", "vts_c", "heights_c"))


def test_a_picture_says_whom_it_is_owed_to_in_words_and_in_the_file(maps):
    view = {"center": "100,30", "zoom": 5, "width": 400, "height": 300}
    picture, bare = (
        maps(layers="vec_c,cva_c", **view),
        maps(layers="vec_c,cva_c", width=400, height=300, zoom=5, center="100,30"),
    )
    assert np.array_equal(picture, bare)
    assert len(where(picture[280:, :250], (40, 40, 40), 60)[0]) > 100, "letters at the lower left"
    assert len(where(picture[280:, 300:], (40, 40, 40), 60)[0]) == 0
    reply = maps.ask(layers="vec_c,img_c", **view)
    with Image.open(BytesIO(reply.body)) as opened:
        assert opened.info["Copyright"] == "归属 base · 归属 photo · 演示数据，不具有审图号"
    assert "tianlake-attribution" not in dict(reply.headers)


def test_a_picture_carries_the_number_of_its_map(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "lake")
    [pointer] = (tmp_path / "lake").rglob("collections/base/collection.json")
    owed = "归属 base · 审图号：GS(2026)1234号"
    pointer.write_text(json.dumps(json.loads(pointer.read_bytes()) | {"attribution": owed}), "utf-8")
    reply = StaticMaps(desk_of(tmp_path / "lake")).ask(layers="vec_c", center="100,30", zoom=5, width=400, height=300)
    with Image.open(BytesIO(reply.body)) as opened:
        assert opened.info["Copyright"].startswith(owed)


def test_where_it_has_no_room_or_no_font_for_that_a_header_field_says_it(maps, monkeypatch):
    small = dict(maps.ask(width=60, height=20).headers)
    assert unquote(small["tianlake-attribution"]) == "归属 base · 演示数据，不具有审图号"
    with_letters = maps(center="100,30", zoom=5)
    monkeypatch.setattr(staticimage_words, "font_files", list)
    staticimage_words._faces.cache_clear()
    try:
        reply = maps.ask(center="100,30", zoom=5)
        assert unquote(dict(reply.headers)["tianlake-attribution"]) == "归属 base · 演示数据，不具有审图号"
        without = maps(center="100,30", zoom=5)
        assert np.array_equal(without[:200], with_letters[:200])
        assert len(where(without[280:], (40, 40, 40), 60)[0]) == 0
        assert maps.field(markers="100,30", markerStyles="l,A,,标注") == "markerStyles"
        latin = maps(center="100,30", zoom=5, markers="100,30", markerStyles="l,A,,Port,0x0000ff")
        assert len(where(latin, BLUE, 60)[0]) > 20, "Latin letters need no font of the machine"
    finally:
        staticimage_words._faces.cache_clear()


def test_other_methods_are_refused(maps):
    reply = maps.desk.answer(Call("POST", "/staticimage"), Came(NODE, "http://lake.test/"))
    assert (reply.status, dict(reply.headers)["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_node_without_layers_says_so(tmp_path):
    write_node(tmp_path, layers={})
    reply = StaticMaps(desk_of(tmp_path)).ask()
    assert (reply.status, json.loads(reply.body)["field"]) == (404, "layers")


def test_a_release_that_is_withdrawn_meanwhile_is_no_layer_any_more(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "lake")
    maps = StaticMaps(desk_of(tmp_path / "lake"))
    assert maps(layers="vec_c").size
    node = tmp_path / "lake" / NODE
    (node / "collections/base/collection.json").unlink()
    shutil.rmtree(node / f"releases/base/{RELEASE_1}")
    assert maps.field(layers="vec_c") == "layers"


def test_of_an_internal_product_nothing_is_drawn(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "lake")
    manifest = tmp_path / "lake" / NODE / f"releases/photo/{RELEASE_1}/manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"professional"', b'"internal"'))
    maps = StaticMaps(desk_of(tmp_path / "lake"))
    assert maps(layers="vec_c").size
    assert maps.field(layers="img_c") == "layers"
    assert "img_c" not in json.loads(maps.ask(layers="eva_c").body)["rule"]["en"]


def test_the_largest_map_reads_no_more_than_its_tiles(folder):
    """36 tiles of 256 pixels at most, the archive's beginning, and the node's own document."""
    desk = desk_of(folder)
    store = desk.releases.node(NODE).store
    read = []

    class Counting:
        def __getattr__(self, name):
            return getattr(store, name)

        def get(self, key, span=None):
            read.append(key)
            return store.get(key, span)

    desk.releases._nodes[NODE] = type(desk.releases.node(NODE))(NODE, Counting(), f"{folder}/{NODE}/")
    StaticMaps(desk)(center="101,31", zoom=5, width=1024, height=1024, layers="vec_c")
    tiles = [key for key in read if key.endswith("base-map-c.pmtiles")]
    assert 16 <= len(tiles) <= 36 + 3


def test_at_the_gateway_any_key_opens_static_maps_and_none_does_not(folder):
    gateway = gateway_of({NODE: Node(NODE, MemoryReader({}))}, ONE_KEY, web=desk_of(folder))
    refused = ask(gateway, "/staticimage?layers=img_c")
    assert (refused.status, refused.document["code"]) == (401, "key-missing")
    answer = ask(gateway, f"/{NODE}/staticimage?layers=img_c&center=100,30&tk={TK}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["cache-control"].startswith("private")
    with Image.open(BytesIO(answer.body)) as opened:
        assert is_near(opened.getpixel((5, 5)), GREY)
    assert ask(gateway, f"/staticimage?tk={TK}", "HEAD").body == b""


def test_a_call_without_a_query_is_a_map(folder):
    assert desk_of(folder).answer(Call("GET", "/staticimage"), Came(NODE, "http://lake.test/")).status == 200
