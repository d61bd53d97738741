"""What the addresses of today's clients mean: one table for each way of asking."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianlake.functions.gateway.places import Place, locate
from tianlake.functions.gateway.wmts_requests import Capabilities, LayerTile, Malformed
from tianlake.lake.errors import NotFoundError

CODES = {"156000000", "156130000"}
KEY = "0123456789abcdef0123456789abcdef"
TILE = "SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=vec&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
LOWER = "layer=cva&style=default&tilematrixset=c&Service=WMTS&Request=GetTile&Version=1.0.0&Format=tiles"
NO_STYLE = "SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=terrain-rgb&TILEMATRIXSET=w&FORMAT=tiles"


def target(address):
    path, _, query = address.partition("?")
    return locate(path.encode(), CODES, query.encode()).target


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        # tianditu.md §1.1: the form in the documentation of today's service
        (
            f"/vec_w/wmts?{TILE}&TILEMATRIX=7&TILEROW=48&TILECOL=105&tk={KEY}",
            LayerTile("vec", "w", 7, 105, 48, "tiles"),
        ),
        # QGIS plug-in: names in mixed case
        (
            f"/vec_w/wmts?{TILE}&TileCol=105&TileRow=48&TileMatrix=7&tk={KEY}",
            LayerTile("vec", "w", 7, 105, 48, "tiles"),
        ),
        # Leaflet.ChineseTmsProviders: lower case
        (
            f"/cva_c/wmts?{LOWER}&TileMatrix=7&TileCol=105&TileRow=24&tk={KEY}",
            LayerTile("cva", "c", 7, 105, 24, "tiles"),
        ),
        ("/vec_w/wmts?service=wmts&request=gettile&tilematrix=1&tilerow=1&tilecol=0", LayerTile("vec", "w", 1, 0, 1)),
        # terrain client: no STYLE
        (
            f"/terrain-rgb_w/wmts?{NO_STYLE}&TILEMATRIX=3&TILEROW=2&TILECOL=6",
            LayerTile("terrain-rgb", "w", 3, 6, 2, "tiles"),
        ),
        ("/img_w/wmts?REQUEST=GetTile&FORMAT=image%2Fjpeg&TILEMATRIX=1&TILEROW=0&TILECOL=0", ("img", "image/jpeg")),
        (
            "/img_w/wmts?REQUEST=GetTile&FORMAT=image/png;mode=8bit&TILEMATRIX=1&TILEROW=0&TILECOL=0",
            ("img", "image/png"),
        ),
        ("/img_w/wmts?REQUEST=GetTile&FORMAT=Tile&TILEMATRIX=1&TILEROW=0&TILECOL=0", ("img", "tile")),
        (
            "/vec_w/wmts?REQUEST=GetTile&FORMAT=application/vnd.mapbox-vector-tile&TILEMATRIX=1&TILEROW=0&TILECOL=0",
            ("vec", "application/vnd.mapbox-vector-tile"),
        ),
        # STYLE empty, and twice
        (
            f"/vec_w/wmts?{TILE}&style=&Style=default&TILEMATRIX=1&TILEROW=0&TILECOL=1",
            LayerTile("vec", "w", 1, 1, 0, "tiles"),
        ),
        ("/vec_w/esri/wmts?REQUEST=GetTile&TILEMATRIX=1&TILEROW=0&TILECOL=1", LayerTile("vec", "w", 1, 1, 0)),
        ("/wmts?REQUEST=GetTile&LAYER=img&TILEMATRIXSET=c&TILEMATRIX=1&TILEROW=0&TILECOL=1", ("img", "")),
        # leaflet.chinatmsproviders: upper case; others: lower case
        (f"/DataServer?T=vec_w&X=105&Y=48&L=7&tk={KEY}", LayerTile("vec", "w", 7, 105, 48)),
        (f"/DataServer?t=img_c&x=105&y=24&l=7&TK={KEY}", LayerTile("img", "c", 7, 105, 24)),
        ("/DataServer?T=terrain-rgb_w&x=0&y=0&l=0", LayerTile("terrain-rgb", "w", 0, 0, 0)),
        # RESTful
        ("/vec_w/wmts/1.0.0/vec/default/w/7/48/105.png", LayerTile("vec", "w", 7, 105, 48, "png")),
        (f"/vec_c/esri/wmts/1.0.0/vec/default/c/7/24/105.jpg?tk={KEY}", LayerTile("vec", "c", 7, 105, 24, "jpg")),
        ("/wmts/1.0.0/vec/default/c/7/24/105.mvt", LayerTile("vec", "c", 7, 105, 24, "mvt")),
    ],
)
def test_a_tile_is_understood_in_every_form_that_clients_send(address, meant):
    found = target(address)
    if isinstance(meant, tuple):
        meant = LayerTile(meant[0], found.letter, 1, found.x, 0, meant[1])
    assert found == meant
    assert target(f"/156130000{address}") == meant


@pytest.mark.parametrize(
    ("wanted", "family"),
    [
        ("", "any"),
        ("tiles", "any"),
        ("tile", "any"),
        ("image/png", "image"),
        ("image/jpgpng", "image"),
        ("jpg", "image"),
        ("application/vnd.mapbox-vector-tile", "vector"),
        ("pbf", "vector"),
    ],
)
def test_what_a_client_can_take_follows_from_what_it_calls_the_format(wanted, family):
    assert LayerTile("vec", "w", 1, 0, 0, wanted).family == family


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("/vec_w/wmts?SERVICE=WMTS&REQUEST=GetCapabilities", Capabilities("vec_w/wmts", "vec", "w")),
        ("/vec_w/wmts?service=WMTS&Request=getcapabilities", Capabilities("vec_w/wmts", "vec", "w")),
        (f"/vec_c/wmts?REQUEST=GetCapabilities&TK={KEY}", Capabilities("vec_c/wmts", "vec", "c", f"tk={KEY}")),
        ("/img_w/esri/wmts?REQUEST=GetCapabilities", Capabilities("img_w/esri/wmts", "img", "w")),
        ("/vec_w/wmts/1.0.0/WMTSCapabilities.xml", Capabilities("vec_w/wmts", "vec", "w")),
        (f"/wmts/1.0.0/WMTSCapabilities.xml?tk={KEY}", Capabilities("wmts", carried=f"tk={KEY}")),
        ("/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&AcceptVersions=1.0.0", Capabilities("wmts")),
        ("/vec_w/wmts", Capabilities("vec_w/wmts", "vec", "w")),  # as people paste it
        (f"/vec_w/wmts?tk={KEY}", Capabilities("vec_w/wmts", "vec", "w", f"tk={KEY}")),
        ("/vec_w/wmts?tk=", Capabilities("vec_w/wmts", "vec", "w")),
        ("/vec_w/wmts?tk=a%00b", Capabilities("vec_w/wmts", "vec", "w")),
        (f"/vec_w/wmts?SK=b%26&tk={KEY}&tk=", Capabilities("vec_w/wmts", "vec", "w", f"tk={KEY}&sk=b%26")),
        ("/vec_w/wmts?sk=b", Capabilities("vec_w/wmts", "vec", "w")),
        (f"/vec_w/wmts?tk={'a' * 101}", Capabilities("vec_w/wmts", "vec", "w")),
        ("/vec_w/wmts?expires=1&signature=abc", Capabilities("vec_w/wmts", "vec", "w")),
    ],
)
def test_a_capabilities_document_is_asked_for(address, meant):
    assert target(address) == meant
    assert target(f"/156130000{address}") == meant


NUMBERS = "TILEMATRIX=1&TILEROW=0&TILECOL=0"


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        (f"/vec_w/wmts?REQUEST=GetTile&LAYER=img&{NUMBERS}", Malformed("LAYER", "img", ("vec",), "vec")),
        (f"/vec_w/wmts?REQUEST=GetTile&TILEMATRIXSET=c&{NUMBERS}", Malformed("TILEMATRIXSET", "c", ("w",), "vec")),
        (f"/vec_w/wmts?REQUEST=GetTile&STYLE=dark&{NUMBERS}", Malformed("STYLE", "dark", ("default",), "vec")),
        (f"/vec_w/wmts?REQUEST=GetTile&VERSION=2.0.0&{NUMBERS}", Malformed("VERSION", "2.0.0", ("1.0.0",), "vec")),
        (f"/vec_w/wmts?SERVICE=WMS&REQUEST=GetTile&{NUMBERS}", Malformed("SERVICE", "WMS", ("WMTS",), "vec")),
        (
            f"/vec_w/wmts?REQUEST=GetTile&FORMAT=text/html&{NUMBERS}",
            Malformed("FORMAT", "text/html", ("tiles", "image/*", "application/vnd.mapbox-vector-tile"), "vec"),
        ),
        (
            "/vec_w/wmts?REQUEST=GetFeatureInfo",
            Malformed("REQUEST", "GetFeatureInfo", ("GetTile", "GetCapabilities"), "vec"),
        ),
        (f"/vec_w/wmts?{NUMBERS}", Malformed("REQUEST", None, ("GetTile", "GetCapabilities"), "vec")),
        ("/vec_w/wmts?REQUEST=GetTile&TILEROW=0&TILECOL=0", Malformed("TILEMATRIX", None, ("an integer",), "vec")),
        (
            "/vec_w/wmts?REQUEST=GetTile&TILEMATRIX=EPSG:4326:1&TILEROW=0&TILECOL=0",
            Malformed("TILEMATRIX", "EPSG:4326:1", ("an integer",), "vec"),
        ),
        (
            "/vec_w/wmts?REQUEST=GetTile&TILEMATRIX=1&TILEROW=0.5&TILECOL=0",
            Malformed("TILEROW", "0.5", ("an integer",), "vec"),
        ),
        (
            "/vec_w/wmts?REQUEST=GetTile&TILEMATRIX=1&TILEROW=0&TILECOL=0&tilecol=1",
            Malformed("TILECOL", "0, 1", ("one value",), "vec"),
        ),
        (f"/wmts?REQUEST=GetTile&LAYER=vec&{NUMBERS}", Malformed("TILEMATRIXSET", None, ("w", "c"))),
        (
            f"/wmts?REQUEST=GetTile&TILEMATRIXSET=w&LAYER=V%3C&{NUMBERS}",
            Malformed("LAYER", "V<", ("a layer of this node's GetCapabilities",)),
        ),
        ("/DataServer?x=0&y=0&l=1", Malformed("T", None, ("<layer>_w", "<layer>_c"))),
        ("/DataServer?T=vec&x=0&y=0&l=1", Malformed("T", "vec", ("<layer>_w", "<layer>_c"))),
        ("/DataServer?T=vec_w&x=0&y=0&l=", Malformed("L", "", ("an integer",), "vec")),
        ("/DataServer?T=vec_w&x=a&y=0&l=1", Malformed("X", "a", ("an integer",), "vec")),
        (f"/DataServer?T=vec_w&x={'9' * 200}&y=0&l=1", Malformed("X", "9" * 100, ("an integer",), "vec")),
        (f"/vec_w/wmts?{'&'.join(['a=1'] * 101)}", Malformed("query", None, ("at most 100 parameters",), "vec")),
    ],
)
def test_a_wrong_parameter_is_named_with_what_was_seen_and_what_would_do(address, meant):
    assert target(address) == meant


@pytest.mark.parametrize(
    "address",
    [
        # outside the matrix: OpenLayers without an extent asks for them
        "/DataServer?T=vec_w&x=2&y=0&l=1",
        "/DataServer?T=vec_w&x=-1&y=0&l=1",
        "/DataServer?T=vec_c&x=0&y=1&l=1",
        "/DataServer?T=vec_c&x=0&y=0&l=0",
        "/DataServer?T=vec_w&x=0&y=0&l=23",
        "/vec_c/wmts?REQUEST=GetTile&TILEMATRIX=2&TILEROW=2&TILECOL=0",
        "/vec_w/wmts/1.0.0/vec/default/w/1/0/2.png",
        # RESTful paths have one spelling
        "/vec_w/wmts/",
        "/vec_w/wmts/1.0.0/vec/default/c/1/0/0.png",
        "/vec_w/wmts/1.0.0/img/default/w/1/0/0.png",
        "/vec_w/wmts/1.0.0/vec/dark/w/1/0/0.png",
        "/vec_w/wmts/1.0.0/vec/default/w/01/0/0.png",
        "/vec_w/wmts/1.0.0/vec/default/w/1/0/0.exe",
        "/vec_w/wmts/1.0.0/wmtscapabilities.xml",
        "/vec_w/wmts/1.0.0/",
        # addresses that look alike
        "/vec/wmts",
        "/vec_x/wmts",
        "/VEC_W/wmts",
        "/vec_w",
        "/vec_w/wms",
        "/esri/wmts",
        "/vec_w/wmts/../wmts",
        "/vec_w%2Fwmts",
        "/DataServer/x",
        "/156999999/vec_w/wmts",
    ],
)
def test_what_is_never_there(address):
    with pytest.raises(NotFoundError):
        target(address)


def test_a_query_counts_for_todays_interface_alone():
    assert target("/tiles/places.json?T=vec_w&REQUEST=GetTile") == target("/tiles/places.json")
    assert target("/catalog.json?tk=abc") == target("/catalog.json")


@pytest.mark.parametrize(
    ("address", "product", "layer"),
    [
        ("/vec_w/wmts", None, "vec"),
        (f"/DataServer?T=img_w&{NUMBERS}", None, "img"),
        ("/wmts", None, None),
        ("/DataServer?T=img_c&x=0&y=0&l=1", None, "img"),
        ("/tiles/places.json", "places", None),
        ("/tiles/places.pmtiles", "places", None),
        ("/tiles/places/style.json", "places", None),
        ("/tiles/places/over-basemap.json", "places", None),
        ("/tiles/places/c/1/0/0.png", "places", None),
        ("/tiles/places/20261101T000000Z-11111111/1/0/0.png", "places", None),
        ("/data/places/places.parquet", "places", None),
        ("/releases/places/20261101T000000Z-11111111/places.parquet", "places", None),
        ("/collections/places/collection.json", "places", None),
        ("/releases/stray", None, None),
        ("/catalog.json", None, None),
        ("/portal/vendor/pmtiles.mjs", None, None),
        ("/healthz", None, None),
        ("/", None, None),
    ],
)
def test_a_place_says_which_product_or_layer_it_is_of(address, product, layer):
    path, _, query = address.partition("?")
    for prefix in ("", "/156130000"):
        place = locate(f"{prefix}{path}".encode(), CODES, query.encode())
        assert (place.product, place.layer) == (product, layer)


SOME = "SERVICE request T x Y l LAYER TileMatrix TILEROW TILECOL TILEMATRIXSET FORMAT STYLE VERSION tk TK expires"
names = st.sampled_from(SOME.split())
values = st.sampled_from(["WMTS", "GetTile", "GetCapabilities", "vec", "vec_w", "w", "c", "0", "1", "-1", "1.0.0", ""])
pairs = st.lists(st.tuples(names, values | st.text(max_size=12)), max_size=14)


@given(
    st.sampled_from([b"/vec_w/wmts", b"/wmts", b"/DataServer", b"/img_c/esri/wmts/1.0.0/WMTSCapabilities.xml"]),
    st.binary(max_size=80) | pairs.map(lambda given: "&".join(f"{n}={v}" for n, v in given).encode()),
)
def test_any_query_is_a_place_or_nowhere_and_credentials_change_no_tile(path, query):
    try:
        place = locate(path, CODES, query)
    except NotFoundError:
        return
    assert isinstance(place, Place)
    assert isinstance(place.target, LayerTile | Capabilities | Malformed)
    if isinstance(place.target, LayerTile):
        assert locate(path, CODES, query + f"&tk={KEY}&expires=1&signature=x".encode()) == place


def test_addresses_are_understood_without_anything_but_pythons_own_library():
    """What runs at a CDN's edge decides by the address, and has no pydantic."""
    loaded = "sorted({'pydantic', 'starlette', 'pmtiles'} & {*sys.modules})"
    script = f"import sys; import tianlake.functions.gateway.places; print({loaded})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
