"""Which paths mean what, and which never mean anything."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tianlake.functions.gateway.places import (
    AccountCall,
    Alive,
    CurrentArchive,
    CurrentAsset,
    Folder,
    Moved,
    OverBaseMap,
    Place,
    Ready,
    Stored,
    Style,
    Tile,
    TileJson,
    locate,
)
from tianlake.lake.errors import NotFoundError

CODES = {"156000000", "156130000"}
RELEASE = "20261101T000000Z-11111111"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/", Stored("portal/index.html")),
        ("/favicon.ico", Stored("portal/favicon.ico")),
        ("/portal/vendor/maplibre-gl.mjs", Stored("portal/vendor/maplibre-gl.mjs")),
        ("/node.json", Stored("node.json")),
        ("/catalog.json", Stored("catalog.json")),
        ("/lake.sql", Stored("lake.sql")),
        ("/README.md", Stored("README.md")),
        ("/collections/places/collection.json", Stored("collections/places/collection.json")),
        ("/releases/places/x/%E5%9C%B0%E5%90%8D.parquet", Stored("releases/places/x/地名.parquet")),
        ("/releases/places/x/a%20b.json", Stored("releases/places/x/a b.json")),
        ("/index/items.parquet", Stored("index/items.parquet")),
        ("/data/places/places.parquet", CurrentAsset("places", "places.parquet")),
        ("/data/places/items/a.json", CurrentAsset("places", "items/a.json")),
        ("/tiles/places.pmtiles", CurrentArchive("places")),
        ("/tiles/places.json", TileJson("places")),
        ("/tiles/places/style.json", Style("places")),
        ("/tiles/places/over-basemap.json", OverBaseMap("places")),
        ("/tiles/places/0/0/0.mvt", Tile("places", 0, 0, 0, "mvt")),
        ("/tiles/land-cover/12/3372/1552.webp", Tile("land-cover", 12, 3372, 1552, "webp")),
        ("/tiles/places/c.pmtiles", CurrentArchive("places", "c")),
        ("/tiles/dem/terrain-rgb.json", TileJson("dem", "terrain-rgb")),
        ("/tiles/land-cover/c/12/3372/556.webp", Tile("land-cover", 12, 3372, 556, "webp", "c")),
        ("/tiles/photo/c/1/1/0.jpeg", Tile("photo", 1, 1, 0, "jpeg", "c")),
        (f"/tiles/photo/{RELEASE}/1/1/0.jpeg", Tile("photo", 1, 1, 0, "jpeg", "", RELEASE)),
        (f"/tiles/photo/{RELEASE}/map-c/1/1/0.png", Tile("photo", 1, 1, 0, "png", "map-c", RELEASE)),
        ("/tms/CGCS2000Quad.json", Stored("tms/CGCS2000Quad.json")),
        ("/federation/offer.txt", Stored("federation/offer.txt")),
        ("/federation/156130000/places/collection.json", Stored("federation/156130000/places/collection.json")),
        ("/usage", AccountCall("usage")),
        ("/accounts", AccountCall("accounts")),
        ("/accounts/me/keys/k1", AccountCall("accounts/me/keys/k1")),
        ("/terms", Moved("portal/terms.html")),
        ("/quotas.json", Stored("quotas.json")),
        ("/terms.json", Stored("terms.json")),
        ("/healthz", Alive()),
        ("/readyz", Ready()),
    ],
)
def test_a_path_means_the_same_at_the_root_and_below_a_code(path, target):
    assert locate(path.encode(), CODES) == Place(None, target)
    assert locate(f"/156000000{path}".encode(), CODES) == Place("156000000", target)


def test_a_code_without_its_slash_is_a_folder():
    assert locate(b"/156130000", CODES) == Place("156130000", Folder("156130000/"))


@pytest.mark.parametrize(
    "path",
    [
        # private, unfinished, hidden
        "/private/keys.json",
        "/private",
        "/Private/keys.json",
        "/%70rivate/keys.json",
        "/156130000/private/keys.json",
        "/.tmp/x.json",
        "/releases/places/x/.tmp/part",
        "/releases/places/x/a.parquet.tmp",
        "/.env",
        "/portal/.htaccess",
        # ways out of the bucket
        "/portal/../private/keys.json",
        "/portal/%2e%2e/private/keys.json",
        "/portal/.%2E/private/keys.json",
        "/portal/./index.html",
        "/portal%2Findex.html",
        "/portal%2findex.html",
        "/portal\\index.html",
        "/portal/%5Cindex.html",
        "/portal/a%00.html",
        "/portal/a%0a.html",
        "/portal/a%7f.html",
        "/portal/%ff.html",
        "//catalog.json",
        "/portal//index.html",
        "/portal/",
        "/portal",
        "catalog.json",
        "",
        # other nodes, other folders
        "/156999999/catalog.json",
        "/candidates/x.json",
        "/index/other.parquet",
        "/collections",
        # aliases that are none
        "/tiles/Places.pmtiles",
        "/tiles/.pmtiles",
        "/tiles/places.geojson",
        "/tiles/places",
        "/tiles/places/",
        "/tiles/places/1/1.png",
        "/tiles/places/01/0/0.png",
        "/tiles/places/1/00/0.png",
        "/tiles/places/1/-1/0.png",
        "/tiles/places/100/0/0.png",
        "/tiles/places/1/0/0",
        "/tiles/places/1/0/0.PNG",
        "/tiles/places/1/0/0.png/",
        "/tiles/places/1/0/0@2x.png",
        "/tiles/places/C.pmtiles",
        "/tiles/places/c.geojson",
        "/tiles/places/c/style.json",
        "/tiles/places/c/over-basemap.json",
        "/tiles/Places/over-basemap.json",
        "/tiles/places/c/1/0.png",
        "/tiles/places/c/d/1/0/0.png",
        "/tiles/places/-c/1/0/0.png",
        f"/tiles/places/c/{RELEASE}/1/0/0.png",
        f"/tiles/places/{RELEASE.lower()}/1/0/0.png",
        f"/tiles/places/{RELEASE[:-1]}/1/0/0.png",
        f"/tiles/places/{RELEASE}.json",
        "/tms/",
        "/tms",
        "/data/places",
        "/data/Places/places.parquet",
    ],
)
def test_a_path_that_is_never_served(path):
    with pytest.raises(NotFoundError):
        locate(path.encode(), CODES)


@given(st.lists(st.sampled_from([*string.printable, "..", "private", "portal", "%2e", "%2F", "/", "地"]), max_size=12))
def test_no_path_leads_to_anything_private_or_outside(parts):
    try:
        place = locate(("/" + "".join(parts)).encode(), CODES)
    except NotFoundError:
        return
    if isinstance(place.target, Stored):
        key = place.target.key
        assert not key.startswith(("/", "."))
        assert key.lower().partition("/")[0] != "private"  # `private..` is a name of its own
        assert not set(key.split("/")) & {"", ".", ".."}
        assert key.isprintable()
        assert "\\" not in key
